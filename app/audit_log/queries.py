"""Reading the audit log."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.core.paging import SortKey, cut, decode_cursor, keyset
from app.models.organization import AuditRow

_NEWEST_FIRST = (SortKey(AuditRow.id, UUID, descending=True),)


def audit_page(
    session: Session,
    limit: int,
    cursor: str | None,
    *,
    subject_id: UUID | None = None,
    candidate_id: UUID | None = None,
    action: str | None = None,
) -> tuple[list[AuditRow], str | None]:
    """Return what was changed, newest first, and the next page's cursor."""
    filters = {"subject_id": subject_id, "candidate_id": candidate_id, "action": action}
    statement = select(AuditRow).where(AuditRow.organization_id == organization_of(session))
    for name, value in filters.items():
        if value is not None:
            statement = statement.where(getattr(AuditRow, name) == value)
    after = decode_cursor(cursor, _NEWEST_FIRST, filters)
    rows = session.scalars(keyset(statement, _NEWEST_FIRST, after, limit)).all()
    return cut(rows, limit, _NEWEST_FIRST, filters, lambda row: (row.id,))
