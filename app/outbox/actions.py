"""Recording and claiming events."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core.clock import now
from app.models.outbox import OutboxEvent

# A claim that old belonged to a worker that died: its event is taken up again.
ABANDONED_AFTER = timedelta(minutes=10)
# 2^12 seconds are over an hour; doubled for days they would be more than a timedelta can hold.
_DOUBLINGS = 12


def record(session: Session, organization_id: UUID, event: str, data: Mapping[str, Any]) -> None:
    """Write an event in the caller's transaction: ids alone, no personal data."""
    session.add(OutboxEvent(organization_id=organization_id, type=event, data=dict(data)))


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


def finish(session: Session, event_id: UUID) -> None:
    """Note that nothing remains to be done for the event."""
    session.execute(
        update(OutboxEvent).where(OutboxEvent.id == event_id).values(done_at=now(), claimed_at=None)
    )


def put_off(session: Session, event_id: UUID, *, error: str, attempts: int) -> None:
    """Try again later: after 2^attempts seconds, an hour at the most."""
    wait = min(timedelta(seconds=2 ** min(attempts, _DOUBLINGS)), timedelta(hours=1))
    session.execute(
        update(OutboxEvent)
        .where(OutboxEvent.id == event_id)
        .values(due_at=now() + wait, claimed_at=None, last_error=error)
    )
