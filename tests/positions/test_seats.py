"""Seats are filled, given back and offered again."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.cast import Cast, Json, Person
from tests.openings import copied
from tests.positions.test_states import LONG_AGO, seats, shortlists, step
from tests.stores import usually_on_one_store

HIRED = "2018-10-05T09:00:00Z"


@copied
def opened(person: Person, **fields: Any) -> str:
    position = person.position(**fields)
    step(person, position, "open", effective_at=LONG_AGO)
    return position


def hired(person: Person, position: str, name: str = "Max", **fields: Any) -> str:
    application = person.application(person.candidate(name), position)
    person.post(f"applications/{application}/hire", {"hired_at": HIRED, **fields}, expect=200)
    return application


def withdraw(person: Person, application: str, **fields: Any) -> Json:
    return person.post(f"applications/{application}/withdraw", fields, expect=200)


@usually_on_one_store
def test_the_seat_open_longest_is_filled_first(cast: Cast) -> None:
    position = opened(cast.ben)
    step(cast.ben, position, "openings", 201, openings=1)
    application = hired(cast.ben, position)
    first, second = seats(cast.ben, position)
    assert (first["status"], first["application_id"]) == ("filled", application)
    assert (first["closed_at"], first["close_reason"]) == (HIRED, "filled")
    assert second["status"] == "open"
    assert cast.ben.get(f"positions/{position}")["status"] == "open"


@usually_on_one_store
def test_the_named_seat_is_filled(cast: Cast) -> None:
    position, other = opened(cast.ben, openings=2), opened(cast.ben)
    wanted = seats(cast.ben, position)[1]["id"]
    application = hired(cast.ben, position, opening_id=wanted)
    assert [row["application_id"] for row in seats(cast.ben, position)] == [None, application]
    rival = cast.ben.application(cast.ben.candidate("Kim"), position)
    path = f"applications/{rival}/hire"
    taken = cast.ben.post(path, {"hired_at": HIRED, "opening_id": wanted}, expect=409)
    assert taken["current_status"] == "filled"
    elsewhere = {"hired_at": HIRED, "opening_id": seats(cast.ben, other)[0]["id"]}
    problem = cast.ben.post(path, elsewhere, expect=422)
    assert [error["pointer"] for error in problem["errors"]] == ["/opening_id"]


def test_the_last_seat_fills_the_position(cast: Cast) -> None:
    position = opened(cast.ben)
    hired(cast.ben, position)
    now = cast.ben.get(f"positions/{position}")
    assert (now["status"], now["close_reason"]) == ("filled", "filled")
    assert now["opening_counts"] == {"open": 0, "filled": 1, "closed": 0}
    rival = cast.ben.application(cast.ben.candidate("Kim"), position)
    problem = cast.ben.post(f"applications/{rival}/hire", {"hired_at": HIRED}, expect=409)
    assert problem["current_status"] == "filled"


def test_two_hires_race_for_one_seat(cast: Cast) -> None:
    position = opened(cast.ben)
    rivals = [cast.ben.application(cast.ben.candidate(name), position) for name in ("Max", "Kim")]

    def hire(application: str) -> int:
        path, body = f"applications/{application}/hire", {"hired_at": HIRED}
        return cast.ben.call("POST", path, json=body).status_code

    with ThreadPoolExecutor(2) as pool:
        answers = dict(zip(rivals, pool.map(hire, rivals), strict=True))
    assert sorted(answers.values()) == [200, 409]
    (seat,) = seats(cast.ben, position)
    assert answers[seat["application_id"]] == 200


@usually_on_one_store
def test_a_filled_position_reopens_with_one_more_seat(cast: Cast) -> None:
    position = opened(cast.ben)
    hired(cast.ben, position)
    again = step(cast.ben, position, "reopen")
    assert again["opening_counts"] == {"open": 1, "filled": 1, "closed": 0}


@usually_on_one_store
def test_a_hire_that_withdraws_gives_the_seat_back(cast: Cast) -> None:
    position = opened(cast.ben)
    application = hired(cast.ben, position)
    lost = withdraw(cast.ben, application)
    assert lost["shortlist_id"] is not None
    now = cast.ben.get(f"positions/{position}")
    assert (now["status"], now["opening_counts"]["open"]) == ("open", 1)
    (seat,) = seats(cast.ben, position)
    assert (seat["status"], seat["application_id"], seat["closed_at"]) == ("open", None, None)
    assert [row["trigger"] for row in shortlists(cast.ben, position)] == ["hire_withdrew"]


@usually_on_one_store
def test_a_loss_of_long_ago_makes_no_list(cast: Cast) -> None:
    position = opened(cast.ben)
    application = hired(cast.ben, position)
    lost = withdraw(cast.ben, application, withdrawn_at="2018-11-01T09:00:00Z")
    assert lost["shortlist_id"] is None
    assert cast.ben.get(f"positions/{position}")["status"] == "open"
    assert seats(cast.ben, position)[0]["opened_at"] == "2018-11-01T09:00:00Z"


@usually_on_one_store
def test_a_cancelled_position_stays_cancelled(cast: Cast) -> None:
    position = opened(cast.ben, openings=2)
    application = hired(cast.ben, position)
    step(cast.ben, position, "close", reason="cancelled")
    assert withdraw(cast.ben, application)["shortlist_id"] is None
    assert cast.ben.get(f"positions/{position}")["status"] == "closed"
    for seat in seats(cast.ben, position):
        assert (seat["status"], seat["close_reason"]) == ("closed", "cancelled")


def decline(person: Person, position: str) -> Json:
    application = person.application(person.candidate("Jo"), position)
    return person.post(f"applications/{application}/offer-declined", {}, expect=200)


def test_an_offer_declined_for_an_open_seat(cast: Cast) -> None:
    position = opened(cast.ben)
    assert decline(cast.ben, position)["shortlist_id"] is not None
    assert [row["trigger"] for row in shortlists(cast.ben, position)] == ["offer_declined"]


@usually_on_one_store
def test_an_offer_declined_after_the_position_was_called_filled(cast: Cast) -> None:
    position = opened(cast.ben, openings=2)
    step(cast.ben, position, "close", reason="filled")
    assert decline(cast.ben, position)["shortlist_id"] is not None
    now = cast.ben.get(f"positions/{position}")
    assert (now["status"], now["opening_counts"]) == (
        "open",
        {"open": 1, "filled": 0, "closed": 1},
    )


@usually_on_one_store
def test_an_offer_declined_where_others_fill_every_seat(cast: Cast) -> None:
    position = opened(cast.ben)
    hired(cast.ben, position)
    assert decline(cast.ben, position)["shortlist_id"] is None
    assert cast.ben.get(f"positions/{position}")["status"] == "filled"
