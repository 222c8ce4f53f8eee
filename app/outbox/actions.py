"""Recording and claiming events."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from app.core.clock import EVER
from app.core.clock import real_now as now
from app.core.database import append
from app.core.ids import new_id
from app.models.base import table_of
from app.models.event import Event
from app.models.outbox import OutboxEvent
from app.outbox.event_types import HEARD, refuse_unknown

# A claim that old belonged to a worker that died: its event is taken up again. Nobody holds one
# longer: what takes long is put back after some seconds.
ABANDONED_AFTER = timedelta(minutes=1)
# 2^12 seconds are over an hour; doubled for days they would be more than a timedelta can hold.
_DOUBLINGS = 12
# What a job was told, and how often it was tried, can be looked up for so long.
KEPT = timedelta(days=90)
_AT_ONCE = 500
_RECORD = insert(table_of(Event))
_HAND_ON = insert(table_of(OutboxEvent))


def record(session: Session, organization_id: UUID, event: str, data: Mapping[str, Any]) -> None:
    """Write an event in the caller's transaction: ids alone, no personal data.

    All can follow it; the outbox, from which the worker takes its jobs, holds what one hears of.
    Raises UnknownEventError for a type or an id that others could not understand.
    """
    refuse_unknown(event, data.keys())
    at = session.info["last_event_at"] = max(now(), session.info.get("last_event_at", EVER))
    row = {"organization_id": organization_id, "type": event, "data": dict(data), "created_at": at}
    append(session, _RECORD, {"id": new_id(), **row})
    if event in HEARD:
        append(session, _HAND_ON, {"id": new_id(), **row, "due_at": at})


def claim(session: Session, *, at: datetime | None = None) -> OutboxEvent | None:
    """Claim the next event that is due, or return None; the caller commits before working on it."""
    moment = at or now()
    free = (OutboxEvent.claimed_at.is_(None)) | (OutboxEvent.claimed_at < moment - ABANDONED_AFTER)
    event = session.scalar(
        select(OutboxEvent)
        .where(OutboxEvent.done_at.is_(None), OutboxEvent.due_at <= moment, free)
        .order_by(OutboxEvent.due_at, OutboxEvent.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if event is not None:
        event.claimed_at = moment
        event.attempts += 1
    return event


def pass_over(session: Session, heard: Collection[str]) -> int:
    """Note as done the due events that nobody listens to; return how many, hundreds at most."""
    free = select(OutboxEvent.id).where(
        OutboxEvent.done_at.is_(None),
        OutboxEvent.due_at <= now(),
        OutboxEvent.claimed_at.is_(None),
        OutboxEvent.type.not_in(list(heard)),
    )
    ids = list(
        session.scalars(
            free.order_by(OutboxEvent.due_at, OutboxEvent.id)
            .limit(_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
    )
    if ids:
        session.execute(
            update(OutboxEvent)
            .where(OutboxEvent.id.in_(ids))
            .values(done_at=now())
            .execution_options(synchronize_session=False)
        )
    return len(ids)


def waits(session: Session, kinds: Collection[str]) -> bool:
    """Tell whether an event of one of these types is still to be taken up, by anybody."""
    free = select(OutboxEvent.id).where(
        OutboxEvent.done_at.is_(None),
        OutboxEvent.claimed_at.is_(None),
        OutboxEvent.type.in_(list(kinds)),
    )
    return session.scalar(free.limit(1)) is not None


def forget_done(session: Session) -> int:
    """Delete events done longer ago than they are kept; return how many, hundreds at most."""
    old = list(
        session.scalars(
            select(OutboxEvent.id)
            .where(OutboxEvent.done_at < now() - KEPT)
            .order_by(OutboxEvent.done_at)
            .limit(_AT_ONCE)
        )
    )
    if old:
        session.execute(
            delete(OutboxEvent)
            .where(OutboxEvent.id.in_(old))
            .execution_options(synchronize_session=False)
        )
    return len(old)


def finish(session: Session, event_id: UUID) -> None:
    """Note that nothing remains to be done for the event."""
    session.execute(
        update(OutboxEvent).where(OutboxEvent.id == event_id).values(done_at=now(), claimed_at=None)
    )


def put_back(session: Session, event_id: UUID) -> None:
    """Let it go on behind all others that are due: it was no failure, and no try."""
    session.execute(
        update(OutboxEvent)
        .where(OutboxEvent.id == event_id)
        .values(due_at=now(), claimed_at=None, attempts=OutboxEvent.attempts - 1)
    )


def put_off(session: Session, event_id: UUID, *, error: str, attempts: int) -> None:
    """Try again later: after 2^attempts seconds, an hour at the most."""
    wait = min(timedelta(seconds=2 ** min(attempts, _DOUBLINGS)), timedelta(hours=1))
    session.execute(
        update(OutboxEvent)
        .where(OutboxEvent.id == event_id)
        .values(due_at=now() + wait, claimed_at=None, last_error=error)
    )
