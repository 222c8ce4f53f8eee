"""The addresses of retention."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from app.core.problems import Gone, NotFound, StaleVersion, responses
from app.entry.asking import Removing
from app.entry.routing import Route
from app.retention.actions import remove_candidate

router = APIRouter(prefix="/v1", tags=["retention"], route_class=Route)
Reason = Annotated[
    Literal["deleted", "erased"],
    Query(description="What the tombstone says: `erased` where the person asked to be forgotten."),
]


@router.delete(
    "/candidates/{candidate_id}",
    status_code=204,
    responses=responses(NotFound, Gone, StaleVersion),
)
def delete_candidate(ask: Removing, candidate_id: UUID, reason: Reason = "deleted") -> None:
    """Remove a person everywhere; ranks and numbers stay in shortlists under a pseudonym."""
    remove_candidate(
        ask.session,
        ask.actor,
        candidate_id,
        reason=reason,
        expected_version=ask.expected_version(),
    )
