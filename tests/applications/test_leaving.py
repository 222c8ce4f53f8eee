from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest

from tests.applications.seats import hire, match, opened, seats
from tests.cast import Cast, Json, Person
from tests.openings import copied
from tests.stores import on_one_store, usually_on_one_store


def hours_ago(hours: float) -> str:
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat()


def leave(person: Person, application: str, expect: int = 200, **fields: Any) -> Json:
    return person.post(f"applications/{application}/withdraw", fields, expect=expect)


def decline(person: Person, application: str, expect: int = 200, **fields: Any) -> Json:
    return person.post(f"applications/{application}/offer-declined", fields, expect=expect)


@copied
def re_applicant(person: Person, position: str) -> str:
    candidate = person.candidate("Faithful")
    person.reject(person.application(candidate, position))
    person.follow_up(candidate, "2018-11-01T09:00:00Z")
    return candidate


@usually_on_one_store
def test_a_candidate_withdraws(cast: Cast) -> None:
    ben = cast.ben
    position, candidate = opened(ben), ben.candidate()
    application = ben.application(candidate, position)
    left = leave(ben, application, withdrawn_at="2018-09-20T09:00:00Z", reason="Moved away")
    assert left["status"] == "withdrawn"
    assert left["withdrawn_at"] == "2018-09-20T09:00:00Z"
    assert left["withdrawal_reason"] == "Moved away"
    assert (left["trigger"], left["shortlist_id"], left["days_to_start"]) == (None, None, None)
    shown = ben.get(f"applications/{application}")
    assert shown == {field: left[field] for field in shown}
    for path in ("withdraw", "offer-declined", "reject", "hire", "unreject", "unhire"):
        problem = ben.post(f"applications/{application}/{path}", {}, expect=409)
        assert problem["current_status"] == "withdrawn"


def test_a_hire_that_withdraws_says_who_is_first_in_line(cast: Cast) -> None:
    ben = cast.ben
    today = datetime.now(UTC).date()
    position = opened(ben, starts_on=(today + timedelta(days=14)).isoformat())
    application = ben.application(ben.candidate("Max Mustermann"), position)
    hire(ben, application)
    faithful = re_applicant(ben, position)
    assert ben.get(f"positions/{position}")["status"] == "filled"

    left = leave(ben, application, reason="Another offer")

    assert left["trigger"] == "hire_withdrew"
    assert left["days_to_start"] in {13, 14}, "13 where midnight passes during the test"
    assert left["opening_id"] is None
    assert left["hired_at"] is not None
    assert seats(ben, position) == [("open", None)]
    assert ben.get(f"positions/{position}")["status"] == "open"
    shortlist = ben.get(f"shortlists/{left['shortlist_id']}")
    assert shortlist["trigger"] == "hire_withdrew"
    assert [entry["candidate"]["id"] for entry in shortlist["entries"]] == [faithful]
    replayed = ben.post(f"shortlists/{left['shortlist_id']}/replay", {}, expect=200)
    assert replayed["identical"] is True


@usually_on_one_store
def test_who_left_after_a_rejection_is_kept_out_by_having_left(cast: Cast) -> None:
    ben = cast.ben
    position = opened(ben)
    candidate = re_applicant(ben, position)
    (row,) = ben.get("applications", params={"candidate_id": candidate})["items"]
    hire(ben, row["id"], hired_at="2019-05-01T09:00:00Z")
    leave(ben, row["id"], withdrawn_at="2019-05-10T09:00:00Z")
    assert match(ben, position, candidate)["failed_gate"] == "left_this_position"
    assert match(ben, opened(ben, title="Other"), candidate)["section"] == "entries"


@usually_on_one_store
@pytest.mark.parametrize("loss", ["hire_withdrew", "offer_declined"])
def test_a_loss_takes_a_position_off_hold(cast: Cast, loss: str) -> None:
    ben = cast.ben
    position = opened(ben, openings=2)
    faithful = re_applicant(ben, position)
    application = ben.application(ben.candidate("Max Mustermann"), position)
    if loss == "hire_withdrew":
        hire(ben, application)
    held = ben.post(f"positions/{position}/hold", {}, expect=200)
    left = (leave if loss == "hire_withdrew" else decline)(ben, application)
    now = ben.get(f"positions/{position}")
    assert (now["status"], now["version"] > held["version"]) == ("open", True)
    shortlist = ben.get(f"shortlists/{left['shortlist_id']}")
    assert shortlist["trigger"] == loss
    assert [entry["candidate"]["id"] for entry in shortlist["entries"]] == [faithful]


@usually_on_one_store
@pytest.mark.parametrize("reason", ["cancelled", "other"])
def test_a_loss_leaves_a_closed_position_closed(cast: Cast, reason: str) -> None:
    ben = cast.ben
    position = opened(ben)
    application = ben.application(ben.candidate(), position)
    hire(ben, application)
    ben.post(f"positions/{position}/reopen", {"openings": 1}, expect=200)
    ben.post(f"positions/{position}/close", {"reason": reason}, expect=200)
    left = leave(ben, application)
    assert (left["trigger"], left["shortlist_id"]) == ("hire_withdrew", None)
    assert ben.get(f"positions/{position}")["status"] == "closed"
    assert [status for status, _ in seats(ben, position)] == ["closed", "closed"]


