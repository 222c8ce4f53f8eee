"""The two stores with the data of a scale: made once, kept, and copied for a run that writes.

Each scale has two sets of data: the usual people with their histories, and the crowds of whom only
the ranking's rows are made.
"""

import hashlib
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Generic, Protocol, TypeAlias, TypeVar

from sqlalchemy.schema import CreateIndex, CreateTable

from app.core.database import Database
from app.core.migration import migrate
from app.core.settings import Settings
from app.entry.tenancy import open_database
from app.models import Base
from bench.crowding import Crowded, make_crowds
from bench.making import Made, begun, make
from bench.plan import DATA, ROOT, Plan, Wanted
from bench.postgresql import OWNER, SERVICE, Server, serving
from bench.writing import PostgresqlWriting, SqliteWriting, Writing

# A copy is made where it leaves at least this much room.
_ROOM_BYTES: Final = 5_000_000_000


# What makes the usual people; whoever changes one of these has millions of rows made anew.
_USUAL: Final = ("people", "words", "making", "numbering")


class _Kept(Protocol):
    """What was made, as it is kept beside the data."""

    @property
    def fingerprint(self) -> str: ...

    def keep(self, file: Path) -> None: ...


M = TypeVar("M", bound=_Kept)


@dataclass(frozen=True, slots=True)
class Opened(Generic[M]):
    """A store to measure on, as the service opens it.

    `server` is PostgreSQL's, `file` SQLite's; each is null for the other.
    """

    name: str
    url: str
    version: str
    made: M
    size_bytes: int
    copied: bool
    settings: str
    file: Path | None = None
    server: Server | None = None


Store: TypeAlias = Opened[Made]
CrowdedStore: TypeAlias = Opened[Crowded]


@dataclass(frozen=True, slots=True)
class _Data(Generic[M]):
    """A set of data: what its files are called, and how it is read again or made."""

    name: str
    fingerprint: str
    read: Callable[[Path], M | None]
    make: Callable[[Database, Writing, Wanted], M]


def fingerprint(*more: str) -> str:
    """Return what changes when the schema or the people do: then the data is made anew.

    `more` are modules of this folder that have a part in it beside those of the usual people.
    """
    digest = hashlib.sha256()
    for table in Base.metadata.sorted_tables:
        digest.update(str(CreateTable(table)).encode())
        indexes = sorted(str(CreateIndex(index)) for index in table.indexes)
        digest.update("".join(indexes).encode())
    for name in (*_USUAL, *more):
        digest.update((ROOT / "bench" / f"{name}.py").read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def opened(name: str, plan: Plan) -> Iterator[Store]:
    """Yield a store with the usual people, made first where they are missing."""
    with _opened(name, plan, _Data("", fingerprint(), Made.read, make)) as store:
        yield store


@contextmanager
def opened_with_crowds(name: str, plan: Plan) -> Iterator[CrowdedStore]:
    """Yield a store with the crowds, made first where they are missing."""
    print_ = fingerprint("crowds", "crowding")
    with _opened(name, plan, _Data("_crowds", print_, Crowded.read, make_crowds)) as store:
        yield store


@contextmanager
def _opened(name: str, plan: Plan, data: _Data[M]) -> Iterator[Opened[M]]:
    DATA.mkdir(parents=True, exist_ok=True)
    with _sqlite(plan, data) if name == "sqlite" else _postgresql(plan, data) as store:
        yield store


def _wanted(plan: Plan, data: _Data[M], progress: Path, name: str) -> Wanted:
    return Wanted(plan.candidates, data.fingerprint, progress, partial(_say, name, plan))


def _say(name: str, plan: Plan, sentence: str) -> None:
    print(f"[{name} {plan.scale}] {sentence}", flush=True)


# ---------------------------------------------------------------------------------------- SQLite


@contextmanager
def _sqlite(plan: Plan, data: _Data[M]) -> Iterator[Opened[M]]:
    import sqlite3  # noqa: PLC0415 - for its version alone

    called = f"{plan.scale}{data.name}"
    file, manifest = DATA / f"{called}.db", DATA / f"{called}.sqlite.json"
    made = data.read(manifest)
    if made is None or made.fingerprint != data.fingerprint or not file.exists():
        manifest.unlink(missing_ok=True)
        made = _make_sqlite(file, plan, data)
        made.keep(manifest)
    # What a newer version tells the planner reaches old data too, as in any upgrade.
    migrate(Settings(), url=f"sqlite:///{file}")
    size = file.stat().st_size
    copy = DATA / f"{called}.run.db"
    copied = shutil.disk_usage(DATA).free - size > _ROOM_BYTES
    if copied:
        _remove_sqlite(copy)
        subprocess.run(["cp", "--reflink=auto", str(file), str(copy)], check=True)
    used = copy if copied else file
    try:
        yield Opened(
            name="sqlite",
            url=f"sqlite:///{used}",
            version=f"SQLite {sqlite3.sqlite_version}",
            made=made,
            size_bytes=size,
            copied=copied,
            settings="WAL, synchronous=FULL, the product's own pragmas",
            file=used,
        )
    finally:
        _remove_sqlite(copy)


def _progress(name: str, plan: Plan, data: _Data[M]) -> Path:
    """Return where is kept how far the making has come."""
    return DATA / f"{plan.scale}{data.name}.{name}.making"


def _make_sqlite(file: Path, plan: Plan, data: _Data[M]) -> M:
    progress = _progress("sqlite", plan, data)
    if begun(progress, data.fingerprint) is None:
        _remove_sqlite(file)
    url = f"sqlite:///{file}"
    migrate(Settings(), url=url)
    database = open_database(Settings(), url=url)
    try:
        return data.make(
            database,
            SqliteWriting(file),
            _wanted(plan, data, progress, "sqlite"),
        )
    finally:
        database.close()


def _remove_sqlite(file: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        Path(f"{file}{ending}").unlink(missing_ok=True)


# ------------------------------------------------------------------------------------ PostgreSQL


@contextmanager
def _postgresql(plan: Plan, data: _Data[M]) -> Iterator[Opened[M]]:
    manifest = DATA / f"{plan.scale}{data.name}.postgresql.json"
    with serving() as server:
        name = f"firstinline_bench_{plan.scale.lower()}{data.name}"
        made = data.read(manifest)
        exists = server.value(f"SELECT 1 FROM pg_database WHERE datname = '{name}'")  # noqa: S608
        if made is None or made.fingerprint != data.fingerprint or exists is None:
            manifest.unlink(missing_ok=True)
            made = _make_postgresql(server, name, plan, data)
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
            yield Opened(
                name="postgresql",
                url=server.url(SERVICE, used),
                version=f"PostgreSQL {server.value('SHOW server_version')}",
                made=made,
                size_bytes=size,
                copied=copied,
                settings=server.settings,
                server=server,
            )
        finally:
            if copied:
                server.run(f"DROP DATABASE IF EXISTS {used} WITH (FORCE)")


def _make_postgresql(server: Server, name: str, plan: Plan, data: _Data[M]) -> M:
    progress = _progress("postgresql", plan, data)
    if begun(progress, data.fingerprint) is None:
        server.run(
            f"DROP DATABASE IF EXISTS {name}",
            f"CREATE DATABASE {name} OWNER {OWNER}",
        )
    migrate(Settings(), url=server.url(OWNER, name))
    database = open_database(Settings(), url=server.url(SERVICE, name))
    try:
        return data.make(
            database,
            PostgresqlWriting(server.superuser(name)),
            _wanted(plan, data, progress, "postgresql"),
        )
    finally:
        database.close()
