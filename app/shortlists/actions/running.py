"""Rankings that the worker makes, a step at a time: begun, gone on with, ended, begun anew."""

import dataclasses
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.orm import Session

from app.audit_log.actions import record_change
from app.core.clock import now
from app.core.database import organization_of
from app.entry.actor import Actor
from app.models.base import table_of
from app.models.ranking import Fact, Shortlist, ShortlistEntry
from app.models.run import ShortlistRun, ShortlistRunPlace
from app.outbox.actions import record as record_event
from app.shortlists.actions.making import freeze, ranking_now, what_is_asked
from app.shortlists.queries.asking import (
    Replay,
    asked_of_list,
    erased_states,
    replay_within,
    shortlist_of,
    what_is_replayed,
)
from app.shortlists.queries.kept import entries_of
from app.shortlists.queries.ranking import Asked, rank_within
from app.shortlists.queries.runs import (
    Step,
    asked_of,
    counts_with,
    coverage_run,
    is_walked,
    locked_run,
    ranking_of,
)

# A store that is away is no fault of the run's; whatever else goes wrong so often, will again.
_MOST_FAILURES = 5

_PLACES = table_of(ShortlistRunPlace)
_FACTS = table_of(Fact).c
_ENTER = insert(_PLACES)
_OF_RUN = (
    _PLACES.c.organization_id == bindparam("tenant"),
    _PLACES.c.run_id == bindparam("run"),
)
_LEAVE = delete(_PLACES).where(
    *_OF_RUN,
    _PLACES.c.section == bindparam("stood_in"),
    _PLACES.c.candidate_id == bindparam("who"),
)
_CLEAR = delete(_PLACES).where(*_OF_RUN)
_RUNS, _ENTRIES = table_of(ShortlistRun).c, table_of(ShortlistEntry).c
_STANDING_IN = select(_PLACES.c.run_id).where(
    _PLACES.c.organization_id == bindparam("organization_id"),
    _PLACES.c.candidate_id == bindparam("candidate_id"),
)
# What was counted stays counted.
_ABOUT_LISTS_WITH = select(_RUNS.id).where(
    _RUNS.organization_id == bindparam("organization_id"),
    _RUNS.shortlist_id.in_(
        select(_ENTRIES.shortlist_id).where(
            _ENTRIES.organization_id == bindparam("organization_id"),
            _ENTRIES.candidate_id == bindparam("candidate_id"),
        )
    ),
    (_RUNS.kind == "replay") | ((_RUNS.kind == "coverage") & (_RUNS.state == "running")),
)
_STILL_KNOWN = (
    select(_FACTS.candidate_id)
    .where(
        _FACTS.organization_id == bindparam("organization_id"),
        _FACTS.candidate_id.in_(bindparam("candidate_ids", expanding=True)),
    )
    .distinct()
)


def ask_for_shortlist(
    session: Session,
    actor: Actor,
    position_id: UUID,
    *,
    limit: int,
    as_of: datetime | None,
    at_once: int,
    later: bool,
) -> Shortlist | ShortlistRun:
    """Make a list on request; one of the past that would take a request too long, by the worker.

    That is where more has to be worked out anew than `rank_within` does `at_once`, and where the
    asker wants it `later`. Needs a transaction of the mode LIST. Raises NotFound without such a
    position, Invalid for an `as_of` that lies ahead.
    """
    asked = what_is_asked(session, position_id, limit=limit, as_of=as_of)
    if asked.clocks.as_of == asked.clocks.known_at:
        ranking = ranking_now(session, asked)
    else:
        found = None if later else rank_within(session, asked, at_once)
        if found is None:
            return start_run(session, actor, asked, kind="shortlist")
        ranking = found
    return freeze(session, actor, asked, ranking, trigger="requested")


def begin_coverage(session: Session, actor: Actor, shortlist_id: UUID) -> ShortlistRun:
    """Have everyone counted of whom a list was made; once, whoever asks meanwhile."""
    organization_id = organization_of(session)
    locked = select(Shortlist).where(
        Shortlist.organization_id == organization_id, Shortlist.id == shortlist_id
    )
    shortlist = session.scalars(locked.with_for_update()).one()
    found = coverage_run(session, shortlist_id)
    if found is not None:
        return found
    asked = asked_of_list(shortlist)
    return start_run(session, actor, asked, kind="coverage", shortlist_id=shortlist_id)


def ask_for_replay(
    session: Session,
    actor: Actor,
    shortlist_id: UUID,
    *,
    known_at: datetime | None,
    at_once: int,
    later: bool,
) -> Replay | ShortlistRun:
    """Run a list again, at its own clocks or by what was known at another; or have it run.

    By the worker, where a request has no time to look at everyone or the asker wants it `later`.
    Raises NotFound without such a list.
    """
    shortlist = shortlist_of(session, shortlist_id)
    asked = what_is_replayed(session, shortlist, known_at)
    found = None if later else replay_within(session, shortlist, asked, at_once)
    if found is not None:
        return found
    return start_run(session, actor, asked, kind="replay", shortlist_id=shortlist_id)


