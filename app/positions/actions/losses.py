"""What follows when a position loses a hire, or an offer is declined."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.entry.actor import Actor
from app.models.ranking import Shortlist
from app.positions.actions.locking import lock_position
from app.positions.actions.seats import free, note_reopened
from app.positions.actions.states import shortlist_of_news


def reopen_after_loss(
    session: Session,
    actor: Actor,
    position_id: UUID,
    *,
    trigger: str,
    at: datetime,
    limit: int = 50,
) -> Shortlist | None:
    """Re-open a position that lost somebody, and say who is first in line for the seat.

    `trigger` is hire_withdrew or offer_declined, `at` when it happened.
    One that was called filled without an application gets one of its seats back; one on hold with a
    seat to offer is no longer held. None where there is no seat to offer (the position is closed,
    or others fill all of them), and where the loss happened over a day ago.
    """
    position = lock_position(session, position_id)
    if position.status == "filled":
        called_filled = [row for row in position.openings if row.status == "closed"]
        if called_filled:
            free(min(called_filled, key=lambda row: row.id), at)
            position.touch()
            note_reopened(session, actor, position)
    if position.status == "closed" or not any(row.status == "open" for row in position.openings):
        return None
    if position.status == "on_hold":
        position.touch()
        note_reopened(session, actor, position)
    return shortlist_of_news(session, actor, position_id, trigger=trigger, at=at, limit=limit)
