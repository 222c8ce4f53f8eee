"""Replicas: reads that another PostgreSQL server answers, as if the primary had.

A read may go to a replica that has replayed all that the primary had acknowledged when the read
came in; otherwise it goes to the primary. So whoever was answered a write sees it in the next read,
whichever process, of whatever kind, did either. Why so: docs/decisions/0020.

One thread for each replica looks at it every second, and soon after a read has set it aside: reads
never try one that is set aside, the thread brings it back.
"""

import enum
import itertools
import threading
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from app.core.breaking_off import break_off
from app.core.engines import postgresql_engine
from app.core.primary import Position, Primary
from app.core.settings import Settings

# How long a read waits for a replica to replay what it does not have yet.
PATIENCE_SECONDS: Final = 0.02
SLOW_SECONDS: Final = 0.25
# Whoever has not said by then where it is, is away; what is asked there meanwhile is broken off.
SILENT_SECONDS: Final = 1.0
LOOK_EVERY_SECONDS: Final = 1.0
LOOK_AGAIN_SECONDS: Final = 0.1
_FIRST_PAUSE_SECONDS: Final = 0.0005
_CONNECT_SECONDS: Final = 2
_WHERE_IT_IS: Final = """
SELECT pg_is_in_recovery(), (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint
"""
# A standby that is promoted, or follows one that was, notes its timeline at once in the one place,
# one that has just been started in the other.
_WHO_IT_IS: Final = """
SELECT (SELECT system_identifier FROM pg_control_system()),
       greatest((SELECT min_recovery_end_timeline FROM pg_control_recovery()),
                (SELECT timeline_id FROM pg_control_checkpoint()))
"""
_log = structlog.get_logger()


class State(enum.StrEnum):
    """How a replica was found."""

    IN_USE = "in_use"
    BEHIND = "behind"
    SLOW = "slow"
    AWAY = "away"
    UNRELATED = "unrelated"


class ReplicaFailedError(Exception):
    """A replica gave up on a read: on the primary it may be done."""


class Replica:
    """One replica, `number` in the order of the setting, and what became of reads."""

    def __init__(self, number: int, engine: Engine) -> None:
        self.number = number
        self.engine = engine
        break_off(engine, lambda: self.state is State.AWAY)
        self.state = State.AWAY
        self.behind_bytes: int | None = None
        self.reads: Counter[str] = Counter(answered=0, behind=0, failed=0)
        self.was_set_aside = threading.Event()
        self._counting = threading.Lock()
        self._told = State.AWAY

    def at(self, position: Position) -> Connection | None:
        """Return a connection to the replica, which holds all up to `position`; None if not."""
        began = time.monotonic()
        try:
            connection = self.engine.connect()
        except SQLAlchemyError:
            self.set_aside(State.AWAY)
            return None
        try:
            state = self._found(connection, position, began)
        except Exception:  # noqa: BLE001 - of the driver, and whatever it is, the primary answers
            connection.invalidate()
            state = State.AWAY
        if state is State.IN_USE:
            self.state = state
            return connection
        self.set_aside(state)
        if state is State.SLOW:
            return connection
        connection.close()
        return None

    def count(self, outcome: str) -> None:
        """Count a read: `answered`, or sent to the primary, for it was `behind` or `failed`."""
        with self._counting:
            self.reads[outcome] += 1

    def set_aside(self, state: State) -> None:
        """Have no more reads sent here until it was looked at."""
        self.state = state
        self.was_set_aside.set()
        if state is State.AWAY:
            # Those that lie in the pool have ended too.
            self.engine.dispose()

    def look(self, primary: Primary) -> None:
        """Try the replica as a read would, and log what has changed."""
        try:
            connection = self.at(primary.position())
        except Exception:  # noqa: BLE001 - while the primary is away, nobody knows
            return
        if connection is not None:
            connection.close()
        if self.state is not self._told:
            self._told = self.state
            tell = _log.info if self.state is State.IN_USE else _log.warning
            tell(
                "replica.changed",
                replica=self.number,
                state=str(self.state),
                behind_bytes=self.behind_bytes,
            )

    def _found(self, connection: Connection, position: Position, began: float) -> State:
        driver: Any = connection.connection.driver_connection
        driver.until = began + SILENT_SECONDS
        try:
            return self._held(connection, driver, position, began)
        finally:
            driver.until = None

    def _held(self, connection: Connection, driver: Any, position: Position, began: float) -> State:
        if not _is_of(connection, driver, position):
            return State.UNRELATED
        pause = _FIRST_PAUSE_SECONDS
        while True:
            in_recovery, replayed = driver.execute(_WHERE_IT_IS).fetchone()
            if not in_recovery:
                return State.UNRELATED
            self.behind_bytes = max(0, position.reached - replayed)
            took = time.monotonic() - began
            if replayed >= position.reached:
                return State.IN_USE if took < SLOW_SECONDS else State.SLOW
            if took + pause > PATIENCE_SECONDS:
                return State.BEHIND
            time.sleep(pause)
            pause *= 2


