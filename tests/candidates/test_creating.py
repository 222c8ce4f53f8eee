"""POST /v1/candidates."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.cast import Cast, Json
from tests.stores import on_one_store, usually_on_one_store

STORY = {
    "full_name": "Sam Porter",
    "emails": [
        {"address": "Sam.Porter@Mail.example", "type": "personal"},
        {"address": "s@work.example", "type": None},
    ],
    "phones": [{"number": "+1 415 555 2671", "type": "mobile"}],
    "location": "Boston",
    "tags": ["summer", "intern", "summer"],
    "competencies": [
        {"competency": "Customer Facing", "level": 2, "source": "declared"},
        {
            "competency": "customer-facing",
            "level": 1,
            "source": "assessed",
            "effective_at": "2018-10-01T09:00:00+02:00",
        },
    ],
    "available_from": "2019-05-20",
    "external_ids": [{"source": "greenhouse", "type": "candidate", "id": "17:4"}],
}


def pointers(problem: Json) -> list[str]:
    return [error["pointer"] for error in problem["errors"]]


def test_a_candidate_comes_back_as_told(cast: Cast) -> None:
    body = {**STORY, "relationship_owner_id": str(cast.ada.user_id)}
    made = cast.ben.post("candidates", body)
    assert made.pop("possible_duplicates") == []
    assert made == cast.rita.get(f"candidates/{made['id']}")
    assert made["emails"] == STORY["emails"] or made["emails"][0] == {
        "address": "Sam.Porter@mail.example",
        "type": "personal",
    }
    assert made["phones"] == [{"number": "+14155552671", "type": "mobile"}]
    assert made["tags"] == ["intern", "summer"]
    assert made["competencies"] == [
        {
            "competency": "customer-facing",
            "level": 1,
            "source": "assessed",
            "effective_at": "2018-10-01T07:00:00Z",
        },
        {
            "competency": "customer-facing",
            "level": 2,
            "source": "declared",
            "effective_at": None,
        },
    ]
    assert made["available_from"] == "2019-05-20"
    assert made["external_ids"] == STORY["external_ids"]
    assert made["relationship_owner_id"] == str(cast.ada.user_id)
    assert made["do_not_contact"] is False
    assert made["awaiting_reply_since"] is None
    assert made["version"] == 1


@usually_on_one_store
def test_the_answer_says_where_and_which_version(cast: Cast) -> None:
    answer = cast.ben.call("POST", "candidates", json={"full_name": "Sam"})
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/candidates/{answer.json()['id']}"
    assert answer.headers["etag"] == '"1"'


@usually_on_one_store
def test_a_name_is_enough(cast: Cast) -> None:
    made = cast.ben.post("candidates", {"full_name": "Ó"})
    assert made["emails"] == made["phones"] == made["tags"] == made["competencies"] == []
    assert made["available_from"] is None


def test_a_known_external_id_is_a_conflict_and_changes_nothing(cast: Cast) -> None:
    first = cast.ben.post("candidates", STORY)
    problem = cast.ben.post("candidates", {**STORY, "full_name": "Other"}, expect=409)
    assert problem["existing_id"] == first["id"]
    assert [row["full_name"] for row in cast.ben.get("candidates")["items"]] == ["Sam Porter"]


@usually_on_one_store
def test_the_same_external_id_is_free_in_another_organization(cast: Cast) -> None:
    cast.ben.post("candidates", STORY)
    made = cast.cleo.post("candidates", STORY)
    assert made["possible_duplicates"] == []


@usually_on_one_store
def test_a_known_address_is_pointed_out(cast: Cast) -> None:
    first = cast.ben.candidate("Sam", emails=[{"address": "home@mail.example"}])
    second = cast.ben.post(
        "candidates", {"full_name": "Kim", "emails": [{"address": " HOME@Mail.Example "}]}
    )
    third = cast.ben.post(
        "candidates", {"full_name": "Jo", "emails": [{"address": "home@mail.example"}]}
    )
    assert second["possible_duplicates"] == [first]
    assert third["possible_duplicates"] == [first, second["id"]]
    assert "possible_duplicates" not in cast.ben.get(f"candidates/{third['id']}")


def test_an_address_told_twice_is_kept_once(cast: Cast) -> None:
    emails = [
        {"address": "Sam@mail.example", "type": "personal"},
        {"address": "sam@mail.example", "type": "work"},
    ]
    made = cast.ben.post("candidates", {"full_name": "Sam", "emails": emails})
    assert made["emails"] == emails[:1]


@usually_on_one_store
def test_an_unknown_owner_is_refused(cast: Cast) -> None:
    for owner in (uuid.uuid4(), cast.cleo.user_id):
        body = {"full_name": "Sam", "relationship_owner_id": str(owner)}
        assert pointers(cast.ben.post("candidates", body, expect=422)) == ["/relationship_owner_id"]


@on_one_store
def test_a_level_told_twice_is_refused(cast: Cast) -> None:
    level = {"competency": "sales", "level": 2, "source": "declared"}
    body = {"full_name": "Sam", "competencies": [level, {**level, "level": 3}]}
    assert pointers(cast.ben.post("candidates", body, expect=422)) == ["/competencies/1"]


@on_one_store
@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("full_name", "  ", "/full_name"),
        ("full_name", None, "/full_name"),
        ("emails", [{"address": "nobody"}], "/emails/0/address"),
        ("phones", [{"number": "none"}], "/phones/0/number"),
        ("tags", ["a\nb"], "/tags/0"),
        ("available_from", "2019-02-30", "/available_from"),
        ("effective_at", "2199-01-01T00:00:00Z", "/effective_at"),
        ("nickname", "Sam", "/nickname"),
        ("do_not_contact", 1, "/do_not_contact"),
        ("external_ids", [{"source": "a:b", "type": "c", "id": "d"}], "/external_ids/0/source"),
        (
            "competencies",
            [{"competency": "sales", "level": 6, "source": "declared"}],
            "/competencies/0/level",
        ),
        (
            "competencies",
            [{"competency": "sales", "level": 2, "source": "guessed"}],
            "/competencies/0/source",
        ),
        (
            "competencies",
            [
                {
                    "competency": "sales",
                    "level": 2,
                    "source": "declared",
                    "effective_at": "2199-01-01T00:00:00Z",
                }
            ],
            "/competencies/0/effective_at",
        ),
    ],
)
def test_what_is_refused(cast: Cast, field: str, value: object, pointer: str) -> None:
    body = {"full_name": "Sam", field: value}
    assert pointers(cast.ben.post("candidates", body, expect=422)) == [pointer]


@usually_on_one_store
def test_a_reader_may_not_create(cast: Cast) -> None:
    cast.rita.post("candidates", {"full_name": "Sam"}, expect=403)


def test_two_who_tell_of_one_person_at_once(cast: Cast) -> None:
    """One is told whose id it is, whichever of the two was faster."""
    start = threading.Barrier(2)

    def tell(name: str) -> httpx.Response:
        start.wait()
        return cast.ben.call("POST", "candidates", json={**STORY, "full_name": name})

    for _ in range(5):
        with ThreadPoolExecutor(2) as pool:
            answers = sorted(pool.map(tell, ("Sam", "Samuel")), key=lambda one: one.status_code)
        assert [answer.status_code for answer in answers] == [201, 409]
        made, refused = (answer.json() for answer in answers)
        assert refused["existing_id"] == made["id"]
        cast.ben.delete(f"candidates/{made['id']}")
