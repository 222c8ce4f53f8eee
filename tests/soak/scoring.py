"""A worker that is killed while it scores everybody by a new policy, and started again.

Not collected by itself: `make soak` names it.
"""

import io
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from app.core.settings import Settings
from app.entry.actor import Actor
from app.entry.tenancy import open_database
from app.intake.csv.actions import import_candidates
from app.main import create_app
from bench.checking import check
from tests.cast import Person, assemble
from tests.client import Client
from tests.service.process import ROOT
from tests.soak.stores import careful_store

PEOPLE, KILLS = 1200, 2
# What a worker held that was killed is taken up again after a minute.
_PATIENCE_SECONDS = 180


class Worker:
    """`firstinline worker` on a store."""

    def __init__(self, store: str, folder: Path) -> None:
        self._environment = {**os.environ, "FIRSTINLINE_DATABASE_URL": store}
        self._log = folder / "worker.log"

    @contextmanager
    def running(self) -> Iterator[None]:
        """Start it; it is killed in the end, whatever it does."""
        command = [sys.executable, "-m", "app.cli", "worker"]
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )
        try:
            yield
            assert process.poll() is None, self._log.read_text()
        finally:
            process.kill()
            process.wait()


def _sheet() -> bytes:
    lines = ["full_name,emails,position,rejected_at,reason,follow_up_at,follow_up"]
    lines += [
        f"Person {n},p{n}@mail.example,Internship,2018-09-0{1 + n % 9},Experience,"
        f"2019-0{1 + n % 6}-1{n % 10}T09:00:00Z,I have joined a club."
        for n in range(PEOPLE)
    ]
    return "\n".join(lines).encode()


def _is_further(policy: dict[str, Any], than: int) -> bool:
    return policy["progress"] is not None and policy["progress"]["scored"] > than


def _until(ada: Person, what: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    until = time.monotonic() + _PATIENCE_SECONDS
    while not what(policy := ada.get("scoring-policies/2")):
        assert time.monotonic() < until, policy
        time.sleep(0.01)
    return policy


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_worker_killed_while_it_scores_everybody_goes_on_and_mixes_nothing(
    kind: str, tmp_path: Path
) -> None:
    with (
        careful_store(kind) as store,
        closing(open_database(Settings(), url=store)) as database,
        Client(create_app(Settings(rate_limit=0), database)) as http,
    ):
        ada = assemble(http, database).ada
        actor = Actor(ada.organization_id, "admin", user_id=ada.user_id)
        *_, done = import_candidates(database, actor, io.BytesIO(_sheet()), told={})
        assert done.candidates == {"created": PEOPLE}, done.faults[:3]
        _score(ada, Worker(store, tmp_path))
        assert check(database, ada.organization_id) > 0


def _score(ada: Person, worker: Worker) -> None:
    position = next(iter(ada.get("positions")["items"]))["id"]
    before = ada.post(f"positions/{position}/shortlists")
    ada.post("scoring-policies", {"half_life_days": 365})
    scored = 0
    for _ in range(KILLS):
        with worker.running():
            _until(ada, partial(_is_further, than=scored))
        policy = ada.get("scoring-policies/2")
        scored = policy["progress"]["scored"]
        # In force is what everybody has been scored by.
        assert policy["scored_at"] is None
        assert ada.post(f"positions/{position}/shortlists")["policy_version"] == 1
        assert ada.post(f"shortlists/{before['id']}/replay", expect=200)["identical"] is True
    with worker.running():
        _until(ada, lambda now: now["scored_at"] is not None)
    after = ada.post(f"positions/{position}/shortlists")
    assert after["policy_version"] == 2
    assert len(after["entries"]) == len(before["entries"]) > 0
    assert ada.post(f"shortlists/{before['id']}/replay", expect=200)["identical"] is True
