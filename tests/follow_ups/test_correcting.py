from uuid import uuid4

import pytest

from tests.cast import Cast
from tests.follow_ups.story import keep_in_touch, persistence, student
from tests.stores import on_one_store, usually_on_one_store

JANUARY = "2019-01-07T15:00:00Z"
FEBRUARY = "2019-02-11T15:00:00Z"
ONE_TOUCH = 0.3 * 0.620469 / 9.165795


def test_a_correction_merges_and_raises_the_version(cast: Cast) -> None:
    who = student(cast.ben)
    made = cast.ben.follow_up(who.id, JANUARY, subject="Hello", body="I am a waiter")
    answer = cast.ben.call(
        "PATCH", f"follow-ups/{made['id']}", json={"channel": "call", "subject": None}
    )
    assert answer.headers["etag"] == '"2"'
    read = answer.json()
    assert (read["channel"], read["subject"], read["body"]) == ("call", None, "I am a waiter")
    assert read["version"] == 2
    same = cast.ben.patch(f"follow-ups/{made['id']}", {"channel": "call"})
    assert same == read
    assert cast.ben.patch(f"follow-ups/{made['id']}", {}) == read


def test_a_stale_correction_is_refused(cast: Cast) -> None:
    candidate = cast.ben.candidate()
    made = cast.ben.follow_up(candidate, JANUARY)
    path, stale = f"follow-ups/{made['id']}", {"If-Match": '"1"'}
    cast.ben.patch(path, {"body": "x"}, headers=stale)
    cast.ben.patch(path, {"body": "y"}, headers=stale, expect=412)
    cast.ben.delete(path, headers=stale, expect=412)
    cast.ben.post(f"{path}/reassign", {"candidate_id": candidate}, headers=stale, expect=412)
    assert cast.ben.get(path)["body"] == "x"


@on_one_store
@pytest.mark.parametrize(
    "field", ["occurred_at", "direction", "channel", "advice_ids", "milestones", "external_ids"]
)
def test_what_every_follow_up_has_cannot_be_cleared(cast: Cast, field: str) -> None:
    made = cast.ben.follow_up(cast.ben.candidate(), JANUARY)
    refused = cast.ben.patch(f"follow-ups/{made['id']}", {field: None}, expect=422)
    assert refused["errors"][0]["pointer"] == f"/{field}"


def test_a_corrected_date_was_always_that_date(cast: Cast) -> None:
    who = student(cast.ben)
    made = cast.ben.follow_up(who.id, FEBRUARY, milestones=[{"kind": "job", "title": "Greeter"}])
    path = f"follow-ups/{made['id']}"
    assert persistence(cast.ben, who.id, "2019-01-20T00:00:00Z")["persistence"] is None
    read = cast.ben.patch(path, {"occurred_at": JANUARY})
    assert (read["occurred_at"], read["dating"]) == (JANUARY, "trusted")
    earlier = persistence(cast.ben, who.id, "2019-01-20T00:00:00Z")
    assert [(row["starts_on"], row["credit"]) for row in earlier["periods"]] == [
        ("2019-01-01", 0.6)
    ]
    later = persistence(cast.ben, who.id)
    assert [row["starts_on"] for row in later["periods"]] == ["2019-01-01"]
    cast.ben.patch(path, {"occurred_at": FEBRUARY})
    assert persistence(cast.ben, who.id, "2019-01-20T00:00:00Z")["persistence"] is None
    assert persistence(cast.ben, who.id)["periods"][0]["last_at"] == FEBRUARY
    cast.ben.patch(path, {"occurred_at": "2999-01-01T00:00:00Z"}, expect=422)
    cast.ben.patch(path, {"occurred_at": "2199-01-01T00:00:00Z"}, expect=422)


def test_a_corrected_direction_counts_from_its_first_day(cast: Cast) -> None:
    who = student(cast.ben)
    made = cast.ben.follow_up(who.id, JANUARY, direction="outbound")
    assert persistence(cast.ben, who.id)["persistence"] is None
    cast.ben.patch(f"follow-ups/{made['id']}", {"direction": "inbound"})
    assert persistence(cast.ben, who.id)["persistence"] == pytest.approx(ONE_TOUCH, abs=1e-6)
    cast.ben.patch(f"follow-ups/{made['id']}", {"automated": "auto_reply"})
    assert persistence(cast.ben, who.id)["persistence"] is None
    cast.ben.patch(f"follow-ups/{made['id']}", {"automated": None})
    assert persistence(cast.ben, who.id)["persistence"] == pytest.approx(ONE_TOUCH, abs=1e-6)


