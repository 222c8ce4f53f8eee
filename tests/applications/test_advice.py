import uuid
from typing import Any

import pytest

from tests.cast import Cast, Json, Person, changes_of
from tests.openings import copied
from tests.stores import on_one_store, usually_on_one_store

CLUB: Json = {"text": "A student club", "competency": "leadership", "target_level": 2}
GRADES: Json = {"text": "Two solid semesters", "competency": "academics", "target_level": 3}
JOB: Json = {"text": "A job with customers", "competency": "customer-facing", "target_level": 3}


@copied
def turned_down(person: Person, *advice: Json) -> tuple[str, str]:
    candidate = person.candidate()
    application = person.application(candidate, person.position())
    person.reject(application, advice=list(advice))
    return candidate, application


def pieces(person: Person, candidate: str) -> list[Json]:
    found: list[Json] = person.get(f"candidates/{candidate}/advice")["items"]
    return found


def test_advice_given_later_goes_on_counting(cast: Cast) -> None:
    ben = cast.ben
    candidate, application = turned_down(ben, GRADES)
    version = ben.get(f"applications/{application}")["version"]
    body = {"given_at": "2018-10-09T10:00:00Z", "given_by": {"name": "Ms. Hall"}}
    given = ben.post(f"applications/{application}/advice", {**body, "items": [JOB, CLUB]})
    assert [piece["number"] for piece in given["items"]] == [2, 3]
    assert given["items"][0]["given_at"] == body["given_at"]
    assert given["items"][0]["given_by"] == {"user_id": None, "name": "Ms. Hall"}
    shown = ben.get(f"applications/{application}")
    assert shown["version"] > version
    assert shown["rejection"]["advice_ids"] == [piece["id"] for piece in pieces(ben, candidate)]
    assert ben.get(f"advice/{given['items'][0]['id']}") == given["items"][0]


@usually_on_one_store
def test_who_advises_first_looks_after_the_candidate(cast: Cast) -> None:
    candidate, application = turned_down(cast.ben)
    path = f"candidates/{candidate}"
    before = cast.ben.get(path)
    assert before["relationship_owner_id"] is None
    given_by = {"user_id": str(cast.ada.user_id)}
    cast.ben.post(f"applications/{application}/advice", {"given_by": given_by, "items": [CLUB]})
    after = cast.ben.get(path)
    assert after["relationship_owner_id"] == str(cast.ada.user_id)
    assert after["version"] > before["version"]


@usually_on_one_store
def test_an_adviser_known_by_name_alone_looks_after_nobody(cast: Cast) -> None:
    ben = cast.ben
    candidate, application = turned_down(ben)
    path = f"applications/{application}/advice"
    ben.post(path, {"items": [CLUB], "given_by": {"name": "Ms. Hall"}})
    assert ben.get(f"candidates/{candidate}")["relationship_owner_id"] is None
    ben.post(path, {"items": [JOB]})
    assert ben.get(f"candidates/{candidate}")["relationship_owner_id"] == str(ben.user_id)


def test_advice_given_later_names_the_version_of_its_application(cast: Cast) -> None:
    ben = cast.ben
    candidate, application = turned_down(ben)
    path = f"applications/{application}"
    seen = ben.call("GET", path).headers["ETag"]
    given = ben.call("POST", f"{path}/advice", json={"items": [CLUB]}, headers={"If-Match": seen})
    assert given.status_code == 201
    assert given.headers["ETag"] == ben.call("GET", path).headers["ETag"] != seen
    ben.post(f"{path}/advice", {"items": [JOB]}, expect=412, headers={"If-Match": seen})
    assert len(pieces(ben, candidate)) == 1


