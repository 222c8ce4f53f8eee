"""Two hundred clients at a service that is killed, that loses its database, or that just serves.

Not collected by itself: `make soak` names it. SOAK_SECONDS and SOAK_KILLS set other lengths.
"""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from app.core.settings import Settings
from app.entry.tenancy import open_database
from tests.cast import assemble
from tests.service.process import Service
from tests.soak.crowd import CLIENTS, Crowd
from tests.soak.memory import Memory
from tests.soak.stores import address, careful_server, careful_store
from tests.soak.verdict import judge

SECONDS = float(os.environ.get("SOAK_SECONDS", "60"))
KILLS = int(os.environ.get("SOAK_KILLS", "20"))
# Before each kill it has served for so long, and acknowledged so many writes.
_EVERY_SECONDS, _WRITES = 1.0, 50
_PATIENCE_SECONDS = 60
_AWAY_SECONDS = 2.0
_POSITIONS = 4
# One key asks for all, as often as it can.
_UNLIMITED = {"FIRSTINLINE_RATE_LIMIT": "0"}

Disturbing = Callable[[Crowd], Awaitable[None]]
stores = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])


@contextmanager
def served(store: str, folder: Path) -> Iterator[Service]:
    """Yield the service on a store."""
    service = Service(store, folder, **_UNLIMITED)
    service.start()
    try:
        yield service
    finally:
        if service.is_running():
            service.kill()


def soak(service: Service, disturb: Disturbing) -> Crowd:
    """Let the crowd loose, disturb it, judge what is left, and return the crowd."""
    with (
        closing(open_database(Settings(), url=service.store)) as database,
        httpx.Client(base_url=service.address, timeout=60) as http,
    ):
        ada = assemble(http, database).ada
        positions = [ada.position(f"Position {number}") for number in range(_POSITIONS)]
        for position in positions:
            ada.post(f"positions/{position}/open", expect=200)
        crowd = Crowd(service.port, ada.key, positions)
        began = time.monotonic()
        crowd.run(disturb)
        took = time.monotonic() - began
        # The connection was cut with the process that it led to.
        http.close()
    with (
        closing(open_database(Settings(), url=service.store)) as database,
        httpx.Client(base_url=service.address, timeout=60) as http,
    ):
        judge(crowd, type(ada)(http, ada.name, ada.organization_id, ada.user_id, ada.key), database)
    answers = sum(crowd.statuses.values())
    _say(
        f"{answers:,} answers in {took:.0f} s, {crowd.told.count():,} writes acknowledged, "
        f"{crowd.cut:,} requests cut, {crowd.redone:,} of them had been done, "
        f"come again: {dict(crowd.refused)}"
    )
    return crowd


def _say(line: str) -> None:
    """Write a number to the report of the run: it is what the run is for."""
    sys.stderr.write(f"{line}\n")


@stores
def test_a_service_that_is_killed_again_and_again_loses_nothing(kind: str, tmp_path: Path) -> None:
    with careful_store(kind) as store, served(store, tmp_path) as service:

        async def kill(crowd: Crowd) -> None:
            for _ in range(KILLS):
                await _wait_for_writes(crowd)
                service.kill()
                await asyncio.to_thread(service.start)
            await _wait_for_writes(crowd)

        crowd = soak(service, kill)
    # Each kill cuts what is under way, and no more.
    assert 0 < crowd.cut <= KILLS * (CLIENTS + 1)


async def _wait_for_writes(crowd: Crowd) -> None:
    """Let it serve until it has made promises anew."""
    began, before = time.monotonic(), crowd.told.count()
    while crowd.told.count() < before + _WRITES or time.monotonic() < began + _EVERY_SECONDS:
        assert time.monotonic() < began + _PATIENCE_SECONDS, "it acknowledges nothing"
        await asyncio.sleep(0.05)


@stores
def test_a_service_that_is_left_alone_cuts_nobody_and_does_not_grow(
    kind: str, tmp_path: Path
) -> None:
    memory = Memory()
    with careful_store(kind) as store, served(store, tmp_path) as service:

        async def watch(_crowd: Crowd) -> None:
            until = time.monotonic() + SECONDS
            while time.monotonic() < until:
                memory.sample(service.pid)
                await asyncio.sleep(1)

        crowd = soak(service, watch)
    _say(str(memory))
    assert crowd.cut == 0
    assert not crowd.refused
    memory.judge()


def test_a_database_server_that_is_killed_comes_back_to_a_service_that_stayed(
    tmp_path: Path,
) -> None:
    with careful_server() as server, served(address(server), tmp_path) as service:

        async def kill(crowd: Crowd) -> None:
            await asyncio.sleep(SECONDS / 10)
            # Meanwhile the service may say so, if it says when to come again.
            crowd.may_refuse |= {503}
            await asyncio.to_thread(server.kill)
            await asyncio.sleep(_AWAY_SECONDS)
            await asyncio.to_thread(server.start)
            await asyncio.sleep(SECONDS / 10)
            crowd.may_refuse -= {503}
            await asyncio.sleep(SECONDS / 10)

        before = service.pid
        crowd = soak(service, kill)
        assert service.pid == before
    assert crowd.cut == 0
    assert crowd.refused[503] > 0
