"""Runs: how far they are, and what they have found so far."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.core.problems import NotFound
from app.models.base import BINDS_ITS_TENANT, table_of
from app.models.run import ShortlistRun, ShortlistRunPlace
from app.organizations.rules import ScoringPolicy
from app.shortlists.queries.ranking import Asked
from app.shortlists.queries.walking import BEFORE_ALL, Clocks, batch_at, how_many, recomputed
from app.shortlists.rules.match import Section
from app.shortlists.rules.position import PositionState
from app.shortlists.rules.question import ask
from app.shortlists.rules.ranking import Ranking, rank_all
from app.shortlists.rules.runs import Counts, Findings, Stand
from app.shortlists.rules.states import CandidateState

_RUN = (
    select(ShortlistRun)
    .where(
        ShortlistRun.organization_id == bindparam("organization_id"),
        ShortlistRun.id == bindparam("run_id"),
    )
    .execution_options(**{BINDS_ITS_TENANT: True})
)
_LOCKED = _RUN.with_for_update().execution_options(populate_existing=True)
_COVERAGE = (
    select(ShortlistRun)
    .where(
        ShortlistRun.organization_id == bindparam("organization_id"),
        ShortlistRun.shortlist_id == bindparam("shortlist_id"),
        ShortlistRun.kind == "coverage",
        ShortlistRun.state != "failed",
    )
    .order_by(ShortlistRun.id.desc())
    .limit(1)
    .execution_options(**{BINDS_ITS_TENANT: True})
)
_RUNS = table_of(ShortlistRun).c
_RUNNING = (
    select(_RUNS.id)
    .where(_RUNS.organization_id == bindparam("organization_id"), _RUNS.state == "running")
    .order_by(_RUNS.id)
)
_PLACES = table_of(ShortlistRunPlace).c
_STANDS = (
    select(_PLACES.section, _PLACES.candidate_id, _PLACES.key)
    .where(
        _PLACES.organization_id == bindparam("organization_id"),
        _PLACES.run_id == bindparam("run_id"),
    )
    .order_by(_PLACES.section, _PLACES.candidate_id)
)


def coverage_run(session: Session, shortlist_id: UUID) -> ShortlistRun | None:
    """Return the count of a list that was asked for last, unless it failed."""
    asked = {"organization_id": organization_of(session), "shortlist_id": shortlist_id}
    return session.scalar(_COVERAGE, asked)


def run_of(session: Session, run_id: UUID) -> ShortlistRun:
    """Return a run; raises NotFound."""
    asked = {"organization_id": organization_of(session), "run_id": run_id}
    found = session.scalar(_RUN, asked)
    if found is None:
        raise NotFound("No such run.")
    return found


def locked_run(session: Session, run_id: UUID) -> ShortlistRun:
    """Return a run with its row locked."""
    asked = {"organization_id": organization_of(session), "run_id": run_id}
    return session.scalars(_LOCKED, asked).one()


def running(session: Session) -> list[UUID]:
    """Return the runs that are not at their end, those asked for first before the others."""
    return list(session.scalars(_RUNNING, {"organization_id": organization_of(session)}))


def asked_of(run: ShortlistRun) -> Asked:
    """Return what the run was asked for."""
    return Asked(
        PositionState.from_json(run.position),
        ScoringPolicy(**run.policy),
        Clocks(run.as_of, run.known_at),
        run.row_limit,
    )


def stands_of(session: Session, run_id: UUID) -> list[Stand]:
    """Return who stands among the first of all whom the run has looked at."""
    asked = {"organization_id": organization_of(session), "run_id": run_id}
    return [
        Stand(Section(section), candidate_id, key)
        for section, candidate_id, key in session.execute(_STANDS, asked)
    ]


@dataclass(frozen=True, slots=True)
class Step:
    """What one more batch of candidates adds to a run, if that still is where it was.

    `entered` stand among the first now, `left` no longer.
    """

    beginning: int
    begun_after: UUID | None
    after_id: UUID
    until_id: UUID
    walked: int
    total: int
    counts: dict[str, dict[str, int]]
    entered: list[Stand]
    left: list[Stand]


def is_walked(run: ShortlistRun) -> bool:
    """Whether everybody has been looked at."""
    return run.until_id is not None and run.after_id == run.until_id


def next_step(session: Session, run: ShortlistRun, size: int) -> Step:
    """Look at the next so many candidates; nothing is changed by it."""
    asked = asked_of(run)
    total, until = (run.total, run.until_id)
    if total is None or until is None:
        total, until = how_many(session)
    batch = batch_at(
        session,
        asked.policy,
        asked.clocks,
        after=run.after_id or BEFORE_ALL,
        until=until,
        size=size,
    )
    before = stands_of(session, run.id)
    question = ask(asked.position, asked.policy, run.as_of)
    limit = 0 if run.kind == "coverage" else run.row_limit
    found = Findings(question, Counts.from_json(run.counts), before, limit)
    found.add(batch.states)
    first = set(found.first())
    return Step(
        beginning=run.beginnings,
        begun_after=run.after_id,
        after_id=until if batch.last_id is None or batch.walked < size else batch.last_id,
        until_id=until,
        walked=batch.walked,
        total=total,
        counts=found.counts.to_json(),
        entered=sorted(first.difference(before)),
        left=sorted(set(before) - first),
    )


def counts_with(run: ShortlistRun, states: Iterable[CandidateState]) -> dict[str, dict[str, int]]:
    """Return how many stand where of all whom a run has looked at, and of these."""
    asked = asked_of(run)
    question = ask(asked.position, asked.policy, run.as_of)
    found = Findings(question, Counts.from_json(run.counts), (), 0)
    found.add(states)
    return found.counts.to_json()


def ranking_of(
    session: Session, run: ShortlistRun, erased: Iterable[CandidateState] = ()
) -> Ranking:
    """Return what a run that has looked at everyone has found."""
    asked = asked_of(run)
    ids = [each.candidate_id for each in stands_of(session, run.id)]
    states = [*erased, *recomputed(session, ids, asked.policy, asked.clocks)]
    ranking = rank_all(states, asked.position, asked.policy, as_of=run.as_of, limit=run.row_limit)
    return replace(ranking, looked_at=Counts.from_json(run.counts).coverage().considered)
