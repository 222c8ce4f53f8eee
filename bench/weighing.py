"""What the data takes on disk, and what a write adds to the store's log."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from itertools import cycle, islice
from pathlib import Path
from typing import Final

import httpx
import psycopg
from sqlalchemy.engine import make_url

from bench.loading import Request
from bench.stores import Store

_WRITES: Final = 100
_SHOWN: Final = 12
_MOST_READ: Final = 10_000_000_000
_LOGGED: Final = "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"
_TABLES_OF_SQLITE: Final = """
SELECT tbl_name, sum(pgsize) AS bytes
FROM dbstat JOIN sqlite_schema USING (name)
WHERE aggregate = TRUE GROUP BY tbl_name ORDER BY bytes DESC LIMIT ?
"""
_TABLES_OF_POSTGRESQL: Final = """
SELECT relname, pg_total_relation_size(oid) AS bytes
FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
ORDER BY bytes DESC LIMIT %s
"""


def tables_of(store: Store) -> list[tuple[str, int]]:
    """Return the largest tables and their bytes, indexes counted; none of a file too large for it.

    To tell them SQLite reads the whole file.
    """
    if store.file is not None:
        if store.size_bytes > _MOST_READ:
            return []
        with closing(sqlite3.connect(store.file)) as connection:
            return connection.execute(_TABLES_OF_SQLITE, (_SHOWN,)).fetchall()
    with psycopg.connect(_plain(store.url)) as server:
        return server.execute(_TABLES_OF_POSTGRESQL, (_SHOWN,)).fetchall()


def log_bytes(http: httpx.Client, store: Store, writes: Sequence[Request]) -> float | None:
    """Return what each of some writes, sent one after the other, adds to the store's log."""
    if store.file is not None:
        return _log_of_sqlite(http, store.file, writes)
    if store.server is None:
        return None
    # What a page takes that is written for the first time since is a part of it.
    store.server.run("CHECKPOINT")
    before = int(store.server.value(_LOGGED))
    _write(http, writes)
    return (int(store.server.value(_LOGGED)) - before) / _WRITES


def _log_of_sqlite(http: httpx.Client, file: Path, writes: Sequence[Request]) -> float:
    log = Path(f"{file}-wal")
    with closing(sqlite3.connect(file, isolation_level=None)) as reader:
        reader.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        # While somebody reads what was there before, the log only grows.
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM organizations").fetchone()
        before = log.stat().st_size
        _write(http, writes)
        grown = log.stat().st_size - before
        reader.execute("ROLLBACK")
    return grown / _WRITES


def _write(http: httpx.Client, writes: Sequence[Request]) -> None:
    kind = {"Content-Type": "application/json"}
    for each in islice(cycle(writes), _WRITES):
        http.request(each.method, each.path, content=each.body, headers=kind).raise_for_status()


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