def _is_of(connection: Connection, driver: Any, position: Position) -> bool:
    """Tell whether the server replays the log that `position` is of.

    What it was found to replay holds for its connection: it changes only to what follows upon it,
    and the primary then says so.
    """
    wanted = (position.system, position.timeline)
    if connection.info.get("replays") != wanted:
        connection.info["replays"] = tuple(driver.execute(_WHO_IT_IS).fetchone())
    return bool(connection.info["replays"] == wanted)


class Replicas:
    """All replicas of the settings; none is used before `watch`."""

    def __init__(self, primary: str, addresses: Sequence[str], settings: Settings) -> None:
        """Open nothing yet."""
        self.all = [
            Replica(number, postgresql_engine(address, settings, connect_timeout=_CONNECT_SECONDS))
            for number, address in enumerate(addresses, start=1)
        ]
        self._primary = Primary(primary) if addresses else None
        self._turn = itertools.count()
        self._stop = threading.Event()
        self._watching: list[threading.Thread] = []

    def watch(self) -> None:
        """Begin to look after the replicas, and to send them reads."""
        self._watching = [
            threading.Thread(target=self._watch, args=(each,), name="replica", daemon=True)
            for each in self.all
        ]
        for thread in self._watching:
            thread.start()

    def close(self) -> None:
        """Stop, and close every connection."""
        self._stop.set()
        for replica in self.all:
            replica.was_set_aside.set()
        for thread in self._watching:
            thread.join()
        if self._primary is not None:
            self._primary.close()
        for replica in self.all:
            replica.engine.dispose()

    def take(self) -> tuple[Replica, Connection] | None:
        """Return a replica that holds all that is acknowledged by now; None: ask the primary."""
        usable = [replica for replica in self.all if replica.state is State.IN_USE]
        if not usable or self._primary is None:
            return None
        try:
            position = self._primary.position()
        except Exception:  # noqa: BLE001 - whoever reads from the primary finds out
            return None
        replica = usable[next(self._turn) % len(usable)]
        connection = replica.at(position)
        if connection is None:
            replica.count("failed" if replica.state is State.AWAY else "behind")
            return None
        return replica, connection

    def _watch(self, replica: Replica) -> None:
        assert self._primary is not None
        while not self._stop.is_set():
            replica.look(self._primary)
            replica.was_set_aside.clear()
            self._stop.wait(LOOK_AGAIN_SECONDS)
            if replica.state in {State.IN_USE, State.AWAY, State.UNRELATED}:
                replica.was_set_aside.wait(LOOK_EVERY_SECONDS)


def gave_up(replica: Replica, error: DBAPIError) -> ReplicaFailedError:
    """Note that a replica did not finish a read; return what to raise."""
    replica.count("failed")
    if error.connection_invalidated:
        replica.set_aside(State.AWAY)
    state = getattr(error.orig, "sqlstate", None)
    _log.warning("replica.failed", replica=replica.number, sqlstate=state)
    return ReplicaFailedError()
