from datetime import UTC, datetime, timedelta
from uuid import uuid4

from tests.cast import Cast
from tests.follow_ups.story import Student, persistence, student
from tests.stores import on_one_store, usually_on_one_store

JANUARY = "2019-01-07T15:00:00Z"


def reported(cast: Cast, who: Student, **fields: object) -> dict[str, str]:
    made = cast.ben.follow_up(
        who.id, JANUARY, milestones=[{"kind": "job", "title": "Waiter", **fields}]
    )
    found: dict[str, str] = made["milestones"][0]
    return found


def state_of(cast: Cast, who: Student, number: int) -> str:
    rows = cast.ben.get(f"candidates/{who.id}/advice")["items"]
    found: str = next(row["state"] for row in rows if row["id"] == who.advice[number])
    return found


def credit(cast: Cast, who: Student, as_of: str = "2019-05-13T09:00:00Z") -> float:
    found: float = persistence(cast.ben, who.id, as_of)["periods"][0]["credit"]
    return found


@usually_on_one_store
def test_a_milestone_is_added_to_a_follow_up(cast: Cast) -> None:
    who = student(cast.ben)
    made = cast.ben.follow_up(who.id, JANUARY)
    body = {"kind": "award", "title": "Dean's List", "advice_id": who.advice[0], "quote": "I did"}
    answer = cast.ben.call("POST", f"follow-ups/{made['id']}/milestones", json=body)
    assert answer.status_code == 201, answer.text
    milestone = answer.json()
    assert answer.headers["location"] == f"/v1/milestones/{milestone['id']}"
    assert (milestone["status"], milestone["quote"]) == ("reported", "I did")
    read = cast.ben.get(f"follow-ups/{made['id']}")
    assert read["milestones"] == [milestone]
    assert read["advice_ids"] == [who.advice[0]]
    assert read["version"] == 2
    # It was reported in January, whenever somebody noticed.
    assert credit(cast, who, "2019-01-08T00:00:00Z") == 1
    assert state_of(cast, who, 0) == "reported"


def test_a_milestone_has_the_version_of_its_follow_up(cast: Cast) -> None:
    ben = cast.ben
    who = student(ben)
    made = ben.follow_up(who.id, JANUARY)
    whole, body = f"follow-ups/{made['id']}", {"kind": "award", "title": "Dean's List"}
    added = ben.call("POST", f"{whole}/milestones", json=body, headers={"If-Match": '"1"'})
    assert (added.status_code, added.headers["ETag"]) == (201, '"2"')
    ben.post(f"{whole}/milestones", body, expect=412, headers={"If-Match": '"1"'})
    path = f"milestones/{added.json()['id']}"
    assert ben.call("GET", path).headers["ETag"] == '"2"'
    confirm = {"status": "confirmed"}
    ben.patch(path, confirm, expect=412, headers={"If-Match": '"1"'})
    assert ben.get(path)["status"] == "reported"
    confirmed = ben.call("PATCH", path, json=confirm, headers={"If-Match": '"2"'})
    assert (confirmed.status_code, confirmed.headers["ETag"]) == (200, '"3"')
    assert ben.call("GET", whole).headers["ETag"] == '"3"'
    assert len(ben.get(whole)["milestones"]) == 1
    ben.patch(path, confirm, expect=422, headers={"If-Match": "soon"})


@on_one_store
def test_what_is_no_milestone_is_refused(cast: Cast) -> None:
    who, other = student(cast.ben), student(cast.ben, "Olga")
    made = cast.ben.follow_up(who.id, JANUARY)
    path = f"follow-ups/{made['id']}/milestones"
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    for field, value in (
        ("advice_id", other.advice[0]),
        ("achieved_on", tomorrow),
        ("kind", "luck"),
        ("title", " "),
        ("evidence_url", "ftp://example.com"),
        ("status", "confirmed"),
    ):
        body = {"kind": "job", "title": "Waiter", field: value}
        refused = cast.ben.post(path, body, expect=422)
        assert [error["pointer"] for error in refused["errors"]] == [f"/{field}"]
    body = {"kind": "job", "title": "Waiter"}
    cast.rita.post(path, body, expect=403)
    cast.cleo.post(path, body, expect=404)
    cast.ben.post(f"follow-ups/{uuid4()}/milestones", body, expect=404)


def test_refuting_says_that_it_never_was_so(cast: Cast) -> None:
    who = student(cast.ben)
    milestone = reported(cast, who, advice_id=who.advice[1])
    before = persistence(cast.ben, who.id)["persistence"]
    read = cast.ben.patch(f"milestones/{milestone['id']}", {"status": "refuted"})
    assert read["status"] == "refuted"
    assert read["status_by_user_id"] == str(cast.ben.user_id)
    assert persistence(cast.ben, who.id)["persistence"] < before
    assert credit(cast, who) == 0.7
    assert credit(cast, who, "2019-01-08T00:00:00Z") == 0.7
    # He still wrote about it.
    assert state_of(cast, who, 1) == "in_progress"
    again = cast.ben.patch(f"milestones/{milestone['id']}", {"status": "refuted"})
    assert again == read
    cast.ben.patch(f"milestones/{milestone['id']}", {"status": "reported"})
    assert credit(cast, who, "2019-01-08T00:00:00Z") == 1