@usually_on_one_store
def test_advice_needs_a_rejection_that_stands(cast: Cast) -> None:
    ben = cast.ben
    candidate = ben.candidate()
    application = ben.application(candidate, ben.position())
    path = f"applications/{application}/advice"
    assert ben.post(path, {"items": [CLUB]}, expect=409)["current_status"] == "active"
    ben.reject(application)
    ben.post(f"applications/{application}/unreject", {}, expect=200)
    ben.post(path, {"items": [CLUB]}, expect=409)
    assert pieces(ben, candidate) == []


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("/items", {"items": []}),
    ("/items", {}),
    ("/items/0/text", {"items": [{"text": ""}]}),
    ("/items/0/target_level", {"items": [{"text": "x", "target_level": 0}]}),
    ("/given_at", {"items": [CLUB], "given_at": "2018-10-04T15:00:00Z"}),
    ("/given_at", {"items": [CLUB], "given_at": "2199-10-04T15:00:00Z"}),
    ("/given_by/user_id", {"items": [CLUB], "given_by": {"user_id": str(uuid.uuid4())}}),
]


@on_one_store
def test_wrong_advice_is_refused_at_its_place(cast: Cast) -> None:
    candidate, application = turned_down(cast.ben)
    for pointer, fields in WRONG:
        problem = cast.ben.post(f"applications/{application}/advice", fields, expect=422)
        assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert pieces(cast.ben, candidate) == []


def test_a_person_sets_the_state(cast: Cast) -> None:
    ben = cast.ben
    candidate, _ = turned_down(ben, JOB, CLUB)
    job, club = pieces(ben, candidate)
    at = "2018-12-01T10:00:00Z"
    answer = ben.call(
        "PATCH", f"advice/{job['id']}", json={"state": "reported", "effective_at": at}
    )
    set_ = answer.json()
    assert (answer.status_code, set_["state"], set_["state_at"]) == (200, "reported", at)
    assert answer.headers["ETag"] == f'"{set_["version"]}"'
    assert set_["version"] > job["version"]
    assert ben.patch(f"advice/{job['id']}", {"state": "confirmed"})["state"] == "confirmed"
    earlier = {"state": "open", "effective_at": "2018-11-01T10:00:00Z"}
    assert ben.patch(f"advice/{job['id']}", earlier)["state"] == "confirmed", "told since"
    assert pieces(ben, candidate)[1] == club


@usually_on_one_store
def test_nothing_new_of_advice_changes_nothing(cast: Cast) -> None:
    ben = cast.ben
    candidate, _ = turned_down(ben, JOB)
    path = f"advice/{pieces(ben, candidate)[0]['id']}"
    dated = {"state": "reported", "effective_at": "2018-12-01T10:00:00Z"}
    before = ben.patch(path, dated)
    log = cast.ada.get("audit-log")
    for body in ({}, JOB, {"state": "reported"}, dated, {**JOB, **dated}):
        answer = ben.call("PATCH", path, json=body)
        assert (answer.status_code, answer.json()) == (200, before)
        assert answer.headers["ETag"] == f'"{before["version"]}"'
    assert ben.get(path) == before
    assert cast.ada.get("audit-log") == log
    after = ben.patch(path, {**JOB, "text": "Another job"})
    assert after["version"] == before["version"] + 1
    (newest,) = cast.ada.get("audit-log", params={"limit": 1})["items"]
    assert (newest["action"], changes_of(newest)) == ("advice.updated", {"text": "Another job"})


@usually_on_one_store
def test_the_next_fact_moves_on_what_a_person_set(cast: Cast) -> None:
    ben = cast.ben
    candidate, _ = turned_down(ben, JOB)
    (job,) = pieces(ben, candidate)
    ben.follow_up(candidate, "2018-11-01T09:00:00Z", advice_ids=[job["id"]])
    assert pieces(ben, candidate)[0]["state"] == "in_progress"
    back = {"state": "open", "effective_at": "2018-11-02T09:00:00Z"}
    assert ben.patch(f"advice/{job['id']}", back)["state"] == "open"
    ben.follow_up(candidate, "2018-12-01T09:00:00Z", advice_ids=[job["id"]])
    (moved,) = pieces(ben, candidate)
    assert (moved["state"], moved["state_at"]) == ("in_progress", "2018-12-01T09:00:00Z")


