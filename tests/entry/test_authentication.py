"""Who is let in, and how far."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tests.cast import Cast, Person

UNKNOWN = "fil_zzzzzzzz_" + "A" * 43


def refused(person: Person, key: str, scheme: str = "Bearer") -> tuple[int, str, str, str]:
    """Return what an answer tells somebody who tries a key."""
    answer = person.call("GET", "me", headers={"Authorization": f"{scheme} {key}"})
    headers = answer.headers
    return answer.status_code, answer.text, headers["WWW-Authenticate"], headers["Content-Type"]


def test_a_key_that_opens_nothing_is_told_nothing_more(cast: Cast) -> None:
    expired = cast.ada.post(
        "api-keys",
        {
            "name": "short",
            "scope": "read",
            "expires_at": (datetime.now(UTC) + timedelta(minutes=1)).isoformat(),
        },
    )["key"]
    revoked = cast.ada.post("api-keys", {"name": "gone", "scope": "read"})
    cast.ada.delete(f"api-keys/{revoked['id']}")
    cast.ada.patch(f"users/{cast.rita.user_id}", {"active": False})
    answer = refused(cast.ben, UNKNOWN)
    assert answer[0] == 401
    assert answer[2:] == ("Bearer", "application/problem+json")
    tried = {
        "of a wrong secret": cast.ben.key[:-43] + "A" * 43,
        "with one sign more": cast.ben.key + "A",
        "without its beginning": cast.ben.key.removeprefix("fil_"),
        "in capitals": cast.ben.key.upper(),
        "of another prefix": "fil_zzzzzzzz_" + cast.ben.key[-43:],
        "of Cleo's prefix and Ben's secret": cast.cleo.key[:13] + cast.ben.key[-43:],
        "nonsense": "' OR 1=1 --",
        "revoked": revoked["key"],
        "of a user who is not active": cast.rita.key,
    }
    for what, key in tried.items():
        assert refused(cast.ben, key) == answer, what
    assert replace(cast.ada, key=expired).get("me")["key"]["name"] == "short"
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=2), tick=True):
        assert refused(cast.ben, expired) == answer


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic QWRhOng=", "fil_abc"])
def test_without_a_key_nobody_is_let_in(cast: Cast, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = cast.ada.http.get("/v1/me", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json()["type"] == "/problems/unauthenticated"


@pytest.mark.parametrize(
    ("scope", "reads", "writes", "administers"),
    [("read", 200, 403, 403), ("write", 200, 201, 403), ("admin", 200, 201, 201)],
)
def test_a_scope_holds_those_before_it(
    cast: Cast, scope: str, reads: int, writes: int, administers: int
) -> None:
    key = cast.ada.post("api-keys", {"name": scope, "scope": scope})["key"]
    person = replace(cast.ada, key=key)
    person.get("users", expect=reads)
    person.post("rejection-reasons", {"name": "Not yet"}, expect=writes)
    person.post("users", {"name": "New"}, expect=administers)
    person.get("audit-log", expect=200 if administers == 201 else 403)
    names = {user["name"] for user in cast.ada.get("users")["items"]}
    assert ("New" in names) == (administers == 201)


def test_a_refusal_says_which_scope_is_wanted(cast: Cast) -> None:
    problem = cast.ben.post("users", {"name": "New"}, expect=403)
    assert problem["detail"] == "This needs a key of scope admin; yours is write."


def test_who_may_not_is_not_told_what_is_wrong_with_the_body(cast: Cast) -> None:
    cast.rita.post("rejection-reasons", {"nmae": 1}, expect=403)
    assert cast.ada.http.post("/v1/rejection-reasons", json={"nmae": 1}).status_code == 401


def test_an_unknown_query_parameter_is_told_which_one_was_meant(cast: Cast) -> None:
    meant = {
        "candidates?name=Sam": "Unknown query parameter: q= looks in names, addresses and texts",
        "users?lmit=5": "Unknown query parameter: did you mean limit=?",
        "users?xyz=5": "Unknown query parameter",
    }
    told = {path: cast.ada.get(path, expect=422)["errors"][0]["detail"] for path in meant}
    assert told == meant


@pytest.mark.parametrize(
    "path",
    ["me?x=1", "users?limit=5&lmit=5", "users?limit=5&email=a@b.example&name=x", "audit-log?id=1"],
)
def test_an_unknown_query_parameter_is_refused(cast: Cast, path: str) -> None:
    problem = cast.ada.get(path, expect=422)
    (error,) = problem["errors"]
    assert error["detail"].startswith("Unknown query parameter")
    assert error["pointer"].startswith("?")


def test_an_unknown_query_parameter_is_refused_on_writes_too(cast: Cast) -> None:
    cast.ada.post("users?dry_run=true", {"name": "New"}, expect=422)
    assert len(cast.ada.get("users")["items"]) == 3
