"""Events are taken one by one, by one worker each; what fails is put off and stops nothing else."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine

from app import worker
from app.core.clock import now
from app.core.database import Database, Mode
from app.core.migration import migrate
from app.core.settings import Settings
from app.entry.tenancy import open_database
from app.organizations.actions import create_organization
from app.outbox.actions import ABANDONED_AFTER, claim, put_off
from app.worker import work, work_once
from tests.cast import Cast
from tests.worker import outbox

KIND = "test.happened"


class BrokenError(Exception):
    """What a job may raise."""


def test_two_workers_never_take_the_same_event(
    cast: Cast, database: Database, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme, globex = cast.ada.organization_id, cast.cleo.organization_id
    outbox.empty(database)
    done: Counter[UUID] = Counter()

    def job(_database: Database, organization_id: UUID) -> None:
        done[organization_id] += 1

    monkeypatch.setitem(worker.JOBS, KIND, (job,))
    outbox.put(database, acme, KIND, 25)
    outbox.put(database, globex, KIND, 5)
    # Databases of their own: as between processes, no lock in memory keeps them apart.
    databases = [open_database(Settings(), url=store) for _ in range(4)]
    start = threading.Barrier(len(databases))

    def loop(one: Database) -> int:
        start.wait()
        return outbox.until_idle(one)

    with ThreadPoolExecutor(len(databases)) as pool:
        taken = list(pool.map(loop, databases))
    for one in databases:
        one.close()
    assert sum(taken) == 30
    assert done == {acme: 25, globex: 5}
    rows = outbox.events(database, acme, KIND)
    assert {row.attempts for row in rows} == {1}
    assert all(row.done_at is not None and row.claimed_at is None for row in rows)


def test_what_fails_is_put_off_longer_each_time_and_others_go_on(
    cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.empty(database)
    failures = 0

    def broken(_database: Database, _organization_id: UUID) -> None:
        nonlocal failures
        failures += 1
        raise BrokenError

    acme = cast.ada.organization_id
    monkeypatch.setitem(worker.JOBS, KIND, (broken,))
    outbox.put(database, acme, KIND)
    outbox.put(database, acme, "test.fine", 3)
    present = now()
    for attempt, seconds in enumerate((2, 4, 8, 16), start=1):
        with time_machine.travel(present, tick=False):
            taken = outbox.until_idle(database)
        # The three that nobody listens to are passed over at once, on the way to the broken one.
        assert taken == 1
        event = outbox.event(database, acme, KIND)
        assert (event.attempts, event.last_error) == (attempt, "BrokenError")
        assert (event.done_at, event.claimed_at) == (None, None)
        assert event.due_at - present == timedelta(seconds=seconds)
        present = event.due_at
        with time_machine.travel(present - timedelta(milliseconds=1), tick=False):
            assert not work_once(database)
    assert failures == 4
    assert all(event.done_at for event in outbox.events(database, acme, "test.fine"))
    monkeypatch.setitem(worker.JOBS, KIND, ())
    with time_machine.travel(present, tick=False):
        assert outbox.until_idle(database) == 1
    assert outbox.event(database, acme, KIND).done_at == present


@pytest.mark.parametrize("attempts", [12, 47, 1000])
def test_what_has_failed_for_days_is_tried_every_hour(
    cast: Cast, database: Database, attempts: int
) -> None:
    outbox.put(database, cast.ada.organization_id, KIND)
    event = outbox.event(database, cast.ada.organization_id, KIND)
    present = now()
    with (
        time_machine.travel(present, tick=False),
        database.transaction(Mode.WRITE) as session,
    ):
        put_off(session, event.id, error="BrokenError", attempts=attempts)
    event = outbox.event(database, cast.ada.organization_id, KIND)
    assert event.due_at - present == timedelta(hours=1)


def test_what_a_worker_held_that_died_is_taken_up_again(cast: Cast, database: Database) -> None:
    outbox.empty(database)
    outbox.put(database, cast.ada.organization_id, KIND)
    with database.transaction(Mode.WRITE) as session:
        assert claim(session) is not None
    claimed_at = outbox.event(database, cast.ada.organization_id, KIND).claimed_at
    assert claimed_at is not None
    assert not work_once(database)
    with time_machine.travel(claimed_at + ABANDONED_AFTER + timedelta(seconds=1), tick=False):
        assert work_once(database)
    event = outbox.event(database, cast.ada.organization_id, KIND)
    assert event.attempts == 2
    assert event.done_at is not None


def test_what_takes_long_lets_the_others_have_their_turn(
    cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.empty(database)
    acme = cast.ada.organization_id
    left, done = [3], []

    def long(_database: Database, _organization_id: UUID) -> Iterator[int]:
        while left[0]:
            left[0] -= 1
            yield left[0]
        done.append("long")

    monkeypatch.setattr(worker, "TURN_SECONDS", -1)
    monkeypatch.setitem(worker.JOBS, KIND, (long,))
    monkeypatch.setitem(worker.JOBS, "test.short", (lambda *_: done.append("short"),))
    outbox.put(database, acme, KIND)
    outbox.put(database, acme, "test.short")
    assert outbox.until_idle(database) == 5
    assert done == ["short", "long"]
    # No turn of it was a failure, after which it would have had to wait.
    event = outbox.event(database, acme, KIND)
    assert (event.attempts, event.last_error) == (1, None)
    assert event.done_at is not None


def test_an_event_that_is_rolled_back_never_happened(cast: Cast, database: Database) -> None:
    outbox.empty(database)
    cast.ada.post("scoring-policies", {"half_life_days": -1}, expect=422)
    cast.ada.candidate()
    # Of this one no job hears.
    assert not work_once(database)
    cast.ada.post("scoring-policies", {"half_life_days": 100})
    assert work_once(database)


def test_the_loop_outlives_a_store_that_is_not_there_yet(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    url = f"sqlite:///{tmp_path_factory.mktemp('later')}/firstinline.db"
    database = open_database(Settings(), url=url)
    stop = threading.Event()
    beside = threading.Thread(
        target=work,
        args=(database, stop),
        kwargs={"idle_seconds": 0.01, "away_seconds": 0.2},
    )
    beside.start()
    try:
        assert not stop.wait(0.1)
        assert beside.is_alive()
        migrate(Settings(), url=url)
        organization_id = _organization(database)
        outbox.put(database, organization_id, KIND)
        until = now() + timedelta(seconds=20)
        while outbox.event(database, organization_id, KIND).done_at is None:
            assert now() < until
            assert not stop.wait(0.01)
    finally:
        stop.set()
        beside.join()
        database.close()


def _organization(database: Database) -> UUID:
    with database.transaction(Mode.WRITE) as session:
        return create_organization(session, name="Late").id
