"""A PostgreSQL server of the benchmark's own, with fsync on; its data stays between runs.

FIRSTINLINE_BENCH_POSTGRESQL names another one by libpq's address of a superuser, such as
`postgresql://postgres@127.0.0.1/postgres`; then nothing is started.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

from bench.plan import DATA

NAMED: Final = "FIRSTINLINE_BENCH_POSTGRESQL"
OWNER, SERVICE = "firstinline_bench_owner", "firstinline_service"
# The manual's usual share of memory for shared_buffers, within reason.
_MOST_BUFFERS_MB: Final = 2048


class MissingError(RuntimeError):
    """PostgreSQL's programs (initdb, pg_ctl) are not installed."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. `address` is a superuser's; `settings` is what a report says of it.

    `restart` stops it, hands its files to a function, starts it again and returns what that one
    found; null where the server is not ours to stop.
    """

    address: str
    settings: str
    restart: Callable[[Callable[[Iterable[Path]], float]], float] | None = None

    def connect(self, database: str, role: str | None = None) -> psycopg.Connection[Any]:
        """Return an autocommit connection, the superuser's unless a role is named."""
        return psycopg.connect(self._parts(database, role), autocommit=True)

    def superuser(self, database: str) -> str:
        """Return libpq's address of a database, for another process."""
        return self._parts(database, None)

    def url(self, role: str, database: str) -> str:
        """Return SQLAlchemy's address of a database."""
        parts = conninfo_to_dict(self.address)
        port = f"&port={parts['port']}" if parts.get("port") else ""
        return f"postgresql+psycopg://{role}@/{database}?host={parts.get('host', '')}{port}"

    def run(self, *statements: str, database: str = "postgres") -> None:
        """Run statements, each outside any transaction."""
        with self.connect(database) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def value(self, query: str, database: str = "postgres") -> Any:
        """Return the first column of the first row; None without one."""
        with self.connect(database) as connection:
            row = connection.execute(query.encode()).fetchone()
        return None if row is None else row[0]

    def _parts(self, database: str, role: str | None) -> str:
        parts = {**conninfo_to_dict(self.address), "dbname": database}
        if role is not None:
            parts |= {"user": role}
        return psycopg.conninfo.make_conninfo("", **parts)


@contextmanager
def serving() -> Iterator[Server]:
    """Yield the server, with the product's role and the owner of its tables on it."""
    named = os.environ.get(NAMED)
    if named:
        server = Server(named, "named by " + NAMED)
        _create_roles(server)
        yield server
        return
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="firstinline-bench-"))
    data = DATA / f"postgresql-{_major(programs)}"
    user = _unprivileged()
    if user is not None:
        shutil.chown(folder, user)
    buffers = min(_MOST_BUFFERS_MB, _memory_mb() // 4)
    shared = f"shared_buffers={buffers}MB"
    stop = [str(programs / "pg_ctl"), "-D", str(data), "-m", "fast", "-w", "stop"]

    def restart(meanwhile: Callable[[Iterable[Path]], float]) -> float:
        _as(user, stop)
        found = meanwhile(each for each in (data / "base").rglob("*") if each.is_file())
        _start(programs, data, folder, user, shared)
        return found

    _start(programs, data, folder, user, shared)
    try:
        server = Server(
            f"host={folder} user=postgres dbname=postgres",
            f"its own server on a Unix socket, fsync on, shared_buffers {buffers} MB, "
            "max_wal_size 4 GB, else as installed",
            restart,
        )
        _create_roles(server)
        yield server
    finally:
        _as(user, stop)
        shutil.rmtree(folder, ignore_errors=True)


def _start(programs: Path, data: Path, folder: Path, user: str | None, buffers: str) -> None:
    if not data.exists():
        data.mkdir(parents=True)
        if user is not None:
            shutil.chown(data, user)
        _as(user, [str(programs / "initdb"), "-D", str(data), "-A", "trust", "-U", "postgres"])
    control = str(programs / "pg_ctl")
    # A run that was killed leaves its server behind: this data folder is nobody else's.
    if _as(user, [control, "-D", str(data), "status"], check=False) == 0:
        _as(user, [control, "-D", str(data), "-m", "fast", "-w", "stop"])
    options = f"-k {folder} -c listen_addresses='' -c {buffers} -c max_wal_size=4GB -c fsync=on"
    log = str(folder / "log")
    _as(user, [control, "-D", str(data), "-w", "-t", "120", "-l", log, "-o", options, "start"])


def _create_roles(server: Server) -> None:
    for role in (OWNER, SERVICE):
        # The names are constants of this file.
        if server.value(f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'") is None:  # noqa: S608
            server.run(f"CREATE ROLE {role} LOGIN")


def _programs() -> Path:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    for folder in folders:
        if (folder / "initdb").exists():
            return folder
    raise MissingError(MissingError.__doc__)


def _major(programs: Path) -> str:
    told = subprocess.run(
        [str(programs / "initdb"), "--version"], check=True, capture_output=True, text=True
    )
    return told.stdout.split()[2].split(".")[0]


def _memory_mb() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_048_576


def _unprivileged() -> str | None:
    """Return the user to run as where we are root, who may not run a server."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _as(user: str | None, command: list[str], *, check: bool = True) -> int:
    done = subprocess.run(
        command,
        user=user,
        check=check,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
    )
    return done.returncode
