"""What the worker tidies."""

from uuid import UUID

from sqlalchemy import delete, select

from app.core.clock import real_now as now
from app.core.database import Database, Mode
from app.entry.idempotency import KEPT
from app.models.organization import IdempotencyKey, Organization


def forget_idempotency_keys(database: Database) -> int:
    """Delete the answers that were kept long enough; return how many."""
    forgotten = 0
    for organization_id in organization_ids(database):
        with database.transaction(Mode.WRITE, organization_id) as session:
            gone = session.execute(
                delete(IdempotencyKey).where(
                    IdempotencyKey.organization_id == organization_id,
                    IdempotencyKey.created_at < now() - KEPT,
                )
            )
            forgotten += gone.rowcount  # type: ignore[attr-defined]
    return forgotten


def organization_ids(database: Database) -> list[UUID]:
    """Return every tenant's id."""
    with database.transaction(Mode.READ) as session:
        return list(session.scalars(select(Organization.id).order_by(Organization.id)))
