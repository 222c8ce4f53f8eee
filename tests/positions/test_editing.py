"""POST, GET and PATCH of positions."""

import uuid
from typing import Any

import pytest

from tests.cast import Cast, Json, Person
from tests.stores import on_one_store, usually_on_one_store

STORY: Json = {
    "title": "Summer sales internship",
    "department": "Sales",
    "job_family": "sales",
    "location": "Cincinnati",
    "starts_on": "2019-05-27",
    "requirements": [
        {
            "competency": "customer-facing",
            "min_level": 3,
            "kind": "must_have",
            "weight": 2.0,
            "verified_only": False,
        },
        {
            "competency": "academics",
            "min_level": 2,
            "kind": "nice_to_have",
            "weight": 1.0,
            "verified_only": True,
        },
    ],
    "external_ids": [{"source": "greenhouse", "type": "job", "id": "7"}],
}


def pointers(problem: Json) -> list[str]:
    return [error["pointer"] for error in problem["errors"]]


def ids(person: Person, **params: Any) -> list[str]:
    return [row["id"] for row in person.get("positions", params=params)["items"]]


def test_a_position_comes_back_as_told(cast: Cast) -> None:
    answer = cast.ben.call("POST", "positions", json=STORY)
    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/positions/{made['id']}"
    assert answer.headers["etag"] == '"1"'
    assert {name: made[name] for name in STORY} == STORY
    assert (made["status"], made["close_reason"], made["version"]) == ("draft", None, 1)
    assert made["opening_counts"] == {"open": 1, "filled": 0, "closed": 0}
    assert cast.rita.get(f"positions/{made['id']}") == made


@usually_on_one_store
def test_a_title_is_enough(cast: Cast) -> None:
    made = cast.ben.post("positions", {"title": "Waiter"})
    assert made["requirements"] == made["external_ids"] == []
    assert made["starts_on"] is made["job_family"] is None


@usually_on_one_store
def test_seats_by_number_and_by_row(cast: Cast) -> None:
    three = cast.ben.post("positions", {"title": "Waiter", "openings": 3})
    rows = [
        {
            "starts_on": "2019-06-01",
            "external_ids": [{"source": "greenhouse", "type": "opening", "id": "1"}],
        },
        {},
    ]
    two = cast.ben.post("positions", {"title": "Cook", "openings": rows})
    assert three["opening_counts"]["open"] == 3
    seats = cast.rita.get(f"positions/{two['id']}/openings")["items"]
    assert [seat["starts_on"] for seat in seats] == ["2019-06-01", None]
    assert [seat["external_ids"] for seat in seats] == [rows[0]["external_ids"], []]
    for seat in seats:
        assert (seat["status"], seat["application_id"]) == ("open", None)
        assert seat["closed_at"] is seat["close_reason"] is None


def test_seats_page_by_page(cast: Cast) -> None:
    position = cast.ben.position(openings=3)
    first = cast.ben.get(f"positions/{position}/openings", params={"limit": 2})
    params = {"limit": 2, "cursor": first["next_cursor"]}
    rest = cast.ben.get(f"positions/{position}/openings", params=params)
    assert [len(first["items"]), len(rest["items"]), rest["next_cursor"]] == [2, 1, None]


def test_known_external_ids_are_conflicts(cast: Cast) -> None:
    made = cast.ben.post("positions", STORY)
    assert cast.ben.post("positions", STORY, expect=409)["existing_id"] == made["id"]
    seat = {"external_ids": [{"source": "greenhouse", "type": "opening", "id": "1"}]}
    first = cast.ben.post("positions", {"title": "Cook", "openings": [seat]})
    problem = cast.ben.post("positions", {"title": "Cook", "openings": [seat]}, expect=409)
    seats = cast.ben.get(f"positions/{first['id']}/openings")["items"]
    assert problem["existing_id"] == seats[0]["id"]
    assert len(ids(cast.ben)) == 2
    cast.cleo.post("positions", STORY)


@on_one_store
@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"title": ""}, "/title"),
        ({"openings": 0}, "/openings"),
        ({"openings": 501}, "/openings"),
        ({"openings": []}, "/openings"),
        ({"openings": True}, "/openings"),
        ({"openings": [{"reason": "x"}]}, "/openings/0/reason"),
        ({"starts_on": "soon"}, "/starts_on"),
        ({"status": "open"}, "/status"),
        ({"effective_at": "2199-01-01T00:00:00Z"}, "/effective_at"),
        (
            {"requirements": [{"competency": "sales", "min_level": 0, "kind": "must_have"}]},
            "/requirements/0/min_level",
        ),
        (
            {"requirements": [{"competency": "sales", "min_level": 1, "kind": "maybe"}]},
            "/requirements/0/kind",
        ),
        (
            {
                "requirements": [
                    {
                        "competency": "sales",
                        "min_level": 1,
                        "kind": "must_have",
                        "weight": -1,
                    }
                ]
            },
            "/requirements/0/weight",
        ),
        (
            {
                "requirements": [
                    {"competency": name, "min_level": 1, "kind": "must_have"}
                    for name in ("Sales", "sales")
                ]
            },
            "/requirements/1/competency",
        ),
    ],
)
def test_what_is_refused(cast: Cast, fields: dict[str, Any], pointer: str) -> None:
    problem = cast.ben.post("positions", {"title": "Cook", **fields}, expect=422)
    assert pointer in pointers(problem)
    assert ids(cast.ben) == []


