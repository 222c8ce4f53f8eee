"""The address of the audit log."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.audit_log import queries
from app.audit_log.schemas import AuditRead, audit_read
from app.core.paging import USUAL, Cursor, Limit, RootFilters, RootPage, UpdatedSince, link_next
from app.core.problems import Forbidden, responses
from app.core.schema import Line
from app.entry.asking import Inspecting
from app.entry.routing import Route

router = APIRouter(prefix="/v1", tags=["audit log"], route_class=Route)


@router.get("/audit-log", responses=responses(Forbidden))
def list_audit_log(
    ask: Inspecting,
    response: Response,
    *,
    limit: Limit = USUAL,
    cursor: Cursor = None,
    subject_id: Annotated[UUID | None, Query(description="What was changed.")] = None,
    candidate_id: Annotated[UUID | None, Query(description="Whom it concerns.")] = None,
    action: Annotated[Line | None, Query(description="Such as `application.rejected`.")] = None,
    updated_since: UpdatedSince = None,
) -> RootPage[AuditRead]:
    """List what was changed, newest first, or what was added or blacked out since an instant."""
    rows = queries.audit_page(
        ask.session,
        RootFilters(limit=limit, cursor=cursor, updated_since=updated_since),
        subject_id=subject_id,
        candidate_id=candidate_id,
        action=action,
    )
    link_next(ask.request, response, rows.next_cursor)
    return rows.page([audit_read(row) for (row,) in rows.items])
