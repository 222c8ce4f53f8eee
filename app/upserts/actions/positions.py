"""Positions by what other systems call them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.entry.actor import Actor
from app.external_ids.rules import Name
from app.models.position import Position
from app.positions.actions import create_position, update_position
from app.positions.rules import Seat
from app.upserts.actions.putting import Put, put_row, require, with_more_names


def put_position(
    session: Session,
    actor: Actor,
    names: Sequence[Name],
    told: Mapping[str, Any],
    *,
    openings: Sequence[Seat] = (Seat(),),
    effective_at: datetime | None = None,
    expected_version: int | None = None,
) -> Put[Position]:
    """Create a position, as a draft with these openings, or update the one that has a name.

    `told` has keys of `update_position`. A position that exists keeps its state and its openings.
    An update may make its shortlist anew, so the transaction is of the mode LIST.

    Raises:
        Conflict, Gone, StaleVersion, Invalid: as in `put_row` and `create_position`; a new
            position wants a `title`.
    """

    def create() -> Position:
        require(told, "title")
        return create_position(
            session,
            actor,
            **told,
            openings=openings,
            external_ids=names,
            effective_at=effective_at,
        )

    def update(position_id: UUID) -> Position:
        changes = dict(told)
        more = with_more_names(session, position_id, names)
        if more is not None:
            changes["external_ids"] = more
        return update_position(
            session,
            actor,
            position_id,
            changes,
            effective_at=effective_at,
            expected_version=expected_version,
        )

    return put_row(
        session,
        Position,
        "position",
        names,
        create=create,
        update=update,
        expected_version=expected_version,
    )
