"""A PostgreSQL server with a streaming replica, both of a test's own."""

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from app.core.migration import migrate
from app.core.settings import Settings
from tests import postgresql

_DATABASE = "replicated"
_OPTIONS = (
    *("fsync=off", "wal_level=replica", "max_wal_senders=4", "autovacuum=off", "jit=off"),
    *("shared_buffers=32MB", "max_connections=60", "max_wal_size=1GB", "wal_receiver_timeout=2s"),
    # A read that stands in the way of what is to be replayed is cancelled at once, and what is to
    # be replayed is asked for again at once.
    *("max_standby_streaming_delay=0", "wal_retrieve_retry_interval=50ms"),
)


class Running(postgresql.Server):
    """A server that can be stopped and started again."""

    def __init__(self, programs: Path, folder: Path) -> None:
        super().__init__(folder)
        self.programs = programs

    @property
    def address(self) -> str:
        """SQLAlchemy's address of the database, as the service's role."""
        return self.url(postgresql.SERVICE, _DATABASE)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        postgresql.start(self.programs, self.folder, _OPTIONS)

    def stop(self) -> None:
        """Stop it where it stands."""
        postgresql.stop(self.programs, self.folder)

    def signal(self, sign: signal.Signals) -> None:
        """Send a signal to the server and to all its processes."""
        first = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        for process in [first, *postgresql.children(first)]:
            os.kill(process, sign)

    def ask(self, statement: str, *values: Any) -> Any:
        """Return the first value of the first row."""
        with psycopg.connect(
            host=str(self.folder), user="postgres", dbname=_DATABASE, autocommit=True
        ) as connection:
            row = connection.execute(statement.encode(), values).fetchone()
        return None if row is None else row[0]

    def copy(self, folder: Path) -> "Running":
        """Make a replica of it in a folder, and start it."""
        command = [str(self.programs / "pg_basebackup"), "-h", str(self.folder), "-U", "postgres"]
        command += ["-D", f"{folder}/data", "-R", "-c", "fast", "-X", "stream", "--no-sync"]
        postgresql.fill(folder, command)
        replica = Running(self.programs, folder)
        replica.start()
        return replica


@contextmanager
def replicated() -> Iterator[tuple[Running, Running]]:
    """Yield a primary with a migrated database, and its replica."""
    programs = postgresql.binaries()
    if programs is None:
        postgresql.running()
    assert programs is not None
    with ExitStack() as stack:
        folders = [
            Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=name, dir=at)))
            for name, at in (("primary-", postgresql.memory()), ("replica-", postgresql.memory()))
        ]
        for folder in folders:
            stack.callback(postgresql.stop, programs, folder)
        primary = Running(programs, folders[0])
        postgresql.initialize(programs, primary.folder)
        primary.start()
        postgresql.create_roles(primary)
        primary.run(f"CREATE DATABASE {_DATABASE} OWNER {postgresql.OWNER}")
        migrate(Settings(), url=primary.url(postgresql.OWNER, _DATABASE))
        yield primary, primary.copy(folders[1])
