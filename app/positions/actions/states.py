"""Opening, holding, closing and re-opening a position."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from app.audit_log.actions import record_change
from app.entry.actor import Actor
from app.facts.actions import effective, recorded_at
from app.models.position import Position
from app.models.ranking import Shortlist
from app.positions.actions.locking import lock_position, refuse_step
from app.positions.actions.seats import free, make_openings, note_reopened
from app.positions.rules import Seat, is_news
from app.shortlists.actions import make_shortlist

_AT = "/effective_at"


class Opened(NamedTuple):
    """A position that is open now, and its shortlist; null where it was opened long ago."""

    position: Position
    shortlist: Shortlist | None


def open_position(
    session: Session,
    actor: Actor,
    position_id: UUID,
    *,
    effective_at: datetime | None = None,
    expected_version: int | None = None,
) -> Opened:
    """Open a draft, or a position on hold, and say who is first in line.

    Raises:
        NotFound, StaleVersion: there is no such position, or it has moved on.
        Conflict: it is in another state (`current_status`).
    """
    position = lock_position(session, position_id, expected_version)
    refuse_step(position, "open")
    at = effective(session, effective_at, pointer=_AT)
    if position.status == "draft":
        for row in position.openings:
            if row.status == "open":
                row.opened_at = at
    position.status = "open"
    position.touch()
    record_change(session, actor, "position.opened", "position", position.id)
    shortlist = shortlist_of_news(session, actor, position_id, trigger="position_opened", at=at)
    return Opened(position, shortlist)


def hold_position(
    session: Session,
    actor: Actor,
    position_id: UUID,
    *,
    effective_at: datetime | None = None,
    expected_version: int | None = None,
) -> Position:
    """Put an open position on hold; its openings stay as they are. Raises as `open_position`."""
    position = lock_position(session, position_id, expected_version)
    refuse_step(position, "hold")
    at = effective(session, effective_at, pointer=_AT)
    position.status = "on_hold"
    position.touch()
    record_change(
        session, actor, "position.held", "position", position.id, changes={"effective_at": at}
    )
    session.flush()
    return position


def close_position(
    session: Session,
    actor: Actor,
    position_id: UUID,
    *,
    reason: str,
    effective_at: datetime | None = None,
    expected_version: int | None = None,
) -> Position:
    """Close a position and its open openings: filled, cancelled or other.

    Raises as `open_position`.
    """
    position = lock_position(session, position_id, expected_version)
    refuse_step(position, "close")
    at = effective(session, effective_at, pointer=_AT)
    for row in position.openings:
        if row.status == "open":
            row.status, row.closed_at, row.close_reason = "closed", at, reason
    position.status = "filled" if reason == "filled" else "closed"
    position.close_reason = reason
    position.touch()
    record_change(
        session,
        actor,
        f"position.{position.status}",
        "position",
        position.id,
        changes={"reason": reason, "effective_at": at},
    )
    session.flush()
    return position


def reopen_position(
    session: Session,
    actor: Actor,
    position_id: UUID,
    *,
    openings: Sequence[Seat] = (),
    effective_at: datetime | None = None,
    expected_version: int | None = None,
) -> Opened:
    """Open a position again, with its closed openings and with those that are added.

    Where that leaves none open, one is added. Raises as `open_position`.
    """
    position = lock_position(session, position_id, expected_version)
    refuse_step(position, "reopen")
    at = effective(session, effective_at, pointer=_AT)
    for row in position.openings:
        if row.status == "closed":
            free(row, at)
    made = list(openings)
    if not made and not any(row.status == "open" for row in position.openings):
        made = [Seat()]
    make_openings(session, position, made, at)
    note_reopened(session, actor, position)
    position.touch()
    shortlist = shortlist_of_news(session, actor, position_id, trigger="position_reopened", at=at)
    return Opened(position, shortlist)


def shortlist_of_news(
    session: Session,
    actor: Actor,
    position_id: UUID,
    *,
    trigger: str,
    at: datetime,
    limit: int = 50,
) -> Shortlist | None:
    """Make the shortlist that an event calls for; None where it happened over a day ago."""
    session.flush()
    if not is_news(at, recorded_at(session)):
        return None
    return make_shortlist(session, actor, position_id, trigger=trigger, limit=limit)
