"""One row, put by what another system calls it."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

from tests.cast import Cast, Json, Person
from tests.stores import on_one_store, usually_on_one_store

SAM = "candidates/by-external-id/greenhouse/candidate/17"


def name(kind: str, id_: str, source: str = "greenhouse") -> Json:
    return {"source": source, "type": kind, "id": id_}


def test_a_candidate_is_created_then_updated_by_what_is_told(cast: Cast) -> None:
    body = {
        "full_name": "Sam Porter",
        "location": "Fairfax",
        "tags": ["sales"],
        "external_ids": [name("person", "7", "lever")],
    }
    created = cast.ben.call("PUT", SAM, json=body)
    assert created.status_code == 201
    row = created.json()
    assert created.headers["Location"] == f"/v1/candidates/{row['id']}"
    assert row["external_ids"] == [name("candidate", "17"), name("person", "7", "lever")]
    assert cast.ben.put(SAM, body) == row, "told again it is as it was"
    moved = cast.ben.put(SAM, {"location": None, "external_ids": [name("contact", "3", "crm")]})
    assert (moved["location"], moved["tags"], moved["version"]) == (None, ["sales"], 2)
    assert len(moved["external_ids"]) == 3, "names are added"
    assert moved.pop("possible_duplicates") == []
    assert cast.ben.get(SAM) == moved
    assert cast.ben.get("candidates/by-external-id/crm/contact/3") == moved
    answer = cast.ben.call("PUT", SAM, json={"location": "Reston"}, headers={"If-Match": '"1"'})
    assert answer.status_code == 412


@usually_on_one_store
def test_a_new_candidate_is_shown_with_who_has_the_same_address(cast: Cast) -> None:
    body = {"full_name": "Sam", "emails": [{"address": "sam@mail.example"}]}
    known = cast.ben.candidate("Sam", emails=body["emails"])
    put = cast.ben.put(SAM, body, expect=201)
    assert put["possible_duplicates"] == [known]
    again = {**body, "external_ids": [name("candidate", "17")]}
    items = cast.ben.post("candidates/batch", {"items": [body, again]}, expect=200)["items"]
    assert [item["possible_duplicates"] for item in items] == [[known, put["id"]], []]


@on_one_store
def test_what_is_new_cannot_be_without_its_name(cast: Cast) -> None:
    for place, field in (("candidates", "full_name"), ("positions", "title")):
        answer = cast.ben.put(f"{place}/by-external-id/a/b/c", {}, expect=422)
        assert [error["pointer"] for error in answer["errors"]] == [f"/{field}"]
        cast.ben.get(f"{place}/by-external-id/a/b/c", expect=404)
    headers = {"If-Match": '"1"'}
    cast.ben.put(SAM, {"full_name": "Sam"}, expect=412, headers=headers)


@on_one_store
def test_an_id_may_hold_what_a_path_may_not(cast: Cast) -> None:
    for id_ in ("a/b", "/c//", "Ünï 雪?#", "x:y", "batch"):
        path = f"candidates/by-external-id/ats/candidate/{quote(id_, safe='')}"
        assert cast.ben.put(path, {"full_name": "Sam"}, expect=201)["external_ids"] == [
            name("candidate", id_, "ats")
        ]
        assert cast.ben.get(path)["full_name"] == "Sam"
    answer = cast.ben.get("candidates/by-external-id/a%3Ab/candidate/1", expect=422)
    assert answer["errors"][0]["pointer"] == "{source}"


@on_one_store
def test_an_id_is_decoded_once(cast: Cast) -> None:
    path = f"candidates/by-external-id/ats/candidate/{quote('100%2F/%41', safe='')}"
    put_so = cast.ben.put(path, {"full_name": "Sam"}, expect=201)
    assert put_so["external_ids"] == [name("candidate", "100%2F/%41", "ats")]


def test_a_name_means_one_row(cast: Cast) -> None:
    position = cast.ben.position(external_ids=[name("candidate", "17")])
    answer = cast.ben.put(SAM, {"full_name": "Sam"}, expect=409)
    assert answer["existing_id"] == position
    cast.ben.get(SAM, expect=404)
    one = cast.ben.candidate(external_ids=[name("candidate", "1")])
    cast.ben.candidate("Olga", external_ids=[name("candidate", "2")])
    both = {"external_ids": [name("candidate", "2")]}
    cast.ben.put("candidates/by-external-id/greenhouse/candidate/1", both, expect=409)
    assert cast.ben.get(f"candidates/{one}")["version"] == 1


def test_a_position_and_an_application_are_put_by_names_alone(cast: Cast) -> None:
    cast.ben.put(SAM, {"full_name": "Sam", "emails": [{"address": "s@x.example"}]}, expect=201)
    job = "positions/by-external-id/greenhouse/job/3"
    put = cast.ben.put(job, {"title": "Sales internship", "openings": 2}, expect=201)
    assert (put["status"], put["opening_counts"]["open"]) == ("draft", 2)
    again = cast.ben.put(job, {"title": "Sales", "openings": 5})
    assert (again["title"], again["opening_counts"]["open"], again["version"]) == ("Sales", 2, 2)
    tried = "applications/by-external-id/greenhouse/application/9"
    body: Json = {
        "candidate": {"external_id": name("candidate", "17")},
        "position": {"external_id": name("job", "3")},
        "furthest_stage": "Phone",
    }
    made = cast.ben.put(tried, body, expect=201)
    assert (made["status"], made["position_id"]) == ("active", put["id"])
    cast.ben.reject(made["id"])
    moved = cast.ben.put(tried, {**body, "is_finalist": True})
    assert (moved["status"], moved["is_finalist"]) == ("rejected", True)
    by_address = {**body, "candidate": {"email": "S@x.example"}}
    assert cast.ben.put(tried, by_address)["version"] == moved["version"]
    other = cast.ben.candidate("Olga")
    answer = cast.ben.put(tried, {"candidate": {"id": other}}, expect=409)
    assert answer["existing_id"] == made["id"]
    new = "applications/by-external-id/greenhouse/application/10"
    for wrong, pointer in (
        ({}, "/candidate"),
        ({"candidate": {"id": other}}, "/position"),
        ({**body, "candidate": {"id": put["id"]}}, "/candidate/id"),
        ({**body, "position": {"external_id": name("job", "4")}}, "/position/external_id"),
        ({**body, "candidate": {}}, "/candidate"),
    ):
        answer = cast.ben.put(new, wrong, expect=422)
        assert [error["pointer"] for error in answer["errors"]] == [pointer]


def test_who_was_removed_does_not_come_back_by_a_sync(cast: Cast) -> None:
    candidate = cast.ben.put(SAM, {"full_name": "Sam"}, expect=201)["id"]
    tried = "applications/by-external-id/greenhouse/application/9"
    body = {"candidate": {"id": candidate}, "position": {"id": cast.ben.position()}}
    cast.ben.put(tried, body, expect=201)
    cast.ben.delete(f"candidates/{candidate}?reason=erased")
    assert "erased" in cast.ben.put(SAM, {"full_name": "Sam"}, expect=410)["detail"]
    cast.ben.put(tried, body, expect=410)
    cast.ben.get(SAM, expect=410)
    # By their own hand somebody may write the person down again.
    anew = cast.ben.candidate("Sam", external_ids=[name("candidate", "17")])
    assert cast.ben.put(SAM, {"location": "Reston"})["id"] == anew


def test_of_several_at_once_one_creates_and_the_others_update(cast: Cast) -> None:
    def put(number: int) -> tuple[int, str]:
        answer = cast.ben.call("PUT", SAM, json={"full_name": f"Sam {number}"})
        return answer.status_code, answer.json().get("id", answer.text)

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(put, range(6)))
    assert sorted(status for status, _ in found) == [200] * 5 + [201]
    assert len({row for _, row in found}) == 1


def test_a_name_is_each_organizations_own(cast: Cast) -> None:
    ours = cast.ben.put(SAM, {"full_name": "Sam"}, expect=201)
    cast.cleo.get(SAM, expect=404)
    theirs = cast.cleo.put(SAM, {"full_name": "Gil"}, expect=201)
    assert theirs["id"] != ours["id"]
    assert {"possible_duplicates": [], **cast.ben.get(SAM)} == ours
    assert_person_is_seen_by_nobody_else(cast.cleo, ours["id"])


def assert_person_is_seen_by_nobody_else(person: Person, candidate: str) -> None:
    body = {"candidate": {"id": candidate}, "position": {"id": person.position()}}
    answer = person.put("applications/by-external-id/a/b/c", body, expect=422)
    assert answer["errors"][0]["pointer"] == "/candidate/id"
