"""Copies of an organization's rows, with ids and instants of their own.

Rows are kept as they were written once, the pattern; a copy puts names of its own in the place of
the pattern's: ids, the instants at which it was written, and texts of either wherever they stand.
"""

import re
import secrets
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Table, Update, bindparam, insert, select, text, update
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.ids import new_id
from app.models.base import Base
from app.search.rules.terms import RANDOM_BITS, as_indexed, mark_of, number_at
from app.shortlists.rules.postings import Postings

Names = dict[Any, Any]
Row = dict[str, Any]
Rows = dict[tuple[Table, tuple[Any, ...]], Row]

_NAME = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}"
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)"
)
_YEAR_1900 = datetime(1900, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TEXTS = "search_texts"
_INDEX = text("INSERT INTO search_index (rowid, terms) VALUES (:number, :terms)")
_INDEXED = text("SELECT id FROM search_index_docsize WHERE id = :number")


def _owner(table: Table) -> Any:
    return table.c.id if table.name == "organizations" else table.c.organization_id


_OWNED = [
    (table, select(table).where(_owner(table) == bindparam("tenant")))
    for table in Base.metadata.sorted_tables
]


def rows_of(session: Session, organization_id: UUID) -> Rows:
    """Return all that the session's organization has, by table and key."""
    found = {}
    for table, owned in _OWNED:
        for row in session.execute(owned, {"tenant": organization_id}).mappings():
            key = tuple(row[column.name] for column in table.primary_key)
            found[table, key] = dict(row)
    return found


def renamed(value: Any, names: Mapping[Any, Any]) -> Any:
    """Return a value with other names in it, wherever in it they stand."""
    if isinstance(value, str):
        known = names.get(value)
        return _NAME.sub(lambda at: names.get(at[0], at[0]), value) if known is None else known
    if isinstance(value, dict):
        return {renamed(name, names): renamed(inner, names) for name, inner in value.items()}
    if isinstance(value, list):
        return [renamed(inner, names) for inner in value]
    if isinstance(value, tuple):
        inside = [renamed(inner, names) for inner in value]
        return type(value)(*inside) if hasattr(value, "_fields") else tuple(inside)
    return names.get(value, value)


def backwards(names: Names) -> Names:
    """Return what each of a copy's names stands for."""
    return {own: of_pattern for of_pattern, own in names.items()}


class _Written(NamedTuple):
    """Rows of one table: what they all keep, and the columns in which each copy has its own."""

    table: Table
    statement: Any
    rows: list[tuple[Row, list[str]]]


class Pattern:
    """What one step wrote."""

    def __init__(
        self,
        before: Rows,
        after: Rows,
        began: datetime,
        result: Any,
        *,
        names: Names | None = None,
        sealed: Collection[Any] = (),
    ) -> None:
        """Tell what is new from two looks at an organization's rows, the first at `began`.

        The organization may be a copy: `names` are what its names stand for. `sealed`: what else
        is another's in each copy, besides ids and instants.
        """
        names = names or {}
        self.result = renamed(result, names)
        self._began, self._ended = began, now()
        added = [(at[0], _kept(*at, row, names)) for at, row in after.items() if at not in before]
        changed = [
            (table, _difference(row, before[table, key], names), renamed(row, names))
            for (table, key), row in after.items()
            if (table, key) in before and row != before[table, key]
        ]
        self._note_digests([*(row for _, row in added), *(row for _, row, _ in changed)])
        self._note_names([self.result, added, changed])
        self._written = [
            *_together(((table, insert(table), row, row) for table, row in added), sealed),
            *_together(
                (
                    (table, _changing(table, part), _by_key(table, part, row), part)
                    for table, part, row in changed
                ),
                sealed,
            ),
        ]

    def _note_digests(self, rows: list[Row]) -> None:
        """Note what stands in an id's column and is a digest of what a row holds, ids among it."""
        told = [row["posted"] for row in rows if row.get("posted")]
        self._digests = {Postings.unpack(posted).alike: posted for posted in told}

    def _note_names(self, values: list[Any]) -> None:
        """Note the ids and the instants that each copy has of its own."""
        found: set[Any] = set()
        for value in values:
            _gather(value, found)
        texts = {one: _meant(one) for one in found if isinstance(one, str)}
        self._texts = {one: of for one, of in texts.items() if self._is_own(of)}
        own = {one for one in (*found, *texts.values()) if self._is_own(one)}
        self._ids = sorted(one for one in own if isinstance(one, UUID))
        self._instants = sorted(one for one in own if isinstance(one, datetime))

    def _is_own(self, value: Any) -> bool:
        if isinstance(value, datetime):
            return self._began <= value <= self._ended
        return isinstance(value, UUID)

    @property
    def names(self) -> list[Any]:
        """Whatever each copy has of its own."""
        return [*self._ids, *self._instants, *self._texts]

    def write(self, session: Session, names: Names) -> Any:
        """Write a copy, add its names to those it has, and return what the step returned."""
        present = now()
        for old in self._ids:
            if old not in self._digests:
                names.setdefault(old, new_id())
        for number, at in enumerate(self._instants):
            names.setdefault(at, present + number * _MICROSECOND)
        for told, of in self._texts.items():
            names.setdefault(told, _spelt(names[of], told))
        for digest, posted in self._digests.items():
            names.setdefault(digest, Postings.unpack(renamed(posted, names)).alike)
        connection = session.connection()
        for table, statement, rows in self._written:
            copies = [
                {**row, **{name: renamed(row[name], names) for name in own}} for row, own in rows
            ]
            if table.name == _TEXTS:
                self._find_numbers(session, copies, present)
            connection.execute(statement, copies)
        return renamed(self.result, names)

    def _find_numbers(self, session: Session, copies: list[Row], present: datetime) -> None:
        """Give texts that are searched numbers and marks of their own, and index them."""
        in_sqlite = session.get_bind().dialect.name == "sqlite"
        # One after another: texts of one instant have numbers of their own.
        random = count(secrets.randbits(RANDOM_BITS))
        for row in copies:
            mark = mark_of(row["organization_id"])
            row["terms"] = [mark + term for term in row["terms"]]
            at = _YEAR_1900 + timedelta(milliseconds=row["number"] >> RANDOM_BITS)
            if self._is_own(at + timedelta(milliseconds=1)):
                at = present
            row["number"] = number_at(at, next(random))
            if in_sqlite:
                while session.scalar(_INDEXED, row) is not None:
                    row["number"] = number_at(at, next(random))
                session.execute(_INDEX, {**row, "terms": as_indexed(row["terms"])})


def _kept(table: Table, _: object, row: Row, names: Names) -> Row:
    """Return a row as the pattern keeps it: terms of search without their organization's mark."""
    kept: Row = renamed(row, names)
    if table.name == _TEXTS:
        mark = mark_of(row["organization_id"])
        kept["terms"] = [term.removeprefix(mark) for term in row["terms"]]
    return kept


def _difference(row: Row, before: Row, names: Names) -> Row:
    return {name: renamed(row[name], names) for name in row if row[name] != before[name]}


def _gather(value: Any, found: set[Any]) -> None:
    """Find the ids and the instants in a value, and the texts of either."""
    if isinstance(value, UUID | datetime):
        found.add(value)
    elif isinstance(value, str):
        found.update(_NAME.findall(value))
    elif isinstance(value, dict):
        for name, inner in value.items():
            _gather(name, found)
            _gather(inner, found)
    elif isinstance(value, list | tuple):
        for inner in value:
            _gather(inner, found)


def _meant(told: str) -> UUID | datetime:
    return datetime.fromisoformat(told) if "T" in told else UUID(told)


def _spelt(name: UUID | datetime, like: str) -> str:
    """Spell an id or an instant as another is spelt."""
    if isinstance(name, UUID):
        return str(name) if "-" in like else name.hex
    told = name.isoformat()
    return told.replace("+00:00", "Z") if like.endswith("Z") else told


def _together(
    written: Iterable[tuple[Table, Any, Row, Row]], sealed: Collection[Any]
) -> list[_Written]:
    """Put what one statement writes together; the tables stay in their order."""
    found: dict[tuple[str, tuple[str, ...]], _Written] = {}
    for table, statement, row, part in written:
        at = (table.name, tuple(part))
        own = [name for name, value in row.items() if _varies(value, sealed)]
        found.setdefault(at, _Written(table, statement, [])).rows.append((row, own))
    return list(found.values())


def _varies(value: Any, sealed: Collection[Any]) -> bool:
    if isinstance(value, dict | list | tuple):
        return True
    if isinstance(value, str) and _NAME.search(value) is not None:
        return True
    return isinstance(value, UUID | datetime) or value in sealed


def _changing(table: Table, part: Row) -> Update:
    where = [column == bindparam(f"key_{column.name}") for column in table.primary_key]
    return update(table).where(*where).values({name: bindparam(f"new_{name}") for name in part})


def _by_key(table: Table, part: Row, row: Row) -> Row:
    return {f"key_{column.name}": row[column.name] for column in table.primary_key} | {
        f"new_{name}": value for name, value in part.items()
    }
