"""The addresses of candidates."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.candidates.actions import create_candidate as create
from app.candidates.actions import update_candidate as update
from app.candidates.queries import (
    CANDIDATES,
    candidate_view,
    candidate_views,
    candidates,
    search_candidates,
    view_of,
)
from app.candidates.schemas import (
    CandidateCreate,
    CandidateCreated,
    CandidateFilters,
    CandidateListed,
    CandidateRead,
    CandidateUpdate,
    candidate_created,
    candidate_found,
    candidate_listed,
    candidate_read,
)
from app.core import paging
from app.core.database import organization_of
from app.core.problems import Conflict, Gone, NotFound, StaleVersion, responses
from app.custom_fields.queries import is_common, refuse_unknown_field
from app.entry.asking import Asked, Reading, Writing
from app.entry.routing import Route
from app.external_ids.queries import external_ids_of
from app.search.queries.finding import PLACE_KEYS, place_of
from app.search.rules.asked import Word
from app.tombstones.queries import RootRows, page_of_roots

router = APIRouter(prefix="/v1", tags=["candidates"], route_class=Route)


@router.post("/candidates", status_code=201, responses=responses(Conflict))
def create_candidate(ask: Writing, body: CandidateCreate, response: Response) -> CandidateCreated:
    """Remember a person; a known external id is refused, a known address only pointed out."""
    row, alike = create(ask.session, ask.actor, **body.values())
    response.headers["ETag"] = f'"{row.version}"'
    response.headers["Location"] = f"/v1/candidates/{row.id}"
    names = external_ids_of(ask.session, [row.id])[row.id]
    return candidate_created(view_of(row, names), alike)


@router.get("/candidates")
def list_candidates(
    ask: Reading,
    request: Request,
    response: Response,
    asked: Annotated[CandidateFilters, Query()],
) -> paging.RootPage[CandidateListed]:
    """List candidates, by id unless told otherwise, or find them by `q`; deleted ones left out."""
    page = candidate_page(ask, asked)
    paging.link_next(request, response, page.next_cursor)
    return page


def candidate_page(
    ask: Asked, asked: CandidateFilters, at: str = "?"
) -> paging.RootPage[CandidateListed]:
    """Return a page of candidates, for whatever address asks for one; filters are `at` it."""
    wanted, words = asked.wanted(), asked.words()
    refuse_unknown_field(ask.session, "candidate", wanted["custom_field"], f"{at}custom_field")
    return _found(ask, asked, wanted, words) if words else _listed(ask, asked, wanted)


def _listed(
    ask: Asked, asked: CandidateFilters, wanted: dict[str, Any]
) -> paging.RootPage[CandidateListed]:
    common = is_common(ask.session, "candidate", wanted["custom_field"], asked)
    statement = candidates(organization_of(ask.session), **wanted, common_field=common)
    rows = page_of_roots(ask.session, statement, CANDIDATES, asked, wanted, kind="candidate")
    found = candidate_views(ask.session, rows.ids)
    return rows.page([candidate_listed(each) for each in found])


def _found(
    ask: Asked, asked: CandidateFilters, wanted: dict[str, Any], words: Sequence[Word]
) -> paging.RootPage[CandidateListed]:
    filters = {**wanted, "q": asked.q}
    after = place_of(paging.decode_cursor(asked.cursor, PLACE_KEYS, filters))
    found, following = search_candidates(
        ask.session, words, after=after, limit=asked.limit, **wanted
    )
    cursor = None if following is None else paging.encode_cursor(following, PLACE_KEYS, filters)
    return RootRows([], cursor).page([candidate_found(each) for each in found])


@router.get("/candidates/{candidate_id}", responses=responses(NotFound, Gone))
def read_candidate(ask: Reading, candidate_id: UUID, response: Response) -> CandidateRead:
    """Return a candidate."""
    found = candidate_view(ask.session, candidate_id)
    response.headers["ETag"] = f'"{found.version}"'
    return candidate_read(found)


@router.patch(
    "/candidates/{candidate_id}", responses=responses(NotFound, Gone, Conflict, StaleVersion)
)
def update_candidate(
    ask: Writing, candidate_id: UUID, body: CandidateUpdate, response: Response
) -> CandidateRead:
    """Change what is given; arrays replace, null clears."""
    row = update(
        ask.session,
        ask.actor,
        candidate_id,
        body.changes(),
        effective_at=body.effective_at,
        expected_version=ask.expected_version(),
    )
    response.headers["ETag"] = f'"{row.version}"'
    return candidate_read(view_of(row, external_ids_of(ask.session, [row.id])[row.id]))
