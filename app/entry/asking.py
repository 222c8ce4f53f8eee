"""What every route depends on: a session bound to the asker's organization, and the asker.

One request is one transaction. These dependencies have the scope "function", so that it is
committed
before the first byte of the answer; with the default scope a client would read 200 before the
commit.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
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
    request: Request, credentials: HTTPAuthorizationCredentials | None, mode: Mode, scope: str
) -> Iterator[Asked]:
    """Let somebody into one transaction; a route that is still reading a body has one before."""
    database: Database = request.app.state.database
    key = read_key(credentials.credentials if credentials else None)
    organization_id = None
    if mode is Mode.LIST:
        with database.transaction(Mode.READ) as session:
            organization_id = organization_of_key(session, key)
            if key.is_test:
                bind(session, organization_id)
                move_ahead(lead_of(session) or timedelta(0))
    with database.transaction(mode, organization_id) as session:
        actor = authenticate(session, key, getattr(request.state, "request_id", None))
        request.state.actor = actor
        if key.is_test:
            _go_by_the_sandboxs_clock(session, mode)
        _keep_to_the_limit(request, key, actor)
        if not actor.may(scope):
            raise Forbidden(detail=f"This needs a key of scope {scope}; yours is {actor.scope}.")
        actor = act_for(session, actor, request.headers.get(ON_BEHALF_OF))
        yield Asked(session, actor, request)


def _asked(
    request: Request, credentials: HTTPAuthorizationCredentials | None, mode: Mode, scope: str
) -> Iterator[Asked]:
    with let_in(request, credentials, mode, scope) as asked:
        if mode is not Mode.READ and request.method not in _SAFE:
            claim(asked.session, asked.actor, request)
        request.state.session = asked.session
        yield asked


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


def reading(request: Request, credentials: Credentials) -> Iterator[Asked]:
    """Let in whoever may read."""
    yield from _asked(request, credentials, Mode.READ, "read")


def writing(request: Request, credentials: Credentials) -> Iterator[Asked]:
    """Let in whoever may write."""
    yield from _asked(request, credentials, Mode.WRITE, "write")


def listing(request: Request, credentials: Credentials) -> Iterator[Asked]:
    """Let in whoever may write, into a transaction that may freeze a ranking."""
    yield from _asked(request, credentials, Mode.LIST, "write")


def removing(request: Request, credentials: Credentials) -> Iterator[Asked]:
    """Let in whoever may write, into a transaction that no other write or list stands beside."""
    yield from _asked(request, credentials, Mode.ALONE, "write")


def administering(request: Request, credentials: Credentials) -> Iterator[Asked]:
    """Let in whoever may administer."""
    yield from _asked(request, credentials, Mode.WRITE, "admin")


def reorganizing(request: Request, credentials: Credentials) -> Iterator[Asked]:
    """Let in whoever may administer, into a transaction beside which nothing is written."""
    yield from _asked(request, credentials, Mode.ALONE, "admin")


def browsing(request: Request, credentials: Credentials) -> Iterator[Asked]:
    """Let in whoever may read, where the reading itself is noted."""
    yield from _asked(request, credentials, Mode.WRITE, "read")


def founding(request: Request, credentials: Credentials) -> Iterator[Asked]:
    """Let in whoever may administer, into a transaction that may freeze a ranking."""
    yield from _asked(request, credentials, Mode.LIST, "admin")


def inspecting(request: Request, credentials: Credentials) -> Iterator[Asked]:
    """Let in whoever may administer, to read."""
    yield from _asked(request, credentials, Mode.READ, "admin")


def streaming(request: Request, credentials: Credentials) -> Iterator[AskedOnce]:
    """Let in whoever may read, into no transaction: an answer may take longer than one may."""
    yield from _asked_once(request, credentials, "read")


def importing(request: Request, credentials: Credentials) -> Iterator[AskedOnce]:
    """Let in whoever may write, into no transaction: a file is worth many."""
    yield from _asked_once(request, credentials, "write")


Reading = Annotated[Asked, Depends(reading, scope="function")]
Writing = Annotated[Asked, Depends(writing, scope="function")]
Listing = Annotated[Asked, Depends(listing, scope="function")]
Removing = Annotated[Asked, Depends(removing, scope="function")]
Administering = Annotated[Asked, Depends(administering, scope="function")]
Reorganizing = Annotated[Asked, Depends(reorganizing, scope="function")]
Founding = Annotated[Asked, Depends(founding, scope="function")]
Browsing = Annotated[Asked, Depends(browsing, scope="function")]
Inspecting = Annotated[Asked, Depends(inspecting, scope="function")]
Streaming = Annotated[AskedOnce, Depends(streaming, scope="function")]
Importing = Annotated[AskedOnce, Depends(importing, scope="function")]
