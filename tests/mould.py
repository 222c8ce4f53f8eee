"""Organizations by the hundred: one is founded by the verbs, the others are its copies.

A copy has ids, instants and keys of its own, and every row that the founding wrote, audit log and
events too. Founding costs as much as three requests, and nearly every test begins with it.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Insert, Table, insert, select

from app.core.clock import now
from app.core.database import Database, Mode, bind
from app.core.ids import new_id
from app.entry.actor import Actor
from app.models.base import Base
from app.organizations.actions import create_api_key, create_organization, create_user


@dataclass(frozen=True)
class Member:
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
        self._members = found(database, organization, scopes)
        self._at = now()
        self._rows = _rows_of(database, self._members[0].organization_id)
        self._ids = sorted(
            {
                value
                for _, rows in self._rows
                for row in rows
                for value in row.values()
                if isinstance(value, UUID)
            }
        )

    def cast(self) -> list[Member]:
        """Write one more such organization."""
        others: dict[Any, Any] = {old: new_id() for old in self._ids}
        others.update({str(old): str(new) for old, new in others.items()})
        keys = {}
        for member in self._members:
            keys[member.name] = _another_key(member.key, others)
        later = now() - self._at
        organization_id = others[self._members[0].organization_id]
        with self._database.transaction(Mode.WRITE) as session:
            bind(session, organization_id)
            connection = session.connection()
            for statement, rows in self._rows:
                connection.execute(
                    statement,
                    [
                        {name: _copy(value, others, later) for name, value in row.items()}
                        for row in rows
                    ],
                )
        return [
            Member(member.name, organization_id, others[member.user_id], keys[member.name])
            for member in self._members
        ]


def _rows_of(
    database: Database, organization_id: UUID
) -> list[tuple[Insert, list[dict[str, Any]]]]:
    kept = []
    with database.transaction(Mode.READ) as session:
        bind(session, organization_id)
        for table in Base.metadata.sorted_tables:
            owned = select(table).where(_owner(table) == organization_id)
            rows = [dict(row) for row in session.execute(owned).mappings()]
            if rows:
                kept.append((insert(table), rows))
    return kept


def _owner(table: Table) -> ColumnElement[Any]:
    return table.c.id if table.name == "organizations" else table.c.organization_id


def _another_key(key: str, others: dict[Any, Any]) -> str:
    """Make a key, and note what takes the place of the prefix and the digest of `key`."""
    prefix = key.split("_")[1]
    others[prefix] = secrets.token_hex(4)
    another = f"fil_{others[prefix]}_{secrets.token_urlsafe(32)}"
    others[_digest(key)] = _digest(another)
    return another


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _copy(value: Any, others: Mapping[Any, Any], later: timedelta) -> Any:
    if isinstance(value, datetime):
        return value + later
    if isinstance(value, dict):
        return {name: _copy(inner, others, later) for name, inner in value.items()}
    if isinstance(value, list):
        return [_copy(inner, others, later) for inner in value]
    return others.get(value, value)
