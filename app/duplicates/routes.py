"""The addresses of duplicates."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.candidates.queries import candidate_view
from app.candidates.schemas import CandidateRead, candidate_read
from app.core.paging import USUAL, Cursor, Limit, Page, link_next
from app.core.problems import Conflict, Gone, NotFound, StaleVersion, responses
from app.duplicates import actions
from app.duplicates.queries.likely import likely_duplicates
from app.duplicates.queries.listing import duplicate_pairs
from app.duplicates.schemas import (
    CandidateMerge,
    DismissalRead,
    DuplicatePairRead,
    DuplicateRead,
    dismissal_read,
    duplicate_pair_read,
    duplicate_read,
)
from app.entry.asking import Reading, Removing, Writing
from app.entry.routing import Route

router = APIRouter(prefix="/v1", tags=["duplicates"], route_class=Route)
Dismissed = Annotated[
    bool, Query(description="true: only those of whom it was said that they are not.")
]
_DISMISSAL = "/candidates/{candidate_id}/duplicates/{other_candidate_id}/dismissal"


@router.post(
    "/candidates/{candidate_id}/merge", responses=responses(NotFound, Gone, Conflict, StaleVersion)
)
def merge_candidates(
    ask: Removing, candidate_id: UUID, body: CandidateMerge, response: Response
) -> CandidateRead:
    """Give the candidate all that a duplicate of theirs has, for good; sent again it does nothing.

    Of what there can be but one the candidate's own stands and an empty one is filled; of two
    answers to one consent a refusal stands; whoever must not be contacted stays so. The duplicate's
    id is answered 410 with `merged_into`, its external ids lead to the candidate.
    """
    row = actions.merge_candidates(
        ask.session,
        ask.actor,
        candidate_id,
        duplicate_candidate_id=body.duplicate_candidate_id,
        expected_version=ask.expected_version(),
    )
    response.headers["ETag"] = f'"{row.version}"'
    return candidate_read(candidate_view(ask.session, candidate_id))


@router.get("/candidates/{candidate_id}/duplicates", responses=responses(NotFound, Gone))
def list_duplicates(
    ask: Reading, candidate_id: UUID, *, dismissed: Dismissed = False
) -> Page[DuplicateRead]:
    """Return who may be the same person, and why; the likeliest first, 50 at most, on one page."""
    found = likely_duplicates(ask.session, candidate_id, dismissed=dismissed)
    return Page(items=[duplicate_read(one) for one in found], next_cursor=None)


@router.get("/duplicates")
def list_duplicate_pairs(
    ask: Reading, response: Response, limit: Limit = USUAL, cursor: Cursor = None
) -> Page[DuplicatePairRead]:
    """List all pairs of candidates who share an address, a telephone number or an external id.

    In the order of what they share; those told apart are left out, and so are near names, which
    only `GET /v1/candidates/{id}/duplicates` finds. A page may hold fewer than `limit`, or none,
    and have a next one: read on until `next_cursor` is null.
    """
    pairs, next_cursor = duplicate_pairs(ask.session, limit, cursor)
    link_next(ask.request, response, next_cursor)
    return Page(items=[duplicate_pair_read(each) for each in pairs], next_cursor=next_cursor)


@router.put(
    _DISMISSAL,
    responses={
        201: {"model": DismissalRead, "description": "Newly said"},
        **responses(NotFound, Gone),
    },
)
def dismiss_duplicate(
    ask: Writing, candidate_id: UUID, other_candidate_id: UUID, response: Response
) -> DismissalRead:
    """Say that two candidates are not one person: 201, or 200 where it was said before."""
    said = actions.dismiss_duplicate(ask.session, ask.actor, candidate_id, other_candidate_id)
    response.status_code = 201 if said.is_new else 200
    return dismissal_read(said.row)


@router.delete(_DISMISSAL, status_code=204, responses=responses(NotFound))
def withdraw_dismissal(ask: Writing, candidate_id: UUID, other_candidate_id: UUID) -> None:
    """Take back that two candidates are not one person."""
    actions.withdraw_dismissal(ask.session, ask.actor, candidate_id, other_candidate_id)
