"""Lists that are read page by page, each page starting after the last row of the one before.

A cursor is opaque to the client: base64url JSON of the last row's sort values, ending in its id,
and a digest of the sort order and the filters. It is not signed, for it opens nothing that the list
itself does not show; so what it holds is checked like any input, and a cursor that is damaged or
that belongs to another list is refused.

    keys = (SortKey(Candidate.created_at, datetime, descending=True), SortKey(Candidate.id, UUID))
    after = decode_cursor(cursor, keys, filters)
    rows = session.scalars(keyset(statement, keys, after, limit)).all()
    items, next_cursor = cut(rows, limit, keys, filters, lambda row: (row.created_at, row.id))
"""

import base64
import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, Generic, Literal, TypeVar
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import Depends, Query
from pydantic import Field
from sqlalchemy import BindParameter, ColumnElement, Row, Select, and_, bindparam, or_
from sqlalchemy.orm import InstrumentedAttribute, Session
from starlette.requests import Request
from starlette.responses import Response

from app.core.problems import Invalid
from app.core.schema import Body, ExternalIdText, IdsText, Instant, Read, text_fault

MOST = 200
USUAL = 50
LONGEST_CURSOR = 4000
_GREATEST_INT = 2**63 - 1

# What a list may be sorted by; null is no value of a sort column.
Value = str | int | float | datetime | date | UUID
T = TypeVar("T")
Selected = TypeVar("Selected", bound=Select[*tuple[Any, ...]])

Limit = Annotated[int, Query(ge=1, le=MOST, description="How many to return at most.")]
Cursor = Annotated[
    str | None,
    Query(
        max_length=LONGEST_CURSOR,
        description="`next_cursor` of the page before, with the same filters and sort order.",
    ),
]
CHANGED = (
    "What changed at or after this instant, and what was deleted since, in the order of the "
    "changes: the `synced_until` of the run before. Not with another `sort`."
)
UpdatedSince = Annotated[Instant | None, Query(description=CHANGED)]


class RootSort(StrEnum):
    """The orders in which the heads of aggregates are listed; `-` begins with the greatest."""

    ID = "id"
    NEWEST = "-id"
    UPDATED_FIRST = "updated_at"
    UPDATED_LAST = "-updated_at"

    def keys(self, root: Any) -> "tuple[SortKey, ...]":
        """Return the columns to sort a root's rows by: a model with `id` and `updated_at`."""
        descending = self.value.startswith("-")
        id_key = SortKey(root.id, UUID, descending=descending)
        if self.value.endswith("updated_at"):
            return (SortKey(root.updated_at, datetime, descending=descending), id_key)
        return (id_key,)

    def values_of(self, row: Any) -> tuple[Value, ...]:
        """Return a row's values of those columns."""
        return (row.updated_at, row.id) if self.value.endswith("updated_at") else (row.id,)


class RootFilters(Body):
    """What every list of roots can be asked for; filters narrow together."""

    ids: IdsText | None = Field(
        default=None, description="These alone: ids with commas, up to 200."
    )
    updated_since: Instant | None = Field(default=None, description=CHANGED)
    sort: RootSort = RootSort.ID
    limit: int = Field(default=USUAL, ge=1, le=MOST, description="How many to return at most.")
    cursor: str | None = Field(
        default=None,
        max_length=LONGEST_CURSOR,
        description="`next_cursor` of the page before, with the same filters and sort order.",
    )

    def is_by_changes(self) -> bool:
        """Tell whether the list is in the order in which its rows changed."""
        return self.updated_since is not None or self.sort.value.endswith("updated_at")

    def sort_of_changes(self) -> RootSort:
        """Return the one order that goes with `updated_since`; raises Invalid for another."""
        if "sort" in self.model_fields_set and self.sort is not RootSort.UPDATED_FIRST:
            raise Invalid("?sort", "goes with updated_since as updated_at alone")
        return RootSort.UPDATED_FIRST


async def _list_filters(
    limit: Limit = USUAL, cursor: Cursor = None, updated_since: UpdatedSince = None
) -> RootFilters:
    return RootFilters(limit=limit, cursor=cursor, updated_since=updated_since)


ListFilters = Annotated[RootFilters, Depends(_list_filters)]
"""What a list in one order of its own can be asked for, beside what it takes itself."""


class NamedRootFilters(RootFilters):
    """What a list of roots can be asked for that other systems have names for."""

    external_id: ExternalIdText | None = Field(default=None, description="`source:type:id`.")


class Page(Read, Generic[T]):
    """One page of a list; `next_cursor` is null on the last."""

    items: list[T]
    next_cursor: str | None


class TombstoneRead(Read):
    """What is left of something that is no longer there."""

    id: UUID
    deleted_at: datetime
    reason: Literal["deleted", "erased", "merged", "moved"] = Field(
        description="`erased`: the person asked to be forgotten, so forget them too; `merged`: "
        "with another; `moved`: it is in another list now."
    )


class RootPage(Page[T], Generic[T]):
    """One page of a list that can be asked what has changed since an instant."""

    synced_until: datetime | None = Field(
        description="With `updated_since`: what to send as that the next time. All that changed "
        "before is in this run of pages; what changed later may be told again."
    )
    deleted: list[TombstoneRead] = Field(
        description="With `updated_since`: what is gone, of all there was, whatever the filters; "
        "let it go after you have taken the items."
    )


@dataclass(frozen=True, slots=True)
class SortKey:
    """One column of a sort order; its values are never null and of one `kind`."""

    column: InstrumentedAttribute[Any] | ColumnElement[Any]
    kind: type[Value]
    descending: bool = False


