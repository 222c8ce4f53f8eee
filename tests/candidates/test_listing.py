"""GET /v1/candidates."""

import uuid
from typing import Any

import pytest

from tests.candidates.test_creating import pointers
from tests.cast import Cast, Person
from tests.stores import on_one_store


def ids(person: Person, **params: Any) -> list[str]:
    return [row["id"] for row in person.get("candidates", params=params)["items"]]


def test_nobody(cast: Cast) -> None:
    cast.cleo.candidate()
    assert cast.ben.get("candidates")["items"] == []


def test_page_by_page_in_every_order(cast: Cast) -> None:
    made = [cast.ben.candidate(f"Number {at}") for at in range(5)]
    cast.ben.patch(f"candidates/{made[1]}", {"location": "Boston"})
    touched = [made[0], *made[2:], made[1]]
    orders = {"id": made, "-id": made[::-1], "updated_at": touched, "-updated_at": touched[::-1]}
    for sort, wanted in orders.items():
        found: list[str] = []
        params: dict[str, Any] = {"limit": 2, "sort": sort}
        for _ in range(3):
            answer = cast.ben.call("GET", "candidates", params=params)
            found += [row["id"] for row in answer.json()["items"]]
            params["cursor"] = answer.json()["next_cursor"]
            assert ("link" in answer.headers) == (params["cursor"] is not None)
        assert found == wanted
        assert params["cursor"] is None


def test_a_cursor_belongs_to_its_filters(cast: Cast) -> None:
    for at in range(2):
        cast.ben.candidate(f"Number {at}", tags=["intern"])
    cursor = cast.ben.get("candidates", params={"limit": 1, "tag": "intern"})["next_cursor"]
    for other in ({}, {"tag": "summer"}, {"tag": "intern", "sort": "-id"}):
        problem = cast.ben.get("candidates", params={**other, "cursor": cursor}, expect=422)
        assert pointers(problem) == ["?cursor"]


def test_by_address_tag_and_external_id(cast: Cast) -> None:
    sam = cast.ben.candidate(
        "Sam",
        emails=[{"address": "Sam@Mail.example"}],
        tags=["intern"],
        external_ids=[{"source": "lever", "type": "opportunity", "id": "a:1"}],
    )
    kim = cast.ben.candidate("Kim", emails=[{"address": "kim@mail.example"}], tags=["intern"])
    assert ids(cast.ben, email="SAM@mail.example") == [sam]
    assert ids(cast.ben, external_id="lever:opportunity:a:1") == [sam]
    assert ids(cast.ben, external_id="lever:opportunity:1") == []
    assert ids(cast.ben, tag="intern") == [sam, kim]
    assert ids(cast.ben, tag="intern", email="kim@mail.example") == [kim]
    assert ids(cast.ben, tag="summer") == []
    assert ids(cast.cleo, email="sam@mail.example") == []


def test_by_application(cast: Cast) -> None:
    sam, kim = cast.ben.candidate("Sam"), cast.ben.candidate("Kim")
    sales, support = cast.ben.position("Sales"), cast.ben.position("Support")
    cast.ben.reject(cast.ben.application(sam, sales))
    cast.ben.application(sam, support)
    cast.ben.application(kim, sales)
    assert ids(cast.ben, position_id=sales) == [sam, kim]
    assert ids(cast.ben, application_status="active") == [sam, kim]
    assert ids(cast.ben, application_status="rejected") == [sam]
    # Of one and the same application: Sam's active one is for another position.
    assert ids(cast.ben, application_status="active", position_id=sales) == [kim]
    assert ids(cast.ben, application_status="hired") == []


def test_by_ids(cast: Cast) -> None:
    sam, _, kim = (cast.ben.candidate(name) for name in ("Sam", "Jo", "Kim"))
    assert ids(cast.ben, ids=f"{kim},{sam},{uuid.uuid4()}") == [sam, kim]
    assert ids(cast.cleo, ids=sam) == []
    many = ",".join(str(uuid.uuid4()) for _ in range(201))
    for wrong in ("none", "", f"{sam},", many):
        problem = cast.ben.get("candidates", params={"ids": wrong}, expect=422)
        assert pointers(problem) == ["?ids"]


def test_who_waits_for_an_answer(cast: Cast) -> None:
    sam, kim = cast.ben.candidate("Sam"), cast.ben.candidate("Kim")
    cast.ben.follow_up(sam, "2019-01-07T15:00:00Z")
    assert ids(cast.ben, awaiting_reply=True) == [sam]
    assert ids(cast.ben, awaiting_reply=False) == [kim]


@on_one_store
@pytest.mark.parametrize(
    ("params", "pointer"),
    [
        ({"sort": "full_name"}, "?sort"),
        ({"limit": 201}, "?limit"),
        ({"limit": 0}, "?limit"),
        ({"external_id": "lever:1"}, "?external_id"),
        ({"application_status": "new"}, "?application_status"),
        ({"position_id": "none"}, "?position_id"),
        ({"tag": "a\x00b"}, "?tag"),
        ({"email": "a\x00b"}, "?email"),
        ({"external_id": "a:b:\x00"}, "?external_id"),
        ({"name": "Sam"}, "?name"),
        ({"cursor": "none"}, "?cursor"),
    ],
)
def test_what_is_refused(cast: Cast, params: dict[str, Any], pointer: str) -> None:
    assert pointers(cast.ben.get("candidates", params=params, expect=422)) == [pointer]
