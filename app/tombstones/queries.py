"""Pages of lists: in an order of the client's choosing, or what has changed since an instant.

A list of roots has tombstones of what is gone. Any other list has departures: what has left it may
be in another, or come back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import Label, Select, Table, column, select
from sqlalchemy.orm import Session

from app.core import paging
from app.core.clock import now
from app.core.database import LONGEST, organization_of
from app.models.base import table_of
from app.models.event import Departure, Tombstone

T = TypeVar("T")
_TOMBSTONES = table_of(Tombstone).c
_DEPARTURES = table_of(Departure)


class Told(NamedTuple):
    """One that has changed, or is gone: then `reason` says why.

    `place` is when, and what tells it from others: its id.
    """

    place: tuple[Any, ...]
    reason: str | None = None
    row: Any = None


class _Gone(NamedTuple):
    """What is gone of a list since an instant, unsorted, and by what it is to be sorted."""

    statement: Select[*tuple[Any, ...]]
    keys: tuple[paging.SortKey, ...]


class _Run(NamedTuple):
    """A page of a run of pages of what has changed."""

    told: list[Told]
    next_cursor: str | None
    synced_until: datetime

    def rows(self) -> list[Any]:
        """Return what is there, in the order of the changes."""
        return [one.row for one in self.told if one.reason is None]

    def deleted(self) -> list[Told]:
        """Return what is gone."""
        return [one for one in self.told if one.reason is not None]


class Rows(NamedTuple):
    """A page of rows, in their order, and what else its answer tells."""

    items: Sequence[Any]
    next_cursor: str | None
    synced_until: datetime | None = None
    deleted: Sequence[Told] = ()

    def page(self, items: Sequence[T]) -> paging.RootPage[T]:
        """Return the answer, with the shapes of these rows."""
        return paging.RootPage(
            items=list(items),
            next_cursor=self.next_cursor,
            synced_until=self.synced_until,
            deleted=[
                paging.TombstoneRead.model_validate(
                    {"id": one.place[1], "deleted_at": one.place[0], "reason": one.reason}
                )
                for one in self.deleted
            ],
        )


class RootRows(Rows):
    """A page of roots of which only the ids were read."""

    @property
    def ids(self) -> list[UUID]:
        """Return the ids of the page, in their order."""
        return list(self.items)


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of rows with `updated_at` that are no roots.

    `keys` is its usual order, `changes` that of the changes: when, and by what a row is told from
    others. `kind` is what its departures are called, None where nothing ever leaves.
    """

    keys: tuple[paging.SortKey, ...]
    changes: tuple[paging.SortKey, ...]
    kind: str | None = None


def page_of_rows(
    session: Session,
    statement: Select[*tuple[Any, ...]],
    listing: Listing,
    asked: paging.RootFilters,
    filters: Mapping[str, Any],
    *,
    parent_id: UUID | None = None,
) -> Rows:
    """Return one page of the rows that `statement` selects, whose first column is the model.

    With `updated_since`, those that changed at or after it, and what has left the list of that
    parent since (the organization's, where none is told), both along one line of time.
    Raises Invalid for a cursor that does not fit.
    """
    if asked.updated_since is None:
        after = paging.decode_cursor(asked.cursor, listing.keys, filters)
        found = session.execute(paging.keyset(statement, listing.keys, after, asked.limit)).all()
        values = _values(listing.keys)
        return Rows(*paging.cut(found, asked.limit, listing.keys, filters, values))
    gone = None
    if listing.kind is not None:
        row_id = listing.changes[-1].column
        gone = _departed(session, statement, row_id, asked, kind=listing.kind, parent_id=parent_id)
    values = _values(listing.changes)
    run = _changes(session, statement, listing.changes, asked, filters, gone=gone, values=values)
    return Rows(run.rows(), run.next_cursor, run.synced_until, run.deleted())


def _values(keys: Sequence[paging.SortKey]) -> Callable[[Any], tuple[Any, ...]]:
    names = [str(key.column.key) for key in keys]
    return lambda row: tuple(getattr(row[0], name) for name in names)