def test_withdrawn_is_final(cast: Cast) -> None:
    ben = cast.ben
    candidate, _ = turned_down(ben, JOB)
    (job,) = pieces(ben, candidate)
    ben.patch(f"advice/{job['id']}", {"state": "confirmed"})
    long_ago = {"state": "withdrawn", "effective_at": "2018-12-01T10:00:00Z"}
    assert ben.patch(f"advice/{job['id']}", long_ago)["state"] == "withdrawn"
    for state in ("open", "confirmed", "withdrawn"):
        problem = ben.patch(f"advice/{job['id']}", {"state": state}, expect=409)
        assert problem["current_status"] == "withdrawn"
    ben.follow_up(candidate, "2019-01-01T09:00:00Z", advice_ids=[job["id"]])
    assert pieces(ben, candidate)[0]["state"] == "withdrawn"
    assert ben.patch(f"advice/{job['id']}", {"text": "A job"})["text"] == "A job"


def test_a_correction_keeps_the_state_and_moves_the_fit(cast: Cast) -> None:
    ben = cast.ben
    needs = [{"competency": "leadership", "min_level": 4, "kind": "nice_to_have", "weight": 1}]
    candidate = ben.candidate()
    position = ben.position(requirements=needs)
    ben.reject(ben.application(candidate, position), advice=[CLUB])
    (club,) = pieces(ben, candidate)
    path = f"positions/{position}/candidates/{candidate}/match"
    at = "2018-12-01T10:00:00Z"
    ben.patch(f"advice/{club['id']}", {"state": "confirmed", "effective_at": at})
    assert ben.get(path)["fit"] == pytest.approx(0.5)
    corrected = ben.patch(
        f"advice/{club['id']}", {"target_level": 4, "evidence_expected": None, "text": "Lead it"}
    )
    assert (corrected["target_level"], corrected["text"]) == (4, "Lead it")
    assert (corrected["state"], corrected["state_at"]) == ("confirmed", at)
    assert ben.get(path)["fit"] == pytest.approx(1.0)


WRONG_CHANGES: list[dict[str, Any]] = [
    {"state": "done"},
    {"state": None},
    {"text": None},
    {"text": "  "},
    {"number": 2},
    {"state": "reported", "effective_at": "2018-10-01T00:00:00Z"},
    {"state": "reported", "effective_at": "2199-10-01T00:00:00Z"},
]


@on_one_store
def test_a_wrong_change_is_refused(cast: Cast) -> None:
    candidate, _ = turned_down(cast.ben, JOB)
    (job,) = pieces(cast.ben, candidate)
    for body in WRONG_CHANGES:
        cast.ben.patch(f"advice/{job['id']}", body, expect=422)
    assert pieces(cast.ben, candidate) == [job]


def test_versions_and_walls_hold(cast: Cast) -> None:
    candidate, application = turned_down(cast.ben, JOB)
    (job,) = pieces(cast.ben, candidate)
    path = f"advice/{job['id']}"
    cast.ben.patch(path, {"text": "Another"}, headers={"If-Match": f'"{job["version"]}"'})
    cast.ben.patch(path, {"text": "Late"}, expect=412, headers={"If-Match": f'"{job["version"]}"'})
    cast.cleo.get(path, expect=404)
    cast.cleo.patch(path, {"state": "confirmed"}, expect=404)
    cast.cleo.get(f"candidates/{candidate}/advice", expect=404)
    cast.cleo.post(f"applications/{application}/advice", {"items": [CLUB]}, expect=404)
    cast.rita.patch(path, {"state": "confirmed"}, expect=403)
    cast.ben.get(f"advice/{uuid.uuid4()}", expect=404)
    cast.ben.patch(f"advice/{uuid.uuid4()}", {}, expect=404)


def test_advice_is_listed_page_by_page_the_newest_rejection_first(cast: Cast) -> None:
    ben = cast.ben
    candidate = ben.candidate()
    assert ben.get(f"candidates/{candidate}/advice")["items"] == []
    position = ben.position()
    ben.reject(ben.application(candidate, position), advice=[JOB, CLUB])
    again = ben.application(candidate, position, applied_at="2019-01-01T09:00:00Z")
    ben.reject(again, rejected_at="2019-02-01T09:00:00Z", advice=[GRADES, CLUB])
    seen, cursor = [], None
    for _ in range(3):
        params = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = ben.get(f"candidates/{candidate}/advice", params=params)
        seen += [(piece["application_id"] == again, piece["number"]) for piece in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [(True, 1), (True, 2), (False, 1), (False, 2)]