@usually_on_one_store
def test_refuted_from_a_day_on_leaves_the_days_before(cast: Cast) -> None:
    who = student(cast.ben)
    milestone = reported(cast, who)
    body = {"status": "refuted", "effective_at": "2019-03-01T00:00:00Z"}
    read = cast.ben.patch(f"milestones/{milestone['id']}", body)
    assert (read["status"], read["status_at"]) == ("refuted", "2019-03-01T00:00:00Z")
    assert credit(cast, who, "2019-02-28T00:00:00Z") == 0.6
    assert credit(cast, who) == 0.3


@usually_on_one_store
def test_confirmed_holds_from_when_it_was_confirmed(cast: Cast) -> None:
    who = student(cast.ben)
    milestone = reported(cast, who, advice_id=who.advice[1])
    path = f"milestones/{milestone['id']}"
    body = {"status": "confirmed", "effective_at": "2019-02-01T09:00:00Z"}
    read = cast.ben.patch(path, body)
    assert (read["status"], read["status_at"]) == ("confirmed", "2019-02-01T09:00:00Z")
    assert state_of(cast, who, 1) == "confirmed"
    # Told late of a day before: what was told of the later day still stands.
    late = cast.ben.patch(path, {"status": "refuted", "effective_at": "2019-01-20T09:00:00Z"})
    assert late["status"] == "confirmed"
    assert credit(cast, who, "2019-01-25T00:00:00Z") == 0.7
    assert credit(cast, who, "2019-02-02T00:00:00Z") == 1


def test_a_confirmation_told_late_survives_a_corrected_date(cast: Cast) -> None:
    who = student(cast.ben)
    milestone = reported(cast, who, advice_id=who.advice[1])
    cast.ben.patch(
        f"follow-ups/{milestone['follow_up_id']}", {"occurred_at": "2018-12-07T15:00:00Z"}
    )
    body = {"status": "confirmed", "effective_at": "2018-12-20T09:00:00Z"}
    read = cast.ben.patch(f"milestones/{milestone['id']}", body)
    assert (read["status"], read["status_at"]) == ("confirmed", "2018-12-20T09:00:00Z")
    assert state_of(cast, who, 1) == "confirmed"


CANNOT_BE: list[tuple[dict[str, object], str]] = [
    ({"status": "confirmed", "effective_at": "2019-01-07T14:59:59Z"}, "/effective_at"),
    ({"status": "confirmed", "effective_at": "2199-01-07T14:59:59Z"}, "/effective_at"),
    ({"effective_at": "2019-02-07T14:59:59Z"}, "/effective_at"),
    ({"status": "dreamt"}, "/status"),
    ({"status": None}, "/status"),
    ({"title": None}, "/title"),
    ({"kind": None}, "/kind"),
    ({"advice_id": str(uuid4())}, "/advice_id"),
    ({"achieved_on": "2199-01-01"}, "/achieved_on"),
]


@on_one_store
def test_what_cannot_be_is_refused(cast: Cast) -> None:
    path = f"milestones/{reported(cast, student(cast.ben))['id']}"
    before = cast.ben.get(path)
    for body, pointer in CANNOT_BE:
        refused = cast.ben.patch(path, body, expect=422)
        assert [error["pointer"] for error in refused["errors"]] == [pointer], body
    assert cast.ben.get(path) == before


def test_what_was_noted_of_a_milestone_is_corrected(cast: Cast) -> None:
    who = student(cast.ben)
    milestone = reported(cast, who, advice_id=who.advice[1], quote="a waiter")
    path = f"milestones/{milestone['id']}"
    body = {"kind": "promotion", "title": "Head waiter", "advice_id": who.advice[2], "quote": None}
    read = cast.ben.patch(path, body)
    assert read == {**milestone, **body}
    assert state_of(cast, who, 2) == "reported"
    assert state_of(cast, who, 1) == "in_progress"
    assert cast.ben.patch(path, body) == read
    assert cast.ben.get(f"follow-ups/{milestone['follow_up_id']}")["version"] == 2
    cast.rita.patch(path, body, expect=403)
    cast.cleo.patch(path, body, expect=404)
    cast.cleo.get(path, expect=404)
    cast.ben.patch(f"milestones/{uuid4()}", body, expect=404)


def test_a_refuted_milestone_leaves_the_old_list_and_changes_the_new(cast: Cast) -> None:
    who = student(cast.ben)
    milestone = reported(cast, who)
    path = f"positions/{who.position}/shortlists"
    listed = cast.ben.post(path, {"as_of": "2019-05-13T09:00:00Z"})
    cast.ben.patch(f"milestones/{milestone['id']}", {"status": "refuted"})
    replay = f"shortlists/{listed['id']}/replay"
    assert cast.ben.post(replay, {}, expect=200)["identical"] is True
    assert cast.ben.post(replay, {"known_at": "now"}, expect=200)["identical"] is False
