"""How far the primary has come: what a replica must have replayed to answer in its place."""

import threading
from collections.abc import Callable
from typing import Any, Final, Generic, NamedTuple, TypeVar

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

T = TypeVar("T")

# A commit is acknowledged when its record has been flushed; without synchronous_commit it is when
# the record has been inserted. The position of insertion would always do, and on a busy primary be
# ahead of what can have been sent; at the end of a segment it is even ahead of what there is.
_REACHED: Final = """
SELECT (reached - '0/0'::pg_lsn)::bigint, left(pg_walfile_name(reached), 8)
FROM (SELECT CASE current_setting('synchronous_commit')
             WHEN 'off' THEN pg_current_wal_insert_lsn()
             ELSE pg_current_wal_flush_lsn() END AS reached) AS primary_has
"""
# On Citus, most of what is written is in other machines' logs, of which this one says nothing: no
# replica has the system 0.
_SYSTEM: Final = """
SELECT CASE WHEN EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus') THEN 0
            ELSE system_identifier END
FROM pg_control_system()
"""
_PATIENCE: Final = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 5000,
    "options": "-c statement_timeout=5000",
}


class Position(NamedTuple):
    """A place in one cluster's write-ahead log: bytes since its beginning, on a timeline."""

    system: int
    timeline: int
    reached: int


class Primary:
    """The one question that reading from replicas puts to the primary, on a connection of its own.

    It is put once for all who wait. Everything that was acknowledged before somebody asked lies
    before the position they are told: by this process or another, by the worker, at the command
    line.
    """

    def __init__(self, address: str) -> None:
        """Open nothing yet."""
        self._engine = create_engine(
            address,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            connect_args=_PATIENCE,
        )
        self._connection: Any = None
        self._system = 0
        self.position: Callable[[], Position] = AskedForAll(self._ask)

    def close(self) -> None:
        """Hang up."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _ask(self) -> Position:
        try:
            driver = self._reached()
            reached, timeline = driver.execute(_REACHED).fetchone()
        except BaseException:
            self.close()
            raise
        return Position(self._system, int(timeline, 16), reached)

    def _reached(self) -> Any:
        if self._connection is None:
            self._connection = self._engine.raw_connection()
            (self._system,) = self._connection.driver_connection.execute(_SYSTEM).fetchone()
        return self._connection.driver_connection


class AskedForAll(Generic[T]):
    """A question that threads put together: one of them asks, and all get the answer.

    Nobody gets an answer to a question that was put before they came: who comes while one is being
    answered waits for the next.
    """

    def __init__(self, ask: Callable[[], T]) -> None:
        self._ask = ask
        self._changed = threading.Condition()
        self._put = self._answered = 0
        self._answer: tuple[T] | None = None
        self._fault: BaseException | None = None

    def __call__(self) -> T:
        """Return the answer; raises what the asking raised."""
        with self._changed:
            mine = self._put + 1
            while self._answered < mine and self._put > self._answered:
                self._changed.wait()
            if self._answered >= mine:
                return self._told()
            self._put = mine
        answer, fault = None, None
        try:
            answer = (self._ask(),)
        except Exception as error:  # noqa: BLE001 - told to everybody who asked
            fault = error
        with self._changed:
            self._answer, self._fault, self._answered = answer, fault, mine
            self._changed.notify_all()
            return self._told()

    def _told(self) -> T:
        if self._answer is None:
            assert self._fault is not None
            raise self._fault
        return self._answer[0]
