"""The address of the persistence score."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.core.problems import Gone, NotFound, responses
from app.core.schema import Instant
from app.entry.asking import Reading
from app.entry.routing import Route
from app.persistence_scores.queries import persistence_of
from app.persistence_scores.schemas import PersistenceRead, persistence_read

router = APIRouter(prefix="/v1", tags=["persistence"], route_class=Route)


@router.get("/candidates/{candidate_id}/persistence", responses=responses(NotFound, Gone))
def read_persistence(
    ask: Reading,
    candidate_id: UUID,
    as_of: Annotated[
        Instant | None, Query(description="An instant not ahead of now; default: now.")
    ] = None,
) -> PersistenceRead:
    """Return the score at `as_of` by all that is known today, with what it is made of."""
    found = persistence_of(ask.session, candidate_id, as_of)
    return persistence_read(candidate_id, found)
