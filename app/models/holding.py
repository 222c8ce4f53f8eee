"""Whether a JSON object holds a value under a key, by itself or in a list."""

import json
from collections.abc import Iterator
from contextlib import suppress
from math import isfinite
from typing import Any

from sqlalchemy import Boolean, ColumnElement, String, literal, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Holds(FunctionElement[bool]):
    """The column, the key and the value as JSON."""

    inherit_cache = True
    name = "holds"
    type = Boolean()


def holding(column: ColumnElement[Any], key: str, value: str) -> ColumnElement[bool]:
    """Return whether the object has the value under the key.

    `value` is text as somebody types it: what looks like a number or a truth is looked for as that
    too. `key` is letters, digits and underscores.
    """
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
    return f"({column} -> {key} @> CAST({value} AS jsonb))"


@compiles(_Holds, "sqlite")
def _holds_on_sqlite(element: _Holds, compiler: SQLCompiler, **options: Any) -> str:
    column, key, value = (compiler.process(each, **options) for each in element.clauses)
    as_json = "CASE WHEN one.type IN ('true', 'false') THEN one.type ELSE json_quote(one.value) END"
    each = f"json_each({column}, '$.' || {key}) AS one"
    return f"EXISTS (SELECT 1 FROM {each} WHERE {as_json} = {value})"  # noqa: S608 - compiled
