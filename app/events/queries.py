"""Reading the stream of events."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, literal, select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.core.problems import Gone
from app.models.base import table_of
from app.models.event import Event

_EVENTS = table_of(Event).c
_MINE = _EVENTS.organization_id == bindparam("organization_id")
_NUMBERED = _EVENTS.sequence.is_not(None)
_WAITING = select(literal(1)).where(_MINE, _EVENTS.sequence.is_(None)).limit(1)
_WAITING_LONG = _WAITING.where(_EVENTS.created_at < bindparam("before"))
_OLDEST = select(_EVENTS.sequence).where(_MINE, _NUMBERED).order_by(_EVENTS.sequence).limit(1)
_NEWEST = (
    select(_EVENTS.sequence).where(_MINE, _NUMBERED).order_by(_EVENTS.sequence.desc()).limit(1)
)
_FOLLOWING = (
    select(_EVENTS.sequence, _EVENTS.id, _EVENTS.type, _EVENTS.created_at, _EVENTS.data)
    .where(_MINE, _EVENTS.sequence > bindparam("after"))
    .order_by(_EVENTS.sequence)
    .limit(bindparam("many"))
)


class EventRow(NamedTuple):
    """One event that has its number."""

    sequence: int
    id: UUID
    type: str
    created_at: datetime
    data: dict[str, Any]


class Stretch(NamedTuple):
    """A part of the stream, where to go on, and how far the whole of it reaches."""

    rows: Sequence[EventRow]
    next_after: int
    newest: int


def has_unnumbered(session: Session, *, before: datetime | None = None) -> bool:
    """Tell whether events have been committed, `before` then, that have no number yet."""
    if before is None:
        return session.scalar(_WAITING, _ours(session)) is not None
    return session.scalar(_WAITING_LONG, {**_ours(session), "before": before}) is not None


def newest_sequence(session: Session) -> int:
    """Return the number of the newest event, 0 where none has one."""
    return session.scalar(_NEWEST, _ours(session)) or 0


def events_after(session: Session, after: int | None, limit: int) -> Stretch:
    """Return what happened after an event, or from the oldest that is kept, in order.

    Raises Gone with `oldest_sequence` where an event between the two is kept no longer.
    """
    asked = {**_ours(session), "after": after or 0, "many": limit}
    rows = [EventRow(*row) for row in session.execute(_FOLLOWING, asked)]
    if not rows:
        return Stretch(rows, after or 0, newest_sequence(session))
    # Numbers follow each other without a gap, save before the oldest that is kept.
    if after is not None and rows[0].sequence != after + 1:
        raise Gone(
            "The events that follow are kept no longer: read the lists, then go on from there.",
            oldest_sequence=session.scalar(_OLDEST, _ours(session)),
        )
    return Stretch(rows, rows[-1].sequence, newest_sequence(session))


def _ours(session: Session) -> dict[str, object]:
    return {"organization_id": organization_of(session)}