def start_run(
    session: Session,
    actor: Actor,
    asked: Asked,
    *,
    kind: str,
    shortlist_id: UUID | None = None,
) -> ShortlistRun:
    """Have the worker rank or count at fixed clocks: what is told later changes nothing of it."""
    run = ShortlistRun(
        kind=kind,
        position_id=asked.position.position_id,
        shortlist_id=shortlist_id,
        as_of=asked.clocks.as_of,
        known_at=asked.clocks.known_at,
        policy_version=asked.policy.version,
        policy=dataclasses.asdict(asked.policy),
        position=asked.position.to_json(),
        row_limit=asked.limit,
        asked_by_user_id=actor.user_id,
        asked_by_api_key_id=actor.api_key_id,
        key_user_id=actor.key_user_id,
        on_behalf_of=actor.on_behalf_of,
    )
    session.add(run)
    session.flush()
    _record(session, actor, "shortlist_run.created", run)
    return run


def take_step(session: Session, run_id: UUID, step: Step) -> bool:
    """Keep what a step has found; False, and nothing, where the run is no longer where it was.

    Or where somebody who would enter it has been erased since they were looked at.
    """
    run = locked_run(session, run_id)
    is_there = run.beginnings == step.beginning and run.after_id == step.begun_after
    entered = [each.candidate_id for each in step.entered]
    if run.state != "running" or not is_there or not _are_known(session, entered):
        return False
    run.after_id, run.until_id = step.after_id, step.until_id
    run.done, run.total, run.counts = run.done + step.walked, step.total, step.counts
    mine = {"tenant": run.organization_id, "run": run.id}
    if step.left:
        gone = [{"stood_in": str(each.section), "who": each.candidate_id} for each in step.left]
        session.connection().execute(_LEAVE, [{**mine, **each} for each in gone])
    if step.entered:
        key = {"organization_id": run.organization_id, "run_id": run.id}
        session.execute(
            _ENTER,
            [{**key, **each._asdict(), "section": str(each.section)} for each in step.entered],
        )
    session.flush()
    return True


def _are_known(session: Session, candidate_ids: list[UUID]) -> bool:
    if not candidate_ids:
        return True
    asked = {"organization_id": organization_of(session), "candidate_ids": candidate_ids}
    return len(set(session.scalars(_STILL_KNOWN, asked))) == len(candidate_ids)


def finish_run(session: Session, run_id: UUID) -> None:
    """End a run that has looked at everyone: freeze the list that it was to make."""
    run = locked_run(session, run_id)
    if run.state != "running" or not is_walked(run):
        return
    actor = _asker(run)
    if run.kind == "shortlist":
        ranking = ranking_of(session, run)
        run.shortlist_id = freeze(session, actor, asked_of(run), ranking, trigger="requested").id
        _clear(session, run)
    elif run.kind == "coverage":
        assert run.shortlist_id is not None
        erased = erased_states(entries_of(session, run.shortlist_id))
        run.counts = counts_with(run, erased)
    run.state, run.finished_at = "done", now()
    _record(session, actor, "shortlist_run.done", run)
    session.flush()


def note_failure(session: Session, run_id: UUID, reason: str) -> bool:
    """Count a failure of the run; True once they were too many, and it has failed for good."""
    run = locked_run(session, run_id)
    run.failures += 1
    if run.state == "running" and run.failures >= _MOST_FAILURES:
        run.state, run.failure, run.finished_at = "failed", reason, now()
        _clear(session, run)
        _record(session, _asker(run), "shortlist_run.failed", run)
    session.flush()
    return run.state != "running"


def forget_runs(session: Session, run_ids: list[UUID]) -> None:
    """Delete runs; the lists that they made stay."""
    organization_id = organization_of(session)
    for table, run_id in ((_PLACES, _PLACES.c.run_id), (table_of(ShortlistRun), _RUNS.id)):
        mine = table.c.organization_id == organization_id
        session.execute(delete(table).where(mine, run_id.in_(run_ids)))


def begin_anew_without(session: Session, candidate_id: UUID) -> None:
    """Begin the runs anew in which somebody stands who is being forgotten.

    Those too that count or repeat a list in which they stand: by numbers under a pseudonym from
    now on. Needs a transaction of the mode ALONE, before the list's entries have changed.
    """
    mine = {"organization_id": organization_of(session), "candidate_id": candidate_id}
    found = {*session.scalars(_STANDING_IN, mine), *session.scalars(_ABOUT_LISTS_WITH, mine)}
    for run_id in sorted(found):
        run = locked_run(session, run_id)
        if run.state != "failed":
            _begin_anew(session, run)


def _begin_anew(session: Session, run: ShortlistRun) -> None:
    run.beginnings += 1
    run.state, run.done, run.counts = "running", 0, {}
    run.total = run.after_id = run.until_id = run.finished_at = None
    _clear(session, run)
    ids = {"shortlist_run_id": str(run.id), "position_id": str(run.position_id)}
    record_event(session, run.organization_id, "shortlist_run.restarted", ids)
    session.flush()


def _clear(session: Session, run: ShortlistRun) -> None:
    session.execute(_CLEAR, {"tenant": run.organization_id, "run": run.id})


def _asker(run: ShortlistRun) -> Actor:
    """Return who asked, as the audit log names them."""
    return Actor(
        run.organization_id,
        "write",
        user_id=run.asked_by_user_id,
        api_key_id=run.asked_by_api_key_id,
        key_user_id=run.key_user_id,
        on_behalf_of=run.on_behalf_of,
    )


def _record(session: Session, actor: Actor, event: str, run: ShortlistRun) -> None:
    more = {"position_id": run.position_id, "shortlist_id": run.shortlist_id}
    record_change(
        session,
        actor,
        event,
        "shortlist_run",
        run.id,
        changes={"kind": run.kind},
        data={name: each for name, each in more.items() if each is not None},
    )
