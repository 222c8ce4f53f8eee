"""How far the clock of a sandbox is ahead. A row in `sandboxes` makes an organization one.

No other has such a row, and so none other can have a clock of its own.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.core.clock import move_ahead
from app.core.database import Database, Mode, organization_of
from app.models.base import table_of
from app.models.organization import Sandbox

_SANDBOXES = table_of(Sandbox).c
_AHEAD = select(_SANDBOXES.microseconds_ahead).where(
    _SANDBOXES.organization_id == bindparam("organization_id")
)


def lead_of(session: Session) -> timedelta | None:
    """Return how far the bound organization's clock is ahead; None where it is no sandbox."""
    found = session.scalar(_AHEAD, {"organization_id": organization_of(session)})
    return None if found is None else timedelta(microseconds=found)


def go_by_its_clock(database: Database, organization_id: UUID) -> None:
    """Let the work at hand, done for this organization alone, go by its clock."""
    with database.transaction(Mode.READ, organization_id) as session:
        move_ahead(lead_of(session) or timedelta(0))
