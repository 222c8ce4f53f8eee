from threading import Barrier, Thread
from typing import Any

import pytest

from tests.applications.seats import hire, match, opened, seats
from tests.cast import Cast
from tests.stores import on_one_store, usually_on_one_store


def test_a_hire_fills_an_opening(cast: Cast) -> None:
    ben = cast.ben
    position = opened(ben)
    application = ben.application(ben.candidate(), position)
    hired = hire(ben, application, hired_at="2018-10-05T10:00:00Z")
    (seat,) = ben.get(f"positions/{position}/openings")["items"]
    assert (hired["status"], hired["hired_at"]) == ("hired", "2018-10-05T10:00:00Z")
    assert hired["opening_id"] == seat["id"]
    assert (seat["status"], seat["application_id"]) == ("filled", application)
    assert ben.get(f"positions/{position}")["status"] == "filled"
    assert ben.get(f"applications/{application}") == hired
    assert hire(ben, application, expect=409)["current_status"] == "hired"


@usually_on_one_store
def test_the_opening_may_be_named(cast: Cast) -> None:
    ben = cast.ben
    position = opened(ben, openings=2)
    first, second = ben.get(f"positions/{position}/openings")["items"]
    application = ben.application(ben.candidate(), position)
    assert hire(ben, application, opening_id=second["id"])["opening_id"] == second["id"]
    assert ben.get(f"positions/{position}")["status"] == "open"
    other = ben.application(ben.candidate("Ann Archer"), position)
    hire(ben, other, expect=409, opening_id=second["id"])
    assert hire(ben, other)["opening_id"] == first["id"]


@usually_on_one_store
def test_without_an_open_seat_nobody_is_hired(cast: Cast) -> None:
    ben = cast.ben
    position = opened(ben)
    hire(ben, ben.application(ben.candidate(), position))
    late = ben.application(ben.candidate("Ann Archer"), position)
    hire(ben, late, expect=409)
    assert ben.get(f"applications/{late}")["status"] == "active"


@usually_on_one_store
@pytest.mark.parametrize("how", ["the same application", "a new application"])
def test_who_was_turned_down_is_hired_for_the_very_position(cast: Cast, how: str) -> None:
    ben = cast.ben
    position, candidate = opened(ben), ben.candidate()
    application = ben.application(candidate, position)
    rejection = ben.reject(application, advice=[{"text": "A job with customers"}])["rejection"]
    ben.follow_up(candidate, "2018-11-01T09:00:00Z")
    assert match(ben, position, candidate)["section"] == "entries"
    score = ben.get(f"candidates/{candidate}/persistence", params={"as_of": "2019-05-13T00:00:00Z"})
    if how == "a new application":
        application = ben.application(candidate, position, applied_at="2019-05-12T09:00:00Z")
    hired = hire(ben, application, hired_at="2019-05-13T15:00:00Z")
    assert hired["status"] == "hired"
    if how == "the same application":
        assert hired["rejection"]["id"] == rejection["id"]
    held = match(ben, position, candidate)
    assert (held["section"], held["failed_gate"]) == ("excluded", "hired")
    assert seats(ben, position) == [("filled", application)]
    kept = ben.get(f"candidates/{candidate}/persistence", params={"as_of": "2019-05-14T00:00:00Z"})
    assert kept["momentum"] == score["momentum"]


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("/hired_at", {"hired_at": "2018-10-04T15:00:00Z"}),
    ("/hired_at", {"hired_at": "2199-10-04T15:00:00Z"}),
    ("/hired_at", {"hired_at": "tomorrow"}),
    ("/effective_at", {"effective_at": "2018-10-04T15:00:00Z"}),
    ("/opening_id", {"opening_id": "first"}),
]


@on_one_store
def test_wrong_input_is_refused_at_its_place(cast: Cast) -> None:
    position = opened(cast.ben)
    application = cast.ben.application(cast.ben.candidate(), position)
    cast.ben.reject(application)
    for pointer, fields in WRONG:
        problem = hire(cast.ben, application, expect=422, **fields)
        assert problem["errors"][0]["pointer"] == pointer
    assert seats(cast.ben, position) == [("open", None)]


@usually_on_one_store
def test_an_opening_of_another_position_is_not_filled(cast: Cast) -> None:
    ben = cast.ben
    position, other = opened(ben), opened(ben, title="Other")
    (seat,) = ben.get(f"positions/{other}/openings")["items"]
    application = ben.application(ben.candidate(), position)
    answer = ben.call("POST", f"applications/{application}/hire", json={"opening_id": seat["id"]})
    assert answer.status_code in {409, 422}
    assert seats(ben, other) == [("open", None)]
    assert ben.get(f"applications/{application}")["status"] == "active"