def test_an_offer_declined_says_who_is_first_in_line(cast: Cast) -> None:
    ben = cast.ben
    position = opened(ben)
    faithful = re_applicant(ben, position)
    application = ben.application(ben.candidate("Max Mustermann"), position)
    left = decline(ben, application, reason="Pay")
    assert left["status"] == "withdrawn"
    assert left["offer_declined_at"] == left["withdrawn_at"] is not None
    assert (left["trigger"], left["days_to_start"]) == ("offer_declined", None)
    shortlist = ben.get(f"shortlists/{left['shortlist_id']}")
    assert shortlist["trigger"] == "offer_declined"
    assert [entry["candidate"]["id"] for entry in shortlist["entries"]] == [faithful]
    assert decline(ben, application, expect=409)["current_status"] == "withdrawn"


@usually_on_one_store
def test_who_is_hired_or_rejected_declines_no_offer(cast: Cast) -> None:
    ben = cast.ben
    position = opened(ben)
    application = ben.application(ben.candidate(), position)
    hire(ben, application)
    assert decline(ben, application, expect=409)["current_status"] == "hired"
    rejected = ben.application(ben.candidate("Ann Archer"), position)
    ben.reject(rejected)
    assert decline(ben, rejected, expect=409)["current_status"] == "rejected"
    assert leave(ben, rejected, expect=409)["current_status"] == "rejected"


@usually_on_one_store
@pytest.mark.parametrize(("hours", "made"), [(0.5, True), (23, True), (25, False), (9000, False)])
def test_a_loss_older_than_a_day_makes_no_list(cast: Cast, hours: float, made: bool) -> None:  # noqa: FBT001
    ben = cast.ben
    position = opened(ben, starts_on="2019-06-01")
    application = ben.application(ben.candidate(), position)
    hire(ben, application, hired_at="2018-10-05T10:00:00Z")
    left = leave(ben, application, withdrawn_at=hours_ago(hours))
    assert (left["shortlist_id"] is not None) is made
    assert left["trigger"] == "hire_withdrew"
    assert left["days_to_start"] < 0
    assert ben.get(f"positions/{position}")["status"] == "open"


WRONG: list[tuple[str, str, dict[str, Any]]] = [
    ("withdraw", "/withdrawn_at", {"withdrawn_at": "2018-10-05T09:00:00Z"}),
    ("withdraw", "/withdrawn_at", {"withdrawn_at": "2199-10-05T09:00:00Z"}),
    ("withdraw", "/effective_at", {"effective_at": "2018-10-05T09:00:00Z"}),
    ("withdraw", "/reason", {"reason": 7}),
    ("withdraw", "/declined_at", {"declined_at": "2019-10-05T09:00:00Z"}),
    ("offer-declined", "/declined_at", {"declined_at": "never"}),
]


@on_one_store
def test_wrong_input_is_refused_at_its_place(cast: Cast) -> None:
    position = opened(cast.ben)
    application = cast.ben.application(cast.ben.candidate(), position)
    hire(cast.ben, application, hired_at="2018-10-05T10:00:00Z")
    for path, pointer, fields in WRONG:
        problem = cast.ben.post(f"applications/{application}/{path}", fields, expect=422)
        assert problem["errors"][0]["pointer"] == pointer
    assert seats(cast.ben, position) == [("filled", application)]


def test_an_answer_is_given_once(cast: Cast) -> None:
    ben = cast.ben
    position = opened(ben)
    application = ben.application(ben.candidate(), position)
    hire(ben, application)
    once = {"Idempotency-Key": f"leave-{application}"}
    path = f"applications/{application}/withdraw"
    first = ben.post(path, {}, expect=200, headers=once)
    again = ben.call("POST", path, json={}, headers=once)
    assert again.status_code == 200
    assert again.json() == first
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(ben.get(f"positions/{position}/shortlists")["items"]) == 1


def test_walls_hold(cast: Cast) -> None:
    application = cast.ben.application(cast.ben.candidate(), opened(cast.ben))
    leave(cast.cleo, application, expect=404)
    decline(cast.cleo, application, expect=404)
    leave(cast.rita, application, expect=403)
    assert cast.ben.get(f"applications/{application}")["status"] == "active"


def test_a_hire_that_withdraws_twice_at_once_is_lost_once(cast: Cast) -> None:
    ben = cast.ben
    position = opened(ben)
    application = ben.application(ben.candidate(), position)
    hire(ben, application)
    together, statuses = Barrier(2), []

    def withdraw() -> None:
        together.wait()
        answer = ben.call("POST", f"applications/{application}/withdraw", json={})
        statuses.append(answer.status_code)

    threads = [Thread(target=withdraw) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 409]
    assert seats(ben, position) == [("open", None)]
    lists = ben.get(f"positions/{position}/shortlists")["items"]
    assert [row["trigger"] for row in lists].count("hire_withdrew") == 1


def test_a_seat_given_back_and_taken_at_once_is_filled_once(cast: Cast) -> None:
    ben = cast.ben
    position = opened(ben)
    leaving = ben.application(ben.candidate("Leaving"), position)
    hire(ben, leaving)
    coming = [ben.application(ben.candidate(f"Coming {each}"), position) for each in range(3)]
    together, answers = Barrier(4), dict[str, int]()

    def send(application: str, verb: str) -> None:
        together.wait()
        path = f"applications/{application}/{verb}"
        answers[application] = ben.call("POST", path, json={}).status_code

    threads = [
        Thread(target=send, args=(leaving, "withdraw")),
        *(Thread(target=send, args=(each, "hire")) for each in coming),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers.values()) <= {200, 409}
    if answers[leaving] == 409:  # the list's snapshot was older than a rival's try: ask again
        leave(ben, leaving)
    hired = ben.get("applications", params={"position_id": position, "status": "hired"})["items"]
    winners = [each for each in coming if answers[each] == 200]
    assert len(winners) <= 1
    assert [row["id"] for row in hired] == winners
    assert seats(ben, position) == [("filled", winners[0]) if winners else ("open", None)]
