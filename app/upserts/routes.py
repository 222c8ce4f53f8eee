"""The addresses of rows by what other systems call them, and of batches."""

from typing import Any

from fastapi import APIRouter, Response

from app.applications.queries import ApplicationView, find_application, view
from app.applications.schemas import ApplicationRead, application_read
from app.candidates.queries import candidate_view, view_of
from app.candidates.schemas import CandidateRead, candidate_read
from app.core.problems import Conflict, Gone, InProgress, NotFound, StaleVersion, responses
from app.entry.asking import Listing, Reading, Writing
from app.entry.routing import Route
from app.external_ids.queries import external_ids_of
from app.external_ids.schemas import NameInPath
from app.follow_ups.actions import BatchItem, record_batch
from app.follow_ups.schemas import follow_up_fields, follow_up_names
from app.positions.queries import PositionView, position_view
from app.positions.queries import view_of as shown_position
from app.positions.schemas import PositionRead, position_read, seats
from app.upserts import actions
from app.upserts.actions import Put
from app.upserts.queries import require_named
from app.upserts.schemas import (
    ApplicationBatch,
    ApplicationPut,
    BatchRead,
    CandidateBatch,
    CandidateBatchRead,
    CandidatePut,
    CandidatePutRead,
    FollowUpBatch,
    FollowUpPut,
    PositionBatch,
    PositionPut,
    RejectionBatch,
    RejectionPut,
    batch_read,
    candidate_batch_read,
    candidate_put_read,
    items_of,
    names_of,
)

router = APIRouter(prefix="/v1", tags=["upserts"], route_class=Route)

_BY_NAME = "/by-external-id/{source}/{type}/{id:path}"
_READING = responses(NotFound, Gone)
_PUTTING = responses(Conflict, InProgress, Gone, StaleVersion)


def _or_created(shape: type[Any]) -> dict[int | str, dict[str, Any]]:
    return {201: {"model": shape, "description": "It was new"}, **_PUTTING}


@router.get(f"/candidates{_BY_NAME}", responses=_READING)
def read_candidate_by_external_id(
    ask: Reading, name: NameInPath, response: Response
) -> CandidateRead:
    """Return the candidate whom another system calls so."""
    candidate_id = require_named(ask.session, "candidate", name)
    found = candidate_view(ask.session, candidate_id)
    response.headers["ETag"] = f'"{found.version}"'
    return candidate_read(found)


@router.put(f"/candidates{_BY_NAME}", responses=_or_created(CandidatePutRead))
def put_candidate_by_external_id(
    ask: Writing, name: NameInPath, body: CandidatePut, response: Response
) -> CandidatePutRead:
    """Create or update the candidate whom another system calls so.

    What is not given stays, null clears, arrays replace, external ids are added. Who was deleted
    or erased is answered 410 and does not come back; `POST /v1/candidates` creates them anew.
    Of who is new, `possible_duplicates` says who has one of the same addresses.
    """
    put = actions.put_candidate(
        ask.session,
        ask.actor,
        [name, *names_of(body.external_ids)],
        body.told(),
        effective_at=body.effective_at,
        expected_version=ask.expected_version(),
    )
    _say_what_became(put, "candidates", response)
    response.headers["ETag"] = f'"{put.row.version}"'
    shown = view_of(put.row, external_ids_of(ask.session, [put.row.id])[put.row.id])
    return candidate_put_read(shown, put.possible_duplicates)


@router.get(f"/positions{_BY_NAME}", responses=_READING)
def read_position_by_external_id(
    ask: Reading, name: NameInPath, response: Response
) -> PositionRead:
    """Return the position that another system calls so."""
    position_id = require_named(ask.session, "position", name)
    return _position(position_view(ask.session, position_id), response)


@router.put(f"/positions{_BY_NAME}", responses=_or_created(PositionRead))
def put_position_by_external_id(
    ask: Listing, name: NameInPath, body: PositionPut, response: Response
) -> PositionRead:
    """Create, as a draft, or update the position that another system calls so.

    What is not given stays, null clears, arrays replace, external ids are added. State and
    openings of one that is known have calls of their own.
    """
    put = actions.put_position(
        ask.session,
        ask.actor,
        [name, *names_of(body.external_ids)],
        body.told(),
        openings=seats(body.openings),
        effective_at=body.effective_at,
        expected_version=ask.expected_version(),
    )
    _say_what_became(put, "positions", response)
    names = external_ids_of(ask.session, [put.row.id])[put.row.id]
    return _position(shown_position(put.row, names), response)


