"""A PostgreSQL server of the suite's own: made for one run, on a socket in a temporary folder.

It is made while tests are collected, and those on SQLite run first: whoever needs it waits for a
file in its folder that says that it is up, or why it is not.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
import threading
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

import pytest

OWNER, SERVICE = "suite_owner", "firstinline_service"
# Nothing here outlives the run, so nothing need reach the disk.
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
_ROOM = 2 * 1024**3
_CARELESS = (
    *("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200"),
    # Nothing is copied elsewhere, tidied up or measured while a suite runs.
    *("wal_level=minimal", "max_wal_senders=0", "autovacuum=off", "checkpoint_timeout=1h"),
    *("max_wal_size=1GB", "shared_buffers=256MB", "bgwriter_lru_maxpages=0"),
    # The statements are short: translating one to machine code takes longer than running it.
    "jit=off",
)
_ADDRESS = "FIRSTINLINE_TEST_POSTGRESQL"
_WITHOUT = "PostgreSQL's programs (initdb, pg_ctl) are not installed"
_PATIENCE_SECONDS = 120
_READY, _FAILED = "ready", "failed"


class Server:
    """A running server; `url` names a database on it as one of its roles."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def url(self, role: str, database: str) -> str:
        """Return SQLAlchemy's address of a database."""
        return f"postgresql+psycopg://{role}@/{database}?host={self.folder}"

    def run(self, *statements: str, role: str = "postgres", database: str = "postgres") -> None:
        """Run statements outside any transaction."""
        import psycopg  # noqa: PLC0415 - the suite also runs where there is no libpq

        with psycopg.connect(
            host=str(self.folder), user=role, dbname=database, autocommit=True
        ) as connection:
            for statement in statements:
                connection.execute(statement.encode())


def binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs, None where they are not installed."""
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    return next((folder for folder in candidates if (folder / "initdb").exists()), None)


class Starting:
    """A server that is being made beside what else its process does."""

    def __init__(self, programs: Path) -> None:
        """Begin; every process that is started from now on finds it by `running`."""
        self._programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="firstinline-pg-", dir=memory()))
        os.environ[_ADDRESS] = str(self.folder)
        self._thread = threading.Thread(target=self._start, name="postgresql")
        self._thread.start()

    def _start(self) -> None:
        try:
            # Meanwhile the workers are started: they need not wait for these imports.
            from app.core.migration import migrate  # noqa: PLC0415
            from app.core.settings import Settings  # noqa: PLC0415

            server = _start(self._programs, self.folder)
            migrate(Settings(), url=server.url(OWNER, "template"))
        except BaseException:  # noqa: BLE001 - every test that needs the server says it
            log = self.folder / "log"
            said = log.read_text() if log.exists() else ""
            _tell(self.folder / _FAILED, traceback.format_exc() + said)
        else:
            _tell(self.folder / _READY, "")

    def stop(self) -> None:
        """Stop the server at once and remove its folder."""
        self._thread.join()
        stop(self._programs, self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)


def _tell(file: Path, text: str) -> None:
    """Write a file that nobody can find half written."""
    draft = file.with_suffix(".draft")
    draft.write_text(text)
    draft.rename(file)


def running() -> Server:
    """Return the run's server once it is up; skip or fail the test where there is none."""
    if _ADDRESS not in os.environ:
        if os.environ.get("CI") == "true":
            pytest.fail(_WITHOUT)
        pytest.skip(_WITHOUT)
    folder = Path(os.environ[_ADDRESS])
    until = time.monotonic() + _PATIENCE_SECONDS
    while not (folder / _READY).exists():
        if (folder / _FAILED).exists():
            pytest.fail(f"PostgreSQL did not start:\n{(folder / _FAILED).read_text()}")
        assert time.monotonic() < until, "PostgreSQL does not start"
        time.sleep(0.02)
    return Server(folder)


def _start(programs: Path, folder: Path) -> Server:
    """Start a server that forgets what a crash would cost it, with an empty template."""
    initialize(programs, folder)
    start(programs, folder, _CARELESS)
    server = Server(folder)
    create_roles(server)
    server.run(f"CREATE DATABASE template OWNER {OWNER}")
    return server


def initialize(programs: Path, folder: Path) -> None:
    """Make a server's files in a folder, as another user than root, who may not run one."""
    initdb = [str(programs / "initdb"), "--no-sync", "-A", "trust", "-U", "postgres"]
    fill(folder, [*initdb, "-D", f"{folder}/data"])


def fill(folder: Path, command: list[str]) -> None:
    """Let a program of PostgreSQL's make a server's files in a folder."""
    user = _unprivileged()
    if user is not None:
        shutil.chown(folder, user)
    _as(user, command)


def start(programs: Path, folder: Path, options: Sequence[str]) -> None:
    """Start the server of a folder on a socket in it, and wait until it answers."""
    told = " ".join(f"-c {option}" for option in options)
    command = [str(programs / "pg_ctl"), "-D", f"{folder}/data", "-w", "-l", f"{folder}/log"]
    _as(_unprivileged(), [*command, "-o", f"-k {folder} -c listen_addresses='' {told}", "start"])


def create_roles(server: Server) -> None:
    """Create the owner of the tables and the service's role."""
    server.run(f"CREATE ROLE {OWNER} LOGIN", f"CREATE ROLE {SERVICE} LOGIN")


def stop(programs: Path, folder: Path) -> None:
    """Stop the server of a folder at once, if it runs."""
    data = folder / "data"
    if (data / "postmaster.pid").exists():
        program = str(programs / "pg_ctl")
        _as(_unprivileged(), [program, "-D", str(data), "-m", "immediate", "-w", "stop"])


def children(process: int) -> list[int]:
    """Return the processes that a process has started."""
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process)], check=True, capture_output=True, text=True
    )
    return [int(line) for line in listed.stdout.split()]


def memory() -> Path | None:
    """A file system in memory, if there is one with room: making and removing a store is quick."""
    if not os.access(_MEMORY, os.W_OK) or shutil.disk_usage(_MEMORY).free < _ROOM:
        return None
    return _MEMORY


def _unprivileged() -> str | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _as(user: str | None, command: list[str]) -> None:
    subprocess.run(
        command,
        user=user,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
    )
