"""Leaving tombstones."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.database import append, organization_of
from app.models.base import table_of
from app.models.event import Tombstone

_LEAVE = insert(table_of(Tombstone))


def leave_tombstones(session: Session, kind: str, ids: Iterable[UUID], *, reason: str) -> None:
    """Note that roots of a kind are gone from now on; `reason` is deleted, erased or merged.

    `kind` is the root's word, such as `candidate`; one that is gone already is not named again.
    """
    present = now()
    for id_ in ids:
        row = {"organization_id": organization_of(session), "kind": kind, "id": id_}
        append(session, _LEAVE, {**row, "deleted_at": present, "reason": reason})
