"""The openings of a position: made, filled, given back."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.audit_log.actions import record_change
from app.core.ids import new_id
from app.core.problems import Conflict, Invalid
from app.entry.actor import Actor
from app.external_ids.actions import name_new_row
from app.facts.actions import effective
from app.models.position import Opening, Position
from app.positions.actions.locking import lock_position, refuse_step
from app.positions.rules import Seat


def add_openings(
    session: Session,
    actor: Actor,
    position_id: UUID,
    seats: Sequence[Seat],
    *,
    effective_at: datetime | None = None,
    expected_version: int | None = None,
) -> list[Opening]:
    """Add seats to a position that is not over; one that is, is re-opened with more.

    Raises:
        NotFound, StaleVersion: there is no such position, or it has moved on.
        Conflict: it is filled or closed, or a seat's external id is known.
    """
    position = lock_position(session, position_id, expected_version)
    refuse_step(position, "add openings")
    at = effective(session, effective_at, pointer="/effective_at")
    made = make_openings(session, position, seats, at)
    position.touch()
    record_change(
        session,
        actor,
        "position.openings_added",
        "position",
        position.id,
        changes={"openings": len(made)},
        data={"opening_ids": [row.id for row in made]},
    )
    session.flush()
    return made


def make_openings(
    session: Session, position: Position, seats: Sequence[Seat], opened_at: datetime
) -> list[Opening]:
    """Append open seats to a position whose openings are loaded; the caller holds its lock."""
    made = [
        Opening(id=new_id(), status="open", starts_on=seat.starts_on, opened_at=opened_at)
        for seat in seats
    ]
    position.openings.extend(made)
    session.flush()
    for row, seat in zip(made, seats, strict=True):
        name_new_row(session, "opening", row.id, seat.external_ids)
    return made


def fill_opening(
    session: Session,
    actor: Actor,
    position_id: UUID,
    application_id: UUID,
    *,
    opening_id: UUID | None = None,
    at: datetime,
) -> Opening:
    """Let an application fill the named opening, or the one open longest.

    With its last open opening the position is filled. Locks the position's row: the caller locks
    candidates after it.

    Raises:
        Conflict: no opening is open, or the named one is not (`current_status`).
        Invalid: the named one is no opening of this position.
    """
    position = lock_position(session, position_id)
    opening = _named(position, opening_id) if opening_id else _longest_open(position)
    opening.status, opening.application_id = "filled", application_id
    opening.closed_at, opening.close_reason = at, "filled"
    position.touch()
    session.flush()
    if not any(row.status == "open" for row in position.openings):
        position.status, position.close_reason = "filled", "filled"
        record_change(session, actor, "position.filled", "position", position.id)
    session.flush()
    return opening


def give_opening_back(
    session: Session, actor: Actor, position_id: UUID, application_id: UUID, *, at: datetime
) -> Opening | None:
    """Free the opening that an application fills; None where it fills none.

    A position that was filled by it is open again. In a position closed for another reason the
    opening is closed with it.
    """
    position = lock_position(session, position_id)
    opening = next((row for row in position.openings if row.application_id == application_id), None)
    if opening is None:
        return None
    opening.application_id = None
    if position.status == "closed":
        opening.status, opening.closed_at = "closed", at
        opening.close_reason = position.close_reason
    else:
        free(opening, at)
    position.touch()
    if position.status == "filled":
        note_reopened(session, actor, position)
    session.flush()
    return opening


def free(opening: Opening, at: datetime) -> None:
    """Make a seat open again."""
    opening.status, opening.opened_at = "open", at
    opening.closed_at = opening.close_reason = None


def note_reopened(session: Session, actor: Actor, position: Position) -> None:
    """Set a position open that was filled, closed or on hold."""
    position.status, position.close_reason = "open", None
    record_change(session, actor, "position.reopened", "position", position.id)


def _named(position: Position, opening_id: UUID) -> Opening:
    opening = next((row for row in position.openings if row.id == opening_id), None)
    if opening is None:
        raise Invalid("/opening_id", "is no opening of this position")
    if opening.status != "open":
        raise Conflict(f"The opening is {opening.status}.", current_status=opening.status)
    return opening


def _longest_open(position: Position) -> Opening:
    still_open = [row for row in position.openings if row.status == "open"]
    if not still_open:
        raise Conflict("No opening of the position is open.", current_status=position.status)
    return min(still_open, key=lambda row: (row.opened_at, row.id))
