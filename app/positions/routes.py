"""The addresses of positions and openings."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from app.core import paging
from app.core.database import organization_of
from app.core.problems import Conflict, NotFound, StaleVersion, responses
from app.custom_fields.queries import is_common, refuse_unknown_field
from app.entry.asking import Asked, Listing, Reading, Writing
from app.entry.routing import Route
from app.external_ids.queries import external_ids_of
from app.models.position import Position
from app.positions import actions
from app.positions.queries import (
    POSITIONS,
    openings_page,
    position_view,
    position_views,
    positions,
    view_of,
)
from app.positions.schemas import (
    OpeningRead,
    OpeningsCreate,
    PositionClose,
    PositionCreate,
    PositionFilters,
    PositionOpened,
    PositionRead,
    PositionReopen,
    PositionStep,
    PositionUpdate,
    opening_read,
    position_opened,
    position_read,
    seats,
)
from app.tombstones.queries import page_of_roots

router = APIRouter(prefix="/v1", tags=["positions"], route_class=Route)
_CHANGE = responses(NotFound, Conflict, StaleVersion)


def _read(session: Session, row: Position, response: Response) -> PositionRead:
    response.headers["ETag"] = f'"{row.version}"'
    return position_read(view_of(row, external_ids_of(session, [row.id])[row.id]))


def _opened(ask: Asked, opened: actions.Opened, response: Response) -> PositionOpened:
    row, shortlist = opened
    response.headers["ETag"] = f'"{row.version}"'
    names = external_ids_of(ask.session, [row.id])[row.id]
    return position_opened(view_of(row, names), None if shortlist is None else shortlist.id)


@router.post("/positions", status_code=201, responses=responses(Conflict))
def create_position(ask: Writing, body: PositionCreate, response: Response) -> PositionRead:
    """Write a position down, as a draft."""
    row = actions.create_position(ask.session, ask.actor, **body.values())
    response.headers["Location"] = f"/v1/positions/{row.id}"
    return _read(ask.session, row, response)


@router.get("/positions")
def list_positions(
    ask: Reading,
    request: Request,
    response: Response,
    asked: Annotated[PositionFilters, Query()],
) -> paging.RootPage[PositionRead]:
    """List positions, by id unless told otherwise."""
    wanted = asked.wanted()
    refuse_unknown_field(ask.session, "position", wanted["custom_field"])
    common = is_common(ask.session, "position", wanted["custom_field"], asked)
    statement = positions(organization_of(ask.session), **wanted, common_field=common)
    rows = page_of_roots(ask.session, statement, POSITIONS, asked, wanted, kind="position")
    paging.link_next(request, response, rows.next_cursor)
    found = position_views(ask.session, rows.ids)
    return rows.page([position_read(each) for each in found])


@router.get("/positions/{position_id}", responses=responses(NotFound))
def read_position(ask: Reading, position_id: UUID, response: Response) -> PositionRead:
    """Return a position."""
    found = position_view(ask.session, position_id)
    response.headers["ETag"] = f'"{found.version}"'
    return position_read(found)


@router.patch("/positions/{position_id}", responses=_CHANGE)
def update_position(
    ask: Listing, position_id: UUID, body: PositionUpdate, response: Response
) -> PositionRead:
    """Change what is given; arrays replace, null clears. An unused shortlist is made anew."""
    row = actions.update_position(
        ask.session,
        ask.actor,
        position_id,
        body.changes(),
        effective_at=body.effective_at,
        expected_version=ask.expected_version(),
    )
    return _read(ask.session, row, response)


@router.get("/positions/{position_id}/openings", responses=responses(NotFound))
def list_openings(
    ask: Reading,
    position_id: UUID,
    request: Request,
    response: Response,
    asked: paging.ListFilters,
) -> paging.RootPage[OpeningRead]:
    """List a position's seats in the order in which they were added, or which have changed."""
    rows = openings_page(ask.session, position_id, asked)
    paging.link_next(request, response, rows.next_cursor)
    names = external_ids_of(ask.session, (row.id for (row,) in rows.items))
    return rows.page([opening_read(row, names[row.id]) for (row,) in rows.items])


@router.post("/positions/{position_id}/openings", status_code=201, responses=_CHANGE)
def add_openings(
    ask: Writing, position_id: UUID, body: OpeningsCreate, response: Response
) -> paging.Page[OpeningRead]:
    """Add seats; answers with those that were added."""
    rows = actions.add_openings(
        ask.session,
        ask.actor,
        position_id,
        seats(body.openings),
        effective_at=body.effective_at,
        expected_version=ask.expected_version(),
    )
    response.headers["Location"] = f"/v1/positions/{position_id}/openings"
    names = external_ids_of(ask.session, (row.id for row in rows))
    items = [opening_read(row, names[row.id]) for row in rows]
    return paging.Page(items=items, next_cursor=None)


@router.post("/positions/{position_id}/open", responses=_CHANGE)
def open_position(
    ask: Listing, position_id: UUID, response: Response, body: PositionStep | None = None
) -> PositionOpened:
    """Open a draft or a position on hold: its shortlist is made."""
    opened = actions.open_position(
        ask.session,
        ask.actor,
        position_id,
        effective_at=body.effective_at if body else None,
        expected_version=ask.expected_version(),
    )
    return _opened(ask, opened, response)


@router.post("/positions/{position_id}/hold", responses=_CHANGE)
def hold_position(
    ask: Writing, position_id: UUID, response: Response, body: PositionStep | None = None
) -> PositionRead:
    """Put an open position on hold."""
    row = actions.hold_position(
        ask.session,
        ask.actor,
        position_id,
        effective_at=body.effective_at if body else None,
        expected_version=ask.expected_version(),
    )
    return _read(ask.session, row, response)


@router.post("/positions/{position_id}/close", responses=_CHANGE)
def close_position(
    ask: Writing, position_id: UUID, body: PositionClose, response: Response
) -> PositionRead:
    """Close a position and its open seats."""
    row = actions.close_position(
        ask.session,
        ask.actor,
        position_id,
        reason=body.reason,
        effective_at=body.effective_at,
        expected_version=ask.expected_version(),
    )
    return _read(ask.session, row, response)


@router.post("/positions/{position_id}/reopen", responses=_CHANGE)
def reopen_position(
    ask: Listing, position_id: UUID, response: Response, body: PositionReopen | None = None
) -> PositionOpened:
    """Open a position again, with its closed seats: its shortlist is made."""
    opened = actions.reopen_position(
        ask.session,
        ask.actor,
        position_id,
        openings=body.more() if body else (),
        effective_at=body.effective_at if body else None,
        expected_version=ask.expected_version(),
    )
    return _opened(ask, opened, response)
