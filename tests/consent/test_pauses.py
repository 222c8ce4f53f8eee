"""/v1/candidates/{id}/pauses."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core.database import Database, Mode
from app.models.event import Event
from tests.cast import Cast, Json, Person
from tests.stores import usually_on_one_store

DAY = timedelta(days=1)


def today() -> date:
    return datetime.now(UTC).date()


def pause(first: date, last: date, **fields: Any) -> Json:
    return {"first_day": first.isoformat(), "last_day": last.isoformat(), **fields}


def pauses(person: Person, candidate: str) -> list[Json]:
    found: list[Json] = person.get(f"candidates/{candidate}/pauses")["items"]
    return found


def pointers(problem: Json) -> list[str]:
    return [error["pointer"] for error in problem["errors"]]


@usually_on_one_store
def test_none(cast: Cast) -> None:
    assert pauses(cast.ada, cast.ben.candidate()) == []


def test_pauses_come_back_the_earliest_first(cast: Cast) -> None:
    sam = cast.ben.candidate()
    path = f"candidates/{sam}/pauses"
    later = cast.ben.post(path, pause(date(2019, 4, 1), date(2019, 4, 30)))
    earlier = cast.ben.post(path, pause(date(2019, 2, 1), date(2019, 2, 1)))
    assert earlier.keys() == {"id", "candidate_id", "first_day", "last_day"}
    assert pauses(cast.ada, sam) == [earlier, later]
    assert cast.ada.get(f"{path}/{later['id']}") == later
    page = cast.ada.get(path, params={"limit": 1})
    assert page["items"] == [earlier]
    rest = cast.ada.get(path, params={"limit": 1, "cursor": page["next_cursor"]})
    assert (rest["items"], rest["next_cursor"]) == ([later], None)


def test_a_pause_has_no_reason(cast: Cast) -> None:
    sam = cast.ben.candidate()
    for more in ("reason", "note"):
        body = pause(today(), today(), **{more: "ill"})
        problem = cast.ben.post(f"candidates/{sam}/pauses", body, expect=422)
        assert pointers(problem) == [f"/{more}"]


def test_no_event_tells_of_a_pause(cast: Cast, database: Database) -> None:
    sam = cast.ben.candidate()
    made = cast.ben.post(f"candidates/{sam}/pauses", pause(today(), today() + DAY))
    cast.ben.post(f"candidates/{sam}/pauses/{made['id']}/end", {"last_day": str(today())}, 200)
    with database.transaction(Mode.READ, cast.ben.organization_id) as session:
        told = session.scalars(
            select(Event.type).where(Event.organization_id == cast.ben.organization_id)
        ).all()
    assert not [event for event in told if "pause" in event]
    shown = cast.ben.get(f"candidates/{sam}")
    assert not [name for name in shown if "pause" in name]
    assert shown["version"] == 1


@usually_on_one_store
def test_days_that_cannot_be_paused(cast: Cast) -> None:
    sam = cast.ben.candidate()
    path = f"candidates/{sam}/pauses"
    wrong = [
        (today(), today() - DAY),
        (today(), today() + 367 * DAY),
        (date(2015, 1, 1), date(2016, 12, 1)),
    ]
    for first, last in wrong:
        assert pointers(cast.ben.post(path, pause(first, last), expect=422)) == ["/last_day"]
    cast.ben.post(path, pause(date(2017, 1, 1), date(2017, 12, 31)))
    problem = cast.ben.post(path, pause(date(2018, 1, 1), date(2018, 1, 5)), expect=422)
    assert pointers(problem) == ["/last_day"]
    late = pause(today(), today(), effective_at="2199-01-01T00:00:00Z")
    assert pointers(cast.ben.post(path, late, expect=422)) == ["/effective_at"]
    assert len(pauses(cast.ada, sam)) == 1


def test_a_running_pause_ends_early(cast: Cast) -> None:
    sam = cast.ben.candidate()
    path = f"candidates/{sam}/pauses"
    made = cast.ben.post(path, pause(today() - 5 * DAY, today() + 30 * DAY))
    end = f"{path}/{made['id']}/end"
    for wrong in (today() - DAY, today() - 6 * DAY, today() + 31 * DAY):
        assert pointers(cast.ben.post(end, {"last_day": str(wrong)}, 422)) == ["/last_day"]
    ended = cast.ben.post(end, {"last_day": str(today())}, expect=200)
    assert ended == {**made, "last_day": str(today())}
    assert cast.ben.post(end, {"last_day": str(today())}, expect=200) == ended
    assert pauses(cast.ada, sam) == [ended]


def test_a_pause_that_is_over_stays(cast: Cast) -> None:
    sam = cast.ben.candidate()
    path = f"candidates/{sam}/pauses"
    made = cast.ben.post(path, pause(date(2019, 2, 1), date(2019, 3, 31)))
    late = cast.ben.post(f"{path}/{made['id']}/end", {"last_day": str(today())}, expect=409)
    assert late["current_status"] == "over"
    assert cast.ben.delete(f"{path}/{made['id']}", expect=409)["current_status"] == "over"


@usually_on_one_store
def test_a_pause_ahead_can_be_taken_back(cast: Cast) -> None:
    sam = cast.ben.candidate()
    path = f"candidates/{sam}/pauses"
    made = cast.ben.post(path, pause(today() + 2 * DAY, today() + 300 * DAY))
    running = cast.ben.post(path, pause(today(), today()))
    cast.ben.delete(f"{path}/{made['id']}")
    for method, address in (("DELETE", ""), ("GET", "")):
        assert cast.ada.call(method, f"{path}/{made['id']}{address}").status_code == 404
    assert cast.ben.delete(f"{path}/{running['id']}", expect=409)["current_status"] == "running"
    assert pauses(cast.ada, sam) == [running]
    # What was taken back no longer counts towards the most that may be paused.
    cast.ben.post(path, pause(today() + 2 * DAY, today() + 300 * DAY))


def test_who_may(cast: Cast) -> None:
    sam, kim = cast.ben.candidate("Sam"), cast.ben.candidate("Kim")
    body = pause(today() + DAY, today() + DAY)
    made = cast.ben.post(f"candidates/{sam}/pauses", body)
    cast.rita.post(f"candidates/{sam}/pauses", body, expect=403)
    cast.rita.delete(f"candidates/{sam}/pauses/{made['id']}", expect=403)
    for ranker in (cast.ben, cast.rita):
        ranker.get(f"candidates/{sam}/pauses", expect=403)
        ranker.get(f"candidates/{sam}/pauses/{made['id']}", expect=403)
    wrong = [(cast.cleo, sam), (cast.ada, kim), (cast.ada, str(uuid.uuid4()))]
    for person, candidate in wrong:
        one = f"candidates/{candidate}/pauses/{made['id']}"
        person.get(one, expect=404)
        person.delete(one, expect=404)
        person.post(f"{one}/end", {"last_day": str(today() + DAY)}, expect=404)
    cast.cleo.get(f"candidates/{sam}/pauses", expect=404)
    cast.cleo.post(f"candidates/{sam}/pauses", body, expect=404)


@usually_on_one_store
@pytest.mark.parametrize("paused", [False, True])
def test_the_clock_stands_still(cast: Cast, *, paused: bool) -> None:
    """The design's example: one full follow-up, two months of silence that do not count."""
    sam = cast.ben.candidate()
    rejected = cast.ben.reject(
        cast.ben.application(sam, cast.ben.position()), advice=[{"text": "Work with customers"}]
    )
    advice = cast.ben.get(f"candidates/{sam}/advice")["items"][0]["id"]
    assert rejected["status"] == "rejected"
    cast.ben.follow_up(
        sam,
        "2019-01-07T15:00:00Z",
        advice_ids=[advice],
        milestones=[{"kind": "job", "title": "Waiter"}],
    )
    if paused:
        cast.ben.post(f"candidates/{sam}/pauses", pause(date(2019, 2, 1), date(2019, 3, 31)))
    path = f"candidates/{sam}/persistence?as_of=2019-05-13T09:00:00Z"
    wanted = 0.084684 if paused else 0.067694
    assert cast.rita.get(path)["persistence"] == pytest.approx(wanted, abs=5e-7)
