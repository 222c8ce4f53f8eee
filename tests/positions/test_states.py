"""Opening, holding, closing and re-opening."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.cast import Cast, Json, Person
from tests.stores import on_one_store, usually_on_one_store

LONG_AGO = "2018-09-01T09:00:00Z"


def step(person: Person, position: str, name: str, expect: int = 200, **body: Any) -> Json:
    return person.post(f"positions/{position}/{name}", body, expect=expect)


def seats(person: Person, position: str) -> list[Json]:
    found: list[Json] = person.get(f"positions/{position}/openings")["items"]
    return found


def test_a_draft_opens_with_its_shortlist(cast: Cast) -> None:
    position = cast.ben.position()
    opened = step(cast.ben, position, "open")
    assert (opened["status"], opened["version"]) == ("open", 2)
    shortlist = cast.ben.get(f"shortlists/{opened['shortlist_id']}")
    assert (shortlist["trigger"], shortlist["position_id"]) == ("position_opened", position)
    assert opened.keys() - {"shortlist_id"} == cast.ben.get(f"positions/{position}").keys()


@usually_on_one_store
def test_the_seats_of_a_draft_open_with_it(cast: Cast) -> None:
    position = cast.ben.position(openings=2)
    step(cast.ben, position, "open", effective_at=LONG_AGO)
    assert [seat["opened_at"] for seat in seats(cast.ben, position)] == [LONG_AGO, LONG_AGO]


def test_history_makes_no_shortlist(cast: Cast) -> None:
    position = cast.ben.position()
    assert step(cast.ben, position, "open", effective_at=LONG_AGO)["shortlist_id"] is None
    step(cast.ben, position, "close", reason="other", effective_at=LONG_AGO)
    assert step(cast.ben, position, "reopen", effective_at=LONG_AGO)["shortlist_id"] is None
    assert cast.ben.get(f"positions/{position}/shortlists")["items"] == []


@usually_on_one_store
def test_this_morning_is_news(cast: Cast) -> None:
    morning = (datetime.now(UTC) - timedelta(hours=3)).isoformat()
    opened = step(cast.ben, cast.ben.position(), "open", effective_at=morning)
    assert opened["shortlist_id"] is not None


@on_one_store
def test_the_future_is_refused(cast: Cast) -> None:
    position = cast.ben.position()
    ahead = "2199-01-01T00:00:00Z"
    problem = step(cast.ben, position, "open", 422, effective_at=ahead)
    assert [error["pointer"] for error in problem["errors"]] == ["/effective_at"]
    assert cast.ben.get(f"positions/{position}")["status"] == "draft"


@usually_on_one_store
def test_hold_and_open_again(cast: Cast) -> None:
    position = cast.ben.position()
    step(cast.ben, position, "open", effective_at=LONG_AGO)
    held = step(cast.ben, position, "hold")
    assert (held["status"], held["opening_counts"]["open"]) == ("on_hold", 1)
    assert step(cast.ben, position, "open")["status"] == "open"
    assert seats(cast.ben, position)[0]["opened_at"] == LONG_AGO


@usually_on_one_store
@pytest.mark.parametrize(
    ("reason", "status"), [("filled", "filled"), ("cancelled", "closed"), ("other", "closed")]
)
def test_close_and_reopen(cast: Cast, reason: str, status: str) -> None:
    position = cast.ben.position(openings=2)
    step(cast.ben, position, "open", effective_at=LONG_AGO)
    closed = step(cast.ben, position, "close", reason=reason, effective_at="2018-10-01T09:00:00Z")
    assert (closed["status"], closed["close_reason"]) == (status, reason)
    for seat in seats(cast.ben, position):
        assert (seat["status"], seat["close_reason"]) == ("closed", reason)
        assert seat["closed_at"] == "2018-10-01T09:00:00Z"
    opened = step(cast.ben, position, "reopen")
    assert (opened["status"], opened["close_reason"]) == ("open", None)
    assert opened["opening_counts"] == {"open": 2, "filled": 0, "closed": 0}
    assert cast.ben.get(f"shortlists/{opened['shortlist_id']}")["trigger"] == "position_reopened"
    for seat in seats(cast.ben, position):
        assert seat["closed_at"] is seat["close_reason"] is None


@usually_on_one_store
def test_reopen_with_more_seats(cast: Cast) -> None:
    position = cast.ben.position()
    step(cast.ben, position, "close", reason="cancelled")
    assert step(cast.ben, position, "reopen", openings=2)["opening_counts"]["open"] == 3


WRONG_STEPS = [
    ("draft", "hold"),
    ("draft", "reopen"),
    ("open", "open"),
    ("open", "reopen"),
    ("on_hold", "hold"),
    ("filled", "open"),
    ("filled", "hold"),
    ("filled", "close"),
    ("filled", "openings"),
    ("closed", "open"),
    ("closed", "hold"),
    ("closed", "close"),
    ("closed", "openings"),
]
_BODIES: dict[str, Json] = {"close": {"reason": "other"}, "openings": {"openings": 1}}
_ROADS: dict[str, list[tuple[str, Json]]] = {
    "draft": [],
    "open": [("open", {})],
    "on_hold": [("open", {}), ("hold", {})],
    "filled": [("close", {"reason": "filled"})],
    "closed": [("close", {"reason": "other"})],
}


@on_one_store
@pytest.mark.parametrize("status", _ROADS)
def test_steps_that_cannot_be_taken(cast: Cast, status: str) -> None:
    position = cast.ben.position()
    for road, body in _ROADS[status]:
        step(cast.ben, position, road, **body)
    before = cast.ben.get(f"positions/{position}")
    assert before["status"] == status
    for name in (name for at, name in WRONG_STEPS if at == status):
        problem = step(cast.ben, position, name, 409, **_BODIES.get(name, {}))
        assert problem["current_status"] == status, name
    assert cast.ben.get(f"positions/{position}") == before


def test_close_wants_a_reason(cast: Cast) -> None:
    position = cast.ben.position()
    for body in ({}, {"reason": "tired"}):
        problem = step(cast.ben, position, "close", 422, **body)
        assert [error["pointer"] for error in problem["errors"]] == ["/reason"]


def test_adding_seats(cast: Cast) -> None:
    position = cast.ben.position()
    seat = {"external_ids": [{"source": "lever", "type": "seat", "id": "2"}]}
    added = step(cast.ben, position, "openings", 201, openings=[seat])["items"]
    assert added == seats(cast.ben, position)[1:]
    assert added[0]["external_ids"] == seat["external_ids"]
    now = cast.ben.get(f"positions/{position}")
    assert (now["opening_counts"]["open"], now["version"]) == (2, 2)
    problem = step(cast.ben, position, "openings", 409, openings=[seat])
    assert problem["existing_id"] == added[0]["id"]


def shortlists(person: Person, position: str) -> list[Json]:
    found: list[Json] = person.get(f"positions/{position}/shortlists")["items"]
    return found


CHANGES: list[Json] = [
    {"starts_on": "2027-06-01"},
    {"job_family": "support"},
    {"department": "Service"},
    {"requirements": [{"competency": "sales", "min_level": 2, "kind": "must_have"}]},
]


@pytest.mark.parametrize("change", CHANGES)
def test_an_unused_shortlist_is_made_anew(cast: Cast, change: Json) -> None:
    position = cast.ben.position()
    first = step(cast.ben, position, "open")["shortlist_id"]
    cast.ben.patch(f"positions/{position}", change)
    new, old = shortlists(cast.ben, position)
    assert (new["trigger"], new["superseded_by_id"]) == ("requirements_changed", None)
    assert (old["id"], old["superseded_by_id"]) == (first, new["id"])
    cast.ben.patch(f"positions/{position}", {**change, "title": "The same work"})
    assert len(shortlists(cast.ben, position)) == 2


@usually_on_one_store
def test_what_the_ranking_does_not_read_makes_no_list(cast: Cast) -> None:
    position = cast.ben.position()
    step(cast.ben, position, "open")
    cast.ben.patch(f"positions/{position}", {"title": "Another name", "location": "Salem"})
    assert len(shortlists(cast.ben, position)) == 1


@usually_on_one_store
def test_a_change_of_long_ago_makes_no_list(cast: Cast) -> None:
    position = cast.ben.position()
    step(cast.ben, position, "open")
    cast.ben.patch(f"positions/{position}", {**CHANGES[0], "effective_at": LONG_AGO})
    assert len(shortlists(cast.ben, position)) == 1


@usually_on_one_store
def test_a_list_that_somebody_opened_stays(cast: Cast) -> None:
    position = cast.ben.position()
    opened = step(cast.ben, position, "open")
    cast.ben.get(f"shortlists/{opened['shortlist_id']}")
    cast.ben.patch(f"positions/{position}", CHANGES[0])
    (only,) = shortlists(cast.ben, position)
    assert (only["id"], only["superseded_by_id"]) == (opened["shortlist_id"], None)


@usually_on_one_store
def test_a_position_that_is_not_open_makes_no_list(cast: Cast) -> None:
    position = cast.ben.position()
    step(cast.ben, position, "open")
    step(cast.ben, position, "hold")
    cast.ben.patch(f"positions/{position}", CHANGES[0])
    assert len(shortlists(cast.ben, position)) == 1
