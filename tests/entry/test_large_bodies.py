"""A large body costs its sender a key, and us no more than its bytes."""

from collections.abc import Iterator

import pytest

from app.core.database import Database
from app.core.settings import Settings
from app.entry.knocking import LARGE
from app.main import create_app
from tests.cast import Cast, Person
from tests.client import Client

JSON = {"Content-Type": "application/json"}


def sent(person: Person, content: bytes, path: str = "candidates") -> int:
    return person.call("POST", path, content=content, headers=JSON).status_code


def test_nobody_without_a_key_has_a_large_body_read(cast: Cast) -> None:
    """It would be parsed before anybody is asked; a small one may be, and is no JSON."""
    large = b"{" * (LARGE + 1)
    ways = {"small": large[1:], "large": large, "chunked": iter([b"{"])}
    wrong = {**JSON, "Authorization": f"Bearer {cast.ben.key[:-1]}{'AB'[cast.ben.key[-1] == 'A']}"}
    answers = {
        way: cast.ada.http.post("/v1/candidates", content=content, headers=headers).status_code
        for way, content in ways.items()
        for headers in ((JSON,) if way == "chunked" else (JSON, wrong))
    }
    assert answers == {"small": 400, "large": 401, "chunked": 401}
    assert sent(cast.ben, large) == 400


def test_what_is_deep_or_wide_or_long_is_refused(cast: Cast) -> None:
    crowd = b",".join(b'"a%d":1' % number for number in range(10_000))
    assert sent(cast.ben, b"[" * 50_000) == 400
    assert sent(cast.ben, b"9" * 5_000) == 400
    answer = cast.ben.call("POST", "candidates", content=b"{" + crowd + b"}", headers=JSON)
    assert answer.json()["errors"] == [{"pointer": "", "detail": "An object may have 200 fields"}]
    assert sent(cast.ben, b'{"items":[' + b"{}," * 20_000 + b"{}]}", "candidates/batch") == 422


@pytest.fixture(scope="module")
def narrow(database: Database) -> Iterator[Client]:
    with Client(create_app(Settings(json_limit=1024, body_limit=4096), database)) as client:
        yield client


def test_json_has_a_limit_of_its_own(narrow: Client) -> None:
    bodies = {size: {"content": b"x" * size, "headers": JSON} for size in (2000, 5000)}
    places = ("/v1/candidates", "/v1/intake/email", "/v1/candidates/import")
    answers = {
        (place, size): narrow.post(place, **bodies[size]).json().get("limit")
        for place in places
        for size in bodies
    }
    large = {(place, 5000): 4096 for place in places[1:]}
    small = {(place, 2000): None for place in places[1:]}
    assert answers == {**large, **small, (places[0], 2000): 1024, (places[0], 5000): 1024}
