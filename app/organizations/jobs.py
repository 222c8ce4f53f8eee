"""What the worker tidies."""

from uuid import UUID

from sqlalchemy import bindparam, delete, select

from app.core.clock import real_now as now
from app.core.database import Database, Mode
from app.entry.idempotency import KEPT
from app.models.base import table_of
from app.models.organization import IdempotencyKey, Organization

_KEYS = table_of(IdempotencyKey)
_FORGET = delete(_KEYS).where(
    _KEYS.c.organization_id == bindparam("organization_id"),
    _KEYS.c.created_at < bindparam("kept_since"),
)


def forget_idempotency_keys(database: Database) -> int:
    """Delete the answers that were kept long enough; return how many."""
    forgotten = 0
    for organization_id in organization_ids(database):
        with database.transaction(Mode.WRITE, organization_id) as session:
            asked = {"organization_id": organization_id, "kept_since": now() - KEPT}
            forgotten += session.execute(_FORGET, asked).rowcount  # type: ignore[attr-defined]
    return forgotten


def organization_ids(database: Database) -> list[UUID]:
    """Return every tenant's id."""
    with database.transaction(Mode.READ) as session:
        return list(session.scalars(select(Organization.id).order_by(Organization.id)))
