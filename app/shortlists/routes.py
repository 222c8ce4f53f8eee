"""The addresses of shortlists."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.core import paging
from app.core.clock import now
from app.core.database import organization_of
from app.core.problems import Conflict, Forbidden, Gone, NotFound, StaleVersion, responses
from app.core.settings import Settings
from app.entry.asking import Asked, Browsing, Listing, Reading, Streaming, Writing
from app.entry.routing import Route
from app.models.ranking import Shortlist
from app.models.run import ShortlistRun
from app.shortlists.actions.deciding import decide_on_entry, note_opened, withdraw_decision
from app.shortlists.actions.running import ask_for_replay, ask_for_shortlist
from app.shortlists.jobs import counted
from app.shortlists.queries.asking import match_now, replayed, shortlist_of
from app.shortlists.queries.kept import (
    SHORTLISTS,
    frozen_entries,
    shortlist_rows,
    shortlists,
    shortlists_of,
)
from app.shortlists.queries.runs import run_of
from app.shortlists.schemas import (
    CoverageRead,
    DecisionCreate,
    EntryRead,
    MatchRead,
    ReplayCreate,
    ReplayRead,
    ShortlistCreate,
    ShortlistFilters,
    ShortlistRead,
    ShortlistRunRead,
    ShortlistSummary,
    coverage_read,
    entry_read,
    match_read,
    replay_read,
    run_read,
    shortlist_json,
)
from app.tombstones.queries import page_of_roots

router = APIRouter(prefix="/v1", tags=["shortlists"], route_class=Route)


_ACCEPTED: Final[dict[int | str, dict[str, Any]]] = {
    202: {
        "model": ShortlistRunRead,
        "description": "The worker does it; ask the run how far it is.",
    }
}
# Seconds. A run waits half a second for the worker, and looks at some thousands in each.
_ASK_AGAIN = 2
_LATER = "respond-async"
# Whether a client would rather be told where to ask than wait.
Prefer = Annotated[
    str | None,
    Header(
        description=f"`{_LATER}`: rather than have the request wait, let the worker do it and "
        "answer 202 (RFC 7240). Other preferences are passed over.",
        examples=[_LATER],
    ),
]


@router.post(
    "/positions/{position_id}/shortlists",
    status_code=201,
    response_model=ShortlistRead,
    responses={**_ACCEPTED, **responses(NotFound)},
)
def create_shortlist(
    ask: Listing, position_id: UUID, body: ShortlistCreate | None = None, prefer: Prefer = None
) -> Response:
    """Rank the re-applicants for a position and freeze the ranking.

    At a past `as_of`, whoever has changed since has to be worked out anew. Where that is more than
    a fifth of all candidates, or than a request has time for, the worker does it: the answer is 202
    and names a run to ask, which names the list once it is there.
    """
    body = body or ShortlistCreate()
    made = ask_for_shortlist(
        ask.session,
        ask.actor,
        position_id,
        limit=body.limit,
        as_of=body.as_of,
        at_once=_at_once(ask),
        later=_prefers_later(prefer),
    )
    if isinstance(made, ShortlistRun):
        return _accepted(made, run_read(made))
    note_opened(ask.session, ask.actor, made)
    answer = _whole(ask.session, made, status_code=201)
    answer.headers["Location"] = f"/v1/shortlists/{made.id}"
    return answer


def _at_once(ask: Asked) -> int:
    settings: Settings = ask.request.app.state.settings
    return settings.recomputed_at_once


def _prefers_later(prefer: str | None) -> bool:
    """Whether a Prefer header asks for it, among others or alone."""
    told = (each.partition(";")[0].strip().lower() for each in (prefer or "").split(","))
    return _LATER in told


def _accepted(run: ShortlistRun, told: BaseModel) -> Response:
    """Say that the worker does it, and where to ask."""
    answer = _answer(told, status_code=202)
    answer.headers["Location"] = f"/v1/shortlist-runs/{run.id}"
    answer.headers["Retry-After"] = str(_ASK_AGAIN)
    return answer


def _answer(told: BaseModel, *, status_code: int = 200) -> Response:
    return Response(told.model_dump_json(), status_code, media_type="application/json")


@router.get("/shortlist-runs/{shortlist_run_id}", responses=responses(NotFound))
def read_shortlist_run(ask: Reading, shortlist_run_id: UUID) -> ShortlistRunRead:
    """Tell how far a run is; done, it names the list, or what running a list again has found."""
    run = run_of(ask.session, shortlist_run_id)
    return run_read(run, replayed(ask.session, run))


def _whole(session: Session, shortlist: Shortlist, *, status_code: int = 200) -> Response:
    """Answer with a list: most of it is text already, and is not read in order to be written."""
    body = shortlist_json(shortlist, frozen_entries(session, shortlist.id))
    tag = {"ETag": f'"{shortlist.version}"'}
    return Response(body, status_code, headers=tag, media_type="application/json")


@router.get("/positions/{position_id}/shortlists", responses=responses(NotFound))
def list_shortlists(
    ask: Reading,
    position_id: UUID,
    request: Request,
    response: Response,
    asked: paging.ListFilters,
) -> paging.RootPage[ShortlistSummary]:
    """List a position's shortlists, the newest first, or what has changed; without entries."""
    rows = shortlists_of(ask.session, position_id, asked)
    paging.link_next(request, response, rows.next_cursor)
    found = shortlist_rows(ask.session, rows.ids)
    return rows.page([ShortlistSummary.model_validate(row) for row in found])


