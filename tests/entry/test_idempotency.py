"""A write with an Idempotency-Key is done once, however often and from wherever it is sent."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import time_machine
from fastapi import APIRouter
from sqlalchemy import select

from app.core.database import Database, Mode
from app.core.settings import Settings
from app.entry.asking import Writing
from app.entry.routing import Route
from app.main import create_app
from app.models.organization import IdempotencyKey
from app.organizations.actions import create_rejection_reason
from tests.cast import Cast, Json, Person
from tests.client import Client


def send(
    person: Person, key: str, body: Json, path: str = "users", method: str = "POST"
) -> httpx.Response:
    return person.call(method, path, json=body, headers={"Idempotency-Key": key})


def named(person: Person, name: str) -> int:
    """Return how many users go by a name."""
    return [user["name"] for user in person.get("users", params={"limit": 200})["items"]].count(
        name
    )


def test_the_same_request_gets_the_same_answer_and_is_done_once(cast: Cast) -> None:
    first = send(cast.ada, "k1", {"name": "Dora"})
    again = send(cast.ada, "k1", {"name": "Dora"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    for header in ("Content-Type", "ETag", "Location"):
        assert again.headers[header] == first.headers[header]
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert named(cast.ada, "Dora") == 1
    assert send(cast.ada, "k2", {"name": "Dora"}).json()["id"] != first.json()["id"]


def test_an_answer_without_a_body_is_given_again_too(cast: Cast) -> None:
    made = cast.ada.post("api-keys", {"name": "x", "scope": "read"})
    path = f"api-keys/{made['id']}"
    for replayed in (None, "true"):
        answer = cast.ada.call("DELETE", path, headers={"Idempotency-Key": "k"})
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers.get("Idempotent-Replayed") == replayed


def test_a_key_belongs_to_one_request(cast: Cast) -> None:
    assert send(cast.ada, "k", {"name": "Dora"}).status_code == 201
    path = f"users/{cast.ben.user_id}"
    others = (
        send(cast.ada, "k", {"name": "Eve"}),
        send(cast.ada, "k", {"name": "Dora"}, path="rejection-reasons"),
        send(cast.ada, "k", {"name": "Dora"}, path=path, method="PATCH"),
    )
    for answer in others:
        assert answer.status_code == 422
        assert answer.json()["errors"] == [
            {"pointer": "Idempotency-Key", "detail": "was used for another request"}
        ]
    assert named(cast.ada, "Eve") == 0
    assert cast.ada.get(path)["name"] == "Ben"


def test_a_key_belongs_to_one_api_key(cast: Cast) -> None:
    other = cast.ada.post("api-keys", {"name": "other", "scope": "admin"})["key"]
    people = (cast.ada, replace(cast.ada, key=other), cast.cleo)
    first = [send(person, "k", {"name": "Dora"}) for person in people]
    assert len({answer.json()["id"] for answer in first}) == 3
    again = [send(person, "k", {"name": "Dora"}) for person in people]
    assert [answer.content for answer in again] == [answer.content for answer in first]


def test_errors_are_not_kept(cast: Cast) -> None:
    body = {"name": "Benno", "emails": ["ben@acme.example"]}
    assert send(cast.ada, "k", body).status_code == 409
    assert send(cast.ada, "k", {"name": 1}).status_code == 422
    cast.ada.patch(f"users/{cast.ben.user_id}", {"emails": []})
    assert send(cast.ada, "k", body).status_code == 201
    assert named(cast.ada, "Benno") == 1


def test_an_answer_with_a_secret_is_not_kept(cast: Cast, database: Database) -> None:
    body = {"name": "ATS", "scope": "read"}
    first = send(cast.ada, "k", body, path="api-keys")
    assert first.status_code == 201
    again = send(cast.ada, "k", body, path="api-keys")
    assert again.status_code == 409
    assert first.json()["key"] not in again.text
    names = [key["name"] for key in cast.ada.get("api-keys")["items"]]
    assert names.count("ATS") == 1
    with database.transaction(Mode.READ, cast.ada.organization_id) as session:
        rows = session.scalars(select(IdempotencyKey)).all()
    assert [(row.key, row.status, row.headers, row.body) for row in rows] == [
        ("k", None, None, None)
    ]


def test_an_answer_is_kept_for_a_day(cast: Cast) -> None:
    first = send(cast.ada, "k", {"name": "Dora"})
    present = datetime.now(UTC)
    with time_machine.travel(present + timedelta(hours=23, minutes=59), tick=True):
        assert send(cast.ada, "k", {"name": "Dora"}).content == first.content
    with time_machine.travel(present + timedelta(hours=24, minutes=1), tick=True):
        later = send(cast.ada, "k", {"name": "Eve"})
        assert (later.status_code, later.json()["name"]) == (201, "Eve")
        assert send(cast.ada, "k", {"name": "Eve"}).content == later.content
    assert (named(cast.ada, "Dora"), named(cast.ada, "Eve")) == (1, 1)


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a\x7fb"])
def test_what_is_no_key_is_refused(cast: Cast, key: str) -> None:
    answer = send(cast.ada, key, {"name": "Dora"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "Idempotency-Key"
    assert named(cast.ada, "Dora") == 0


def test_reading_is_not_done_once(cast: Cast) -> None:
    headers = {"Idempotency-Key": "k"}
    before = cast.ada.get("users", headers=headers)
    cast.ada.post("users", {"name": "Dora"})
    assert cast.ada.get("users", headers=headers) != before


def test_of_many_at_once_one_is_done(cast: Cast) -> None:
    """A rival waits for the first one's answer, or is told to come again."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(cast.ada, "k", {"name": "Dora"}), range(8)))
    done = [answer for answer in answers if answer.status_code == 201]
    told = [answer for answer in answers if answer.status_code != 201]
    assert done
    assert len({answer.content for answer in done}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in done) == 1
    for answer in told:
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/in-progress")
        assert int(answer.headers["Retry-After"]) >= 1
    assert named(cast.ada, "Dora") == 1


