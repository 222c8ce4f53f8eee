"""The addresses of duplicates."""

from uuid import UUID

from fastapi import APIRouter, Response

from app.candidates.queries import candidate_view
from app.candidates.schemas import CandidateRead, candidate_read
from app.core.problems import Conflict, Gone, NotFound, StaleVersion, responses
from app.duplicates import actions
from app.duplicates.schemas import CandidateMerge
from app.entry.asking import Removing
from app.entry.routing import Route

router = APIRouter(prefix="/v1", tags=["duplicates"], route_class=Route)


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