@router.get(f"/applications{_BY_NAME}", responses=_READING)
def read_application_by_external_id(
    ask: Reading, name: NameInPath, response: Response
) -> ApplicationRead:
    """Return the application that another system calls so."""
    application_id = require_named(ask.session, "application", name)
    return _application(find_application(ask.session, application_id), response)


@router.put(f"/applications{_BY_NAME}", responses=_or_created(ApplicationRead))
def put_application_by_external_id(
    ask: Writing, name: NameInPath, body: ApplicationPut, response: Response
) -> ApplicationRead:
    """Create, active, or update the application that another system calls so.

    Attributes alone: what turned it down or hired it has calls of its own. What is not given
    stays, null clears, external ids are added.
    """
    put = actions.put_application(
        ask.session,
        ask.actor,
        [name, *names_of(body.external_ids)],
        body.told(),
        candidate=body.candidate.ref() if body.candidate else None,
        position=body.position.ref() if body.position else None,
        effective_at=body.effective_at,
        expected_version=ask.expected_version(),
    )
    _say_what_became(put, "applications", response)
    return _application(view(ask.session, put.row), response)


@router.post("/candidates/batch")
def put_candidates(ask: Writing, body: CandidateBatch) -> CandidateBatchRead:
    """Create or update up to 1,000 candidates; one bad item spoils no other.

    An item with an external id that is known updates that candidate by what it tells; with new
    ones, or none, it creates. Who was deleted or erased fails with 410 and does not come back.
    """
    items = items_of(body.items, _candidate_item)
    return candidate_batch_read(actions.put_candidates(ask.session, ask.actor, items))


@router.post("/positions/batch")
def put_positions(ask: Listing, body: PositionBatch) -> BatchRead:
    """Create or update up to 1,000 positions; one bad item spoils no other.

    New ones are drafts; state and openings of those that are known stay as they are.
    """
    items = items_of(body.items, _position_item)
    return batch_read(actions.put_positions(ask.session, ask.actor, items))


@router.post("/applications/batch")
def put_applications(ask: Writing, body: ApplicationBatch) -> BatchRead:
    """Create or update up to 1,000 applications; one bad item spoils no other.

    New ones are active; the state of those that are known stays as it is.
    """
    items = items_of(body.items, _application_item)
    return batch_read(actions.put_applications(ask.session, ask.actor, items))


@router.post("/rejections/batch")
def reject_applications(ask: Writing, body: RejectionBatch) -> BatchRead:
    """Turn down up to 1,000 applications; one bad item spoils no other.

    An outcome's id is the rejection's. Told again as it stands, a rejection is `unchanged`; told
    otherwise it fails with 409, for a rejection is undone and made anew, not edited.
    """
    items = items_of(body.items, _rejection_item)
    return batch_read(actions.reject_applications(ask.session, ask.actor, items))


@router.post("/follow-ups/batch")
def create_follow_ups(ask: Writing, body: FollowUpBatch) -> BatchRead:
    """Record up to 1,000 follow-ups; one bad item spoils no other.

    An item whose external id is known is compared with what is there: it is `unchanged`, or
    `updated` where it tells something differently; what it leaves out stays as it is.
    """
    items = items_of(body.items, _follow_up)
    return batch_read(record_batch(ask.session, ask.actor, items))


def _candidate_item(body: CandidatePut) -> actions.CandidateItem:
    return actions.CandidateItem(names_of(body.external_ids), body.told(), body.effective_at)


def _position_item(body: PositionPut) -> actions.PositionItem:
    return actions.PositionItem(
        names_of(body.external_ids), body.told(), seats(body.openings), body.effective_at
    )


def _application_item(body: ApplicationPut) -> actions.ApplicationItem:
    return actions.ApplicationItem(
        names_of(body.external_ids),
        body.told(),
        body.candidate.ref() if body.candidate else None,
        body.position.ref() if body.position else None,
        body.effective_at,
    )


def _rejection_item(body: RejectionPut) -> actions.RejectionItem:
    return actions.RejectionItem(body.application.ref(), body.told())


def _follow_up(body: FollowUpPut) -> BatchItem:
    told = follow_up_fields(body, body.model_fields_set - {"external_ids", "candidate"})
    return BatchItem(body.candidate.ref(), told, follow_up_names(body))


def _say_what_became(put: Put[Any], place: str, response: Response) -> None:
    if put.outcome == "created":
        response.status_code = 201
        response.headers["Location"] = f"/v1/{place}/{put.row.id}"


def _position(found: PositionView, response: Response) -> PositionRead:
    response.headers["ETag"] = f'"{found.version}"'
    return position_read(found)


def _application(found: ApplicationView, response: Response) -> ApplicationRead:
    response.headers["ETag"] = f'"{found.row.version}"'
    return application_read(found)
