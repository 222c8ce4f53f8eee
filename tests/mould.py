"""Organizations by the hundred: one is founded by the verbs, the others are its copies.

A copy has ids, instants and keys of its own, and every row that the founding wrote, audit log and
events too. Founding costs as much as three requests, and nearly every test begins with it.
"""

import hashlib
import secrets
from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from app.core.clock import now
from app.core.database import Database, Mode
from app.core.ids import new_id
from app.entry.actor import Actor
from app.organizations.actions import create_api_key, create_organization, create_user
from tests.copying import Names, Pattern, rows_of
from tests.openings import Node, Opening


class Member(NamedTuple):
    """Somebody of an organization, with a key."""

    name: str
    organization_id: UUID
    user_id: UUID
    key: str


def found(database: Database, organization: str, scopes: Mapping[str, str]) -> list[Member]:
    """Found an organization, and give everybody named a key of the scope."""
    domain = f"{organization.lower()}.example"
    members = []
    with database.transaction(Mode.WRITE) as session:
        tenant = create_organization(session, name=organization, domains=[domain])
        actor = Actor(tenant.id, "admin")
        for name, scope in scopes.items():
            user = create_user(session, actor, name=name, emails=[f"{name.lower()}@{domain}"])
            _, key = create_api_key(session, actor, name=name, scope=scope, user_id=user.id)
            members.append(Member(name, tenant.id, user.id, key))
    return members


class Mould:
    """One organization's rows, to be copied."""

    def __init__(self, database: Database, organization: str, scopes: Mapping[str, str]) -> None:
        self._database = database
        began = now()
        self._members = found(database, organization, scopes)
        self._root = Node()
        with database.transaction(Mode.READ, self._members[0].organization_id) as session:
            rows = rows_of(session, self._members[0].organization_id)
        keys = [one.key for one in self._members]
        sealed = {*(_prefix(key) for key in keys), *(_digest(key) for key in keys)}
        self._founding = Pattern({}, rows, began, self._members, sealed=sealed)

    def cast(self) -> tuple[list[Member], Opening]:
        """Write one more such organization; return its people, and how it may go on."""
        names: Names = {}
        for member in self._members:
            _name_another_key(member.key, names)
        organization_id = names.setdefault(self._members[0].organization_id, new_id())
        with self._database.transaction(Mode.WRITE, organization_id) as session:
            members = self._founding.write(session, names)
        return members, Opening(self._database, organization_id, self._root, names)


def _name_another_key(key: str, names: Names) -> None:
    """Make a key, and say in whose place it stands, its prefix and its digest."""
    prefix = secrets.token_hex(4)
    names[_prefix(key)] = prefix
    names[key] = f"fil_{prefix}_{secrets.token_urlsafe(32)}"
    names[_digest(key)] = _digest(names[key])


def _prefix(key: str) -> str:
    return key.split("_")[1]


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
