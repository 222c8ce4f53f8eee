"""PUT and GET /v1/candidates/{id}/consent."""

import uuid
from typing import Any

import pytest

from tests.cast import Cast, Json, Person
from tests.stores import on_one_store, usually_on_one_store


def consents(person: Person, candidate: str) -> dict[str, Json]:
    answer = person.get(f"candidates/{candidate}/consent")
    assert answer["next_cursor"] is None
    return {row["purpose"]: row for row in answer["items"]}


@usually_on_one_store
def test_nothing_was_asked(cast: Cast) -> None:
    assert consents(cast.rita, cast.ben.candidate()) == {}


def test_a_consent_comes_back_as_given(cast: Cast) -> None:
    sam = cast.ben.candidate()
    body = {
        "purpose": "contact",
        "basis": "legitimate_interest",
        "granted_at": "2018-10-04T16:00:00Z",
        "expires_on": "2020-10-04",
        "source": "careers site",
        "notice_version": "3",
    }
    given = cast.ben.put(f"candidates/{sam}/consent", body)
    assert {name: given[name] for name in body} == body
    assert given["granted"] is True
    assert given["effective_at"] == body["granted_at"]
    assert consents(cast.rita, sam) == {"contact": given}


@usually_on_one_store
def test_a_word_is_enough(cast: Cast) -> None:
    sam = cast.ben.candidate()
    given = cast.ben.put(f"candidates/{sam}/consent", {"purpose": "store"})
    assert (given["granted"], given["basis"]) == (True, "consent")
    assert given["granted_at"] == given["effective_at"]


def test_the_next_answer_replaces_the_one_before(cast: Cast) -> None:
    sam = cast.ben.candidate()
    path = f"candidates/{sam}/consent"
    first = cast.ben.put(path, {"purpose": "contact", "expires_on": "2030-01-01"})
    cast.ben.put(path, {"purpose": "store"})
    second = cast.ben.put(path, {"purpose": "contact", "granted": False})
    assert second["id"] == first["id"]
    assert (second["granted"], second["expires_on"], second["granted_at"]) == (False, None, None)
    assert consents(cast.ben, sam).keys() == {"contact", "store"}


@usually_on_one_store
def test_an_older_answer_does_not_replace_a_newer_one(cast: Cast) -> None:
    sam = cast.ben.candidate()
    path = f"candidates/{sam}/consent"
    refusal = {"purpose": "contact", "granted": False, "effective_at": "2019-03-01T00:00:00Z"}
    newer = cast.ben.put(path, refusal)
    older = {"purpose": "contact", "granted_at": "2018-10-04T16:00:00Z"}
    assert cast.ben.put(path, older) == newer
    assert consents(cast.ben, sam) == {"contact": newer}


@on_one_store
@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"purpose": "sell"}, "/purpose"),
        ({"purpose": None}, "/purpose"),
        ({"basis": "hope"}, "/basis"),
        ({"granted": None}, "/granted"),
        ({"granted_at": "2199-01-01T00:00:00Z"}, "/granted_at"),
        ({"effective_at": "2199-01-01T00:00:00Z"}, "/effective_at"),
        ({"granted_at": "2019-01-01T00:00:00Z", "expires_on": "2018-12-31"}, "/expires_on"),
        ({"reason": "none of ours"}, "/reason"),
    ],
)
def test_what_is_refused(cast: Cast, fields: dict[str, Any], pointer: str) -> None:
    sam = cast.ben.candidate()
    body = {"purpose": "contact", **fields}
    problem = cast.ben.put(f"candidates/{sam}/consent", body, expect=422)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_who_may(cast: Cast) -> None:
    sam = cast.ben.candidate()
    cast.rita.put(f"candidates/{sam}/consent", {"purpose": "contact"}, expect=403)
    for person, candidate in ((cast.cleo, sam), (cast.ben, str(uuid.uuid4()))):
        person.put(f"candidates/{candidate}/consent", {"purpose": "contact"}, expect=404)
        person.get(f"candidates/{candidate}/consent", expect=404)


def test_who_objects_to_the_score_is_considered_without_it(cast: Cast) -> None:
    position = cast.ben.position()
    sam = cast.ben.candidate()
    cast.ben.reject(cast.ben.application(sam, position))
    cast.ben.follow_up(sam, "2019-01-07T15:00:00Z")

    def sections() -> dict[str, list[str]]:
        made = cast.ben.post(f"positions/{position}/shortlists")
        return {
            name: [entry["candidate"]["id"] for entry in made[name]]
            for name in ("entries", "to_check", "quiet")
        }

    assert sections() == {"entries": [sam], "to_check": [], "quiet": []}
    cast.ben.put(f"candidates/{sam}/consent", {"purpose": "rank", "granted": False})
    assert sections() == {"entries": [], "to_check": [], "quiet": [sam]}
    cast.ben.put(f"candidates/{sam}/consent", {"purpose": "rank"})
    assert sections() == {"entries": [sam], "to_check": [], "quiet": []}
