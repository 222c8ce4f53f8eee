"""What one would do without the product: the same score by SQL, by a view, by a script.

An analyst's aggregate over an organization's follow-ups knows credits, months and decay, and
nothing of gates, pauses, fit, progress or the cap by the latest follow-up. Each peer gives the
first by persistence, of whom it is counted how many stand first by the product's own momentum too.
All speak to the bare driver, on PostgreSQL as a superuser: no wall costs them anything.
"""

import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final
from uuid import UUID

import psycopg
from sqlalchemy import make_url

from bench.exporting import Stream, export
from bench.plan import DATA, ROOT, Plan
from bench.stores import Store
from bench.timing import Latency, latency

_RUNS: Final = 5
_QUERIES: Final = 50
_SECONDS: Final = 30.0
_SCRIPT_ENDS_WITHIN: Final = 1_800
_VIEW: Final = "bench_scores"

# Months of UTC, the time zone of the data's organization. What stands in braces differs by store.
_SCORES: Final = """
SELECT candidate_id, ln(sum(credit * power(2.0, {half_lives}))) / ln(2.0) AS momentum
FROM (
    SELECT candidate_id, {month} AS month, max(occurred_at) AS last_at,
        {least}(1.0, 0.3 + max(advice) + max(milestone)) AS credit
    FROM (
        SELECT f.candidate_id, f.occurred_at,
            CASE WHEN EXISTS (
                SELECT 1 FROM follow_up_advice AS l
                WHERE l.organization_id = f.organization_id AND l.follow_up_id = f.id
            ) THEN 0.4 ELSE 0.0 END AS advice,
            CASE WHEN NOT EXISTS (
                SELECT 1 FROM milestones AS m
                WHERE m.organization_id = f.organization_id AND m.follow_up_id = f.id
                    AND m.status <> 'refuted'
            ) THEN 0.0 WHEN EXISTS (
                SELECT 1 FROM advice AS a
                WHERE a.organization_id = f.organization_id
                    AND a.candidate_id = f.candidate_id AND a.given_at <= f.occurred_at
            ) THEN 0.3 ELSE 0.7 END AS milestone
        FROM follow_ups AS f
        JOIN (
            SELECT candidate_id, min(rejected_at) AS first_at FROM rejections
            WHERE organization_id = {tenant} AND undone_at IS NULL GROUP BY candidate_id
        ) AS r ON r.candidate_id = f.candidate_id AND f.occurred_at >= r.first_at
        WHERE f.organization_id = {tenant} AND f.direction = 'inbound'
            AND f.automated IS NULL AND f.deleted_at IS NULL
    ) AS told
    GROUP BY candidate_id, {month}
) AS months
GROUP BY candidate_id
"""
_FIRST: Final = " ORDER BY momentum DESC, candidate_id LIMIT {limit}"
_OURS: Final = (
    "SELECT candidate_id FROM ranking_rows WHERE organization_id = {tenant} "
    "AND momentum IS NOT NULL ORDER BY momentum DESC, candidate_id LIMIT {limit}"
)
_INDEX: Final = f"CREATE INDEX {_VIEW}_momentum ON {_VIEW} (momentum)"


@dataclass(frozen=True, slots=True)
class Peer:
    """One peer, and how long it takes to ask it for the first.

    `ready` is the latency of bringing it up to date, null where nothing is kept. `agrees` counts
    those of its first `limit` who are the product's first too. `missing` says why it has no
    numbers.
    """

    name: str
    ready: Latency | None = None
    asked: Latency | None = None
    agrees: int = 0
    limit: int = 0
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class _Speaker:
    """A bare driver's connection in autocommit, and how its store's SQL says things."""

    connection: Any
    # The words in the braces of the statements; how ids and instants are exported.
    words: dict[str, str]
    spelling: dict[str, str]
    create: str
    refresh: Sequence[str]
    drop: str
    stream: Stream

    def rows(self, statement: str) -> list[Any]:
        """Return all rows; ids are UUIDs."""
        found = self.connection.execute(statement.format(**self.words)).fetchall()
        return [
            [UUID(bytes=each) if isinstance(each, bytes) else each for each in row] for row in found
        ]

    def run(self, *statements: str) -> None:
        """Run statements."""
        for each in statements:
            self.connection.execute(each.format(**self.words))


def _to_sqlite(connection: sqlite3.Connection, organization_id: UUID, limit: int) -> _Speaker:
    # The product's own cache is larger than the driver's.
    connection.execute("PRAGMA cache_size=-64000")

    def stream(statement: str, size: int) -> Iterator[Sequence[Any]]:
        cursor = connection.execute(statement)
        while rows := cursor.fetchmany(size):
            yield rows

    words = {
        "half_lives": "(julianday(last_at) - julianday('2000-01-01')) / 182.625",
        "month": "substr(occurred_at, 1, 7)",
        "least": "min",
        "tenant": f"x'{organization_id.hex}'",
        "limit": str(limit),
    }
    return _Speaker(
        connection,
        words,
        {"id": "{column}", "at": "{column}", "text": "{column}"},
        f"CREATE TABLE {_VIEW} AS {_SCORES}",
        (
            "BEGIN IMMEDIATE",
            f"DELETE FROM {_VIEW}",  # noqa: S608
            f"INSERT INTO {_VIEW} {_SCORES}",
            "COMMIT",
        ),
        f"DROP TABLE IF EXISTS {_VIEW}",
        stream,
    )


