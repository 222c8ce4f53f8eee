"""The database: engines, transactions, and the only place that commits.

A transaction is of one of five modes:

* READ   - BEGIN. `reading` has it on a replica where one holds all that was acknowledged.
* WRITE  - BEGIN IMMEDIATE on SQLite. On PostgreSQL it holds the organization's advisory lock,
           shared, from before its first row lock until its end.
* LIST   - a write that also freezes a ranking. On PostgreSQL it waits for the organization's
           writers, takes its REPEATABLE READ snapshot while they stand still, and lets them go on
           at once, keeping the shared lock itself. So no fact can carry a `recorded_at` before the
           list's `known_at` and yet be missing from its snapshot.
* ASIDE  - a write that no ranking and no erasure reads: it takes no lock of the organization's.
* ALONE  - a write beside which the organization has no other, nor a list being made, until it
           ends. On PostgreSQL it holds the advisory lock by itself. Erasure needs it: a list made
           at the same time would write down again who is being forgotten.

Row locks are only ever taken after the advisory lock, in every mode; otherwise a waiting LIST and
two
writers could wait for each other in a ring.
"""

import enum
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Executable, Insert, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, SessionTransaction

from app.core.clock import ahead
from app.core.engines import ON_CITUS, postgresql_engine, sqlite_engine
from app.core.replicas import Replicas, gave_up
from app.core.settings import Settings, listed

# What has changed since an instant is read again from so long before: a change that is dated within
# a transaction is seen by others when that ends, and none is committed that took longer.
LONGEST: Final = timedelta(seconds=30)
# The commit itself, and clocks that differ a little, have what is left.
LATEST_COMMIT = timedelta(seconds=25)
_APPENDED, _SAVEPOINTS = "appended", "appended_before"


class Mode(enum.Enum):
    """What a transaction is for."""

    READ = "read"
    WRITE = "write"
    LIST = "list"
    ASIDE = "aside"
    ALONE = "alone"


class TenantUnboundError(RuntimeError):
    """A tenant's table was touched by a session that is bound to no organization."""


class TooLateError(RuntimeError):
    """A transaction took so long that who follows the changes would miss its own."""


class Database:
    """One store, its connection pool and its transactions."""

    def __init__(
        self,
        settings: Settings,
        *,
        url: str | None = None,
        session_class: type[Session] = Session,
        first_read: Executable | None = None,
    ) -> None:
        """Open nothing yet; `url` overrides the settings' own address.

        `first_read` asks for anything of an `organization_id`, on the machine where its rows lie.
        """
        self.settings = settings
        self._session_class, self._first_read = session_class, first_read
        address = url or settings.database_url.get_secret_value()
        self.is_sqlite = address.startswith("sqlite")
        self.engine = (
            sqlite_engine(address, settings)
            if self.is_sqlite
            else postgresql_engine(address, settings)
        )
        self._engines = {
            Mode.READ: self.engine,
            Mode.WRITE: self.engine.execution_options(firstinline_write=True),
            Mode.ASIDE: self.engine.execution_options(firstinline_write=True),
            Mode.ALONE: self.engine.execution_options(firstinline_write=True),
            Mode.LIST: self.engine.execution_options(firstinline_write=True)
            if self.is_sqlite
            else self.engine.execution_options(isolation_level="REPEATABLE READ"),
        }
        self.replicas = Replicas(address, self._replica_addresses(), settings)
        # SQLite lets one writer in at a time and makes the others poll; a queue in this process
        # spares its own threads the polling.
        self._writer = threading.Lock()

    def close(self) -> None:
        """Close every pooled connection."""
        self.replicas.close()
        self.engine.dispose()

    def empty_log(self, *, seconds: float = 1.0) -> bool:
        """Leave nothing in SQLite's write-ahead log; False if readers kept it for so many seconds.

        What was overwritten in the file still stands in the log until its pages are used again.
        PostgreSQL keeps its own, and this does nothing there.
        """
        if not self.is_sqlite:
            return True
        with self._writer, self.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            usual = int(self.settings.sqlite_busy_seconds * 1000)
            driver.execute(f"PRAGMA busy_timeout={int(seconds * 1000)}")
            try:
                busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                driver.execute(f"PRAGMA busy_timeout={usual}")
        return not busy

    @contextmanager
    def transaction(self, mode: Mode, organization_id: UUID | None = None) -> Iterator[Session]:
        """Yield a session; commit when the block ends, roll back when it raises.

        A LIST needs its organization at the start; the others may be bound later with `bind`.
        """
        queue = self.is_sqlite and mode is not Mode.READ
        if queue:
            self._writer.acquire()
        try:
            with self._engines[mode].connect() as connection:
                if mode is Mode.LIST and not self.is_sqlite:
                    with _standing_still(connection, organization_id):
                        session = self._session(connection, mode, organization_id)
                        # The list's `known_at`: read later, it would lie after writes that the
                        # snapshot does not hold.
                        session.info["recorded_at"] = database_clock(session)
                        if connection.info.get(ON_CITUS) and self._first_read is not None:
                            # The machine of its rows takes its own snapshot when first asked.
                            session.execute(self._first_read, {"organization_id": organization_id})
                else:
                    session = self._session(connection, mode, organization_id)
                with session:
                    yield session
                    session.flush()
                    write_appended(session)
                    _commit(session, connection)
        finally:
            if queue:
                self._writer.release()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session to READ with: what was acknowledged by now is seen, wherever it is.

        Raises ReplicaFailedError where a replica gave up meanwhile: done again in `transaction`, on
        the primary, it may go well.
        """
        taken = self.replicas.take()
        if taken is None:
            with self.transaction(Mode.READ) as session:
                yield session
            return
        replica, connection = taken
        try:
            with connection, self._session(connection, Mode.READ, None) as session:
                yield session
                _commit(session, connection)
        except DBAPIError as error:
            raise gave_up(replica, error) from error
        replica.count("answered")

    def _replica_addresses(self) -> list[str]:
        told = self.settings.replica_urls
        return [] if told is None or self.is_sqlite else listed(told.get_secret_value())

    def _session(self, connection: Connection, mode: Mode, organization_id: UUID | None) -> Session:
        session = self._session_class(bind=connection, expire_on_commit=False, autoflush=False)
        session.info["mode"] = mode
        if organization_id is not None:
            try:
                bind(session, organization_id)
            except BaseException:
                session.close()
                raise
        return session


def append(session: Session, statement: Insert, row: dict[str, Any]) -> None:
    """Have a row inserted before the transaction commits, many of one statement at once.

    For what is only ever added to and not read again by who adds it: a row of the session's own
    costs several times as much. It goes with the savepoint in which it was appended.
    """
    session.info.setdefault(_APPENDED, []).append((statement, row))


def write_appended(session: Session) -> None:
    """Insert now what has been appended."""
    rows: dict[Insert, list[dict[str, Any]]] = {}
    for statement, row in session.info.pop(_APPENDED, ()):
        rows.setdefault(statement, []).append(row)
    for statement, together in rows.items():
        session.execute(statement, together)


@event.listens_for(Session, "after_transaction_create")
def _note_what_was_appended(session: Session, begun: SessionTransaction) -> None:
    if begun.nested:
        before = len(session.info.get(_APPENDED, ()))
        session.info.setdefault(_SAVEPOINTS, WeakKeyDictionary())[begun] = before


@event.listens_for(Session, "after_soft_rollback")
def _drop_what_was_appended(session: Session, undone: SessionTransaction) -> None:
    before = session.info.get(_SAVEPOINTS, {}).get(undone, 0)
    del session.info.get(_APPENDED, [])[before:]


def _commit(session: Session, connection: Connection) -> None:
    begun = session.info.get("begun")
    if begun is not None and session.info["mode"] is not Mode.READ:
        took = timedelta(seconds=time.monotonic() - begun)
        if took > LATEST_COMMIT:
            raise TooLateError
    try:
        session.commit()
    except BaseException:
        # SQLite leaves a transaction open whose COMMIT it has refused: no other may begin on that
        # connection.
        connection.invalidate()
        raise


def bind(session: Session, organization_id: UUID) -> None:
    """Bind the session to one organization: every statement sees that tenant's rows alone."""
    session.info["organization_id"] = organization_id
    session.info.pop("wall", None)
    _wait_in_line(session, organization_id)
    # Nothing has been changed yet, and so nothing dated.
    session.info.setdefault("begun", time.monotonic())


