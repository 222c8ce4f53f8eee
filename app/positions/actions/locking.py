"""The lock that every change of a position and its openings is made under."""

from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.core.database import Mode, organization_of
from app.core.problems import Conflict, NotFound, StaleVersion
from app.models.base import BINDS_ITS_TENANT
from app.models.position import Position
from app.positions.queries import CHILDREN
from app.positions.rules import STEPS

_LOCKED = (
    select(Position)
    .where(
        Position.organization_id == bindparam("organization_id"),
        Position.id == bindparam("position_id"),
    )
    .options(*CHILDREN)
    .with_for_update()
    .execution_options(populate_existing=True, **{BINDS_ITS_TENANT: True})
)


def lock_position(
    session: Session, position_id: UUID, expected_version: int | None = None
) -> Position:
    """Return the position with its row locked and its children loaded behind the lock.

    Raises NotFound where it is absent or another's, StaleVersion where it has moved on.
    """
    # The caller may have changed rows already, and the lock reads them anew.
    session.flush()
    found = session.scalar(
        _LOCKED, {"organization_id": organization_of(session), "position_id": position_id}
    )
    if found is None:
        raise NotFound("No such position.")
    if expected_version is not None and found.version != expected_version:
        raise StaleVersion
    # Two writers are stamped in the order in which they hold the row; a list knows what it knew
    # when its snapshot was taken.
    if session.info["mode"] is not Mode.LIST:
        session.info.pop("recorded_at", None)
    return found


def refuse_step(position: Position, step: str) -> None:
    """Raise Conflict with `current_status` where the step cannot be taken from this state."""
    if position.status not in STEPS[step]:
        raise Conflict(f"The position is {position.status}.", current_status=position.status)
