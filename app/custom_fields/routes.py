"""The addresses of custom fields."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response, status

from app.core.paging import ListFilters, RootPage, link_next
from app.core.problems import Conflict, Forbidden, Invalid, NotFound, StaleVersion, responses
from app.custom_fields import actions, queries
from app.custom_fields.schemas import (
    AppliesTo,
    CustomFieldCreate,
    CustomFieldRead,
    CustomFieldUpdate,
    custom_field_read,
)
from app.entry.asking import Administering, Reading
from app.entry.routing import Route
from app.models.custom_field import CustomField

router = APIRouter(prefix="/v1", tags=["custom fields"], route_class=Route)


@router.post(
    "/custom-fields",
    status_code=status.HTTP_201_CREATED,
    responses=responses(Forbidden, Conflict, Invalid),
)
def create_custom_field(
    ask: Administering, body: CustomFieldCreate, response: Response
) -> CustomFieldRead:
    """Add a field of the organization's own to candidates, positions or applications."""
    row = actions.create_custom_field(
        ask.session,
        ask.actor,
        applies_to=body.applies_to,
        key=body.key,
        name=body.name,
        field_type=body.type,
        options=body.options,
        required=body.required,
    )
    response.headers["Location"] = f"/v1/custom-fields/{row.id}"
    return _read(row, response)


@router.get("/custom-fields")
def list_custom_fields(
    ask: Reading,
    response: Response,
    *,
    applies_to: Annotated[AppliesTo | None, Query(description="Only of these.")] = None,
    asked: ListFilters,
) -> RootPage[CustomFieldRead]:
    """List the organization's own fields, archived ones too, in the order they were added.

    With `updated_since`, those that changed since, in the order of the changes.
    """
    fields, rows = queries.custom_fields_page(ask.session, asked, applies_to=applies_to)
    link_next(ask.request, response, rows.next_cursor)
    return rows.page([custom_field_read(row) for row in fields])


@router.get("/custom-fields/{custom_field_id}", responses=responses(NotFound))
def read_custom_field(ask: Reading, custom_field_id: UUID, response: Response) -> CustomFieldRead:
    """Return one of the organization's own fields."""
    return _read(queries.find_custom_field(ask.session, custom_field_id), response)


@router.patch(
    "/custom-fields/{custom_field_id}",
    responses=responses(Forbidden, NotFound, StaleVersion, Invalid),
)
def update_custom_field(
    ask: Administering, custom_field_id: UUID, body: CustomFieldUpdate, response: Response
) -> CustomFieldRead:
    """Change what is given. A field is archived, not deleted: rows may have values of it."""
    row = actions.update_custom_field(
        ask.session,
        ask.actor,
        custom_field_id,
        {name: getattr(body, name) for name in body.model_fields_set},
        expected_version=ask.expected_version(),
    )
    return _read(row, response)


def _read(row: CustomField, response: Response) -> CustomFieldRead:
    response.headers["ETag"] = f'"{row.version}"'
    return custom_field_read(row)
