"""The addresses of applications and of advice."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.applications import actions
from app.applications.queries import (
    ADVICE,
    APPLICATIONS,
    advice_page,
    advice_rows,
    application_views,
    applications,
    find_advice,
    find_application,
    pieces_of_advice,
    view,
)
from app.applications.schemas import (
    AdviceCreate,
    AdviceFilters,
    AdviceGiven,
    AdviceRead,
    AdviceUpdate,
    ApplicationCreate,
    ApplicationFilters,
    ApplicationHire,
    ApplicationLost,
    ApplicationRead,
    ApplicationReject,
    ApplicationRejected,
    ApplicationUnhire,
    ApplicationUnreject,
    ApplicationUpdate,
    ApplicationWithdraw,
    OfferDecline,
    advice_read,
    application_lost,
    application_read,
    application_rejected,
)
from app.core import paging
from app.core.database import organization_of
from app.core.problems import Conflict, Gone, NotFound, StaleVersion, responses
from app.custom_fields.queries import is_common, refuse_unknown_field
from app.entry.asking import Asked, Listing, Reading, Writing
from app.entry.routing import Route
from app.models.application import Application
from app.tombstones.queries import page_of_roots

router = APIRouter(prefix="/v1", tags=["applications"], route_class=Route)
_CHANGING = responses(NotFound, Gone, Conflict, StaleVersion)


@router.post("/applications", status_code=201, responses=responses(Conflict))
def create_application(
    ask: Writing, body: ApplicationCreate, response: Response
) -> ApplicationRead:
    """Let a candidate try at a position; one try of theirs at it is active at a time."""
    row = actions.create_application(ask.session, ask.actor, **body.values())
    response.headers["Location"] = f"/v1/applications/{row.id}"
    return _shown(ask, row, response)


@router.get("/applications")
def list_applications(
    ask: Reading,
    request: Request,
    response: Response,
    asked: Annotated[ApplicationFilters, Query()],
) -> paging.RootPage[ApplicationRead]:
    """List applications, by id unless told otherwise; those of deleted candidates are left out."""
    wanted = asked.wanted()
    refuse_unknown_field(ask.session, "application", wanted["custom_field"])
    common = is_common(ask.session, "application", wanted["custom_field"], asked)
    statement = applications(organization_of(ask.session), **wanted, common_field=common)
    rows = page_of_roots(ask.session, statement, APPLICATIONS, asked, wanted, kind="application")
    paging.link_next(request, response, rows.next_cursor)
    found = application_views(ask.session, rows.ids)
    return rows.page([application_read(each) for each in found])


@router.get("/applications/{application_id}", responses=responses(NotFound, Gone))
def read_application(ask: Reading, application_id: UUID, response: Response) -> ApplicationRead:
    """Return an application with the rejection that stands."""
    found = find_application(ask.session, application_id)
    response.headers["ETag"] = f'"{found.row.version}"'
    return application_read(found)


@router.patch("/applications/{application_id}", responses=_CHANGING)
def update_application(
    ask: Writing, application_id: UUID, body: ApplicationUpdate, response: Response
) -> ApplicationRead:
    """Change what is given; external ids replace, null clears."""
    row = actions.update_application(
        ask.session,
        ask.actor,
        application_id,
        body.changes(),
        external_ids=body.names(),
        effective_at=body.effective_at,
        expected_version=ask.expected_version(),
    )
    return _shown(ask, row, response)


@router.post("/applications/{application_id}/reject", responses=_CHANGING)
def reject_application(
    ask: Writing, application_id: UUID, body: ApplicationReject, response: Response
) -> ApplicationRejected:
    """Turn an active application down, with the re-apply contract and advice."""
    rejected = actions.reject_application(
        ask.session,
        ask.actor,
        application_id,
        rejected_at=body.rejected_at,
        reason_id=body.rejection_reason_id,
        reason=body.reason,
        details=body.details,
        decided_by=body.decided_by.giver() if body.decided_by else None,
        contract=body.contract(),
        advice=[each.item() for each in body.advice],
        effective_at=body.effective_at,
        expected_version=ask.expected_version(),
    )
    response.headers["ETag"] = f'"{rejected.application.version}"'
    return application_rejected(view(ask.session, rejected.application), rejected.advice)


@router.post("/applications/{application_id}/unreject", responses=_CHANGING)
def unreject_application(
    ask: Writing,
    application_id: UUID,
    response: Response,
    body: ApplicationUnreject | None = None,
) -> ApplicationRead:
    """Take a rejection back: the application is active again, the advice withdrawn."""
    row = actions.unreject_application(
        ask.session,
        ask.actor,
        application_id,
        effective_at=body.effective_at if body else None,
        expected_version=ask.expected_version(),
    )
    return _shown(ask, row, response)


@router.post("/applications/{application_id}/hire", responses=_CHANGING)
def hire_application(
    ask: Writing, application_id: UUID, response: Response, body: ApplicationHire | None = None
) -> ApplicationRead:
    """Fill an opening by an active application, or by a rejected one as it is."""
    told = body or ApplicationHire()
    row = actions.hire_application(
        ask.session,
        ask.actor,
        application_id,
        hired_at=told.hired_at,
        opening_id=told.opening_id,
        effective_at=told.effective_at,
        expected_version=ask.expected_version(),
    )
    return _shown(ask, row, response)


@router.post("/applications/{application_id}/unhire", responses=_CHANGING)
def unhire_application(
    ask: Writing, application_id: UUID, response: Response, body: ApplicationUnhire | None = None
) -> ApplicationRead:
    """Take a hire back: the opening is free, the application active or rejected as it was."""
    row = actions.unhire_application(
        ask.session,
        ask.actor,
        application_id,
        effective_at=body.effective_at if body else None,
        expected_version=ask.expected_version(),
    )
    return _shown(ask, row, response)


@router.post("/applications/{application_id}/withdraw", responses=_CHANGING)
def withdraw_application(
    ask: Listing, application_id: UUID, response: Response, body: ApplicationWithdraw | None = None
) -> ApplicationLost:
    """Note that the candidate withdrew; where it was a hire, say who is first in line."""
    told = body or ApplicationWithdraw()
    left = actions.withdraw_application(
        ask.session,
        ask.actor,
        application_id,
        withdrawn_at=told.withdrawn_at,
        reason=told.reason,
        effective_at=told.effective_at,
        expected_version=ask.expected_version(),
    )
    return _lost(ask, left, response)


@router.post("/applications/{application_id}/offer-declined", responses=_CHANGING)
def decline_offer(
    ask: Listing, application_id: UUID, response: Response, body: OfferDecline | None = None
) -> ApplicationLost:
    """Note that the candidate declined our offer, and say who is first in line."""
    told = body or OfferDecline()
    left = actions.decline_offer(
        ask.session,
        ask.actor,
        application_id,
        declined_at=told.declined_at,
        reason=told.reason,
        effective_at=told.effective_at,
        expected_version=ask.expected_version(),
    )
    return _lost(ask, left, response)


@router.post("/applications/{application_id}/advice", status_code=201, responses=_CHANGING)
def give_advice(
    ask: Writing, application_id: UUID, body: AdviceCreate, response: Response
) -> AdviceGiven:
    """Add advice to the rejection that stands; the numbers go on. The ETag is the application's."""
    given = actions.give_advice(
        ask.session,
        ask.actor,
        application_id,
        [each.item() for each in body.items],
        given_at=body.given_at,
        given_by=body.given_by.giver() if body.given_by else None,
        effective_at=body.effective_at,
        expected_version=ask.expected_version(),
    )
    response.headers["ETag"] = f'"{given.application.version}"'
    return AdviceGiven(items=[advice_read(row) for row in given.advice])