class Slow:
    """A service with one more route, which works until it is told to finish."""

    def __init__(self, database: Database) -> None:
        self.started, self.finish = threading.Event(), threading.Event()
        self.app = create_app(Settings(), database)
        router = APIRouter(prefix="/v1", route_class=Route)

        @router.post("/slow", status_code=201)
        def work_slowly(ask: Writing) -> dict[str, str]:
            self.started.set()
            assert self.finish.wait(20)
            reason = create_rejection_reason(
                ask.session, ask.actor, name="Slow", reason_type="other", never_reconsider=False
            )
            return {"id": str(reason.id)}

        self.app.include_router(router)


@pytest.fixture
def slow(database: Database) -> Iterator[tuple[Slow, Client]]:
    service = Slow(database)
    with Client(service.app) as client:
        yield service, client
        service.finish.set()


def test_a_rival_of_a_slow_request_is_not_done(
    cast: Cast, database: Database, slow: tuple[Slow, Client]
) -> None:
    service, client = slow
    ben = replace(cast.ben, http=client)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(send, ben, "k", {}, "slow")
        assert service.started.wait(20)
        began = time.monotonic()
        rival: Future[httpx.Response] = pool.submit(send, ben, "k", {}, "slow")
        if database.is_sqlite:
            # All of SQLite's writers wait for one another, this one among them.
            time.sleep(0.2)
            assert not rival.done()
            service.finish.set()
        else:
            told = rival.result(20)
            assert 0.9 < time.monotonic() - began < 5
            assert (told.status_code, told.headers["Retry-After"]) == (409, "1")
            assert told.json()["type"] == "/problems/in-progress"
            service.finish.set()
        answer = first.result(20)
        again = rival.result(20) if database.is_sqlite else send(ben, "k", {}, "slow")
    assert answer.status_code == 201
    assert again.content == answer.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(cast.ben.get("rejection-reasons")["items"]) == 1