def _wait_in_line(session: Session, organization_id: UUID) -> None:
    if session.get_bind().dialect.name != "postgresql":
        session.connection()
        return
    # Literals: Citus hands a SET LOCAL on to its workers only in this form.
    statement = f"SET LOCAL app.organization_id = '{organization_id}'"
    if session.info["mode"] in {Mode.READ, Mode.ASIDE}:
        session.connection().exec_driver_sql(statement)
        return
    connection = session.connection()
    kind = "lock" if session.info["mode"] is Mode.ALONE else "lock_shared"
    lock = f"SELECT pg_advisory_xact_{kind}({lock_number(organization_id)})"
    if connection.info.get(ON_CITUS):
        # It hands on the whole of what a SET LOCAL was sent with: the lock would be waited for on
        # another machine too, for ever where that is this one.
        connection.exec_driver_sql(statement)
        connection.exec_driver_sql(lock)
    else:
        connection.exec_driver_sql(f"{statement}; {lock}")


def organization_of(session: Session) -> UUID:
    """Return the organization the session is bound to."""
    bound = session.info.get("organization_id")
    if bound is None:
        raise TenantUnboundError
    assert isinstance(bound, UUID)
    return bound


def lock_number(organization_id: UUID) -> int:
    """Return the organization's advisory lock: 64 bits of its id, signed."""
    return int.from_bytes(organization_id.bytes[8:], "big", signed=True)


def database_clock(session: Session) -> datetime:
    """Return PostgreSQL's own clock, read now and not at the start of the transaction.

    In the work for a sandbox, as far ahead as its clock was moved.
    """
    found = session.scalar(text("SELECT clock_timestamp()"))
    assert isinstance(found, datetime)
    return found + ahead()


@contextmanager
def _standing_still(connection: Connection, organization_id: UUID | None) -> Iterator[None]:
    """Hold the organization's advisory lock exclusively while the snapshot is taken."""
    if organization_id is None:
        raise TenantUnboundError
    number = lock_number(organization_id)
    driver: Any = connection.connection.driver_connection
    try:
        # Outside any transaction: a snapshot is as old as the transaction's first statement, which
        # must therefore come after the wait.
        driver.set_autocommit(True)
        driver.execute(f"SELECT pg_advisory_lock({number})")
        driver.set_autocommit(False)
        yield
        connection.exec_driver_sql(f"SELECT pg_advisory_unlock({number})")
    except BaseException:
        # The lock is the connection's, not the transaction's: a connection that may still hold it
        # must not go back to the pool.
        connection.invalidate()
        raise
