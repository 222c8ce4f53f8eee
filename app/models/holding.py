"""Finding those whose custom field holds a value, by itself or in a list."""

import json
from collections.abc import Iterator
from contextlib import suppress
from math import isfinite
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, Select, String, Table, and_, literal, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.models.base import table_of
from app.models.custom_field import CustomFieldMark
from app.models.marking import mark

_MARKS = table_of(CustomFieldMark)


class _Holds(FunctionElement[bool]):
    """The column, the key and the value as JSON."""

    inherit_cache = True
    name = "holds"
    type = Boolean()


def holding(
    statement: Select[UUID, Any],
    table: Table,
    organization_id: UUID,
    field: tuple[str, str, str],
    *,
    is_common: bool,
) -> Select[UUID, Any]:
    """Return those of `statement` who hold a value; its columns are the table's `id` and one more.

    `field`: what it applies to, its key, and text as somebody types it: what looks like a number or
    a truth is looked for as that too. The id is that of the mark, for the marks of one value lie in
    the order of their ids: so a page of them is a page's rows, however many there are. Of a value
    that `is_common` the rows themselves are read, in whatever order, until enough hold it.
    """
    applies_to, key, value = field
    holds = _holds(table.c.custom_fields, key, value)
    if is_common:
        return statement.where(holds)
    theirs = and_(
        _MARKS.c.organization_id == table.c.organization_id, _MARKS.c.subject_id == table.c.id
    )
    _, other = statement.selected_columns
    return (
        statement.join(_MARKS, theirs)
        .where(
            _MARKS.c.organization_id == organization_id,
            _MARKS.c.mark == mark(applies_to, key, value),
            holds,
        )
        .with_only_columns(_MARKS.c.subject_id.label("id"), other, maintain_column_froms=True)
    )


def _holds(column: ColumnElement[Any], key: str, value: str) -> ColumnElement[bool]:
    return or_(
        *(
            _Holds(column, literal(key, String), literal(each, String))
            for each in dict.fromkeys(_forms(value))
        )
    )


def _forms(value: str) -> Iterator[str]:
    yield json.dumps(value, ensure_ascii=False)
    if value in {"true", "false"}:
        yield value
    with suppress(ValueError):
        number = float(value)
        if isfinite(number):
            yield json.dumps(number)


@compiles(_Holds, "postgresql")
def _holds_on_postgresql(element: _Holds, compiler: SQLCompiler, **options: Any) -> str:
    column, key, value = (compiler.process(each, **options) for each in element.clauses)
    # Within CASE the planner takes it for a coin to toss. Bare, it takes it for so rare that it
    # reads everybody's row for it first, and then the marks.
    return f"CASE WHEN {column} -> {key} @> CAST({value} AS jsonb) THEN true ELSE false END"


@compiles(_Holds, "sqlite")
def _holds_on_sqlite(element: _Holds, compiler: SQLCompiler, **options: Any) -> str:
    column, key, value = (compiler.process(each, **options) for each in element.clauses)
    as_json = "CASE WHEN one.type IN ('true', 'false') THEN one.type ELSE json_quote(one.value) END"
    each = f"json_each({column}, '$.' || {key}) AS one"
    return f"EXISTS (SELECT 1 FROM {each} WHERE {as_json} = {value})"  # noqa: S608 - compiled
