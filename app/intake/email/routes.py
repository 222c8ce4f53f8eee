"""The addresses of e-mail intake."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response, status

from app.core.addresses import fold_address
from app.core.paging import ListFilters, RootPage, link_next
from app.core.problems import (
    Conflict,
    Invalid,
    NotFound,
    TooLarge,
    UnsupportedMediaType,
    responses,
)
from app.core.schema import Line
from app.entry.asking import Asked, Reading, Writing
from app.entry.routing import Route
from app.external_ids.queries import external_ids_of
from app.follow_ups.schemas import FollowUpRead, follow_up_read
from app.intake.email import actions, queries
from app.intake.email.actions import Receipt
from app.intake.email.schemas import (
    AssignedRead,
    IntakeRead,
    UnassignedAssign,
    UnassignedRead,
    UnassignedWholeRead,
    unassigned_read,
    unassigned_whole_read,
)

router = APIRouter(prefix="/v1", tags=["intake"], route_class=Route)

MEDIA_TYPE = "message/rfc822"
_RAW_MESSAGE: dict[str, Any] = {
    "requestBody": {
        "description": "The raw message (RFC 5322), as received.",
        "required": True,
        "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}


async def _body(request: Request) -> bytes:
    return await request.body()


# It stands before Writing, so that no transaction waits for a slow sender.
RawBody = Annotated[bytes, Depends(_body)]


@router.post(
    "/intake/email",
    status_code=status.HTTP_201_CREATED,
    responses={
        status.HTTP_200_OK: {"model": IntakeRead, "description": "It became no new follow-up"},
        **responses(TooLarge, UnsupportedMediaType, Invalid),
    },
    openapi_extra=_RAW_MESSAGE,
)
def receive_email(raw: RawBody, ask: Writing, response: Response) -> IntakeRead:
    """Take a raw message in: it becomes a follow-up, waits to be assigned, or is noted.

    It is dated by its receipt, which is now, or by its Date within the 48 hours before. The same
    message twice is one follow-up. Bounces, auto-replies and list mail are kept and never count.
    """
    _require_message(ask.request)
    receipt = actions.receive_message(ask.session, ask.actor, raw)
    if receipt.outcome == "follow_up":
        response.headers["Location"] = f"/v1/follow-ups/{receipt.follow_up_id}"
    else:
        response.status_code = status.HTTP_200_OK
    return IntakeRead(**_told(ask, receipt))


@router.get("/intake/unassigned")
def list_unassigned_messages(
    ask: Reading,
    response: Response,
    *,
    asked: ListFilters,
    from_address: Annotated[
        Line | None, Query(description="Only this author's, however the address is spelled.")
    ] = None,
) -> RootPage[UnassignedRead]:
    """List the messages that wait to be assigned to a candidate, newest first.

    With `updated_since` those that came since, and in `deleted` those that wait no longer:
    `moved` where they were assigned.
    """
    wanted = None if from_address is None else fold_address(from_address)
    rows = queries.unassigned_page(ask.session, asked, from_address=wanted)
    link_next(ask.request, response, rows.next_cursor)
    return rows.page([unassigned_read(row) for (row,) in rows.items])


@router.get("/intake/unassigned/{message_id}", responses=responses(NotFound))
def read_unassigned_message(ask: Reading, message_id: UUID) -> UnassignedWholeRead:
    """Read a message that waits to be assigned."""
    row, message = queries.read_unassigned(ask.session, message_id)
    return unassigned_whole_read(row, message)


@router.post(
    "/intake/unassigned/{message_id}/assign", responses=responses(NotFound, Conflict, Invalid)
)
def assign_message(ask: Writing, message_id: UUID, body: UnassignedAssign) -> AssignedRead:
    """Say whose a message is: it becomes the follow-up that it would have been at its receipt."""
    assigned = actions.assign_message(
        ask.session,
        ask.actor,
        message_id,
        candidate_id=body.candidate_id,
        remember_address=body.remember_address,
    )
    waiting = assigned.waiting_from_same_address
    return AssignedRead(**_told(ask, assigned.receipt), waiting_from_same_address=waiting)


@router.post(
    "/intake/unassigned/{message_id}/discard",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=responses(NotFound, Conflict),
)
def discard_message(ask: Writing, message_id: UUID) -> None:
    """Say that a message is nobody's: its words are forgotten."""
    actions.discard_message(ask.session, ask.actor, message_id)


def _require_message(request: Request) -> None:
    told = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if told != MEDIA_TYPE:
        raise UnsupportedMediaType(f"This address reads {MEDIA_TYPE}.")


def _told(ask: Asked, receipt: Receipt) -> dict[str, Any]:
    return {
        "outcome": receipt.outcome,
        "reason": receipt.reason,
        "intake_message_id": receipt.intake_message_id,
        "candidate_id": receipt.candidate_id,
        "follow_up": _follow_up(ask, receipt.follow_up_id),
        "follow_up_ids": list(receipt.follow_up_ids),
    }


def _follow_up(ask: Asked, follow_up_id: UUID | None) -> FollowUpRead | None:
    row = None if follow_up_id is None else queries.present_follow_up(ask.session, follow_up_id)
    if row is None:
        return None
    return follow_up_read(row, external_ids_of(ask.session, [row.id]).get(row.id, []))
