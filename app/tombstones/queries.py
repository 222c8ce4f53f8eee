"""Pages of roots: in an order of the client's choosing, or what has changed since an instant."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import Select, Table, column, select
from sqlalchemy.orm import Session

from app.core import paging
from app.core.clock import now
from app.core.database import LONGEST, organization_of
from app.models.base import table_of
from app.models.event import Tombstone

T = TypeVar("T")
_TOMBSTONES = table_of(Tombstone).c


class Changed(NamedTuple):
    """A root that has changed, or is gone: then `reason` says why."""

    at: datetime
    id: UUID
    reason: str | None


class RootRows(NamedTuple):
    """The ids of a page of roots, in their order, and what else its answer tells."""

    ids: list[UUID]
    next_cursor: str | None
    synced_until: datetime | None = None
    deleted: Sequence[Changed] = ()

    def page(self, items: Sequence[T]) -> paging.RootPage[T]:
        """Return the answer, with the shapes of these rows."""
        return paging.RootPage(
            items=list(items),
            next_cursor=self.next_cursor,
            synced_until=self.synced_until,
            deleted=[
                paging.TombstoneRead.model_validate(
                    {"id": one.id, "deleted_at": one.at, "reason": one.reason}
                )
                for one in self.deleted
            ],
        )


def page_of_roots(
    session: Session,
    statement: Select[Any, Any],
    table: Table,
    asked: paging.RootFilters,
    filters: Mapping[str, Any],
    *,
    kind: str,
) -> RootRows:
    """Return one page of the roots that `statement` selects, by `id` and `updated_at`.

    With `updated_since`, those that changed at or after it, and the tombstones of that `kind` left
    since, both along one line of time. Raises Invalid for a cursor or a sort order that does not
    fit.
    """
    if asked.updated_since is not None:
        return _changes(session, statement, table, asked, filters, kind=kind)
    keys = asked.sort.keys(table.c)
    after = paging.decode_cursor(asked.cursor, keys, filters)
    rows = session.execute(paging.keyset(statement, keys, after, asked.limit)).all()
    page, following = paging.cut(rows, asked.limit, keys, filters, asked.sort.values_of)
    return RootRows([row.id for row in page], following)


def _changes(
    session: Session,
    statement: Select[Any, Any],
    table: Table,
    asked: paging.RootFilters,
    filters: Mapping[str, Any],
    *,
    kind: str,
) -> RootRows:
    since = asked.updated_since
    keys = asked.sort_of_changes().keys(table.c)
    carried = (*keys, paging.SortKey(column("synced_until"), datetime))
    filters = {**filters, "updated_since": since}
    cursor = paging.decode_cursor(asked.cursor, carried, filters)
    # All pages of a run tell what its first one told: what was committed while the run was under
    # way may lie before what the last page reads.
    after, synced_until = (None, now() - LONGEST) if cursor is None else (cursor[:2], cursor[2])
    # Tombstones first: what is deleted between the two is told by the next run.
    gone = _gone_since(session, kind, asked, after, filters.get("ids"))
    statement = statement.where(table.c.updated_at >= since)
    rows = session.execute(paging.keyset(statement, keys, after, asked.limit))
    line = sorted([*gone, *(Changed(row.updated_at, row.id, None) for row in rows)], key=_place)
    page, following = paging.cut(
        line, asked.limit, carried, filters, lambda one: (*_place(one), synced_until)
    )
    assert isinstance(synced_until, datetime)
    return RootRows(
        [one.id for one in page if one.reason is None],
        following,
        synced_until,
        [one for one in page if one.reason is not None],
    )


def _place(one: Changed) -> tuple[datetime, UUID]:
    return one.at, one.id


def _gone_since(
    session: Session,
    kind: str,
    asked: paging.RootFilters,
    after: Sequence[paging.Value] | None,
    ids: Sequence[UUID] | None,
) -> list[Changed]:
    """Return a page of tombstones, one more than the limit; other filters cannot be asked them."""
    statement = select(_TOMBSTONES.deleted_at, _TOMBSTONES.id, _TOMBSTONES.reason).where(
        _TOMBSTONES.organization_id == organization_of(session),
        _TOMBSTONES.kind == kind,
        _TOMBSTONES.deleted_at >= asked.updated_since,
    )
    if ids is not None:
        statement = statement.where(_TOMBSTONES.id.in_(ids))
    keys = (
        paging.SortKey(_TOMBSTONES.deleted_at, datetime),
        paging.SortKey(_TOMBSTONES.id, UUID),
    )
    rows = session.execute(paging.keyset(statement, keys, after, asked.limit))
    return [Changed(*row) for row in rows]
