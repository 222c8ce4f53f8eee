"""Whatever goes wrong, the answer is one shape, and it never repeats what was sent."""

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import product
from typing import Annotated, Any, Literal
from uuid import UUID

import httpx
import pytest
from fastapi import Cookie, FastAPI, Header
from pydantic import Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.core import problems
from app.core.http import RequestId, SecurityHeaders
from app.core.schema import Body, EmailText, HttpUrlText, Instant, Int64, Line, Number, PhoneText
from tests.client import Client

MARK = "zyxmarkzyx"


class Level(Body):
    competency: Line
    level: Annotated[Int64, Field(ge=1, le=5)]


class Cat(Body):
    kind: Literal["cat"]
    lives: int


class Dog(Body):
    kind: Literal["dog"]
    tricks: list[str]


class Everything(Body):
    name: Line
    levels: list[Level] = Field(default_factory=list)
    seats: int | list[Level] = 1
    pet: Annotated[Cat | Dog, Field(discriminator="kind")] | None = None
    id: UUID | None = None
    at: Instant | None = None
    plain_at: datetime | None = None
    email: EmailText | None = None
    phone: PhoneText | None = None
    url: HttpUrlText | None = None
    weight: Number | None = None
    flag: bool | None = None


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    app = FastAPI()
    problems.install(app)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestId)

    @app.post("/everything", responses=problems.responses(problems.Conflict, problems.InProgress))
    def post(body: Everything) -> dict[str, str]:
        return {"name": body.name}

    @app.get("/asked/{id}")
    def asked(
        id: UUID,  # noqa: A002 - as it stands in the path
        limit: int = 1,
        if_match: Annotated[int | None, Header()] = None,
        session: Annotated[int | None, Cookie()] = None,
    ) -> None: ...

    @app.get("/raise/{name}")
    def fail(name: str) -> None:
        raised: dict[str, Exception] = {
            "conflict": problems.Conflict("It is closed.", current_status="closed"),
            "taken": problems.Conflict(existing_id=UUID(int=7)),
            "progress": problems.InProgress(retry_after=3),
            "unavailable": problems.Unavailable("Later."),
            "unauthenticated": problems.Unauthenticated(),
            "http": HTTPException(418, MARK),
            "hung-up": ClientDisconnect(),
            "http503": HTTPException(503, MARK),
            "bug": RuntimeError(MARK),
        }
        raise raised[name]

    with Client(app) as client:
        yield client


def problem_of(response: httpx.Response, status: int) -> dict[str, Any]:
    """Check the one shape; return the body."""
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    assert body["type"].startswith(("/problems/", "about:blank"))
    assert body["title"]
    assert MARK not in response.text
    return body


def errors_of(response: httpx.Response) -> set[tuple[str, str]]:
    body = problem_of(response, 422)
    assert body["type"] == "/problems/invalid"
    return {(error["pointer"], error["detail"]) for error in body["errors"]}


def test_a_problem_is_answered_with_its_extensions(client: Client) -> None:
    body = problem_of(client.get("/raise/conflict"), 409)
    assert body == {
        "type": "/problems/conflict",
        "title": "Conflict with the present state",
        "status": 409,
        "detail": "It is closed.",
        "current_status": "closed",
    }
    taken = problem_of(client.get("/raise/taken"), 409)
    assert taken["existing_id"] == str(UUID(int=7))
    assert "detail" not in taken


@pytest.mark.parametrize(
    ("name", "status", "header", "value"),
    [
        ("progress", 409, "Retry-After", "3"),
        ("unavailable", 503, "Retry-After", "1"),
        ("http503", 503, "Retry-After", "1"),
        ("unauthenticated", 401, "WWW-Authenticate", "Bearer"),
    ],
)
def test_a_problem_says_in_headers_what_to_do(
    client: Client, name: str, status: int, header: str, value: str
) -> None:
    response = client.get(f"/raise/{name}")
    problem_of(response, status)
    assert response.headers[header] == value


def test_bare_http_errors_are_problems_too(client: Client) -> None:
    assert problem_of(client.get("/nowhere"), 404)["type"] == "/problems/not-found"
    assert problem_of(client.get("/raise/http"), 418)["title"] == "I'm a Teapot"
    assert problem_of(client.get("/raise/hung-up"), 400)["type"] == "/problems/unreadable"
    response = client.put("/everything")
    assert problem_of(response, 405)["type"] == "/problems/method-not-allowed"
    assert response.headers["Allow"] == "POST"


def test_our_own_fault_shows_a_request_id_and_nothing_else(client: Client) -> None:
    response = client.get("/raise/bug", headers={"X-Request-Id": "abc-1"})
    assert problem_of(response, 500) == {
        "type": "/problems/internal",
        "title": "Internal error",
        "status": 500,
        "request_id": "abc-1",
    }
    assert response.headers["X-Request-Id"] == "abc-1"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "content",
    [
        b'{"name": ' + MARK.encode(),
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"weight": ' + b"9" * 5000 + b"}",
    ],
    ids=["syntax", "no UTF-8", "too deep", "endless number"],
)
def test_what_is_no_json_is_unreadable(client: Client, content: bytes) -> None:
    response = client.post(
        "/everything", content=content, headers={"Content-Type": "application/json"}
    )
    assert problem_of(response, 400)["type"] == "/problems/unreadable"


