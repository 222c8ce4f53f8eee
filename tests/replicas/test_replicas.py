"""Reads that a replica answers: a real one, that streams from a primary of these tests' own."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import event

from app.core.primary import AskedForAll
from app.core.replicas import Replica
from app.core.settings import Settings
from app.entry.tenancy import open_database
from app.main import create_app
from tests import postgresql
from tests.cast import Person, assemble
from tests.client import Client
from tests.replicas.standby import Running, replicated

_PATIENCE_SECONDS = 20
_LOOK_EVERY_SECONDS = _SILENT_SECONDS = 0.3


class Process:
    """A process of the service, as far as its stores can tell: with pools of its own."""

    def __init__(self, primary: str, *replicas: str) -> None:
        settings = Settings(
            database_url=SecretStr(primary),
            replica_urls=SecretStr(",".join(replicas)),
            rate_limit=0,
        )
        self.database = open_database(settings)
        self.http = Client(create_app(settings, self.database))

    @property
    def replica(self) -> Replica:
        return self.database.replicas.all[0]

    def states(self) -> list[str]:
        """How the replicas are, as `/readyz` tells it."""
        told = self.http.get("/readyz").json()
        assert told["status"] == "ok"
        return list(told["replicas"])

    def wait_for(self, *states: str) -> None:
        until = time.monotonic() + _PATIENCE_SECONDS
        while self.states() != list(states):
            assert time.monotonic() < until, self.states()
            time.sleep(0.02)

    def let_in(self, person: Person) -> Person:
        """The same person, asking this process."""
        return replace(person, http=self.http)


@contextmanager
def serving(primary: str, *replicas: str) -> Iterator[Process]:
    process = Process(primary, *replicas)
    with process.http:
        yield process
    process.database.close()


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Running, Running]]:
    with replicated() as both, pytest.MonkeyPatch.context() as patched:
        # These tests wait for replicas to be looked at again and again.
        patched.setattr("app.core.replicas.LOOK_EVERY_SECONDS", _LOOK_EVERY_SECONDS)
        patched.setattr("app.core.replicas.SILENT_SECONDS", _SILENT_SECONDS)
        yield both


@pytest.fixture(scope="module")
def process(servers: tuple[Running, Running]) -> Iterator[Process]:
    with serving(*(server.address for server in servers)) as one:
        yield one


@pytest.fixture
def ada(process: Process) -> Person:
    process.wait_for("in_use")
    return assemble(process.http, process.database).ada


def answered(process: Process) -> int:
    return process.replica.reads["answered"]


def read_until(person: Person, path: str, holds: Callable[[], Any]) -> float:
    """Read, for a busy machine's replica may be behind, until so; return what the last one took."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        began = time.monotonic()
        person.get(path)
        took = time.monotonic() - began
        if holds():
            return took
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_write_is_in_the_next_read_of_any_process(
    servers: tuple[Running, Running], process: Process, ada: Person
) -> None:
    """Eight people write by one process and read by another, that has only just been started."""
    primary, replica = servers
    missed: list[str] = []
    with serving(primary.address, replica.address) as other:
        other.wait_for("in_use")

        def work() -> None:
            for number in range(6):
                id_ = ada.candidate(f"Sam {number}")
                told = other.let_in(ada).call("GET", f"candidates/{id_}")
                missed.extend([id_] if told.status_code != 200 else [])

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert missed == []
        read_until(other.let_in(ada), "candidates", lambda: answered(other) > 0)
        metrics = other.http.get("/metrics").text
    assert 'firstinline_replica_reads_total{outcome="answered",replica="1"}' in metrics


def test_a_replica_that_lags_is_passed_over_until_it_has_caught_up(
    servers: tuple[Running, Running], process: Process, ada: Person
) -> None:
    _, replica = servers
    before = ada.candidate("Before")
    guest = ada.post("api-keys", {"name": "short-lived", "scope": "read"})
    replica.ask("SELECT pg_wal_replay_pause()")
    try:
        id_ = ada.candidate("Meanwhile")
        ada.delete(f"api-keys/{guest['id']}")
        replace(ada, key=guest["key"]).get("me", expect=401)
        answered_before = answered(process)
        assert ada.get(f"candidates/{id_}")["full_name"] == "Meanwhile"
        listed = ada.get("candidates")["items"]
        assert {row["id"] for row in listed} == {before, id_}
        assert answered(process) == answered_before
        process.wait_for("behind")
    finally:
        replica.ask("SELECT pg_wal_replay_resume()")
    read_until(ada, f"candidates/{id_}", lambda: answered(process) > answered_before)


