"""Writing many rows at once: executemany on SQLite, COPY on PostgreSQL."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import JSON
from sqlalchemy.dialects import sqlite

from bench.tables import ORDER, Rows, table_named

_Bind = Callable[[Any], Any] | None


class Writer(Protocol):
    """Something that puts rows into a store."""

    def write(self, rows: Rows) -> None:
        """Write all the rows, parents before children."""


class SqliteWriter:
    """Writes a batch in one transaction; values are stored as the product's own types do."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._plans = {name: _sqlite_plan(name) for name in ORDER}

    def write(self, rows: Rows) -> None:
        """Write all the rows."""
        self._connection.execute("BEGIN IMMEDIATE")
        for name in filter(rows.by_table.get, ORDER):
            statement, binds = self._plans[name]
            self._connection.executemany(
                statement,
                [
                    [
                        value if bind is None or value is None else bind(value)
                        for value, bind in zip(map(row.get, binds), binds.values(), strict=True)
                    ]
                    for row in rows.by_table[name]
                ],
            )
        self._connection.execute("COMMIT")


def _sqlite_plan(name: str) -> tuple[str, dict[str, _Bind]]:
    dialect = sqlite.dialect()
    table = table_named(name)
    binds: dict[str, _Bind] = {
        column.name: column.type.dialect_impl(dialect).bind_processor(dialect)
        for column in table.columns
    }
    columns, marks = ", ".join(binds), ", ".join("?" for _ in binds)
    # Names come from the models, values are bound.
    return f"INSERT INTO {name} ({columns}) VALUES ({marks})", binds  # noqa: S608


class PostgresqlWriter:
    """COPYs, as a superuser: row-level security refuses COPY to everybody else."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._columns = {name: _columns(name) for name in ORDER}

    def write(self, rows: Rows) -> None:
        """Write all the rows."""
        with self._connection.transaction(), self._connection.cursor() as cursor:
            for name in filter(rows.by_table.get, ORDER):
                columns = self._columns[name]
                statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
                    sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, columns))
                )
                with cursor.copy(statement) as copy:
                    for row in rows.by_table[name]:
                        copy.write_row(
                            [
                                Jsonb(value) if document and value is not None else value
                                for value, document in zip(
                                    map(row.get, columns), columns.values(), strict=True
                                )
                            ]
                        )


def _columns(name: str) -> dict[str, bool]:
    """Return the table's columns, and which of them are documents."""
    return {column.name: isinstance(column.type, JSON) for column in table_named(name).columns}


@contextmanager
def sqlite_writer(file: Path) -> Iterator[Writer]:
    """Yield a writer that waits for no disk: a file that is not finished is thrown away."""
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for pragma in ("synchronous=OFF", "journal_mode=WAL", "cache_size=-1000000"):
            connection.execute(f"PRAGMA {pragma}")
        yield SqliteWriter(connection)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