@pytest.mark.parametrize("headers", [{"Content-Type": "text/plain"}, {}])
def test_another_media_type_is_unsupported(client: Client, headers: dict[str, str]) -> None:
    response = client.post("/everything", content=b'{"name": "x"}', headers=headers)
    problem_of(response, 415)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (None, ""),
        ([], ""),
        ({}, "/name"),
        ({"name": MARK, "nmae": MARK}, "/nmae"),
        ({"name": "x", "levels": [{"competency": "a", "level": 9}]}, "/levels/0/level"),
        ({"name": "x", "levels": [{"level": 1}]}, "/levels/0/competency"),
        ({"name": "x", "levels": [{"competency": "a", "level": 1, "extra": 1}]}, "/levels/0/extra"),
        ({"name": "x", "seats": MARK}, "/seats"),
        ({"name": "x", "seats": [{"competency": "a"}]}, "/seats/0/level"),
        ({"name": "x", "pet": {"kind": MARK}}, "/pet/kind"),
        ({"name": "x", "pet": {"kind": "cat", "lives": MARK}}, "/pet/lives"),
        ({"name": "x", "pet": {"kind": "dog"}}, "/pet/tricks"),
    ],
)
def test_the_pointer_leads_into_the_body(client: Client, body: object, pointer: str) -> None:
    response = (
        client.post("/everything", json=body) if body is not None else client.post("/everything")
    )
    assert pointer in {at for at, _ in errors_of(response)}


def test_a_name_that_is_no_identifier_is_not_repeated(client: Client) -> None:
    response = client.post("/everything", json={"name": "x", f"<b>{MARK}</b>": 1})
    assert errors_of(response) == {("", "Unknown field")}


def test_parameters_have_a_pointer_of_their_own(client: Client) -> None:
    response = client.get(
        f"/asked/{MARK}",
        params={"limit": MARK},
        headers={"If-Match": MARK, "Cookie": f"session={MARK}"},
    )
    found = {at for at, _ in errors_of(response)}
    assert found == {"{id}", "?limit", "If-Match", "cookie:session"}


def test_no_value_is_repeated(client: Client) -> None:
    fields = ["id", "at", "plain_at", "email", "phone", "url", "weight", "flag", "seats", "levels"]
    values: list[object] = [
        MARK,
        f"20-{MARK}",
        f"{MARK}@{MARK}@",
        f"ftp://{MARK}",
        {MARK: MARK},
        [MARK],
        {"a": {MARK: 1}},
    ]
    answers = {
        f"{field}: {value}": client.post("/everything", json={"name": "x", field: value})
        for field, value in product(fields, values)
    }
    assert {sent: got.text for sent, got in answers.items() if MARK in got.text} == {}
    assert all(map(errors_of, answers.values()))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "1" + "0" * 400])
def test_numbers_that_are_none_are_refused(client: Client, number: str) -> None:
    content = f'{{"name": "x", "weight": {number}}}'
    response = client.post(
        "/everything", content=content, headers={"Content-Type": "application/json"}
    )
    assert {at for at, _ in errors_of(response)} == {"/weight"}


def test_a_body_wrong_in_a_thousand_places_is_not_answered_in_full(client: Client) -> None:
    response = client.post("/everything", json={"name": "x", "levels": [{} for _ in range(1000)]})
    assert len(problem_of(response, 422)["errors"]) == problems.MOST_ERRORS


def test_an_invalid_problem_names_each_fault_once() -> None:
    fault = ("/a", "is wrong")
    body = problems.Invalid.of([fault, fault, ("/b", "too")]).body()
    assert body["errors"] == [
        {"pointer": "/a", "detail": "is wrong"},
        {"pointer": "/b", "detail": "too"},
    ]


def test_every_problem_has_a_type_of_its_own() -> None:
    kinds = [
        kind
        for kind in vars(problems).values()
        if isinstance(kind, type)
        and issubclass(kind, problems.Problem)
        and kind is not problems.Problem
        and not kind.__name__.startswith("_")
    ]
    assert len(kinds) == 16
    assert len({kind.type for kind in kinds}) == len(kinds)
    assert all(400 <= kind.status < 600 and kind.__doc__ for kind in kinds)
    drawn = problems.__doc__ or ""
    assert all(f"─ {kind.__name__} " in drawn and str(kind.status) in drawn for kind in kinds)


def test_openapi_declares_problems_and_nothing_of_fastapis(client: Client) -> None:
    document = client.get("/openapi.json").json()
    text = json.dumps(document)
    assert "HTTPValidationError" not in text
    answers = document["paths"]["/everything"]["post"]["responses"]
    reference = {"$ref": "#/components/schemas/ProblemBody"}
    for status in ("409", "422", "default"):
        assert answers[status]["content"] == {"application/problem+json": {"schema": reference}}
    assert "/problems/in-progress" in answers["409"]["description"]
    assert set(document["components"]["schemas"]) >= {"ProblemBody", "ErrorBody", "Everything"}


def test_the_shape_that_openapi_declares_is_what_is_answered(client: Client) -> None:
    for path in ("/raise/conflict", "/raise/taken", "/raise/bug", "/asked/x", "/nowhere"):
        try:
            problems.ProblemBody.model_validate_json(client.get(path).content)
        except ValidationError as error:
            pytest.fail(f"{path}: {error}")
