"""What the worker does for the ranking."""

from collections.abc import Iterator
from uuid import UUID

import structlog
from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.core.clock import now, real_now
from app.core.database import Database, Mode, organization_of
from app.entry.actor import Actor
from app.facts.queries import facts_of
from app.facts.rules import candidate_record
from app.models.base import table_of
from app.models.candidate import Candidate
from app.models.organization import Organization, ScoringPolicyVersion
from app.models.ranking import PersistencePeriod, RankingRow
from app.models.run import ShortlistRun
from app.organizations.queries import live_policies
from app.organizations.rules import ScoringPolicy
from app.outbox.actions import KEPT, record
from app.shortlists.actions.posting import forget_postings
from app.shortlists.actions.projection import store_ranking_row
from app.shortlists.actions.running import (
    begin_coverage,
    finish_run,
    forget_runs,
    note_failure,
    take_step,
)
from app.shortlists.queries.asking import coverage_within, shortlist_of
from app.shortlists.queries.runs import coverage_run, is_walked, next_step, run_of, running
from app.shortlists.rules.ranking import Coverage
from app.shortlists.rules.runs import Counts

_BATCH = 100
_WALKED_AT_ONCE = 500
_BEFORE_ALL = UUID(int=0)
_RUNS = table_of(ShortlistRun).c
_ENDED_LONG_AGO = select(_RUNS.id).where(
    _RUNS.organization_id == bindparam("organization_id"),
    _RUNS.state.in_(("done", "failed")),
    _RUNS.kind != "coverage",
    _RUNS.finished_at < bindparam("kept_since"),
)
_log = structlog.get_logger()
_VERSIONS = table_of(ScoringPolicyVersion)
_OURS = (
    _VERSIONS.c.organization_id == bindparam("tenant"),
    _VERSIONS.c.version == bindparam("being_scored"),
)
_EVERYBODY = (
    select(func.count())
    .select_from(Candidate)
    .where(Candidate.organization_id == bindparam("tenant"), Candidate.deleted_at.is_(None))
    .scalar_subquery()
)
_BEGIN = update(_VERSIONS).where(*_OURS, _VERSIONS.c.to_score.is_(None)).values(to_score=_EVERYBODY)
_GO_ON = (
    update(_VERSIONS)
    .where(*_OURS)
    .values(scored=_VERSIONS.c.scored + bindparam("more"), scored_to=bindparam("last"))
)
_SCORED_TO = select(_VERSIONS.c.scored_to).where(*_OURS)


def score_by_new_policy(database: Database, organization_id: UUID) -> Iterator[int]:
    """Score everyone by the newest version and put it into force, until none is waiting.

    In batches of one short transaction each; readers go on with the version in force, writers keep
    both. Left or killed and started again it goes on where it stopped. What was stored by versions
    that are no longer in force is deleted. Yields how many a batch has scored, 0 where it tidied.
    """
    while True:
        # A version is created when nobody writes: every write since has kept both, and whoever is
        # left to be scored can be seen.
        with database.transaction(Mode.READ, organization_id) as session:
            in_force, *coming = live_policies(session)
        if not coming:
            yield from _forget_versions_before(database, organization_id, in_force)
            return
        yield from _score_all(database, organization_id, coming[-1])
        _put_into_force(database, organization_id, coming[-1])
        _log.info("scoring_policy.in_force", version=coming[-1].version)


def counted(database: Database, actor: Actor, shortlist_id: UUID) -> Coverage | ShortlistRun:
    """Count everyone of whom a list was made, or say how far the worker is that counts them.

    In short transactions: nobody writes while they are counted here. Raises NotFound.
    """
    at_once = database.settings.recomputed_at_once
    with database.transaction(Mode.READ, actor.organization_id) as session:
        shortlist = shortlist_of(session, shortlist_id)
        run = coverage_run(session, shortlist_id)
        found = coverage_within(session, shortlist, at_once) if run is None else None
    if found is not None:
        return found
    if run is None:
        with database.transaction(Mode.WRITE, actor.organization_id) as session:
            run = begin_coverage(session, actor, shortlist_id)
    return Counts.from_json(run.counts).coverage() if run.state == "done" else run


def work_runs(database: Database, organization_id: UUID) -> Iterator[tuple[int, int]]:
    """Bring the organization's runs to their end, one after the other; yield as `work_run` does."""
    with database.transaction(Mode.READ, organization_id) as session:
        waiting = running(session)
    for run_id in waiting:
        yield from work_run(database, organization_id, run_id)


