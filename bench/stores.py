"""The two stores with the data of a scale: made once, kept, and copied for a run that writes."""

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy.schema import CreateIndex, CreateTable

from app.core.migration import migrate
from app.core.settings import Settings
from app.entry.tenancy import open_database
from app.models import Base
from bench.making import Made, make
from bench.plan import DATA, ROOT, Plan
from bench.postgresql import OWNER, SERVICE, Server, serving
from bench.writing import PostgresqlWriter, Writer, sqlite_writer

# A copy is made where it leaves at least this much room.
_ROOM_BYTES: Final = 5_000_000_000


@dataclass(frozen=True, slots=True)
class Store:
    """A store to measure on, as the service opens it."""

    name: str
    url: str
    version: str
    made: Made
    size_bytes: int
    copied: bool
    settings: str


def fingerprint() -> str:
    """Return what changes when the schema or the people do: then the data is made anew."""
    digest = hashlib.sha256()
    for table in Base.metadata.sorted_tables:
        digest.update(str(CreateTable(table)).encode())
        indexes = sorted(str(CreateIndex(index)) for index in table.indexes)
        digest.update("".join(indexes).encode())
    for name in ("people", "words", "making", "numbering"):
        digest.update((ROOT / "bench" / f"{name}.py").read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def opened(name: str, plan: Plan) -> Iterator[Store]:
    """Yield a store with its data, made first where it is missing."""
    DATA.mkdir(parents=True, exist_ok=True)
    with _sqlite(plan) if name == "sqlite" else _postgresql(plan) as store:
        yield store


def _say(name: str, plan: Plan, sentence: str) -> None:
    print(f"[{name} {plan.scale}] {sentence}", flush=True)


# ---------------------------------------------------------------------------------------- SQLite


@contextmanager
def _sqlite(plan: Plan) -> Iterator[Store]:
    import sqlite3  # noqa: PLC0415 - for its version alone

    file, manifest = DATA / f"{plan.scale}.db", DATA / f"{plan.scale}.sqlite.json"
    made = Made.read(manifest)
    if made is None or made.fingerprint != fingerprint() or not file.exists():
        manifest.unlink(missing_ok=True)
        made = _make_sqlite(file, plan)
        made.keep(manifest)
    # What a newer version tells the planner reaches old data too, as in any upgrade.
    migrate(Settings(), url=f"sqlite:///{file}")
    size = file.stat().st_size
    copy = DATA / f"{plan.scale}.run.db"
    copied = shutil.disk_usage(DATA).free - size > _ROOM_BYTES
    if copied:
        _remove_sqlite(copy)
        subprocess.run(["cp", "--reflink=auto", str(file), str(copy)], check=True)
    used = copy if copied else file
    try:
        yield Store(
            name="sqlite",
            url=f"sqlite:///{used}",
            version=f"SQLite {sqlite3.sqlite_version}",
            made=made,
            size_bytes=size,
            copied=copied,
            settings="WAL, synchronous=FULL, the product's own pragmas",
        )
    finally:
        _remove_sqlite(copy)


def _make_sqlite(file: Path, plan: Plan) -> Made:
    _remove_sqlite(file)
    url = f"sqlite:///{file}"
    migrate(Settings(), url=url)
    database = open_database(Settings(), url=url)
    try:
        return make(
            database,
            lambda: sqlite_writer(file),
            plan.candidates,
            fingerprint(),
            lambda sentence: _say("sqlite", plan, sentence),
        )
    finally:
        database.close()


def _remove_sqlite(file: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        Path(f"{file}{ending}").unlink(missing_ok=True)


# ------------------------------------------------------------------------------------ PostgreSQL


@contextmanager
def _postgresql(plan: Plan) -> Iterator[Store]:
    manifest = DATA / f"{plan.scale}.postgresql.json"
    with serving() as server:
        name = f"firstinline_bench_{plan.scale.lower()}"
        made = Made.read(manifest)
        exists = server.value(f"SELECT 1 FROM pg_database WHERE datname = '{name}'")  # noqa: S608
        if made is None or made.fingerprint != fingerprint() or exists is None:
            manifest.unlink(missing_ok=True)
            made = _make_postgresql(server, name, plan)
            made.keep(manifest)
        migrate(Settings(), url=server.url(OWNER, name))
        size = int(server.value(f"SELECT pg_database_size('{name}')"))
        copied = shutil.disk_usage(DATA).free - size > _ROOM_BYTES
        used = f"{name}_run" if copied else name
        if copied:
            server.run(
                f"DROP DATABASE IF EXISTS {used}",
                f"CREATE DATABASE {used} TEMPLATE {name} OWNER {OWNER} STRATEGY file_copy",
                "CHECKPOINT",
            )
        try:
            yield Store(
                name="postgresql",
                url=server.url(SERVICE, used),
                version=f"PostgreSQL {server.value('SHOW server_version')}",
                made=made,
                size_bytes=size,
                copied=copied,
                settings=server.settings,
            )
        finally:
            if copied:
                server.run(f"DROP DATABASE IF EXISTS {used} WITH (FORCE)")


def _make_postgresql(server: Server, name: str, plan: Plan) -> Made:
    server.run(
        f"DROP DATABASE IF EXISTS {name}",
        f"CREATE DATABASE {name} OWNER {OWNER}",
    )
    migrate(Settings(), url=server.url(OWNER, name))
    database = open_database(Settings(), url=server.url(SERVICE, name))

    @contextmanager
    def writer() -> Iterator[Writer]:
        with server.connect(name) as connection:
            yield PostgresqlWriter(connection)
            # What autovacuum would have done by the time somebody asks.
            connection.execute("VACUUM ANALYZE")

    try:
        return make(
            database,
            writer,
            plan.candidates,
            fingerprint(),
            lambda sentence: _say("postgresql", plan, sentence),
        )
    finally:
        database.close()
