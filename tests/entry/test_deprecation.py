"""An address that will go says so in every answer and in the document."""

from datetime import date
from typing import Annotated

import pytest
from fastapi import APIRouter, FastAPI, Query, Response
from starlette.testclient import TestClient

from app.core import problems
from app.core.problems import Gone
from app.entry.deprecation import deprecated
from app.entry.routing import Route

router = APIRouter(prefix="/v1", route_class=Route)
NOTICE = {
    "deprecation": "@1798761600",
    "sunset": "Thu, 01 Jul 2027 00:00:00 GMT",
    "link": '</docs/changes#old>; rel="deprecation"; type="text/html", '
    '</docs/changes#old>; rel="sunset"; type="text/html"',
}


@router.get("/old")
@deprecated(since=date(2027, 1, 1), sunset=date(2027, 7, 1), link="/docs/changes#old")
def read_old(response: Response, *, gone: Annotated[bool, Query()] = False) -> dict[str, bool]:
    """Return what was."""
    if gone:
        raise Gone
    response.headers["Link"] = '</v1/old?cursor=x>; rel="next"'
    return {"gone": gone}


@router.get("/older")
@deprecated(since=date(2027, 1, 1), link="/docs/changes#older")
def read_older() -> dict[str, bool]:
    return {}


@router.get("/new")
def read_new() -> dict[str, bool]:
    """Return what is."""
    return {}


@pytest.fixture(scope="module")
def service() -> TestClient:
    app = FastAPI()
    problems.install(app)
    app.include_router(router)
    return TestClient(app)


@pytest.mark.parametrize(
    ("query", "status"), [("?gone=true", 410), ("?gone=x", 422), ("?a=b", 422)]
)
def test_errors_say_so_too(service: TestClient, query: str, status: int) -> None:
    answer = service.get(f"/v1/old{query}")
    assert answer.status_code == status
    assert {name: answer.headers[name] for name in NOTICE} == NOTICE


def test_a_link_of_the_answers_own_stays(service: TestClient) -> None:
    answer = service.get("/v1/old")
    assert answer.status_code == 200
    assert answer.headers["Deprecation"] == NOTICE["deprecation"]
    assert answer.headers["Link"] == f'</v1/old?cursor=x>; rel="next", {NOTICE["link"]}'


def test_what_has_no_end_yet_names_none_and_what_stays_says_nothing(service: TestClient) -> None:
    older = service.get("/v1/older").headers
    assert older["Deprecation"] == NOTICE["deprecation"]
    assert "Sunset" not in older
    assert service.get("/v1/new").headers.keys() & NOTICE.keys() == set()


def test_the_document_says_so(service: TestClient) -> None:
    paths = service.get("/openapi.json").json()["paths"]
    old = paths["/v1/old"]["get"]
    assert old["deprecated"] is True
    assert old["description"] == (
        "Return what was.\n\n"
        "Deprecated since 2027-01-01. It may be gone from 2027-07-01 on. See /docs/changes#old."
    )
    assert paths["/v1/older"]["get"]["deprecated"] is True
    assert "deprecated" not in paths["/v1/new"]["get"]


def test_nothing_ends_before_it_is_discouraged() -> None:
    with pytest.raises(ValueError, match="sunset"):
        deprecated(since=date(2027, 1, 2), sunset=date(2027, 1, 1), link="/docs")