def test_only_what_is_given_changes(cast: Cast) -> None:
    made = cast.ben.post("positions", STORY)
    path = f"positions/{made['id']}"
    changed = cast.ben.patch(path, {"title": "Winter internship", "location": None})
    same = made.keys() - {"title", "location", "version", "updated_at"}
    assert {name: changed[name] for name in same} == {name: made[name] for name in same}
    assert (changed["title"], changed["location"]) == ("Winter internship", None)
    assert changed["version"] == 2
    assert cast.ben.get(path) == changed
    assert cast.ben.patch(path, {**STORY, "title": "Winter internship", "location": None}) == (
        changed
    )


def test_requirements_replace(cast: Cast) -> None:
    made = cast.ben.post("positions", STORY)
    academics, customers = STORY["requirements"][1], STORY["requirements"][0]
    wanted = [academics, {**customers, "min_level": 5}]
    changed = cast.ben.patch(f"positions/{made['id']}", {"requirements": wanted})
    assert changed["requirements"] == wanted
    assert cast.ben.get(f"positions/{made['id']}")["requirements"] == wanted
    twice = {"requirements": [customers, customers]}
    problem = cast.ben.patch(f"positions/{made['id']}", twice, expect=422)
    assert pointers(problem) == ["/requirements/1/competency"]


@on_one_store
@pytest.mark.parametrize("name", ["title", "requirements", "external_ids"])
def test_what_cannot_be_null(cast: Cast, name: str) -> None:
    problem = cast.ben.patch(f"positions/{cast.ben.position()}", {name: None}, expect=422)
    assert pointers(problem) == [f"/{name}"]


def test_a_stale_version_is_refused(cast: Cast) -> None:
    path = f"positions/{cast.ben.position()}"
    cast.ben.patch(path, {"location": "Boston"}, headers={"If-Match": '"1"'})
    cast.ben.patch(path, {"location": "Salem"}, expect=412, headers={"If-Match": '"1"'})
    for step in ("open", "reopen", "hold"):
        cast.ben.post(f"{path}/{step}", expect=412, headers={"If-Match": '"1"'})
    assert cast.ben.get(path)["location"] == "Boston"


def test_who_may(cast: Cast) -> None:
    cast.rita.post("positions", STORY, expect=403)
    position = cast.ben.position()
    for person, one in ((cast.cleo, position), (cast.ben, str(uuid.uuid4()))):
        person.get(f"positions/{one}", expect=404)
        person.get(f"positions/{one}/openings", expect=404)
        person.patch(f"positions/{one}", {"title": "Cook"}, expect=404)
        for step in ("open", "hold", "reopen"):
            person.post(f"positions/{one}/{step}", expect=404)
        person.post(f"positions/{one}/close", {"reason": "other"}, expect=404)
        person.post(f"positions/{one}/openings", {"openings": 1}, expect=404)
    cast.rita.patch(f"positions/{position}", {"title": "Cook"}, expect=403)
    cast.rita.post(f"positions/{position}/open", expect=403)


def test_lists(cast: Cast) -> None:
    assert cast.ben.get("positions")["items"] == []
    sales = cast.ben.post("positions", STORY)["id"]
    cook = cast.ben.position("Cook", job_family="kitchen", department="Sales")
    cast.ben.post(f"positions/{cook}/open", expect=200)
    assert ids(cast.ben) == [sales, cook]
    assert ids(cast.ben, sort="-id") == [cook, sales]
    assert ids(cast.ben, status="open") == [cook]
    assert ids(cast.ben, job_family="sales") == [sales]
    assert ids(cast.ben, department="Sales") == [sales, cook]
    assert ids(cast.ben, department="Sales", status="draft") == [sales]
    assert ids(cast.ben, external_id="greenhouse:job:7") == [sales]
    assert ids(cast.ben, ids=f"{cook},{uuid.uuid4()}") == [cook]
    assert ids(cast.cleo) == []
    page = cast.ben.get("positions", params={"limit": 1, "sort": "-updated_at"})
    assert [row["id"] for row in page["items"]] == [cook]
    params = {"limit": 1, "sort": "-updated_at", "cursor": page["next_cursor"]}
    assert ids(cast.ben, **params) == [sales]


@on_one_store
@pytest.mark.parametrize(
    ("params", "pointer"),
    [
        ({"status": "new"}, "?status"),
        ({"sort": "title"}, "?sort"),
        ({"ids": "7"}, "?ids"),
        ({"external_id": "7"}, "?external_id"),
        ({"job_family": "a\x00"}, "?job_family"),
        ({"title": "Cook"}, "?title"),
    ],
)
def test_filters_that_are_refused(cast: Cast, params: dict[str, Any], pointer: str) -> None:
    assert pointers(cast.ben.get("positions", params=params, expect=422)) == [pointer]