@router.get("/shortlists")
def list_all_shortlists(
    ask: Reading,
    request: Request,
    response: Response,
    asked: Annotated[ShortlistFilters, Query()],
) -> paging.RootPage[ShortlistSummary]:
    """List the shortlists of all positions, by id unless told otherwise, without their entries."""
    wanted = asked.wanted()
    statement = shortlists(organization_of(ask.session), **wanted)
    rows = page_of_roots(ask.session, statement, SHORTLISTS, asked, wanted, kind="shortlist")
    paging.link_next(request, response, rows.next_cursor)
    found = shortlist_rows(ask.session, rows.ids)
    return rows.page([ShortlistSummary.model_validate(row) for row in found])


@router.get(
    "/shortlists/{shortlist_id}", response_model=ShortlistRead, responses=responses(NotFound)
)
def read_shortlist(ask: Browsing, shortlist_id: UUID) -> Response:
    """Return a shortlist as it was frozen, with what was decided since."""
    shortlist = shortlist_of(ask.session, shortlist_id)
    note_opened(ask.session, ask.actor, shortlist)
    return _whole(ask.session, shortlist)


@router.get(
    "/shortlists/{shortlist_id}/coverage",
    response_model=CoverageRead,
    responses={
        202: {"model": CoverageRead, "description": "They are still being counted; ask again."},
        **responses(NotFound),
    },
)
def read_coverage(ask: Streaming, shortlist_id: UUID) -> Response:
    """Count everyone who was considered, by section and first failed gate; it adds up.

    Where that is more than a request has time for, the worker counts: the first answer is 202, and
    so is every other that is asked for before it is done, with the numbers so far. What has been
    counted so is kept.
    """
    found = counted(ask.database, ask.actor, shortlist_id)
    told = coverage_read(shortlist_id, found)
    return _accepted(found, told) if isinstance(found, ShortlistRun) else _answer(told)


@router.post(
    "/shortlists/{shortlist_id}/replay",
    response_model=ReplayRead,
    responses={**_ACCEPTED, **responses(NotFound)},
)
def replay_shortlist(
    ask: Browsing, shortlist_id: UUID, body: ReplayCreate | None = None, prefer: Prefer = None
) -> Response:
    """Rank again from the facts: at both clocks of the list, or by what is known today.

    Where that is more than a request has time for, the worker does it: the answer is 202 and names
    a run to ask, which tells what was found once it is done.
    """
    found = ask_for_replay(
        ask.session,
        ask.actor,
        shortlist_id,
        known_at=now() if body is not None and body.known_at == "now" else None,
        at_once=_at_once(ask),
        later=_prefers_later(prefer),
    )
    if isinstance(found, ShortlistRun):
        return _accepted(found, run_read(found))
    return _answer(replay_read(found))


@router.post(
    "/shortlists/{shortlist_id}/entries/{candidate_id}/decision",
    responses=responses(Forbidden, NotFound, Gone, StaleVersion),
)
def decide_entry(
    ask: Writing, shortlist_id: UUID, candidate_id: UUID, body: DecisionCreate, response: Response
) -> EntryRead:
    """Invite a candidate or pass them over; nothing is sent by this. The ETag is the list's."""
    version, entry = decide_on_entry(
        ask.session,
        ask.actor,
        shortlist_id,
        candidate_id,
        decision=body.decision,
        reason=body.reason,
        effective_at=body.effective_at,
        expected_version=ask.expected_version(),
    )
    response.headers["ETag"] = f'"{version}"'
    return entry_read(entry)


@router.delete(
    "/shortlists/{shortlist_id}/entries/{candidate_id}/decision",
    status_code=204,
    responses=responses(NotFound, Conflict, StaleVersion),
)
def withdraw_entry_decision(ask: Writing, shortlist_id: UUID, candidate_id: UUID) -> None:
    """Take a decision back."""
    withdraw_decision(
        ask.session,
        ask.actor,
        shortlist_id,
        candidate_id,
        expected_version=ask.expected_version(),
    )


@router.get(
    "/positions/{position_id}/candidates/{candidate_id}/match",
    responses=responses(NotFound, Gone),
)
def read_match(
    ask: Reading,
    position_id: UUID,
    candidate_id: UUID,
    than: Annotated[
        UUID | None, Query(description="Another candidate: why does this one not stand above?")
    ] = None,
) -> MatchRead:
    """Hold one candidate against a position now: every gate, the numbers, the rank."""
    return match_read(match_now(ask.session, position_id, candidate_id, than=than))
