"""The address of one change of many candidates."""

from uuid import UUID

from fastapi import APIRouter

from app.bulk_changes.actions import change_candidates
from app.bulk_changes.queries import selected
from app.bulk_changes.schemas import (
    BulkChange,
    BulkChangeRead,
    CandidateSelection,
    bulk_change_read,
)
from app.core.problems import NotFound, responses
from app.custom_fields.queries import refuse_unknown_field
from app.entry.asking import Asked, Writing
from app.entry.routing import Route
from app.saved_searches.queries import find_saved_search
from app.saved_searches.schemas import SearchParameters

router = APIRouter(prefix="/v1", tags=["candidates"], route_class=Route)


@router.post("/candidates/bulk", responses=responses(NotFound))
def change_candidates_in_bulk(ask: Writing, body: BulkChange) -> BulkChangeRead:
    """Tag up to 1,000 candidates, put them into pools, give them an owner; each on its own.

    A selection of more is refused whole. Each change stands in the audit log and among the events.
    """
    steps = [action.step() for action in body.actions]
    ids = _selected(ask, body.selection)
    return bulk_change_read(change_candidates(ask.session, ask.actor, ids, steps))


def _selected(ask: Asked, selection: CandidateSelection) -> list[UUID]:
    if selection.ids is not None:
        return selection.ids
    parameters, pointer = selection.filter, "/selection/filter"
    if selection.saved_search_id is not None:
        saved = find_saved_search(ask.session, selection.saved_search_id)
        parameters, pointer = SearchParameters(**saved.parameters), "/selection/saved_search_id"
    assert parameters is not None
    filters = parameters.filters(pointer)
    wanted = filters.wanted()
    at = f"{pointer}/custom_field"
    refuse_unknown_field(ask.session, "candidate", wanted["custom_field"], at)
    return selected(ask.session, filters.words(), wanted)
