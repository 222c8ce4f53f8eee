"""The addresses of saved searches."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.candidates.routes import candidate_page
from app.candidates.schemas import CandidateListed
from app.core.paging import USUAL, Cursor, Limit, ListFilters, RootPage, UpdatedSince, link_next
from app.core.problems import NotFound, StaleVersion, responses
from app.entry.asking import Reading, Writing
from app.entry.routing import Route
from app.models.saved_search import SavedSearch
from app.saved_searches import actions, queries
from app.saved_searches.schemas import (
    SavedSearchCreate,
    SavedSearchRead,
    SavedSearchUpdate,
    SearchParameters,
    saved_search_read,
)

router = APIRouter(prefix="/v1/saved-searches", tags=["saved searches"], route_class=Route)


@router.post("", status_code=201)
def create_saved_search(
    ask: Writing, body: SavedSearchCreate, response: Response
) -> SavedSearchRead:
    """Keep a search under a name."""
    body.parameters.filters("/parameters")
    search = actions.create_saved_search(
        ask.session,
        ask.actor,
        name=body.name,
        parameters=body.parameters.plain(),
        owner_user_id=body.owner_user_id,
    )
    response.headers["Location"] = f"/v1/saved-searches/{search.id}"
    return _read(search, response)


@router.get("")
def list_saved_searches(
    ask: Reading,
    response: Response,
    *,
    asked: ListFilters,
    owner_user_id: Annotated[UUID | None, Query(description="Those of this user.")] = None,
) -> RootPage[SavedSearchRead]:
    """List saved searches, the newest first, or what has changed of them since an instant."""
    found, rows = queries.saved_search_page(ask.session, asked, owner_user_id=owner_user_id)
    link_next(ask.request, response, rows.next_cursor)
    return rows.page([saved_search_read(row) for row in found])


@router.get("/{saved_search_id}", responses=responses(NotFound))
def read_saved_search(ask: Reading, saved_search_id: UUID, response: Response) -> SavedSearchRead:
    """Return a saved search."""
    return _read(queries.find_saved_search(ask.session, saved_search_id), response)


@router.patch("/{saved_search_id}", responses=responses(NotFound, StaleVersion))
def update_saved_search(
    ask: Writing, saved_search_id: UUID, body: SavedSearchUpdate, response: Response
) -> SavedSearchRead:
    """Change the name, the owner, or what is asked for."""
    search = actions.update_saved_search(
        ask.session,
        ask.actor,
        saved_search_id,
        body.changes(),
        expected_version=ask.expected_version(),
    )
    return _read(search, response)


@router.delete("/{saved_search_id}", status_code=204, responses=responses(NotFound, StaleVersion))
def delete_saved_search(ask: Writing, saved_search_id: UUID) -> None:
    """Delete a saved search."""
    expected = ask.expected_version()
    actions.delete_saved_search(ask.session, ask.actor, saved_search_id, expected_version=expected)


@router.get("/{saved_search_id}/candidates", responses=responses(NotFound))
def list_saved_search_candidates(
    ask: Reading,
    saved_search_id: UUID,
    response: Response,
    limit: Limit = USUAL,
    cursor: Cursor = None,
    updated_since: UpdatedSince = None,
) -> RootPage[CandidateListed]:
    """Run a saved search: as `GET /v1/candidates` with its parameters.

    With `updated_since`, which does not go with a search for words, without its sort order.
    """
    search = queries.find_saved_search(ask.session, saved_search_id)
    filters = SearchParameters(**search.parameters).filters(
        "/parameters", limit=limit, cursor=cursor, updated_since=updated_since
    )
    page = candidate_page(ask, filters, at="/parameters/")
    link_next(ask.request, response, page.next_cursor)
    return page


def _read(search: SavedSearch, response: Response) -> SavedSearchRead:
    response.headers["ETag"] = f'"{search.version}"'
    return saved_search_read(search)