@router.get("/candidates/{candidate_id}/advice", responses=responses(NotFound, Gone))
def list_advice(
    ask: Reading,
    candidate_id: UUID,
    request: Request,
    response: Response,
    asked: paging.ListFilters,
) -> paging.RootPage[AdviceRead]:
    """List all advice a candidate was given, of the newest rejection first, then by number.

    With `updated_since` what has changed of it, in the order of the changes.
    """
    found, rows = advice_page(ask.session, candidate_id, asked)
    paging.link_next(request, response, rows.next_cursor)
    return rows.page([advice_read(row) for row in found])


@router.get("/advice")
def list_all_advice(
    ask: Reading,
    request: Request,
    response: Response,
    asked: Annotated[AdviceFilters, Query()],
) -> paging.RootPage[AdviceRead]:
    """List everybody's advice, by id unless told otherwise."""
    wanted = asked.wanted()
    statement = pieces_of_advice(organization_of(ask.session), **wanted)
    rows = page_of_roots(ask.session, statement, ADVICE, asked, wanted, kind="advice")
    paging.link_next(request, response, rows.next_cursor)
    return rows.page([advice_read(row) for row in advice_rows(ask.session, rows.ids)])


@router.get("/advice/{advice_id}", responses=responses(NotFound))
def read_advice(ask: Reading, advice_id: UUID, response: Response) -> AdviceRead:
    """Return one piece of advice."""
    row = find_advice(ask.session, advice_id)
    response.headers["ETag"] = f'"{row.version}"'
    return advice_read(row)


@router.patch("/advice/{advice_id}", responses=_CHANGING)
def update_advice(
    ask: Writing, advice_id: UUID, body: AdviceUpdate, response: Response
) -> AdviceRead:
    """Set the state of a piece of advice by a person's own word, or correct the piece."""
    row = actions.update_advice(
        ask.session,
        ask.actor,
        advice_id,
        body.changes(),
        effective_at=body.effective_at,
        expected_version=ask.expected_version(),
    )
    response.headers["ETag"] = f'"{row.version}"'
    return advice_read(row)


def _shown(ask: Asked, row: Application, response: Response) -> ApplicationRead:
    response.headers["ETag"] = f'"{row.version}"'
    return application_read(view(ask.session, row))


def _lost(ask: Asked, left: actions.Left, response: Response) -> ApplicationLost:
    response.headers["ETag"] = f'"{left.application.version}"'
    return application_lost(
        view(ask.session, left.application),
        trigger=left.trigger,
        shortlist_id=left.shortlist_id,
        days_to_start=left.days_to_start,
    )