def test_a_replica_that_is_away_is_nobodys_error(
    servers: tuple[Running, Running], process: Process, ada: Person
) -> None:
    _, replica = servers
    id_ = ada.candidate()
    replica.stop()
    try:
        for _ in range(3):
            ada.get(f"candidates/{id_}")
        process.wait_for("away")
    finally:
        replica.start()
    before = answered(process)
    read_until(ada, f"candidates/{id_}", lambda: answered(process) > before)


def test_a_replica_that_falls_silent_in_the_middle_of_a_read_keeps_nobody(
    servers: tuple[Running, Running], process: Process, ada: Person
) -> None:
    _, replica = servers
    id_ = ada.candidate()
    # One connection is read on while the replica is looked at on another.
    with process.database.reading(), process.database.reading():
        pass
    with disturbed(process, lambda: replica.signal(signal.SIGSTOP)) as seen:
        try:
            took = read_until(ada, f"candidates/{id_}", lambda: seen)
            process.wait_for("away")
        finally:
            replica.signal(signal.SIGCONT)
    assert took < _LOOK_EVERY_SECONDS + _SILENT_SECONDS + 1
    process.wait_for("in_use")


@contextmanager
def disturbed(process: Process, disturb: Callable[[], None]) -> Iterator[list[str]]:
    """Do something in the middle of a read on the replica: when candidates are first asked for."""
    seen: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_told: Any) -> None:
        if "FROM candidates" in statement and not seen:
            seen.append(statement)
            disturb()

    event.listen(process.replica.engine, "before_cursor_execute", hear)
    try:
        yield seen
    finally:
        event.remove(process.replica.engine, "before_cursor_execute", hear)


def test_a_read_that_a_replica_cancels_is_done_again_on_the_primary(
    servers: tuple[Running, Running], process: Process, ada: Person
) -> None:
    """What has to be replayed goes before what is being read: PostgreSQL ends the reader."""
    primary, replica = servers
    id_ = ada.candidate()
    failed = process.replica.reads["failed"]

    def overtake() -> None:
        primary.run(
            "BEGIN; LOCK TABLE api_keys IN ACCESS EXCLUSIVE MODE;"
            "CREATE TABLE mark (); DROP TABLE mark; COMMIT",
            database="replicated",
        )
        wanted = primary.ask("SELECT pg_current_wal_flush_lsn()::text")
        wait_until(lambda: replica.ask(f"SELECT pg_last_wal_replay_lsn() >= '{wanted}'"))

    with disturbed(process, overtake) as seen:
        read_until(ada, f"candidates/{id_}", lambda: seen)
    assert process.replica.reads["failed"] > failed


def wait_until(holds: Callable[[], Any]) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_server_that_does_not_replay_what_the_primary_writes_is_not_read(
    servers: tuple[Running, Running],
) -> None:
    """The primary itself, a stranger, and one that went its own way after a failover."""
    primary, replica = servers
    stranger = postgresql.running().url(postgresql.SERVICE, "template1")
    with serving(primary.address, primary.address, stranger) as process:
        process.wait_for("unrelated", "unrelated")
    replica.stop()
    # The replica does not get this, becomes the primary, and the old one follows nobody.
    primary.run("CREATE TABLE lost AS SELECT generate_series(1, 10000)", database="replicated")
    primary.stop()
    replica.start()
    replica.ask("SELECT pg_promote()")
    (primary.folder / "data" / "standby.signal").touch()
    primary.start()
    with (
        serving(replica.address, primary.address) as process,
        serving(stranger, primary.address) as of_another,
    ):
        process.wait_for("unrelated")
        wait_until(lambda: of_another.replica.state == "unrelated")
        there = primary.ask("SELECT pg_last_wal_replay_lsn() - '0/0'::pg_lsn")
        here = replica.ask("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        assert there > here


def test_nobody_is_told_what_was_asked_before_they_came() -> None:
    clock, told = iter(range(1_000_000)), []

    def ask() -> int:
        time.sleep(0.001)
        return next(clock)

    question = AskedForAll(lambda: (next(clock), ask())[0])

    def work() -> None:
        for _ in range(20):
            came = next(clock)
            told.append(question() > came)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == [True] * 160
    assert next(clock) < 160 * 3


def test_whoever_asks_together_is_told_of_the_fault() -> None:
    def ask() -> int:
        raise ConnectionError

    question = AskedForAll(ask)
    for _ in range(2):
        with pytest.raises(ConnectionError):
            question()


def test_replicas_are_of_postgresql() -> None:
    replica = SecretStr("postgresql+psycopg://who@where/what")
    with pytest.raises(ValidationError, match="a SQLite file has no replicas"):
        Settings(database_url=SecretStr("sqlite:///firstinline.db"), replica_urls=replica)
    with pytest.raises(ValidationError, match="is a list of postgresql"):
        Settings(database_url=replica, replica_urls=SecretStr("postgresql://who@where/what"))
