"""On-Behalf-Of: a key with that right acts for a user, who is then the one who did it.

The header names the user by id, by one of the user's addresses, or by an external id
(`source:type:id`). What the key may do stays what its scope says; the audit log keeps the key, the
user it belongs to, and the user it acted for.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from app.core.addresses import fold_address
from app.core.database import organization_of
from app.core.problems import Forbidden, Invalid
from app.core.schema import text_fault
from app.entry.actor import Actor
from app.models.base import table_of
from app.models.organization import ExternalId, User, UserAddress

HEADER = "on-behalf-of"
_NAME = "On-Behalf-Of"
_LONGEST = 500
_PARTS_OF_A_NAME = 3

_USERS, _ADDRESSES, _NAMES = (table_of(model) for model in (User, UserAddress, ExternalId))
_ACTIVE = select(_USERS.c.id, _USERS.c.name).where(
    _USERS.c.organization_id == bindparam("organization_id"), _USERS.c.active.is_(True)
)
_BY_ID = _ACTIVE.where(_USERS.c.id == bindparam("user_id", type_=_USERS.c.id.type))
_BY_ADDRESS = _ACTIVE.where(
    _USERS.c.id
    == select(_ADDRESSES.c.user_id)
    .where(
        _ADDRESSES.c.organization_id == bindparam("organization_id"),
        _ADDRESSES.c.address == bindparam("address"),
    )
    .scalar_subquery()
)
_BY_NAME = _ACTIVE.where(
    _USERS.c.id
    == select(_NAMES.c.subject_id)
    .where(
        _NAMES.c.organization_id == bindparam("organization_id"),
        _NAMES.c.source == bindparam("source"),
        _NAMES.c.type == bindparam("type"),
        _NAMES.c.external_id == bindparam("external_id"),
        _NAMES.c.subject_type == "user",
    )
    .scalar_subquery()
)


def act_for(session: Session, actor: Actor, told: str | None) -> Actor:
    """Return who acts: the key's own user, or the one whom On-Behalf-Of names.

    Raises Forbidden for a key without the right, Invalid where no active user is meant.
    """
    if told is None:
        return actor
    if not actor.may_act_for_others:
        raise Forbidden("This key may not act for others: send no On-Behalf-Of.")
    if not told.strip() or len(told) > _LONGEST or text_fault(told):
        raise Invalid(_NAME, "is a user's id, address or external id (source:type:id)")
    statement, named = _reading(told.strip())
    bound = {"organization_id": organization_of(session), **named}
    row = session.execute(statement, bound).one_or_none()
    if row is None:
        raise Invalid(_NAME, "names no active user of this organization")
    return replace(
        actor, user_id=row.id, user_name=row.name, key_user_id=actor.user_id, on_behalf_of=True
    )


def _reading(text: str) -> tuple[Select[Any], Mapping[str, object]]:
    try:
        return _BY_ID, {"user_id": UUID(text)}
    except ValueError:
        parts = text.split(":", _PARTS_OF_A_NAME - 1)
    if len(parts) == _PARTS_OF_A_NAME:
        return _BY_NAME, dict(zip(("source", "type", "external_id"), parts, strict=True))
    return _BY_ADDRESS, {"address": fold_address(text)}
