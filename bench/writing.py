"""Writing many rows at once: executemany on SQLite, COPY on PostgreSQL.

A `Writing` is how a store is written: another process can be given it and opens its own writer.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import JSON, Engine, Index, create_engine
from sqlalchemy.dialects import sqlite
from sqlalchemy.pool import NullPool

from app.models.search import Terms
from app.search.rules.terms import as_indexed
from bench.tables import ORDER, Rows, table_named

_Bind = Callable[[Any], Any] | None
_TEXTS = "search_texts"
_THERE = "SELECT 1 FROM candidates WHERE organization_id = {} AND id = {}"
_INDEX = "INSERT INTO search_index (rowid, terms) VALUES (?, ?)"


class Writer(Protocol):
    """Something that puts rows into a store."""

    def write(self, rows: Rows) -> None:
        """Write all the rows in one transaction, parents before children."""

    def holds(self, rows: Rows) -> bool:
        """Tell whether they are written already: the process may have been ended after that."""


class Writing(Protocol):
    """How a store is written."""

    def opened(self) -> contextlib.AbstractContextManager[Writer]:
        """Return a writer of this process."""

    def before(self) -> None:
        """Take out what is put together sooner at the end, unless it is out already."""

    def after(self) -> None:
        """Put together what was taken out, and do what the store would have done by and by."""


# ---------------------------------------------------------------------------------------- SQLite


class SqliteWriter:
    """Writes a batch in one transaction; values are stored as the product's own types do."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._plans = {name: _sqlite_plan(name) for name in ORDER}

    def write(self, rows: Rows) -> None:
        """Write all the rows, bound before the file is locked: others are waiting for it."""
        bound = [
            (self._plans[name][0], self._bound(rows, name))
            for name in filter(rows.by_table.get, ORDER)
        ]
        texts = [(row["number"], as_indexed(row["terms"])) for row in rows.by_table[_TEXTS]]
        self._connection.execute("BEGIN IMMEDIATE")
        for statement, values in bound:
            self._connection.executemany(statement, values)
        self._connection.executemany(_INDEX, texts)
        self._connection.execute("COMMIT")

    def holds(self, rows: Rows) -> bool:
        """Look for the first candidate."""
        first = rows.by_table["candidates"][0]
        asked = first["organization_id"].bytes, first["id"].bytes
        return self._connection.execute(_THERE.format("?", "?"), asked).fetchone() is not None

    def _bound(self, rows: Rows, name: str) -> list[list[Any]]:
        binds = self._plans[name][1]
        return [
            [
                value if bind is None or value is None else bind(value)
                for value, bind in zip(map(row.get, binds), binds.values(), strict=True)
            ]
            for row in rows.by_table[name]
        ]


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


@dataclass(frozen=True, slots=True)
class SqliteWriting:
    """Writing a file of SQLite that waits for no disk: killed, the system writes it all the same.

    Rows come nearly in the order of most indexes, so none is taken out meanwhile.
    """

    file: Path

    @contextmanager
    def opened(self) -> Iterator[Writer]:
        """Yield a writer."""
        with contextlib.closing(
            sqlite3.connect(self.file, isolation_level=None, timeout=600)
        ) as connection:
            for pragma in ("synchronous=OFF", "journal_mode=WAL", "cache_size=-500000"):
                connection.execute(f"PRAGMA {pragma}")
            yield SqliteWriter(connection)

    def before(self) -> None:
        """Do nothing."""

    def after(self) -> None:
        """Bring the log into the file."""
        with contextlib.closing(sqlite3.connect(self.file, isolation_level=None)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


# ------------------------------------------------------------------------------------ PostgreSQL


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
                                value if bind is None or value is None else bind(value)
                                for value, bind in zip(
                                    map(row.get, columns), columns.values(), strict=True
                                )
                            ]
                        )

    def holds(self, rows: Rows) -> bool:
        """Look for the first candidate."""
        first = rows.by_table["candidates"][0]
        asked = first["organization_id"], first["id"]
        found = self._connection.execute(_THERE.format("%s", "%s").encode(), asked)
        return found.fetchone() is not None


def _columns(name: str) -> dict[str, _Bind]:
    """Return the table's columns, and what makes of a value what COPY wants."""

    def bind(kind: Any) -> _Bind:
        if isinstance(kind, JSON):
            return Jsonb
        return " ".join if isinstance(kind, Terms) else None

    return {column.name: bind(column.type) for column in table_named(name).columns}


@dataclass(frozen=True, slots=True)
class PostgresqlWriting:
    """Writing a database by a superuser's address.

    Foreign keys are not checked and indexes that are no constraints are put together at the end,
    as in any restoring of a dump; tables and indexes end up the same.
    """

    address: str

    @contextmanager
    def opened(self) -> Iterator[Writer]:
        """Yield a writer."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute("SET synchronous_commit = off")
            yield PostgresqlWriter(connection)

    def before(self) -> None:
        """Take the indexes out."""
        with self._engine().begin() as connection:
            for index in _indexes():
                index.drop(connection, checkfirst=True)

    def after(self) -> None:
        """Put the indexes together, and do what autovacuum would have done by and by."""
        with self._engine().connect() as connection:
            connection.exec_driver_sql("SET maintenance_work_mem = '1GB'")
            connection.exec_driver_sql("SET max_parallel_maintenance_workers = 2")
            for index in _indexes():
                index.create(connection, checkfirst=True)
            connection.exec_driver_sql("VACUUM ANALYZE")

    def _engine(self) -> Engine:
        def connect() -> Any:
            return psycopg.connect(self.address)

        return create_engine(
            "postgresql+psycopg://",
            creator=connect,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
        )


def _indexes() -> list[Index]:
    return [index for name in ORDER for index in table_named(name).indexes]
