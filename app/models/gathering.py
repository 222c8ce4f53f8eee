"""Children gathered into their parent's row: one statement for a whole aggregate."""

from typing import Any

from sqlalchemy import JSON, ColumnElement, FromClause, ScalarSelect, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.models.types import Id


class _Gathered(FunctionElement[Any]):
    """Rows as a JSON array of arrays."""

    inherit_cache = True
    name = "gathered"
    type = JSON()


@compiles(_Gathered, "postgresql")
def _on_postgresql(element: _Gathered, compiler: SQLCompiler, **options: Any) -> str:
    parts = ", ".join(compiler.process(each, **options) for each in element.clauses)
    return f"json_agg(json_build_array({parts}))"


@compiles(_Gathered, "sqlite")
def _on_sqlite(element: _Gathered, compiler: SQLCompiler, **options: Any) -> str:
    parts = [
        # JSON holds no bytes, and hex() makes text of null.
        f"nullif(hex({text}), '')" if isinstance(each.type, Id) else text
        for each in element.clauses
        for text in (compiler.process(each, **options),)
    ]
    return f"json_group_array(json_array({', '.join(parts)}))"


def gathered(
    parent: FromClause, *columns: ColumnElement[Any], where: ColumnElement[bool]
) -> ScalarSelect[Any]:
    """Return the children of a parent's row as a list of lists, in no order; null where none.

    Ids come as hexadecimal text, instants and days as ISO 8601 (on SQLite in UTC without saying
    so). `where` joins the children to the parent, tenant and all.
    """
    return select(_Gathered(*columns)).where(where).correlate(parent).scalar_subquery()
