"""GET and PATCH /v1/candidates/{id}."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.candidates.test_creating import STORY, pointers
from tests.cast import Cast
from tests.stores import on_one_store, usually_on_one_store


@usually_on_one_store
def test_only_what_is_given_changes(cast: Cast) -> None:
    made = cast.ben.post("candidates", STORY)
    changed = cast.ben.patch(f"candidates/{made['id']}", {"full_name": "Samuel Porter"})
    same = made.keys() - {"possible_duplicates", "full_name", "version", "updated_at"}
    assert {name: changed[name] for name in same} == {name: made[name] for name in same}
    assert changed["full_name"] == "Samuel Porter"
    assert changed["version"] == 2
    assert changed["updated_at"] > made["updated_at"]
    assert cast.ben.get(f"candidates/{made['id']}") == changed


def test_null_clears_and_arrays_replace(cast: Cast) -> None:
    made = cast.ben.post("candidates", STORY)
    body = {
        "location": None,
        "available_from": None,
        "emails": [
            {"address": "new@mail.example", "type": None},
            {"address": "sam.porter@mail.example", "type": "old"},
        ],
        "phones": [],
        "tags": ["intern", "autumn"],
        "external_ids": [{"source": "lever", "type": "opportunity", "id": "9"}],
        "do_not_contact": True,
    }
    changed = cast.ben.patch(f"candidates/{made['id']}", body)
    assert {name: changed[name] for name in body} == {**body, "tags": ["autumn", "intern"]}
    assert cast.ben.get(f"candidates/{made['id']}") == changed
    cast.ben.post("candidates", STORY)


@on_one_store
@pytest.mark.parametrize("name", ["full_name", "emails", "tags", "do_not_contact", "external_ids"])
def test_what_cannot_be_null(cast: Cast, name: str) -> None:
    sam = cast.ben.candidate()
    problem = cast.ben.patch(f"candidates/{sam}", {name: None}, expect=422)
    assert pointers(problem) == [f"/{name}"]


@usually_on_one_store
def test_nothing_new_is_no_new_version(cast: Cast) -> None:
    made = cast.ben.post("candidates", STORY)
    made.pop("possible_duplicates")
    told_back = {name: made[name] for name in STORY}
    for body in ({}, told_back):
        assert cast.ben.patch(f"candidates/{made['id']}", body) == made


def test_a_level_that_is_as_it_was_may_be_dated(cast: Cast) -> None:
    level = {"competency": "sales", "level": 4, "source": "assessed"}
    sam = cast.ben.candidate(competencies=[level])
    since = "2018-01-01T00:00:00Z"
    body = {"competencies": [level], "effective_at": since}
    dated = cast.ben.patch(f"candidates/{sam}", body)
    assert [each["effective_at"] for each in dated["competencies"]] == [since]
    assert dated["version"] == 2
    assert cast.ben.patch(f"candidates/{sam}", body) == dated
    assert cast.ben.patch(f"candidates/{sam}", {"competencies": [level]}) == dated


def test_levels_replace_one_another(cast: Cast) -> None:
    sam = cast.ben.candidate(
        competencies=[
            {"competency": "sales", "level": 1, "source": "declared"},
            {"competency": "academics", "level": 2, "source": "declared"},
        ]
    )
    body = {
        "competencies": [
            {
                "competency": "sales",
                "level": 3,
                "source": "declared",
                "effective_at": "2019-01-01T00:00:00Z",
            },
            {"competency": "sales", "level": 2, "source": "assessed"},
        ]
    }
    changed = cast.ben.patch(f"candidates/{sam}", body)["competencies"]
    told = [(row["competency"], row["source"], row["level"]) for row in changed]
    assert told == [("sales", "assessed", 2), ("sales", "declared", 3)]
    assert changed[1]["effective_at"] == "2019-01-01T00:00:00Z"
    assert cast.ben.get(f"candidates/{sam}")["competencies"] == changed


def test_what_happened_before_does_not_undo_what_came_after(cast: Cast) -> None:
    sam = cast.ben.candidate(available_from=None)
    path = f"candidates/{sam}"
    cast.ben.patch(path, {"available_from": "2019-09-01", "effective_at": "2019-03-01T00:00:00Z"})
    late = {"available_from": "2019-05-20", "effective_at": "2019-02-01T00:00:00Z"}
    assert cast.ben.patch(path, late)["available_from"] == "2019-09-01"
    assert cast.ben.get(path)["version"] == 2
    later = {"available_from": "2019-05-20", "effective_at": "2019-04-01T00:00:00Z"}
    assert cast.ben.patch(path, later)["available_from"] == "2019-05-20"


@on_one_store
def test_a_change_in_the_future_is_refused(cast: Cast) -> None:
    sam = cast.ben.candidate()
    body = {"do_not_contact": True, "effective_at": "2199-01-01T00:00:00Z"}
    problem = cast.ben.patch(f"candidates/{sam}", body, expect=422)
    assert pointers(problem) == ["/effective_at"]


@usually_on_one_store
def test_a_stale_version_is_refused(cast: Cast) -> None:
    sam = cast.ben.candidate()
    path = f"candidates/{sam}"
    cast.ben.patch(path, {"location": "Boston"}, headers={"If-Match": '"1"'})
    cast.ben.patch(path, {"location": "Salem"}, expect=412, headers={"If-Match": '"1"'})
    assert cast.ben.get(path)["location"] == "Boston"


def test_of_two_who_read_the_same_version_one_is_told(cast: Cast) -> None:
    sam = cast.ben.candidate()

    def change(place: str) -> int:
        body, match = {"location": place}, {"If-Match": '"1"'}
        return cast.ben.call("PATCH", f"candidates/{sam}", json=body, headers=match).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(change, ("Boston", "Salem"))) == [200, 412]
    assert cast.ben.get(f"candidates/{sam}")["version"] == 2


def test_somebody_elses_external_id_is_a_conflict(cast: Cast) -> None:
    first = cast.ben.post("candidates", STORY)
    second = cast.ben.candidate("Kim")
    body = {"external_ids": STORY["external_ids"], "location": "Salem"}
    problem = cast.ben.patch(f"candidates/{second}", body, expect=409)
    assert problem["existing_id"] == first["id"]
    assert cast.ben.get(f"candidates/{second}")["location"] is None


@usually_on_one_store
def test_an_unknown_owner_is_refused(cast: Cast) -> None:
    sam = cast.ben.candidate()
    body = {"relationship_owner_id": str(cast.cleo.user_id)}
    problem = cast.ben.patch(f"candidates/{sam}", body, expect=422)
    assert pointers(problem) == ["/relationship_owner_id"]


def test_who_is_not_there(cast: Cast) -> None:
    sam = cast.ben.candidate()
    for person, candidate in ((cast.ben, uuid.uuid4()), (cast.cleo, sam)):
        person.get(f"candidates/{candidate}", expect=404)
        person.patch(f"candidates/{candidate}", {"location": "Salem"}, expect=404)
    cast.ben.get("candidates/none", expect=422)
    cast.rita.patch(f"candidates/{sam}", {"location": "Salem"}, expect=403)
