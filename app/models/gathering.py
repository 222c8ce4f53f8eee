"""Rows within a row, as JSON: children in their parent's, the columns that only some kinds have."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, FromClause, ScalarSelect, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.models.types import Id


class _Packed(FunctionElement[Any]):
    """Columns as one JSON array."""

    inherit_cache = True
    name = "packed"
    type = JSON()


class _Gathered(FunctionElement[Any]):
    """Rows as a JSON array of arrays."""

    inherit_cache = True
    name = "gathered"
    type = JSON()


def packed(*columns: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the columns as one list.

    Ids come as hexadecimal text, instants and days as ISO 8601 (on SQLite in UTC without saying
    so), booleans on SQLite as 0 and 1. No fractions: SQLite rounds them to fifteen digits.
    """
    return _Packed(*columns)


def gathered(
    parent: FromClause, *columns: ColumnElement[Any], where: ColumnElement[bool]
) -> ScalarSelect[Any]:
    """Return the children of a parent's row as a list of `packed` ones, in no order.

    Null where there are none. `where` joins the children to the parent; the tenant it names by its
    value, as the whole statement does: on Citus the parent's row does not say where to look.
    """
    children = select(_Gathered(_Packed(*columns))).where(where)
    return children.correlate(parent).scalar_subquery()


def instant_of(text: str) -> datetime:
    """Return an instant that came packed."""
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


@compiles(_Packed, "postgresql")
def _packed_on_postgresql(element: _Packed, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_build_array({compiler.process(element.clauses, **options)})"


@compiles(_Packed, "sqlite")
def _packed_on_sqlite(element: _Packed, compiler: SQLCompiler, **options: Any) -> str:
    parts = [
        # JSON holds no bytes, and hex() makes text of null.
        f"nullif(hex({text}), '')" if isinstance(each.type, Id) else text
        for each in element.clauses
        for text in (compiler.process(each, **options),)
    ]
    return f"json_array({', '.join(parts)})"


@compiles(_Gathered, "postgresql")
def _gathered_on_postgresql(element: _Gathered, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_agg({compiler.process(element.clauses, **options)})"


@compiles(_Gathered, "sqlite")
def _gathered_on_sqlite(element: _Gathered, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_group_array({compiler.process(element.clauses, **options)})"