@usually_on_one_store
def test_links_are_replaced_save_those_of_milestones(cast: Cast) -> None:
    who = student(cast.ben)
    made = cast.ben.follow_up(
        who.id,
        JANUARY,
        advice_ids=[who.advice[0]],
        milestones=[{"kind": "job", "title": "Waiter", "advice_id": who.advice[1]}],
    )
    path = f"follow-ups/{made['id']}"
    read = cast.ben.patch(path, {"advice_ids": [who.advice[2]]})
    assert read["advice_ids"] == sorted([who.advice[1], who.advice[2]])
    assert persistence(cast.ben, who.id)["periods"][0]["credit"] == 1
    other = student(cast.ben, "Olga")
    refused = cast.ben.patch(path, {"advice_ids": [other.advice[0]]}, expect=422)
    assert refused["errors"][0]["pointer"] == "/advice_ids/0"
    read = cast.ben.patch(path, {"milestones": []})
    assert (read["milestones"], len(read["advice_ids"])) == ([], 2)
    assert persistence(cast.ben, who.id)["periods"][0]["credit"] == 0.7
    read = cast.ben.patch(path, {"advice_ids": []})
    assert read["advice_ids"] == []
    assert persistence(cast.ben, who.id)["periods"][0]["credit"] == 0.3


def test_a_milestone_told_again_is_the_same_one(cast: Cast) -> None:
    who = student(cast.ben)
    made = cast.ben.follow_up(
        who.id,
        JANUARY,
        milestones=[{"kind": "job", "title": "Waiter"}, {"kind": "book", "title": "Selling"}],
    )
    waiter = next(row for row in made["milestones"] if row["kind"] == "job")
    cast.ben.patch(f"milestones/{waiter['id']}", {"status": "confirmed"})
    told = [
        {"kind": "job", "title": "Waiter", "quote": "promoted!", "advice_id": who.advice[1]},
        {"kind": "award", "title": "Employee of the month"},
    ]
    read = cast.ben.patch(f"follow-ups/{made['id']}", {"milestones": told})
    found = {row["title"]: row for row in read["milestones"]}
    assert found.keys() == {"Waiter", "Employee of the month"}
    assert found["Waiter"]["id"] == waiter["id"]
    assert (found["Waiter"]["status"], found["Waiter"]["quote"]) == ("confirmed", "promoted!")
    assert read["advice_ids"] == [who.advice[1]]
    cast.ben.get(f"milestones/{made['milestones'][1]['id']}", expect=404)


def test_external_ids_are_replaced(cast: Cast) -> None:
    candidate = cast.ben.candidate()
    one, two = ({"source": "lever", "type": "note", "id": id_} for id_ in "12")
    made = cast.ben.follow_up(candidate, JANUARY, external_ids=[one])
    other = cast.ben.follow_up(candidate, FEBRUARY)
    path = f"follow-ups/{made['id']}"
    taken = cast.ben.patch(f"follow-ups/{other['id']}", {"external_ids": [one]}, expect=409)
    assert taken["existing_id"] == made["id"]
    assert cast.ben.patch(path, {"external_ids": [two]})["external_ids"] == [two]
    assert cast.ben.patch(path, {"external_ids": [two]})["version"] == 2
    cast.ben.patch(f"follow-ups/{other['id']}", {"external_ids": [one]})


