"""The worker: a loop over the outbox, and the one table that says which event leads to which job.

1. Claim the next event that is due, and commit: no other worker takes it.
2. Do its jobs, each in transactions of its own; every job is harmless when it is done twice.
3. Note the event as done, or put it off and say why; a claim left by a worker that died is taken
   up again after a minute. A job that takes long tells its steps: after ten seconds it is put back
   behind the others, and goes on when it is its turn again.

No network call is ever made inside a transaction.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from uuid import UUID

import structlog

from app.attachments.jobs import remove_left_blobs, tidy_blobs
from app.core.clock import now, own_clock
from app.core.database import Database, Mode
from app.entry.sandbox_clock import go_by_its_clock
from app.events.jobs import forget_old_events
from app.organizations.jobs import forget_idempotency_keys
from app.outbox.actions import claim, finish, forget_done, pass_over, put_back, put_off
from app.retention.jobs import finish_erasure
from app.shortlists.jobs import forget_old_runs, score_by_new_policy, work_runs

# Done when it returns, or when the iterator that it returns has ended: after each step of that it
# may be left, and is begun anew later.
Job = Callable[[Database, UUID], object]

JOBS: dict[str, tuple[Job, ...]] = {
    "scoring_policy.created": (score_by_new_policy,),
    "shortlist_run.created": (work_runs,),
    "shortlist_run.restarted": (work_runs,),
    "attachment.deleted": (remove_left_blobs,),
    "candidate.deleted": (remove_left_blobs, finish_erasure),
    "candidate.erased": (remove_left_blobs, finish_erasure),
}
TIDY_EVERY = timedelta(hours=1)
# For so long one event has the worker before it is the others' turn.
TURN_SECONDS = 10.0
_log = structlog.get_logger()


def work(
    database: Database,
    stop: threading.Event,
    *,
    idle_seconds: float = 0.5,
    away_seconds: float = 5.0,
) -> None:
    """Work until `stop` is set; the event in hand is finished first.

    A store that is away, or has not been migrated yet, is tried again after `away_seconds`.
    """
    tidy_at = now()
    while not stop.is_set():
        try:
            if now() >= tidy_at:
                tidy(database)
                tidy_at = now() + TIDY_EVERY
            idle = not work_once(database)
        except Exception:  # noqa: BLE001 - a worker that ended would be missed by nobody
            _log.exception("worker.failed", again_in_seconds=away_seconds)
            stop.wait(away_seconds)
            continue
        if idle:
            stop.wait(idle_seconds)


def tidy(database: Database) -> None:
    """Forget what was kept long enough, in short transactions."""
    forget_idempotency_keys(database)
    forget_old_events(database)
    forget_old_runs(database)
    tidy_blobs(database)
    while True:
        with database.transaction(Mode.WRITE) as session:
            if not forget_done(session):
                return


def work_once(database: Database) -> bool:
    """Take one event from the outbox and do its jobs; False where nothing was due.

    Events that lead to no job are passed over on the way, many at once.
    """
    with database.transaction(Mode.WRITE) as session:
        passed = pass_over(session, JOBS)
        event = claim(session)
        if event is None:
            return passed > 0
        session.flush()
        taken = (event.id, event.organization_id, event.type, event.attempts)
    event_id, organization_id, kind, attempts = taken
    try:
        with own_clock():
            go_by_its_clock(database, organization_id)
            is_done = _worked(database, organization_id, JOBS.get(kind, ()))
    except Exception as error:  # noqa: BLE001 - whatever one job does, the loop goes on
        _log.exception("job.failed", event_type=kind, event_id=str(event_id), attempts=attempts)
        with database.transaction(Mode.WRITE) as session:
            put_off(session, event_id, error=type(error).__name__, attempts=attempts)
        return True
    with database.transaction(Mode.WRITE) as session:
        (finish if is_done else put_back)(session, event_id)
    return True


def _worked(database: Database, organization_id: UUID, jobs: Iterable[Job]) -> bool:
    """Do an event's jobs; False where they take longer than a turn."""
    until = time.monotonic() + TURN_SECONDS
    for job in jobs:
        steps = job(database, organization_id)
        if not isinstance(steps, Iterator):
            continue
        for _ in steps:
            if time.monotonic() > until:
                return False
    return True
