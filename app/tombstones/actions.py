"""Leaving tombstones, and noting what has left a list."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Insert, bindparam, delete, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.database import append, organization_of
from app.models.base import table_of
from app.models.event import Departure, Tombstone

_LEAVE = insert(table_of(Tombstone))
_DEPARTURES = table_of(Departure)

# All kinds are named, for the key begins with them.
_FORGET = delete(_DEPARTURES).where(
    _DEPARTURES.c.organization_id == bindparam("tenant"),
    _DEPARTURES.c.kind.in_(("attachment", "follow_up", "pause")),
    _DEPARTURES.c.parent_id.in_(bindparam("parents", expanding=True)),
)


def _latest_departure(dialect: Any) -> Insert:
    """Return the statement that notes a departure; who has left before has left again."""
    statement = dialect.insert(_DEPARTURES)
    latest: Insert = statement.on_conflict_do_update(
        index_elements=list(_DEPARTURES.primary_key),
        set_={name: statement.excluded[name] for name in ("left_at", "reason")},
    )
    return latest


_DEPART = {"sqlite": _latest_departure(sqlite), "postgresql": _latest_departure(postgresql)}


def leave_tombstones(session: Session, kind: str, ids: Iterable[UUID], *, reason: str) -> None:
    """Note that roots of a kind are gone from now on; `reason` is deleted, erased or merged.

    `kind` is the root's word, such as `candidate`; one that is gone already is not named again.
    """
    present = now()
    for id_ in ids:
        row = {"organization_id": organization_of(session), "kind": kind, "id": id_}
        append(session, _LEAVE, {**row, "deleted_at": present, "reason": reason})


def depart(
    session: Session,
    kind: str,
    ids: Iterable[UUID],
    *,
    reason: str,
    of: UUID | None = None,
) -> None:
    """Note that rows are no longer in the list of the root `of`, or in the organization's queue.

    `kind` is the word of the list's rows, such as `attachment`; `reason` is deleted, erased, merged
    or moved. One that is in the list again is simply there: nothing has to be taken back.
    """
    tenant = organization_of(session)
    row = {"organization_id": tenant, "kind": kind, "parent_id": of or tenant, "reason": reason}
    statement, present = _DEPART[session.get_bind().dialect.name], now()
    for id_ in ids:
        append(session, statement, {**row, "id": id_, "left_at": present})


def forget_departures(session: Session, of: Collection[UUID]) -> None:
    """Forget what has left the lists of these roots, which nobody can read any more."""
    session.execute(_FORGET, {"tenant": organization_of(session), "parents": list(of)})
