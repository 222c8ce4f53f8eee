"""Reading the audit log."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.core.paging import RootFilters, SortKey
from app.models.organization import AuditRow
from app.tombstones.queries import Listing, Rows, page_of_rows

# Rows are added, and blacked out when somebody is erased; none ever leaves.
_LOG = Listing(
    (SortKey(AuditRow.id, UUID, descending=True),),
    (SortKey(AuditRow.updated_at, datetime), SortKey(AuditRow.id, UUID)),
)


def audit_page(
    session: Session,
    asked: RootFilters,
    *,
    subject_id: UUID | None = None,
    candidate_id: UUID | None = None,
    action: str | None = None,
) -> Rows:
    """Return what was changed, newest first, or what was added or blacked out since."""
    filters = {"subject_id": subject_id, "candidate_id": candidate_id, "action": action}
    statement = select(AuditRow).where(AuditRow.organization_id == organization_of(session))
    for name, value in filters.items():
        if value is not None:
            statement = statement.where(getattr(AuditRow, name) == value)
    return page_of_rows(session, statement, _LOG, asked, filters)
