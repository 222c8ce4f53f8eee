"""Stores that keep what they are told: on a disk, with every commit waited for."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.migration import migrate
from app.core.settings import Settings
from tests import postgresql

_DATABASE = "soak"
_CAREFUL = ("fsync=on", "synchronous_commit=on", "shared_buffers=128MB", "max_wal_size=2GB")
_PATIENCE_SECONDS = 60


class CarefulServer(postgresql.Server):
    """A PostgreSQL server of a soak's own, that may be killed and started again."""

    def __init__(self, programs: Path, folder: Path) -> None:
        super().__init__(folder)
        self._programs = programs

    def start(self) -> None:
        """Start it; after a kill it recovers first what it had promised to keep."""
        postgresql.start(self._programs, self.folder, _CAREFUL)

    def kill(self) -> None:
        """End the server and all its processes where they stand, with no word to anybody."""
        first = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        # The parent goes first: it would start again what it has lost.
        os.kill(first, signal.SIGSTOP)
        for process in [first, *postgresql.children(first)]:
            os.kill(process, signal.SIGKILL)
        until = time.monotonic() + _PATIENCE_SECONDS
        while _is_alive(first):
            assert time.monotonic() < until
            time.sleep(0.02)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(process)], check=False, capture_output=True, text=True
    )
    # A process that has ended and that nobody has asked about yet is a zombie.
    return not state.stdout.strip().startswith("Z")


@contextmanager
def careful_server() -> Iterator[CarefulServer]:
    """Yield a server with a migrated database; skip or fail the test where there is none."""
    programs = postgresql.binaries()
    if programs is None:
        postgresql.running()
    assert programs is not None
    with tempfile.TemporaryDirectory(prefix="firstinline-soak-", ignore_cleanup_errors=True) as at:
        server = CarefulServer(programs, Path(at))
        postgresql.initialize(programs, server.folder)
        server.start()
        try:
            postgresql.create_roles(server)
            server.run(f"CREATE DATABASE {_DATABASE} OWNER {postgresql.OWNER}")
            migrate(Settings(), url=server.url(postgresql.OWNER, _DATABASE))
            yield server
        finally:
            postgresql.stop(programs, server.folder)


def address(server: CarefulServer) -> str:
    """Return where the service finds its store."""
    return server.url(postgresql.SERVICE, _DATABASE)


@contextmanager
def careful_store(name: str) -> Iterator[str]:
    """Yield the address of an empty, migrated store: a file, or a database."""
    if name == "postgresql":
        with careful_server() as server:
            yield address(server)
        return
    with tempfile.TemporaryDirectory(prefix="firstinline-soak-") as at:
        url = f"sqlite:///{at}/firstinline.db"
        migrate(Settings(), url=url)
        yield url
