"""The addresses of attachments.

A file comes as the request's body, as it is, and goes bit by bit into the storage, with no
transaction open: one before it lets the sender in and notes that a file is on its way, one after it
attaches the file.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response, status
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.attachments import actions, queries
from app.attachments.actions import Arrived
from app.attachments.clients.storage import CHUNK, Arrival, Storage
from app.attachments.queries import Filed, Place
from app.attachments.rules import (
    HEAD,
    OCTETS,
    TYPES,
    content_fault,
    disposition,
    media_type,
    name_fault,
)
from app.attachments.schemas import AttachmentRead, Filename, Kind, attachment_read
from app.core.database import Mode
from app.core.paging import ListFilters, RootFilters, RootPage, link_next
from app.core.problems import (
    Gone,
    InProgress,
    Invalid,
    NotFound,
    Problem,
    TooLarge,
    Unavailable,
    UnsupportedMediaType,
    responses,
)
from app.entry.asking import Asked, Credentials, Reading, Writing, let_in
from app.entry.idempotency import fingerprint, key_of
from app.entry.routing import Route, StreamingRoute

# A route tells logs and metrics its own path, not that of the router it was put into: so each has
# the whole of it.
files = APIRouter(prefix="/v1", route_class=Route)
uploads = APIRouter(prefix="/v1", route_class=StreamingRoute)
# Where a body may be as large as an attachment.
UPLOADS = re.compile(r".*/v1/(candidates|follow-ups|milestones)/[^/]+/attachments")

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FILE: dict[str, Any] = {
    "requestBody": {
        "description": "The file as it is. Its type is told by Content-Type, or, where that is "
        f"`{OCTETS}`, by the ending of its name; its first bytes have to agree.",
        "required": True,
        "content": {OCTETS: _BINARY, **dict.fromkeys(TYPES, _BINARY)},
    }
}
_CONTENT: dict[int | str, dict[str, Any]] = {
    status.HTTP_200_OK: {
        "description": "The file as it was handed in, to be saved and not to be shown.",
        "content": dict.fromkeys(TYPES, _BINARY),
    }
}
# A browser runs nothing of it, shows nothing of it, and takes it for nothing else.
_HARMLESS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_ABSENT = responses(NotFound, Gone, Invalid)
_TAKING = responses(
    NotFound, InProgress, Gone, TooLarge, UnsupportedMediaType, Invalid, Unavailable
)

Locate = Callable[[Session], Place]
Name = Annotated[
    Filename,
    Query(description="What the file is called, without folders, ending as its type does."),
]
What = Annotated[Kind, Query(description="What kind of paper it is.")]
OnlyKind = Annotated[Kind | None, Query(description="Only this kind.")]


async def _received(
    request: Request, credentials: Credentials, locate: Locate, filename: str, kind: str
) -> Arrived:
    """Take the body in; raises what is wrong with the sender, the place or the file."""
    organization_id, blob_id = await run_in_threadpool(_expect, request, credentials, locate)
    type_ = media_type(request.headers.get("content-type"), filename)
    if type_ is None:
        raise UnsupportedMediaType(f"Attachments are of the types {', '.join(TYPES)}.")
    fault = name_fault(filename, type_)
    if fault is not None:
        raise Invalid("?filename", fault)
    storage: Storage = request.app.state.storage
    arrival = await run_in_threadpool(storage.begin, organization_id, blob_id)
    try:
        digest, size = await _written(request, arrival, type_)
        await run_in_threadpool(arrival.keep)
    except BaseException:
        arrival.drop()
        raise
    request.state.fingerprint = fingerprint(request, digest)
    return Arrived(blob_id, digest, size, filename, type_, kind)


def _expect(request: Request, credentials: Credentials, locate: Locate) -> tuple[UUID, UUID]:
    with let_in(request, credentials, Mode.ASIDE, "write") as asked:
        # Before the file: it would be taken in to be refused.
        key_of(request)
        locate(asked.session)
        return asked.actor.organization_id, actions.expect_blob(asked.session)


async def _written(request: Request, arrival: Arrival, type_: str) -> tuple[bytes, int]:
    """Write the body to the storage; return its SHA-256 and its size in bytes."""
    digest, size, head, waiting = hashlib.sha256(), 0, b"", bytearray()

    def write() -> None:
        digest.update(waiting)
        arrival.write(bytes(waiting))
        waiting.clear()

    async for chunk in request.stream():
        size += len(chunk)
        head = (head + chunk)[:HEAD] if len(head) < HEAD else head
        waiting += chunk
        if len(waiting) >= CHUNK:
            await run_in_threadpool(write)
    fault = content_fault(head, type_)
    if fault is not None:
        raise Invalid("", fault)
    await run_in_threadpool(write)
    return digest.digest(), size


async def _for_candidate(
    request: Request,
    credentials: Credentials,
    candidate_id: UUID,
    filename: Name,
    kind: What = "other",
) -> Arrived:
    def locate(session: Session) -> Place:
        return queries.place_of_candidate(session, candidate_id)

    return await _received(request, credentials, locate, filename, kind)


async def _for_follow_up(
    request: Request,
    credentials: Credentials,
    follow_up_id: UUID,
    filename: Name,
    kind: What = "other",
) -> Arrived:
    def locate(session: Session) -> Place:
        return queries.place_of_follow_up(session, follow_up_id)

    return await _received(request, credentials, locate, filename, kind)


async def _for_milestone(
    request: Request,
    credentials: Credentials,
    milestone_id: UUID,
    filename: Name,
    kind: What = "evidence",
) -> Arrived:
    def locate(session: Session) -> Place:
        return queries.place_of_milestone(session, milestone_id)

    return await _received(request, credentials, locate, filename, kind)


# They stand before Writing, so that no transaction waits for a slow sender.
ForCandidate = Annotated[Arrived, Depends(_for_candidate)]
ForFollowUp = Annotated[Arrived, Depends(_for_follow_up)]
ForMilestone = Annotated[Arrived, Depends(_for_milestone)]


@uploads.post(
    "/candidates/{candidate_id}/attachments",
    status_code=status.HTTP_201_CREATED,
    responses=_TAKING,
    openapi_extra=_FILE,
)
def create_candidate_attachment(
    file: ForCandidate,
    ask: Writing,
    response: Response,
    candidate_id: UUID,
) -> AttachmentRead:
    """Attach a file to a candidate: a résumé, a report card."""
    return _attached(ask, response, queries.place_of_candidate(ask.session, candidate_id), file)


@uploads.post(
    "/follow-ups/{follow_up_id}/attachments",
    status_code=status.HTTP_201_CREATED,
    responses=_TAKING,
    openapi_extra=_FILE,
)
def create_follow_up_attachment(
    file: ForFollowUp,
    ask: Writing,
    response: Response,
    follow_up_id: UUID,
) -> AttachmentRead:
    """Attach a file to a follow-up: what came with it."""
    return _attached(ask, response, queries.place_of_follow_up(ask.session, follow_up_id), file)


@uploads.post(
    "/milestones/{milestone_id}/attachments",
    status_code=status.HTTP_201_CREATED,
    responses=_TAKING,
    openapi_extra=_FILE,
)
def create_milestone_attachment(
    file: ForMilestone,
    ask: Writing,
    response: Response,
    milestone_id: UUID,
) -> AttachmentRead:
    """Attach a file to a milestone: the evidence for it."""
    return _attached(ask, response, queries.place_of_milestone(ask.session, milestone_id), file)


@files.get("/candidates/{candidate_id}/attachments", responses=_ABSENT)
def list_candidate_attachments(
    ask: Reading,
    response: Response,
    candidate_id: UUID,
    *,
    kind: OnlyKind = None,
    asked: ListFilters,
) -> RootPage[AttachmentRead]:
    """List all that was handed in about a candidate, with follow-ups too, newest first."""
    place = queries.place_of_candidate(ask.session, candidate_id)
    return _listed(ask, response, place, asked, kind=kind)


@files.get("/follow-ups/{follow_up_id}/attachments", responses=_ABSENT)
def list_follow_up_attachments(
    ask: Reading,
    response: Response,
    follow_up_id: UUID,
    *,
    kind: OnlyKind = None,
    asked: ListFilters,
) -> RootPage[AttachmentRead]:
    """List what was attached to a follow-up and its milestones, newest first."""
    place = queries.place_of_follow_up(ask.session, follow_up_id)
    return _listed(ask, response, place, asked, kind=kind)


@files.get("/milestones/{milestone_id}/attachments", responses=responses(NotFound, Invalid))
def list_milestone_attachments(
    ask: Reading,
    response: Response,
    milestone_id: UUID,
    *,
    kind: OnlyKind = None,
    asked: ListFilters,
) -> RootPage[AttachmentRead]:
    """List the evidence attached to a milestone, newest first."""
    place = queries.place_of_milestone(ask.session, milestone_id)
    return _listed(ask, response, place, asked, kind=kind)


@files.get("/attachments/{attachment_id}", responses=responses(NotFound))
def read_attachment(ask: Reading, attachment_id: UUID) -> AttachmentRead:
    """Read what is known of an attachment; nothing of it ever changes."""
    return attachment_read(queries.find_attachment(ask.session, attachment_id))


@files.get(
    "/attachments/{attachment_id}/content",
    response_class=Response,
    responses={**_CONTENT, **responses(NotFound, Unavailable)},
)
def download_attachment(ask: Reading, attachment_id: UUID) -> Response:
    """Download an attachment, under the name that it came with."""
    attachment, blob = queries.find_attachment(ask.session, attachment_id)
    storage: Storage = ask.request.app.state.storage
    tenant, blob_id = ask.actor.organization_id, blob.id
    headers = {
        **_HARMLESS,
        "Content-Type": attachment.content_type,
        "Content-Length": str(blob.size),
        "Content-Disposition": disposition(attachment.filename),
    }
    return _Streamed(lambda: storage.read(tenant, blob_id), headers)


@files.delete(
    "/attachments/{attachment_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=responses(NotFound, InProgress),
)
def delete_attachment(ask: Writing, attachment_id: UUID) -> None:
    """Take an attachment away; its file is removed within moments."""
    actions.delete_attachment(ask.session, ask.actor, attachment_id)


router = APIRouter(tags=["attachments"])
router.include_router(files)
router.include_router(uploads)


class _Streamed(Response):
    """A file on its way out: opened when the transaction that found it is over."""

    def __init__(self, open_: Callable[[], Iterator[bytes]], headers: dict[str, str]) -> None:
        super().__init__()
        self.open = open_
        self.headers_out = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            chunks = await run_in_threadpool(self.open)
        except Problem as problem:
            await problem.response()(scope, receive, send)
            return
        await StreamingResponse(chunks, headers=self.headers_out)(scope, receive, send)


def _attached(ask: Asked, response: Response, place: Place, file: Arrived) -> AttachmentRead:
    filed = actions.attach(ask.session, ask.actor, place, file)
    response.headers["Location"] = f"/v1/attachments/{filed.attachment.id}"
    return attachment_read(filed)


def _listed(
    ask: Asked, response: Response, place: Place, asked: RootFilters, *, kind: str | None
) -> RootPage[AttachmentRead]:
    rows = queries.attachments_page(ask.session, place, asked, kind=kind)
    link_next(ask.request, response, rows.next_cursor)
    return rows.page([attachment_read(Filed(*row)) for row in rows.items])
