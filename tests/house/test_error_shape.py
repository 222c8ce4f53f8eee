"""Whatever goes wrong, and wherever, the answer has one shape and repeats nothing that was sent."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter

from app.core.database import Database
from app.core.http import SECURITY_HEADERS
from app.core.problems import ProblemBody
from app.core.settings import Settings
from app.entry.asking import Reading
from app.entry.routing import Route
from app.entry.tenancy import open_database
from app.main import create_app
from tests.cast import Cast, Json, Person, assemble
from tests.client import Client

MARK = "zyxmarkzyx"
ALWAYS = {"type", "title", "status"}
SOMETIMES = {"detail", "errors", "current_status", "existing_id", "request_id", "limit"}


def assert_problem(response: httpx.Response, status: int) -> Json:
    """Check that a response is a problem of this status, in the one shape; return its body."""
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    assert MARK not in response.text.lower()
    assert MARK not in str(response.headers).lower()
    body: Json = response.json()
    ProblemBody.model_validate(body)
    assert body.keys() >= ALWAYS
    assert body.keys() <= ALWAYS | SOMETIMES
    assert body["type"].startswith("/problems/")
    assert body["status"] == status
    assert ("errors" in body) == (status == 422)
    for error in body.get("errors", []):
        assert error.keys() == {"pointer", "detail"}
        assert error["detail"]
    assert response.headers["X-Request-Id"]
    for name, value in SECURITY_HEADERS.items():
        assert response.headers[name] == value
    return body


@pytest.fixture(scope="module")
def breakable(database: Database) -> Iterator[Client]:
    """The service with a small limit of bodies, and one more route, which has a bug."""
    app = create_app(Settings(body_limit=2048), database)
    router = APIRouter(prefix="/v1", route_class=Route)

    @router.get("/bug")
    def fail(ask: Reading) -> None:
        raise RuntimeError(MARK)

    app.include_router(router)
    with Client(app) as client:
        yield client


@pytest.fixture(scope="module")
def people(breakable: Client, database: Database) -> Cast:
    """The cast, at that service; what goes wrong changes nothing, so one does for all."""
    return assemble(breakable, database)


def sent(person: Person, body: bytes, kind: str = "application/json") -> httpx.Response:
    return person.call("POST", "users", content=body, headers={"Content-Type": kind})


def taken(person: Person) -> httpx.Response:
    body = {"name": MARK, "emails": ["ada@acme.example"]}
    return person.call("POST", "users", json=body)


def stale(person: Person) -> httpx.Response:
    headers = {"If-Match": '"99"'}
    return person.call("PATCH", "organization", json={"name": MARK}, headers=headers)


def reused(person: Person) -> httpx.Response:
    headers = {"Idempotency-Key": MARK}
    person.call("POST", "rejection-reasons", json={"name": "x"}, headers=headers)
    return person.call("POST", "rejection-reasons", json={"name": MARK}, headers=headers)


WAYS: dict[str, tuple[int, Callable[[Person], httpx.Response]]] = {
    "a body that is no JSON": (400, lambda ada: sent(ada, f'{{"name": {MARK}'.encode())),
    "a body that is no text": (400, lambda ada: sent(ada, b'\xff\xfe{"name"')),
    "no key": (401, lambda ada: ada.http.get("/v1/me", headers={"X-Whose": MARK})),
    "a key of nobody's": (
        401,
        lambda ada: ada.call("GET", "me", headers={"Authorization": f"Bearer {MARK}"}),
    ),
    "a header that is no credential": (
        401,
        lambda ada: ada.call("GET", "me", headers={"Authorization": MARK}),
    ),
    "an unknown path": (404, lambda ada: ada.call("GET", f"/{MARK}")),
    "an unknown path of the interface": (404, lambda ada: ada.call("GET", f"users/{MARK}/{MARK}")),
    "a path with a slash too much": (404, lambda ada: ada.call("GET", "users/")),
    "an unknown id": (
        404,
        lambda ada: ada.call("GET", "users/00000000-0000-7000-8000-000000000000"),
    ),
    "a method that is not there": (405, lambda ada: ada.call("PUT", "users", json={MARK: MARK})),
    "OPTIONS": (405, lambda ada: ada.call("OPTIONS", "users")),
    "something taken": (409, taken),
    "a stale version": (412, stale),
    "a body too large": (413, lambda ada: sent(ada, f'"{MARK * 500}"'.encode())),
    "a body of another kind": (415, lambda ada: sent(ada, MARK.encode(), f"text/{MARK}")),
    "a body of no kind": (415, lambda ada: sent(ada, f'{{"name": "{MARK}"}}'.encode(), "")),
    "an invalid body": (
        422,
        lambda ada: ada.call("POST", "users", json={"name": [MARK], MARK * 9: MARK}),
    ),
    "a body that is no object": (422, lambda ada: ada.call("POST", "users", json=[MARK])),
    "no body": (422, lambda ada: ada.call("POST", "users")),
    "an id that is none": (422, lambda ada: ada.call("GET", f"users/{MARK}")),
    "a parameter that is none": (
        422,
        lambda ada: ada.call("GET", "users", params={"limit": MARK, "email": MARK}),
    ),
    "a cursor that is none": (422, lambda ada: ada.call("GET", "users", params={"cursor": MARK})),
    "an unknown parameter": (422, lambda ada: ada.call("GET", "users", params={"no such": MARK})),
    "an ETag that is none": (
        422,
        lambda ada: ada.call("PATCH", "organization", json={}, headers={"If-Match": MARK}),
    ),
    "a key for two requests": (422, reused),
    "a bug": (500, lambda ada: ada.call("GET", "bug")),
}


@pytest.mark.parametrize("way", WAYS)
def test_whatever_goes_wrong_is_answered_in_one_shape(people: Cast, way: str) -> None:
    status, go_wrong = WAYS[way]
    assert_problem(go_wrong(people.ada), status)


def test_a_key_without_the_right_is_answered_so_too(people: Cast) -> None:
    response = people.ben.call("POST", "users", json={"name": MARK})
    assert assert_problem(response, 403)["type"] == "/problems/forbidden"


def test_a_bug_is_answered_with_the_id_under_which_it_is_logged(people: Cast) -> None:
    response = people.ada.call("GET", "bug", headers={"X-Request-Id": "ats-7"})
    assert assert_problem(response, 500)["request_id"] == "ats-7"


def test_what_has_been_deleted_is_answered_so_too(cast: Cast) -> None:
    candidate = cast.ben.candidate()
    cast.ben.delete(f"candidates/{candidate}")
    assert_problem(cast.ben.call("GET", f"candidates/{candidate}"), 410)


def test_a_method_that_is_not_there_names_those_that_are(people: Cast) -> None:
    response = people.ada.call("PUT", "users")
    assert_problem(response, 405)
    allowed = {name.strip() for name in response.headers["Allow"].split(",")}
    assert allowed == {"GET", "POST"}


def test_a_word_of_an_address_is_no_id_of_another_one(people: Cast) -> None:
    response = people.ada.call("PUT", "candidates/bulk")
    assert_problem(response, 405)
    assert response.headers["Allow"] == "POST"


@pytest.fixture
def without_tables(tmp_path: Path) -> Iterator[Client]:
    """The service on a store that nobody has migrated."""
    database = open_database(Settings(), url=f"sqlite:///{tmp_path}/empty.db")
    with Client(create_app(Settings(), database)) as client:
        yield client
    database.close()


def test_a_store_that_is_not_ready_is_answered_so_too(without_tables: Client) -> None:
    response = without_tables.get("/readyz")
    assert "firstinline migrate" in assert_problem(response, 503)["detail"]
    assert int(response.headers["Retry-After"]) >= 1
    key: dict[str, Any] = {"Authorization": "Bearer fil_zzzzzzzz_" + "A" * 43}
    assert without_tables.get("/v1/me", headers=key).status_code in {500, 503}
    assert without_tables.get("/healthz").status_code == 200
