"""From the Authorization header to an Actor.

A key reads `fil_<prefix>_<secret>`, one to a sandbox `fil_test_<prefix>_<secret>`: eight characters
to look it up by, then 32 random bytes of which we keep the SHA-256 alone. A digest without salt or
stretching is enough for a secret that nobody chose.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, bindparam, select
from sqlalchemy.orm import Session

from app.core.clock import real_now as now
from app.core.database import Mode, bind, organization_of
from app.core.problems import Unauthenticated
from app.entry.actor import Actor
from app.models.base import table_of
from app.models.organization import ApiKey, KeyLookup, User

# One sentence for all: whoever tries keys learns nothing of them.
_NO_KEY_OF_OURS = "The API key is unknown, expired or revoked."
_FORM = re.compile(r"fil_(test_)?([a-z0-9]{8})_([A-Za-z0-9_-]{43})")


# Every request runs these: they are built once, on tables, and name the tenant themselves.
_LOOKUPS, _KEYS, _USERS = table_of(KeyLookup).c, table_of(ApiKey).c, table_of(User).c
_ORGANIZATION_OF = select(_LOOKUPS.organization_id).where(_LOOKUPS.prefix == bindparam("prefix"))
_HOLDER_OF = (
    select(
        _KEYS.id,
        _KEYS.organization_id,
        _KEYS.name,
        _KEYS.scope,
        _KEYS.secret_sha256,
        _KEYS.expires_at,
        _KEYS.revoked_at,
        _KEYS.requests_per_minute,
        _KEYS.may_act_for_others,
        _USERS.id.label("user_id"),
        _USERS.name.label("user_name"),
        _USERS.active,
    )
    .select_from(
        table_of(ApiKey).outerjoin(
            table_of(User),
            (_USERS.organization_id == _KEYS.organization_id) & (_USERS.id == _KEYS.user_id),
        )
    )
    .where(
        _KEYS.organization_id == bindparam("organization_id"), _KEYS.prefix == bindparam("prefix")
    )
)


_REMEMBERED = 10_000
_KNOWN: WeakKeyDictionary[Engine, dict[str, UUID]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class PresentedKey:
    """A key as it was sent."""

    prefix: str
    digest: bytes
    is_test: bool = False


def read_key(credentials: str | None) -> PresentedKey:
    """Return the key that a bearer credential spells; raises Unauthenticated."""
    if credentials is None:
        raise Unauthenticated("Send an API key: Authorization: Bearer fil_...")
    found = _FORM.fullmatch(credentials)
    if found is None:
        raise Unauthenticated(_NO_KEY_OF_OURS)
    digest = hashlib.sha256(found[0].encode()).digest()
    return PresentedKey(found[2], digest, is_test=found[1] is not None)


def organization_of_key(session: Session, key: PresentedKey) -> UUID:
    """Return the organization the key's prefix stands for; raises Unauthenticated."""
    known = _known_prefixes(session)
    if key.prefix in known:
        return known[key.prefix]
    found: UUID | None = session.scalar(_ORGANIZATION_OF, {"prefix": key.prefix})
    if found is None:
        raise Unauthenticated(_NO_KEY_OF_OURS)
    if len(known) >= _REMEMBERED:
        known.clear()
    known[key.prefix] = found
    return found


def _known_prefixes(session: Session) -> dict[str, UUID]:
    """Return what was looked up before; a prefix never comes to stand for another organization.

    Whether the key holds is read anew each time, in that organization.
    """
    return _KNOWN.setdefault(session.get_bind().engine, {})


def actor_of_key(session: Session, key: PresentedKey, request_id: str | None) -> Actor:
    """Return who holds the key, in a session bound to its organization; raises Unauthenticated."""
    row = session.execute(
        _HOLDER_OF, {"organization_id": organization_of(session), "prefix": key.prefix}
    ).one_or_none()
    # compare_digest first: whoever guesses secrets learns nothing of the key's state.
    if (
        row is None
        or not hmac.compare_digest(row.secret_sha256, key.digest)
        or row.revoked_at is not None
        or (row.expires_at is not None and row.expires_at <= now())
        or row.active is False
    ):
        raise Unauthenticated(_NO_KEY_OF_OURS)
    return Actor(
        organization_id=row.organization_id,
        scope=row.scope,
        user_id=row.user_id,
        user_name=row.user_name,
        api_key_id=row.id,
        api_key_name=row.name,
        request_id=request_id,
        requests_per_minute=row.requests_per_minute,
        may_act_for_others=row.may_act_for_others,
    )


def authenticate(session: Session, key: PresentedKey, request_id: str | None) -> Actor:
    """Bind the session to the key's organization and return who holds it."""
    if session.info["mode"] is not Mode.LIST:
        bind(session, organization_of_key(session, key))
    return actor_of_key(session, key, request_id)