def work_run(database: Database, organization_id: UUID, run_id: UUID) -> Iterator[tuple[int, int]]:
    """Bring a run to its end; yield how many were looked at, and of how many, step by step.

    A step reads in a transaction that holds no lock, and keeps what it found in a short one. Killed
    and started again it goes on where it stopped; and two may do it at once.
    """
    try:
        while True:
            with database.transaction(Mode.READ, organization_id) as session:
                run = run_of(session, run_id)
                if run.state != "running":
                    return
                step = None if is_walked(run) else next_step(session, run, _WALKED_AT_ONCE)
                done = run.done
            with database.transaction(Mode.WRITE, organization_id) as session:
                if step is None:
                    finish_run(session, run_id)
                elif take_step(session, run_id, step):
                    done += step.walked
            if step is not None:
                yield done, step.total
    except OperationalError:
        raise
    except Exception as error:
        with database.transaction(Mode.WRITE, organization_id) as session:
            has_failed = note_failure(session, run_id, type(error).__name__)
        if not has_failed:
            raise
        _log.exception("shortlist_run.failed", run_id=str(run_id))


def forget_old_runs(database: Database) -> int:
    """Delete the runs that ended long ago, but for counts, which stay with their lists."""
    forgotten = 0
    for organization_id in organization_ids(database):
        asked = {"organization_id": organization_id, "kept_since": real_now() - KEPT}
        with database.transaction(Mode.READ, organization_id) as session:
            old = list(session.scalars(_ENDED_LONG_AGO, asked))
        if old:
            with database.transaction(Mode.WRITE, organization_id) as session:
                forget_runs(session, old)
        forgotten += len(old)
    return forgotten


def organization_ids(database: Database) -> list[UUID]:
    """Return all organizations of the store."""
    with database.transaction(Mode.READ) as session:
        return list(session.scalars(select(table_of(Organization).c.id)))


def _score_all(database: Database, organization_id: UUID, policy: ScoringPolicy) -> Iterator[int]:
    ours = {"tenant": organization_id, "being_scored": policy.version}
    with database.transaction(Mode.WRITE, organization_id) as session:
        session.execute(_BEGIN, ours)
        after = session.scalar(_SCORED_TO, ours) or _BEFORE_ALL
    while True:
        with database.transaction(Mode.WRITE, organization_id) as session:
            batch = _unscored(session, policy, after)
            _score(session, batch, policy)
            if batch:
                session.execute(_GO_ON, {**ours, "more": len(batch), "last": batch[-1]})
        if not batch:
            return
        after = batch[-1]
        yield len(batch)


def _unscored(session: Session, policy: ScoringPolicy, after: UUID) -> list[UUID]:
    """Return the next candidates without a row of this version, locked, in the order of ids."""
    organization_id = organization_of(session)
    has_row = (
        select(RankingRow.candidate_id)
        .where(
            RankingRow.organization_id == organization_id,
            RankingRow.policy_version == policy.version,
            RankingRow.candidate_id == Candidate.id,
        )
        .exists()
    )
    statement = (
        select(Candidate.id)
        .where(
            Candidate.organization_id == organization_id,
            Candidate.id > after,
            Candidate.deleted_at.is_(None),
            ~has_row,
        )
        .order_by(Candidate.id)
        .limit(_BATCH)
        .with_for_update()
    )
    return list(session.scalars(statement))


def _score(session: Session, candidate_ids: list[UUID], policy: ScoringPolicy) -> None:
    facts = facts_of(session, candidate_ids)
    for candidate_id in candidate_ids:
        store_ranking_row(session, candidate_record(candidate_id, facts[candidate_id]), policy)
    session.flush()


def _put_into_force(database: Database, organization_id: UUID, policy: ScoringPolicy) -> None:
    # Alone: no write that began under the version before may store a row of it afterwards.
    with database.transaction(Mode.ALONE, organization_id) as session:
        row = session.get(ScoringPolicyVersion, (organization_id, policy.version))
        assert row is not None
        row.scored_at = now()
        ids = {"organization_id": str(organization_id), "scoring_policy_version": policy.version}
        record(session, organization_id, "scoring_policy.in_force", ids)


def _forget_versions_before(
    database: Database, organization_id: UUID, in_force: ScoringPolicy
) -> Iterator[int]:
    """Delete what older versions stored, in batches of one short transaction each."""
    old = (
        select(RankingRow.candidate_id)
        .where(
            RankingRow.organization_id == organization_id,
            RankingRow.policy_version < in_force.version,
        )
        .limit(_BATCH)
    )
    while True:
        with database.transaction(Mode.WRITE, organization_id) as session:
            candidate_ids = session.scalars(old).all()
            if not candidate_ids:
                return
            forget_postings(session, candidate_ids, in_force.version)
            for table in (PersistencePeriod, RankingRow):
                session.execute(
                    delete(table)
                    .where(
                        table.organization_id == organization_id,
                        table.candidate_id.in_(candidate_ids),
                        table.policy_version < in_force.version,
                    )
                    .execution_options(synchronize_session=False)
                )
        yield 0
