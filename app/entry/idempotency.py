"""Idempotency-Key: a write is done once, however often it is sent.

The key is inserted, the route runs, and the serialized answer is stored, all in one transaction. A
rival
with the same key waits for that transaction a second, then gets 409 with Retry-After. An error
rolls
everything back, the key too, so it may be sent again.
"""

import hashlib
from datetime import timedelta

from fastapi import Request, Response
from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.core.clock import real_now as now
from app.core.database import organization_of
from app.core.problems import Conflict, Gone, InProgress, Invalid
from app.entry.acting import HEADER as ON_BEHALF_OF
from app.entry.actor import Actor
from app.models.organization import IdempotencyKey

HEADER = "idempotency-key"
_NAME = "Idempotency-Key"
KEPT = timedelta(hours=24)
_LONGEST = 255
_WAITED_LONG_ENOUGH = "55P03"


class AnsweredBefore(Exception):  # noqa: N818 - not an error: the way to the stored answer
    """This request was answered; here is that answer."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def fingerprint(request: Request, body: bytes) -> bytes:
    """Return what makes two requests the same: method, path, query, type and body, and for whom."""
    head = "\n".join(
        (
            request.method,
            request.url.path,
            request.url.query,
            request.headers.get("content-type", ""),
            *request.headers.getlist(ON_BEHALF_OF),
        )
    )
    return hashlib.sha256(head.encode() + b"\n" + body).digest()


def key_of(request: Request) -> str | None:
    """Return the request's key, None where it has none; raises Invalid for one that is none."""
    key = request.headers.get(HEADER)
    if key is not None and not (
        key.strip() and len(key) <= _LONGEST and key.isascii() and key.isprintable()
    ):
        raise Invalid(_NAME, "is 1 to 255 printable characters of ASCII")
    return key


def claim(session: Session, actor: Actor, request: Request) -> None:
    """Insert the request's key, if it has one; raises AnsweredBefore, Conflict or Invalid."""
    # Without a fingerprint the request was refused before its body was read: nothing will be done.
    if not hasattr(request.state, "fingerprint"):
        return
    key = key_of(request)
    if key is None:
        return
    assert actor.api_key_id is not None
    values = {
        "organization_id": organization_of(session),
        "api_key_id": actor.api_key_id,
        "key": key,
        "fingerprint": request.state.fingerprint,
        "created_at": now(),
    }
    session.execute(
        delete(IdempotencyKey).where(
            IdempotencyKey.api_key_id == actor.api_key_id,
            IdempotencyKey.key == key,
            IdempotencyKey.created_at < now() - KEPT,
        )
    )
    if not _inserted(session, values):
        _answer_again(session, actor, key, request.state.fingerprint)
    request.state.idempotency_key = (actor.api_key_id, key)


def _inserted(session: Session, values: dict[str, object]) -> bool:
    if session.get_bind().dialect.name == "sqlite":
        key = sqlite.insert(IdempotencyKey).values(values).on_conflict_do_nothing()
        return session.scalar(key.returning(IdempotencyKey.key)) is not None
    session.execute(text("SET LOCAL lock_timeout = '1s'"))
    try:
        rival = postgresql.insert(IdempotencyKey).values(values).on_conflict_do_nothing()
        inserted = session.scalar(rival.returning(IdempotencyKey.key)) is not None
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != _WAITED_LONG_ENOUGH:
            raise
        raise InProgress("The same request is being worked on.") from error
    session.execute(text("SET LOCAL lock_timeout = 0"))
    return inserted


def _answer_again(session: Session, actor: Actor, key: str, wanted: bytes) -> None:
    row = session.execute(
        select(
            IdempotencyKey.fingerprint,
            IdempotencyKey.status,
            IdempotencyKey.headers,
            IdempotencyKey.body,
        ).where(IdempotencyKey.api_key_id == actor.api_key_id, IdempotencyKey.key == key)
    ).one_or_none()
    if row is None:
        raise InProgress(detail="The same request is being worked on.")
    if row.fingerprint != wanted:
        raise Invalid(_NAME, "was used for another request")
    if row.status is not None and row.body is None:
        # Erasure empties the answers that name the person; only their status stays.
        raise Gone("This request was done; what it answered about has been removed since.")
    if row.body is None:
        raise Conflict(detail="This request was done; its answer held a secret and was not kept.")
    headers = {**row.headers, "Idempotent-Replayed": "true"}
    raise AnsweredBefore(Response(row.body, row.status, headers))


def keep(session: Session, request: Request, response: Response) -> None:
    """Store the answer beside its key, unless it shows a secret."""
    if getattr(request.state, "keeps_a_secret", False):
        return
    kept = {
        name: value
        for name, value in response.headers.items()
        if name in {"content-type", "etag", "location", "link", "retry-after"}
    }
    api_key_id, key = request.state.idempotency_key
    session.execute(
        update(IdempotencyKey)
        .where(
            IdempotencyKey.organization_id == organization_of(session),
            IdempotencyKey.api_key_id == api_key_id,
            IdempotencyKey.key == key,
        )
        .values(status=response.status_code, headers=kept, body=bytes(response.body))
        .execution_options(synchronize_session=False)
    )
