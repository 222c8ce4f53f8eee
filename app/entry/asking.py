"""What every route depends on: a session bound to the asker's organization, and the asker.

One request is one transaction, committed before the first byte of the answer. A dependency only
says how somebody comes in; the route's class lets them in, works and writes the answer down, in one
go of one thread (`app.entry.routing`).
"""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session

from app.core.clock import ahead, move_ahead
from app.core.database import Database, Mode, bind
from app.core.problems import Forbidden, InProgress, Invalid
from app.entry.acting import HEADER as ON_BEHALF_OF
from app.entry.acting import act_for
from app.entry.actor import Actor
from app.entry.authentication import PresentedKey, authenticate, organization_of_key, read_key
from app.entry.idempotency import claim
from app.entry.limiting import too_many
from app.entry.limits import Limits
from app.entry.sandbox_clock import lead_of

_bearer = HTTPBearer(
    auto_error=False,
    description="An API key: fil_<prefix>_<secret>; to a sandbox, fil_test_<prefix>_<secret>. With "
    "a key that may act for others, the header `On-Behalf-Of` names the user who does it: by id, "
    "address or external id (source:type:id).",
)
# Weak too: a proxy that compresses an answer weakens its tag; and many clients forget the quotes.
_ETAG = re.compile(r'(?:W/)?"?(\d{1,18})"?', re.ASCII)
_SAFE = {"GET", "HEAD", "OPTIONS"}
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request let in: its session, and who asks."""

    session: Session
    actor: Actor
    request: Request

    def expected_version(self) -> int | None:
        """Return the version that If-Match names, None where the client named none."""
        header = self.request.headers.get("if-match")
        if header is None or header.strip() == "*":
            return None
        found = _ETAG.fullmatch(header.strip())
        if found is None:
            raise Invalid("If-Match", "is the ETag of an earlier answer")
        return int(found[1])

    def keeps_a_secret(self) -> None:
        """Say that the answer shows a secret: it is never stored for an Idempotency-Key."""
        self.request.state.keeps_a_secret = True


@contextmanager
def let_in(
    request: Request,
    credentials: HTTPAuthorizationCredentials | None,
    mode: Mode,
    scope: str,
    *,
    anywhere: bool = False,
) -> Iterator[Asked]:
    """Let somebody into one transaction; a route that is still reading a body has one before.

    One that READs may be `anywhere`, on a replica too; then it raises ReplicaFailedError.
    """
    database: Database = request.app.state.database
    key = read_key(credentials.credentials if credentials else None)
    organization_id = None
    if mode is Mode.LIST:
        with database.transaction(Mode.READ) as session:
            organization_id = organization_of_key(session, key)
            if key.is_test:
                bind(session, organization_id)
                move_ahead(lead_of(session) or timedelta(0))
    with database.reading() if anywhere else database.transaction(mode, organization_id) as session:
        actor = authenticate(session, key, getattr(request.state, "request_id", None))
        request.state.actor = actor
        if key.is_test:
            _go_by_the_sandboxs_clock(session, mode)
        _keep_to_the_limit(request, key, actor)
        if not actor.may(scope):
            raise Forbidden(detail=f"This needs a key of scope {scope}; yours is {actor.scope}.")
        actor = act_for(session, actor, request.headers.get(ON_BEHALF_OF))
        yield Asked(session, actor, request)


@dataclass(slots=True)
class Entrance:
    """How a request comes in; `used` once it has asked to, whatever it was told.

    `on_primary` once a replica has failed it.
    """

    request: Request
    credentials: HTTPAuthorizationCredentials | None
    mode: Mode
    scope: str
    used: bool = False
    on_primary: bool = False

    def open(self) -> AbstractContextManager[Asked]:
        """Let the request in, into the transaction in which it is worked on."""
        self.used = True
        return _asked(self)

    def go_to_primary(self) -> None:
        """Come in anew, on the primary; the request was counted."""
        self.on_primary = self.request.state.counted = True

    def try_key(self) -> None:
        """Let the request in and out again; raises what would have kept it out."""
        self.used = True
        with let_in(self.request, self.credentials, Mode.READ, self.scope):
            pass


@contextmanager
def _asked(entrance: Entrance) -> Iterator[Asked]:
    request = entrance.request
    with let_in(
        request,
        entrance.credentials,
        entrance.mode,
        entrance.scope,
        anywhere=entrance.mode is Mode.READ and request.method in _SAFE and not entrance.on_primary,
    ) as asked:
        if entrance.mode is not Mode.READ and request.method not in _SAFE:
            claim(asked.session, asked.actor, request)
        yield asked


def _by(mode: Mode, scope: str, request: Request, credentials: Credentials) -> Entrance:
    entrance = Entrance(request, credentials, mode, scope)
    request.state.entrance = entrance
    return entrance


def _go_by_the_sandboxs_clock(session: Session, mode: Mode) -> None:
    lead = lead_of(session) or timedelta(0)
    if mode is Mode.LIST and lead != ahead():
        # What the list knows was stamped before the clock had been moved.
        raise InProgress("The clock of this sandbox was being moved. Try again.")
    move_ahead(lead)


@dataclass(frozen=True, slots=True)
class AskedOnce:
    """A request that works in short transactions of its own: the store, and who asks."""

    database: Database
    actor: Actor


def _asked_once(
    request: Request, credentials: HTTPAuthorizationCredentials | None, scope: str
) -> Iterator[AskedOnce]:
    with let_in(request, credentials, Mode.READ, scope) as asked:
        actor = asked.actor
    # The transaction in which we asked who it is has ended.
    yield AskedOnce(request.app.state.database, actor)


def _keep_to_the_limit(request: Request, key: PresentedKey, actor: Actor) -> None:
    """Count the request of a key not seen before, and note what limit the key has."""
    limits: Limits = request.app.state.limits
    counted = getattr(request.state, "counted", False)
    quota = limits.admit(key.digest, actor.requests_per_minute, counted=counted)
    if quota is not None and quota.refused:
        raise too_many(quota)


async def reading(request: Request, credentials: Credentials) -> Entrance:
    """Let in whoever may read."""
    return _by(Mode.READ, "read", request, credentials)


async def writing(request: Request, credentials: Credentials) -> Entrance:
    """Let in whoever may write."""
    return _by(Mode.WRITE, "write", request, credentials)


async def listing(request: Request, credentials: Credentials) -> Entrance:
    """Let in whoever may write, into a transaction that may freeze a ranking."""
    return _by(Mode.LIST, "write", request, credentials)


async def removing(request: Request, credentials: Credentials) -> Entrance:
    """Let in whoever may write, into a transaction that no other write or list stands beside."""
    return _by(Mode.ALONE, "write", request, credentials)


async def administering(request: Request, credentials: Credentials) -> Entrance:
    """Let in whoever may administer."""
    return _by(Mode.WRITE, "admin", request, credentials)


async def reorganizing(request: Request, credentials: Credentials) -> Entrance:
    """Let in whoever may administer, into a transaction beside which nothing is written."""
    return _by(Mode.ALONE, "admin", request, credentials)


async def browsing(request: Request, credentials: Credentials) -> Entrance:
    """Let in whoever may read, where the reading itself is noted."""
    return _by(Mode.WRITE, "read", request, credentials)


async def founding(request: Request, credentials: Credentials) -> Entrance:
    """Let in whoever may administer, into a transaction that may freeze a ranking."""
    return _by(Mode.LIST, "admin", request, credentials)


async def inspecting(request: Request, credentials: Credentials) -> Entrance:
    """Let in whoever may administer, to read."""
    return _by(Mode.READ, "admin", request, credentials)


def streaming(request: Request, credentials: Credentials) -> Iterator[AskedOnce]:
    """Let in whoever may read, into no transaction: an answer may take longer than one may."""
    yield from _asked_once(request, credentials, "read")


def importing(request: Request, credentials: Credentials) -> Iterator[AskedOnce]:
    """Let in whoever may write, into no transaction: a file is worth many."""
    yield from _asked_once(request, credentials, "write")


Reading = Annotated[Asked, Depends(reading)]
Writing = Annotated[Asked, Depends(writing)]
Listing = Annotated[Asked, Depends(listing)]
Removing = Annotated[Asked, Depends(removing)]
Administering = Annotated[Asked, Depends(administering)]
Reorganizing = Annotated[Asked, Depends(reorganizing)]
Founding = Annotated[Asked, Depends(founding)]
Browsing = Annotated[Asked, Depends(browsing)]
Inspecting = Annotated[Asked, Depends(inspecting)]
Streaming = Annotated[AskedOnce, Depends(streaming, scope="function")]
Importing = Annotated[AskedOnce, Depends(importing, scope="function")]