def _to_postgresql(
    connection: psycopg.Connection[Any], organization_id: UUID, limit: int
) -> _Speaker:
    def stream(statement: str, size: int) -> Iterator[Sequence[Any]]:
        with connection.transaction(), connection.cursor(name="export") as cursor:
            cursor.execute(statement.encode())
            while rows := cursor.fetchmany(size):
                yield rows

    words = {
        "half_lives": "extract(epoch FROM last_at - timestamptz '2000-01-01 00:00:00Z')::float8"
        " / (182.625 * 86400)",
        "month": "date_trunc('month', occurred_at AT TIME ZONE 'UTC')",
        "least": "least",
        "tenant": f"'{organization_id}'::uuid",
        "limit": str(limit),
    }
    spelling = {
        "id": "uuid_send({column})",
        "at": "to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
        "text": "{column}",
    }
    return _Speaker(
        connection,
        words,
        spelling,
        f"CREATE MATERIALIZED VIEW {_VIEW} AS {_SCORES}",
        (f"REFRESH MATERIALIZED VIEW {_VIEW}",),
        f"DROP MATERIALIZED VIEW IF EXISTS {_VIEW}",
        stream,
    )


def measure_peers(store: Store, plan: Plan) -> list[Peer]:
    """Time each peer over the same data, one after the other."""
    with _speaker(store, plan) as speaker:
        ours = {row[0] for row in speaker.rows(_OURS)}
        return [
            _aggregate(speaker, ours),
            _view(speaker, store, ours),
            _script(speaker, store, plan, ours),
        ]


@contextmanager
def _speaker(store: Store, plan: Plan) -> Iterator[_Speaker]:
    organization_id = UUID(store.made.organization_id)
    if store.file is not None:
        with closing(sqlite3.connect(store.file, isolation_level=None)) as connection:
            yield _to_sqlite(connection, organization_id, plan.shortlist_limit)
        return
    name = make_url(store.url).database
    assert store.server is not None
    assert name is not None
    with store.server.connect(name) as connection:
        yield _to_postgresql(connection, organization_id, plan.shortlist_limit)


def _aggregate(speaker: _Speaker, ours: set[UUID]) -> Peer:
    found, seconds = _several(lambda: speaker.rows(_SCORES + _FIRST), _RUNS)
    agrees = len(ours & {row[0] for row in found})
    return Peer("the aggregate in SQL", None, latency(seconds), agrees, len(ours))


def _view(speaker: _Speaker, store: Store, ours: set[UUID]) -> Peer:
    speaker.run(speaker.drop, speaker.create, _INDEX)
    try:
        _, ready = _several(lambda: speaker.run(*speaker.refresh), _RUNS)
        first = f"SELECT candidate_id FROM {_VIEW}" + _FIRST  # noqa: S608
        found, asked = _several(lambda: speaker.rows(first), _QUERIES)
    finally:
        speaker.run(speaker.drop)
    name = "a materialized view" if store.server else "a table made beforehand"
    agrees = len(ours & {row[0] for row in found})
    return Peer(name, latency(ready), latency(asked), agrees, len(ours))


def _script(speaker: _Speaker, store: Store, plan: Plan, ours: set[UUID]) -> Peer:
    name = "a polars script over an export"
    if find_spec("polars") is None:
        return Peer(name, missing="polars is not installed (the extra `bench` has it)")
    folder = DATA / f"{plan.scale}.{store.name}.export"
    command = [sys.executable, "-m", "bench.script", str(folder), str(plan.shortlist_limit)]
    try:
        started = time.perf_counter()
        export(speaker.stream, speaker.words["tenant"], speaker.spelling, folder)
        ready = [time.perf_counter() - started]
        told, asked = _several(lambda: _output(command), _RUNS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    found = {UUID(each) for each in told.split()}
    return Peer(name, latency(ready), latency(asked), len(ours & found), len(ours))


def _output(command: Sequence[str]) -> str:
    return subprocess.run(
        command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=_SCRIPT_ENDS_WITHIN
    ).stdout


def _several(once: Callable[[], Any], most: int) -> tuple[Any, list[float]]:
    """Run until there are enough runs or the time is over; return what the last one found."""
    ends_at = time.perf_counter() + _SECONDS
    took: list[float] = []
    found = None
    while len(took) < most and (not took or time.perf_counter() < ends_at):
        started = time.perf_counter()
        found = once()
        took.append(time.perf_counter() - started)
    return found, took