def test_a_hire_is_taken_back(cast: Cast) -> None:
    ben = cast.ben
    position, candidate = opened(ben), ben.candidate()
    application = ben.application(candidate, position)
    hire(ben, application, hired_at="2018-10-05T10:00:00Z")
    path = f"applications/{application}/unhire"
    problem = ben.post(path, {"effective_at": "2018-10-05T09:00:00Z"}, expect=422)
    assert problem["errors"][0]["pointer"] == "/effective_at"
    back = ben.post(path, {"effective_at": "2018-10-06T10:00:00Z"}, expect=200)
    assert (back["status"], back["hired_at"], back["opening_id"]) == ("active", None, None)
    assert seats(ben, position) == [("open", None)]
    assert ben.post(path, {}, expect=409)["current_status"] == "active"
    assert hire(ben, application)["status"] == "hired"


@usually_on_one_store
def test_a_hire_taken_back_leaves_the_rejection_that_it_found(cast: Cast) -> None:
    ben = cast.ben
    position, candidate = opened(ben), ben.candidate()
    application = ben.application(candidate, position)
    ben.reject(application, advice=[{"text": "A student club"}])
    rejected = ben.get(f"applications/{application}")
    ben.follow_up(candidate, "2018-11-01T09:00:00Z")
    as_of = {"as_of": "2019-07-01T00:00:00Z"}
    score = ben.get(f"candidates/{candidate}/persistence", params=as_of)
    hire(ben, application, hired_at="2019-05-15T09:00:00Z")
    assert ben.post(f"applications/{application}/unreject", {}, expect=409)["current_status"] == (
        "hired"
    )
    at = {"effective_at": "2019-06-01T09:00:00Z"}
    back = ben.post(f"applications/{application}/unhire", at, expect=200)
    assert (back["status"], back["hired_at"], back["opening_id"]) == ("rejected", None, None)
    assert back["rejection"] == rejected["rejection"]
    assert seats(ben, position) == [("open", None)]
    (piece,) = ben.get(f"candidates/{candidate}/advice")["items"]
    assert piece["state"] == "open"
    assert ben.get(f"candidates/{candidate}/persistence", params=as_of) == score
    assert match(ben, position, candidate)["section"] == "entries"
    assert ben.post(f"applications/{application}/unreject", {}, expect=200)["status"] == "active"


@usually_on_one_store
def test_a_hire_from_a_rejection_is_taken_back_beside_an_active_try(cast: Cast) -> None:
    ben = cast.ben
    position, candidate = opened(ben, openings=2), ben.candidate()
    application = ben.application(candidate, position)
    ben.reject(application)
    hire(ben, application)
    ben.application(candidate, position)
    back = ben.post(f"applications/{application}/unhire", {}, expect=200)
    assert back["status"] == "rejected"


@usually_on_one_store
def test_a_hire_stays_while_another_try_is_active(cast: Cast) -> None:
    ben = cast.ben
    position, candidate = opened(ben, openings=2), ben.candidate()
    first = ben.application(candidate, position)
    hire(ben, first)
    second = ben.application(candidate, position)
    problem = ben.post(f"applications/{first}/unhire", {}, expect=409)
    assert problem["existing_id"] == second


def test_walls_and_versions_hold(cast: Cast) -> None:
    application = cast.ben.application(cast.ben.candidate(), opened(cast.ben))
    hire(cast.cleo, application, expect=404)
    hire(cast.rita, application, expect=403)
    path = f"applications/{application}/hire"
    cast.ben.post(path, {}, expect=412, headers={"If-Match": '"9"'})
    hire(cast.ben, application)
    cast.cleo.post(f"applications/{application}/unhire", {}, expect=404)


def test_two_hires_at_once_fill_one_opening_once(cast: Cast) -> None:
    ben = cast.ben
    position = opened(ben)
    tries = [ben.application(ben.candidate(name), position) for name in ("Sam", "Ann")]
    together, statuses = Barrier(2), dict[str, int]()

    def seat(application: str) -> None:
        together.wait()
        answer = ben.call("POST", f"applications/{application}/hire", json={})
        statuses[application] = answer.status_code

    threads = [Thread(target=seat, args=(each,)) for each in tries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses.values()) == [200, 409]
    (winner,) = (application for application, status in statuses.items() if status == 200)
    assert seats(ben, position) == [("filled", winner)]
    hired = ben.get("applications", params={"position_id": position, "status": "hired"})["items"]
    assert [row["id"] for row in hired] == [winner]
