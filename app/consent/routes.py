"""The addresses of consent and pauses."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.consent.actions import cancel_pause as cancel
from app.consent.actions import declare_pause, set_consent
from app.consent.actions import end_pause as end
from app.consent.queries import consents_page, pause_of, pauses_page
from app.consent.schemas import (
    ConsentCreate,
    ConsentRead,
    PauseCreate,
    PauseEnd,
    PauseRead,
    consent_read,
    pause_read,
)
from app.core import paging
from app.core.problems import Conflict, Forbidden, Gone, NotFound, responses
from app.entry.asking import Inspecting, Reading, Writing
from app.entry.routing import Route
from app.facts.queries import require_candidate

router = APIRouter(
    prefix="/v1/candidates/{candidate_id}",
    tags=["consent"],
    route_class=Route,
    responses=responses(NotFound, Gone),
)


@router.put("/consent")
def put_consent(ask: Writing, candidate_id: UUID, body: ConsentCreate) -> ConsentRead:
    """Record what the candidate answered for one purpose; answers with what holds now.

    It is no part of what the candidate's own address shows: the candidate's version stays, and
    If-Match is not read.
    """
    return consent_read(set_consent(ask.session, ask.actor, candidate_id, **dict(body)))


@router.get("/consent")
def list_consents(
    ask: Reading, candidate_id: UUID, updated_since: paging.UpdatedSince = None
) -> paging.RootPage[ConsentRead]:
    """Return what the candidate allowed or refused, by purpose; all on one page."""
    asked = paging.RootFilters(updated_since=updated_since)
    rows = consents_page(ask.session, candidate_id, asked)
    return rows.page([consent_read(row) for (row,) in rows.items])


@router.post("/pauses", status_code=201)
def create_pause(
    ask: Writing, candidate_id: UUID, body: PauseCreate, response: Response
) -> PauseRead:
    """Declare that the candidate's clock stands still on these days.

    It is no part of what the candidate's own address shows: the candidate's version stays, and
    If-Match is not read.
    """
    row = declare_pause(ask.session, ask.actor, candidate_id, **dict(body))
    response.headers["Location"] = f"/v1/candidates/{candidate_id}/pauses/{row.id}"
    return pause_read(row)


@router.get("/pauses", responses=responses(Forbidden))
def list_pauses(
    ask: Inspecting,
    candidate_id: UUID,
    request: Request,
    response: Response,
    asked: paging.ListFilters,
) -> paging.RootPage[PauseRead]:
    """List the candidate's pauses, the earliest first; rankers are never shown one."""
    rows = pauses_page(ask.session, candidate_id, asked)
    paging.link_next(request, response, rows.next_cursor)
    return rows.page([pause_read(row) for (row,) in rows.items])


@router.get("/pauses/{pause_id}", responses=responses(Forbidden))
def read_pause(ask: Inspecting, candidate_id: UUID, pause_id: UUID) -> PauseRead:
    """Return a pause."""
    require_candidate(ask.session, candidate_id)
    return pause_read(pause_of(ask.session, candidate_id, pause_id))


@router.post("/pauses/{pause_id}/end", responses=responses(Conflict))
def end_pause(ask: Writing, candidate_id: UUID, pause_id: UUID, body: PauseEnd) -> PauseRead:
    """End a pause early.

    It is no part of what the candidate's own address shows: the candidate's version stays, and
    If-Match is not read.
    """
    row = end(ask.session, ask.actor, candidate_id, pause_id, **dict(body))
    return pause_read(row)


@router.delete("/pauses/{pause_id}", status_code=204, responses=responses(Conflict))
def cancel_pause(ask: Writing, candidate_id: UUID, pause_id: UUID) -> None:
    """Take a pause back before its first day.

    It is no part of what the candidate's own address shows: the candidate's version stays, and
    If-Match is not read.
    """
    cancel(ask.session, ask.actor, candidate_id, pause_id)
