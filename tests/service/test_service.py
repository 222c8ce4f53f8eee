"""The running service: as a process, over sockets, on both stores."""

import json
import re
import socket
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

import httpx
import pytest

from app.core.migration import migrate
from app.core.settings import Settings
from app.entry.tenancy import open_database
from app.worker import work_once
from tests import postgresql
from tests.cast import Person, assemble
from tests.service.process import HOST, Service, send

CLIENTS = 200


@dataclass
class Acme:
    """A service with Acme's people in its store."""

    service: Service
    ada: Person
    ben: Person
    # What it said about itself before its store was migrated.
    unmigrated: dict[str, tuple[int, str]] = field(default_factory=dict)

    def candidates(self, count: int) -> list[str]:
        """Create candidates who were turned down, so that what they write counts."""
        position = self.ben.position()
        made = [self.ben.candidate(f"Person {number}") for number in range(count)]
        for candidate in made:
            self.ben.reject(self.ben.application(candidate, position))
        return made


@pytest.fixture(scope="module")
def addresses(store: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """An empty, unmigrated store of this module's own: as its owner, and as the service."""
    if store.startswith("sqlite"):
        url = f"sqlite:///{tmp_path_factory.mktemp('service')}/firstinline.db"
        return url, url
    server = postgresql.running()
    name = f"s{uuid.uuid4().hex}"
    server.run(f"CREATE DATABASE {name} OWNER {postgresql.OWNER}")
    return server.url(postgresql.OWNER, name), server.url(postgresql.SERVICE, name)


@pytest.fixture(scope="module")
def acme(addresses: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Acme]:
    """A service that was started before its store was migrated."""
    as_owner, as_service = addresses
    service = Service(as_service, tmp_path_factory.mktemp("log"))
    service.start()
    try:
        said = {path: service.ask("GET", path) for path in ("/healthz", "/readyz", "/v1/me")}
        migrate(Settings(), url=as_owner)
        with (
            closing(open_database(Settings(), url=as_service)) as database,
            httpx.Client(base_url=service.address, timeout=60) as client,
        ):
            people = assemble(client, database)
            yield Acme(service, people.ada, people.ben, said)
    finally:
        if service.is_running():
            service.kill()


# ------------------------------------------------------------------------------------------ health


def test_before_its_store_is_migrated_it_is_up_and_not_ready(acme: Acme) -> None:
    assert acme.unmigrated["/healthz"] == (200, '{"status":"ok"}')
    status, text = acme.unmigrated["/readyz"]
    assert status == 503
    assert json.loads(text)["detail"] == "The store wants migrating: run `firstinline migrate`."
    # Who sends no key is turned away before the store is asked.
    assert acme.unmigrated["/v1/me"][0] == 401


def test_once_it_is_migrated_it_is_ready(acme: Acme) -> None:
    assert acme.service.ask("GET", "/readyz") == (200, '{"status":"ok"}')


def test_what_it_counts_can_be_read(acme: Acme) -> None:
    before = counted(acme, "/v1/candidates/{candidate_id}", "404")
    path = f"/v1/candidates/{uuid.uuid4()}"
    assert acme.service.ask("GET", path, acme.ben.key)[0] == 404
    assert counted(acme, "/v1/candidates/{candidate_id}", "404") == before + 1
    text = acme.service.ask("GET", "/metrics")[1]
    assert "process_resident_memory_bytes" in text
    # Routes are counted by template: an id is nobody's business, and no end of labels.
    assert path not in text


def counted(acme: Acme, route: str, status: str) -> float:
    text = acme.service.ask("GET", "/metrics")[1]
    labels = re.escape(f'method="GET",route="{route}",status="{status}"')
    found = re.search(rf"^firstinline_requests_total{{{labels}}} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


# ------------------------------------------------------------------------------------------- HTTP/1


def test_a_post_that_offers_http2_as_java_does_is_done(acme: Acme) -> None:
    body = json.dumps({"full_name": "Java Duke"}).encode()
    head = (
        f"POST /v1/candidates HTTP/1.1\r\nHost: {HOST}:{acme.service.port}\r\n"
        f"Connection: Upgrade, HTTP2-Settings\r\nContent-Length: {len(body)}\r\n"
        "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\nUpgrade: h2c\r\n"
        "User-Agent: Java-http-client/21.0.2\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {acme.ben.key}\r\n\r\n"
    ).encode()
    with socket.create_connection((HOST, acme.service.port), timeout=30) as connection:
        connection.sendall(head)
        time.sleep(0.05)
        connection.sendall(body)
        answer = connection.makefile("rb")
        assert answer.readline() == b"HTTP/1.1 201 Created\r\n"
        headers = dict(iter_headers(answer))
        created = json.loads(answer.read(int(headers["content-length"])))
    assert acme.ben.get(headers["location"])["full_name"] == "Java Duke"
    assert created["full_name"] == "Java Duke"


def iter_headers(stream: Any) -> Iterator[tuple[str, str]]:
    while (line := stream.readline().decode().strip()) != "":
        name, _, value = line.partition(":")
        yield name.lower(), value.strip()


# ------------------------------------------------------------------------------------ many at once


def test_200_clients_at_once_are_all_answered(acme: Acme) -> None:
    """Half of them read and half write; tests/soak has them do so for a minute."""
    candidates = acme.candidates(10)
    start = threading.Barrier(CLIENTS)
    statuses: Counter[tuple[str, int]] = Counter()
    written: list[str] = []
    failures: list[Exception] = []

    def client(number: int) -> None:
        candidate = candidates[number % len(candidates)]
        reads = [f"/v1/candidates/{candidate}/persistence", "/v1/candidates", "/v1/positions"]
        try:
            with closing(acme.service.connection()) as connection:
                start.wait(60)
                if number % 2:
                    path = reads[number // 2 % len(reads)]
                    status, _, _ = send(connection, acme.ben.key, "GET", path)
                    statuses["GET", status] += 1
                else:
                    path = f"/v1/candidates/{candidate}/follow-ups"
                    status, _, made = send(
                        connection, acme.ben.key, "POST", path, letter(f"{number}")
                    )
                    statuses["POST", status] += 1
                    if status == 201:
                        written.append(made["id"])
        except (OSError, HTTPException, threading.BrokenBarrierError) as error:
            failures.append(error)

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(client, range(CLIENTS)))
    assert failures == []
    assert statuses == {("GET", 200): CLIENTS // 2, ("POST", 201): CLIENTS // 2}
    found = [one["id"] for candidate in candidates for one in follow_ups(acme, candidate)]
    assert sorted(found) == sorted(written)


def letter(subject: str) -> dict[str, str]:
    return {
        "occurred_at": "2019-01-07T15:00:00Z",
        "direction": "inbound",
        "channel": "email",
        "subject": subject,
    }


def follow_ups(acme: Acme, candidate: str) -> list[Any]:
    """Return all that a candidate wrote."""
    found: list[Any] = []
    query: dict[str, Any] = {"limit": 200}
    while True:
        page = acme.ben.get(f"candidates/{candidate}/follow-ups", params=query)
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        query["cursor"] = page["next_cursor"]


# ------------------------------------------------------------------------------------------ killed


def test_a_killed_process_loses_no_acknowledged_write(acme: Acme) -> None:
    candidates = acme.candidates(4)
    acknowledged: dict[tuple[str, str], str] = {}
    unknown: list[tuple[str, str]] = []
    enough = threading.Event()

    def write(thread: int) -> None:
        with closing(acme.service.connection()) as connection:
            for number in range(100_000):
                written = candidates[number % len(candidates)], f"{thread}/{number}"
                try:
                    acknowledged[written] = record(connection, acme, *written)[1]
                except (OSError, HTTPException):
                    unknown.append(written)
                    return
                if len(acknowledged) >= 60:
                    enough.set()

    with ThreadPoolExecutor(8) as pool:
        writing = [pool.submit(write, thread) for thread in range(8)]
        assert enough.wait(60)
        acme.service.kill()
        for one in writing:
            one.result(60)
    # Each thread was stopped with one request sent or about to be.
    assert len(unknown) == 8
    acme.service.start()
    with closing(acme.service.connection()) as connection:
        retried = {written: record(connection, acme, *written)[1] for written in unknown}
        for written in list(acknowledged)[-8:]:
            replayed, again = record(connection, acme, *written)
            assert replayed
            assert again == acknowledged[written]
    expected = {**acknowledged, **retried}
    found = [
        ((candidate, one["subject"]), one["id"])
        for candidate in candidates
        for one in follow_ups(acme, candidate)
    ]
    assert len(found) == len(expected)
    assert dict(found) == expected
    # What is derived is as whole as what was written.
    for candidate in candidates:
        (period,) = acme.ben.get(f"candidates/{candidate}/persistence")["periods"]
        assert period["credit"] == pytest.approx(0.3)


def record(connection: Any, acme: Acme, candidate: str, subject: str) -> tuple[bool, str]:
    """Record a follow-up under a key; return whether it had been answered before, and its id."""
    path = f"/v1/candidates/{candidate}/follow-ups"
    status, headers, made = send(
        connection,
        acme.ben.key,
        "POST",
        path,
        letter(subject),
        idempotency_key=f"{candidate} {subject}",
    )
    assert status == 201, made
    return headers.get("idempotent-replayed") == "true", str(made["id"])


# -------------------------------------------------------------------------------------- the worker


def test_a_new_scoring_policy_comes_into_force(acme: Acme) -> None:
    """On SQLite the worker runs beside the service; elsewhere it is a process of its own."""
    (candidate,) = acme.candidates(1)
    acme.ben.follow_up(candidate, "2019-01-07T15:00:00Z")
    version = acme.ada.post("scoring-policies", {"half_life_days": 100})["version"]
    if not acme.service.store.startswith("sqlite"):
        assert in_force(acme, version) is False
        with closing(open_database(Settings(), url=acme.service.store)) as database:
            while work_once(database):
                pass
    until = time.monotonic() + 60
    while not in_force(acme, version):
        assert time.monotonic() < until, acme.service.log.read_text()
        time.sleep(0.05)
    read = acme.ben.get(f"candidates/{candidate}/persistence")
    assert read["policy_version"] == version


def in_force(acme: Acme, version: int) -> bool:
    return acme.ada.get(f"scoring-policies/{version}")["scored_at"] is not None


# ------------------------------------------------------------------------------------- told to end


def test_told_to_end_it_ends_in_order(acme: Acme) -> None:
    acme.candidates(1)
    assert acme.service.stop() == 0
    with pytest.raises(ConnectionError):
        acme.service.ask("GET", "/healthz")