def test_a_deleted_follow_up_never_came(cast: Cast) -> None:
    who = student(cast.ben)
    made = cast.ben.follow_up(
        who.id,
        JANUARY,
        body="A slip",
        advice_ids=[who.advice[0]],
        milestones=[{"kind": "job", "title": "Waiter"}],
        external_ids=[{"source": "lever", "type": "note", "id": "1"}],
    )
    path = f"follow-ups/{made['id']}"
    cast.rita.delete(path, expect=403)
    cast.cleo.delete(path, expect=404)
    cast.ben.delete(path)
    for method, below in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/milestones")):
        body = {"kind": "job", "title": "x"} if below else {}
        assert cast.ben.call(method, path + below, json=body).status_code == 410
    cast.ben.post(f"{path}/reassign", {"candidate_id": who.id}, expect=410)
    cast.ben.get(f"milestones/{made['milestones'][0]['id']}", expect=404)
    assert cast.ben.get(f"candidates/{who.id}/follow-ups")["items"] == []
    assert persistence(cast.ben, who.id, "2019-01-20T00:00:00Z")["persistence"] is None
    # What it was called is free again.
    cast.ben.follow_up(who.id, FEBRUARY, external_ids=made["external_ids"])


def test_a_follow_up_was_anothers_all_along(cast: Cast) -> None:
    who, twin = student(cast.ben), student(cast.ben, "Sam Porter Jr")
    made = cast.ben.follow_up(
        who.id,
        JANUARY,
        milestones=[{"kind": "job", "title": "Waiter", "advice_id": who.advice[1]}],
        external_ids=[{"source": "lever", "type": "note", "id": "1"}],
    )
    milestone = made["milestones"][0]["id"]
    cast.ben.patch(
        f"milestones/{milestone}", {"status": "confirmed", "effective_at": "2019-02-01T00:00:00Z"}
    )
    path = f"follow-ups/{made['id']}"
    read = cast.ben.post(f"{path}/reassign", {"candidate_id": twin.id}, expect=200)
    assert read["candidate_id"] == twin.id
    assert read["advice_ids"] == []
    assert read["external_ids"] == made["external_ids"]
    assert read["milestones"][0]["advice_id"] is None
    assert read["milestones"][0]["status"] == "confirmed"
    assert read["milestones"][0]["candidate_id"] == twin.id
    for as_of in ("2019-01-20T00:00:00Z", "2019-05-13T09:00:00Z"):
        assert persistence(cast.ben, who.id, as_of)["persistence"] is None
        assert persistence(cast.ben, twin.id, as_of)["periods"][0]["credit"] == 0.6
    assert {row["state"] for row in cast.ben.get(f"candidates/{who.id}/advice")["items"]} == {
        "open"
    }
    assert cast.ben.get(f"candidates/{who.id}")["awaiting_reply_since"] is None
    assert cast.ben.get(f"candidates/{twin.id}")["awaiting_reply_since"] == JANUARY
    assert cast.ben.post(f"{path}/reassign", {"candidate_id": twin.id}, expect=200) == read
    back = cast.ben.post(f"{path}/reassign", {"candidate_id": who.id}, expect=200)
    assert back["candidate_id"] == who.id
    assert persistence(cast.ben, twin.id)["persistence"] is None
    assert persistence(cast.ben, who.id)["periods"][0]["credit"] == 0.6


@usually_on_one_store
def test_a_follow_up_is_reassigned_to_somebody_here_alone(cast: Cast) -> None:
    candidate = cast.ben.candidate()
    made = cast.ben.follow_up(candidate, JANUARY)
    path = f"follow-ups/{made['id']}/reassign"
    foreign = cast.cleo.candidate("Gil")
    for unknown in (str(uuid4()), foreign):
        refused = cast.ben.post(path, {"candidate_id": unknown}, expect=422)
        assert refused["errors"][0]["pointer"] == "/candidate_id"
    cast.cleo.post(path, {"candidate_id": foreign}, expect=404)
    cast.ben.post(f"follow-ups/{uuid4()}/reassign", {"candidate_id": candidate}, expect=404)


@usually_on_one_store
def test_a_correction_changes_a_list_made_anew_and_no_list_made_before(cast: Cast) -> None:
    who = student(cast.ben)
    made = keep_in_touch(cast.ben, who)
    path = f"positions/{who.position}/shortlists"
    listed = cast.ben.post(path, {"as_of": "2019-05-13T09:00:00Z"})
    cast.ben.delete(f"follow-ups/{made[-1]['id']}")
    replayed = cast.ben.post(f"shortlists/{listed['id']}/replay", {}, expect=200)
    assert replayed["identical"] is True
    anew = cast.ben.post(path, {"as_of": "2019-05-13T09:00:00Z"})
    assert anew["entries"][0]["persistence"] < listed["entries"][0]["persistence"]
