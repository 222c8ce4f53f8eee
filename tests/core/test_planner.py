"""On SQLite a statement about one candidate reads that candidate's rows, not the organization's."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, event, text

from app.core.database import Database
from app.core.planner import statistics
from app.models import Base
from tests.cast import Cast
from tests.migrated import migrated_store

# Of what an organization has a few dozen, all may be read.
SMALL = {
    "api_keys",
    "organization_clocks",
    "positions",
    "openings",
    "rejection_reasons",
    "scoring_policies",
    "shortlist_runs",
    "users",
}
WHOLE = re.compile(r"(?:SEARCH (\w+) .*\(organization_id=\?\)|SCAN (\w+)\b.*)$")
ALIAS = re.compile(r"_\d+$")


def read_whole(connection: Connection, statement: str, values: Any) -> set[str]:
    """The tables of which a statement reads all the organization's rows."""
    plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    found = [WHOLE.match(detail) for *_, detail in plan]
    names = {ALIAS.sub("", one[1] or one[2]) for one in found if one}
    return (names & Base.metadata.tables.keys()) - SMALL


@contextmanager
def listening(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """Notes what the driver is told."""
    heard: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_told: Any) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            heard.append((statement, values))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield heard
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


# PostgreSQL gathers statistics by itself.
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_what_is_asked_of_one_candidate_reads_nobody_else(cast: Cast, database: Database) -> None:
    sam = cast.ben.candidate(tags=["campus"], emails=[{"address": "sam@mail.example"}])
    position = cast.ben.position()
    cast.ben.reject(cast.ben.application(sam, position), advice=[{"text": "Join a club."}])
    cast.ben.follow_up(
        sam, "2018-11-01T15:00:00Z", milestones=[{"kind": "job", "title": "Greeter"}]
    )
    for number in range(40):
        cast.ben.candidate(f"Number {number}")
    with listening(database) as heard:
        for path in ("", "/timeline", "/persistence", "/advice", "/follow-ups", "/consent"):
            cast.ben.get(f"candidates/{sam}{path}")
        cast.ben.get("candidates")
        cast.ben.get("candidates", params={"email": "sam@mail.example"})
        cast.ben.get("candidates", params={"position_id": position})
        cast.ben.follow_up(sam, "2018-12-01T15:00:00Z")
        cast.ben.delete(f"candidates/{sam}")
    assert len(heard) > 20
    with database.engine.connect() as connection:
        whole = {each: read_whole(connection, *each) for each in heard if each[1]}
    faults = {statement: tables for (statement, _), tables in whole.items() if tables}
    # A page of everybody is everybody, in the order of the key, up to its limit.
    pages = [each for each in faults if each.startswith("SELECT candidates.") and "LIMIT" in each]
    # In which answers of the last day an erased person is named, nothing but they can tell.
    answers = [each for each in faults if each.startswith("UPDATE idempotency_keys")]
    assert faults.keys() - pages - set(answers) == set()


def test_every_index_has_statistics_after_a_migration(tmp_path: Path) -> None:
    engine = create_engine(migrated_store(tmp_path / "store.db"))
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT idx, stat FROM sqlite_stat1"))
        told = {row[0]: row[1] for row in rows}
        indexes = connection.execute(
            text("SELECT name FROM sqlite_schema WHERE type = 'index'")
        ).scalars()
        assert set(indexes) <= told.keys()
    engine.dispose()
    assert told["ix_facts_organization_id_effective_at"] == "1000000 500000 10"
    # The key of a table without rowid goes by the table's name.
    assert told["candidate_tags"] == "1000000 500000 10 1"


@pytest.mark.parametrize(
    ("columns", "unique", "expected"),
    [
        (["organization_id", "id"], True, "1000000 500000 1"),
        (["organization_id", "tag", "candidate_id"], False, "1000000 500000 16666 10"),
        (["organization_id", "candidate_id", "kind"], False, "1000000 500000 10 1"),
        (["due_at", "id"], False, "1000000 10 5"),
        ([None], False, "1000000 10"),
    ],
)
def test_statistics_come_from_the_names_of_columns(
    columns: list[str | None],
    unique: bool,  # noqa: FBT001 - pytest gives it by name
    expected: str,
) -> None:
    assert statistics(columns, unique=unique) == expected