def encode_cursor(
    values: Sequence[Value], keys: Sequence[SortKey], filters: Mapping[str, object]
) -> str:
    """Return the cursor after a row with these sort values."""
    plain = [_plain(value) for value in values]
    text = json.dumps([_digest(keys, filters), *plain], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def decode_cursor(
    cursor: str | None, keys: Sequence[SortKey], filters: Mapping[str, object]
) -> tuple[Value, ...] | None:
    """Return the sort values after which the page starts, None for the first page.

    Raises:
        Invalid: it is no cursor of ours, or of a list with another sort order or other filters.
    """
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor.encode() + b"=" * (-len(cursor) % 4), b"-_", validate=True)
        digest, *plain = json.loads(raw)
        if len(plain) != len(keys):
            raise ValueError
        values = tuple(_value(one, key.kind) for one, key in zip(plain, keys, strict=True))
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise Invalid("?cursor", "is no cursor of this service") from error
    if digest != _digest(keys, filters):
        raise Invalid("?cursor", "belongs to other filters or another sort order")
    return values


def keyset(
    statement: Selected,
    keys: Sequence[SortKey],
    after: Sequence[Value] | None,
    limit: int,
) -> Selected:
    """Return `statement` sorted by `keys`, after the given values, with one row more than `limit`.

    The row too many tells whether there is a next page; `cut` takes it off.
    """
    if keys[-1].kind is not UUID:
        message = "a sort order ends in the id, or two pages could share or lose a row"
        raise ValueError(message)
    order = [key.column.desc() if key.descending else key.column.asc() for key in keys]
    if after is not None:
        statement = statement.where(beyond(keys, after))
    return statement.order_by(*order).limit(limit + 1)


def beyond(keys: Sequence[SortKey], values: Sequence[Value]) -> ColumnElement[bool]:
    """Return what is true of rows after these sort values: (a, b, id) after (x, y, z).

    Spelled out, for columns may run in different directions:

    `a >= x AND (a > x OR a = x AND ...)`: the first half is what an index can start from.
    """
    (key, *keys_left), (value, *values_left) = keys, values
    further = key.column < value if key.descending else key.column > value
    if not keys_left:
        return further
    not_before = key.column <= value if key.descending else key.column >= value
    return and_(not_before, or_(further, beyond(keys_left, values_left)))


class Pages:
    """A list that is asked for all day: its statements are built once.

    `statement` is on tables and binds `organization_id`, and whatever else it needs, itself.
    """

    def __init__(
        self,
        statement: Select[*tuple[Any, ...]],
        keys: Sequence[SortKey],
        values: Callable[[Any], Sequence[Value]],
    ) -> None:
        """Build the statement of the first page and that of all others; `values` as in `cut`."""
        bound: list[Any] = [
            bindparam(f"after_{at}", type_=key.column.type) for at, key in enumerate(keys)
        ]
        most: BindParameter[int] = bindparam("most_rows")
        self._keys, self._values = keys, values
        self._first = keyset(statement, keys, None, 0).limit(most)
        self._following = keyset(statement, keys, bound, 0).limit(most)

    def page(
        self,
        session: Session,
        bound: Mapping[str, object],
        asked: RootFilters,
        filters: Mapping[str, object],
    ) -> tuple[list[Row[*tuple[Any, ...]]], str | None]:
        """Return a page's rows and the next page's cursor; raises Invalid for one not of ours."""
        after = decode_cursor(asked.cursor, self._keys, filters)
        statement = self._first if after is None else self._following
        placed = {f"after_{at}": value for at, value in enumerate(after or ())}
        rows = session.execute(statement, {**bound, **placed, "most_rows": asked.limit + 1}).all()
        return cut(rows, asked.limit, self._keys, filters, self._values)


def cut(
    rows: Sequence[T],
    limit: int,
    keys: Sequence[SortKey],
    filters: Mapping[str, object],
    values: Callable[[T], Sequence[Value]],
) -> tuple[list[T], str | None]:
    """Return the page's rows and the next page's cursor; `values` gives a row's sort values."""
    page = list(rows[:limit])
    if len(rows) <= limit:
        return page, None
    return page, encode_cursor(values(page[-1]), keys, filters)


def link_next(request: Request, response: Response, next_cursor: str | None) -> None:
    """Set `Link: <...>; rel="next"`, keeping the request's other query parameters.

    The address is relative to the host, which a proxy may know by another name than we do.
    """
    if next_cursor is None:
        return
    others = [pair for pair in request.query_params.multi_items() if pair[0] != "cursor"]
    query = urlencode([*others, ("cursor", next_cursor)], errors="replace")
    response.headers["Link"] = f'<{quote(request.scope["path"])}?{query}>; rel="next"'


def _digest(keys: Sequence[SortKey], filters: Mapping[str, object]) -> str:
    order = [[str(key.column), key.descending] for key in keys]
    named = sorted((name, value) for name, value in filters.items() if value is not None)
    text = json.dumps([order, named], default=str)
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:9]).decode()


def _plain(value: Value) -> str | int | float:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value.hex if isinstance(value, UUID) else value


def _value(plain: object, kind: type[Value]) -> Value:
    """Read one sort value back; ValueError or TypeError where it is not of its kind."""
    if isinstance(plain, str) and text_fault(plain) is None:
        if kind is str:
            return plain
        if kind is UUID:
            return UUID(plain)
        if kind is datetime:
            return _instant(plain)
        if kind is date:
            return date.fromisoformat(plain)
    if kind is int and type(plain) is int and -_GREATEST_INT <= plain <= _GREATEST_INT:
        return plain
    if kind is float and type(plain) in {int, float} and math.isfinite(float(str(plain))):
        return float(str(plain))
    raise ValueError


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError
    return instant.astimezone(UTC)