def page_of_roots(
    session: Session,
    statement: Select[*tuple[Any, ...]],
    table: Table,
    asked: paging.RootFilters,
    filters: Mapping[str, Any],
    *,
    kind: str,
    parent_id: UUID | None = None,
) -> RootRows:
    """Return one page of the roots that `statement` selects, by `id` and `updated_at`.

    With `updated_since`, those that changed at or after it, and the tombstones of that `kind` left
    since, both along one line of time; in the list of one parent, what has left that. Raises
    Invalid for a cursor or a sort order that does not fit.
    """
    if asked.updated_since is None:
        keys, by = asked.sort.keys(table.c), asked.sort.keys(statement.selected_columns)
        after = paging.decode_cursor(asked.cursor, keys, filters)
        if after is not None and isinstance(by[-1].column, Label):
            # The id of what they are found by bounds the reading of that; this bounds the reading
            # of the rows, and PostgreSQL does not conclude the one from the other.
            statement = statement.where(paging.beyond(keys, after))
        found = session.execute(paging.keyset(statement, by, after, asked.limit)).all()
        page, following = paging.cut(found, asked.limit, keys, filters, asked.sort.values_of)
        return RootRows([row.id for row in page], following)
    keys = asked.sort_of_changes().keys(table.c)
    gone = (
        _dead(session, asked, kind, filters.get("ids"))
        if parent_id is None
        else _departed(session, statement, table.c.id, asked, kind=kind, parent_id=parent_id)
    )
    values = paging.RootSort.UPDATED_FIRST.values_of
    run = _changes(session, statement, keys, asked, filters, gone=gone, values=values)
    return RootRows(
        [row.id for row in run.rows()], run.next_cursor, run.synced_until, run.deleted()
    )


def _changes(
    session: Session,
    statement: Select[*tuple[Any, ...]],
    keys: tuple[paging.SortKey, ...],
    asked: paging.RootFilters,
    filters: Mapping[str, Any],
    *,
    gone: _Gone | None,
    values: Callable[[Any], tuple[Any, ...]],
) -> _Run:
    since = asked.updated_since
    carried = (*keys, paging.SortKey(column("synced_until"), datetime))
    filters = {**filters, "updated_since": since}
    cursor = paging.decode_cursor(asked.cursor, carried, filters)
    # All pages of a run tell what its first one told: what was committed while the run was under
    # way may lie before what the last page reads.
    after, synced_until = (None, now() - LONGEST) if cursor is None else (cursor[:-1], cursor[-1])
    assert isinstance(synced_until, datetime)
    line: list[Told] = []
    if gone is not None:
        # First: what is deleted between the two is told by the next run.
        dead = session.execute(paging.keyset(gone.statement, gone.keys, after, asked.limit))
        line = [Told((at, id_), reason) for at, id_, reason in dead]
    statement = statement.where(keys[0].column >= since)
    rows = session.execute(paging.keyset(statement, keys, after, asked.limit))
    line += [Told(values(row), None, row) for row in rows]
    line.sort(key=lambda one: one.place)
    page, following = paging.cut(
        line, asked.limit, carried, filters, lambda one: (*one.place, synced_until)
    )
    return _Run(page, following, synced_until)


def _dead(
    session: Session, asked: paging.RootFilters, kind: str, ids: Sequence[UUID] | None
) -> _Gone:
    """Return the tombstones of a kind; filters other than ids cannot be asked them."""
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
    return _Gone(statement, keys)


def _departed(
    session: Session,
    statement: Select[*tuple[Any, ...]],
    row_id: Any,
    asked: paging.RootFilters,
    *,
    kind: str,
    parent_id: UUID | None,
) -> _Gone:
    """Return what has left a list and is not in it again, as `statement` says."""
    left, tenant = _DEPARTURES.c, organization_of(session)
    here = (
        statement.where(row_id == left.id)
        .with_only_columns(row_id, maintain_column_froms=True)
        .correlate(_DEPARTURES)
    )
    gone = select(left.left_at, left.id, left.reason).where(
        left.organization_id == tenant,
        left.kind == kind,
        left.parent_id == (parent_id or tenant),
        left.left_at >= asked.updated_since,
        ~here.exists(),
    )
    return _Gone(gone, (paging.SortKey(left.left_at, datetime), paging.SortKey(left.id, UUID)))
