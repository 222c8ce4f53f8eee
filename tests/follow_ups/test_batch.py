import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from app.core.database import Database, Mode
from app.models.organization import ExternalId
from tests.cast import Cast, Json, Person
from tests.follow_ups.story import persistence, student
from tests.stores import on_one_store, usually_on_one_store

AT = "2019-01-07T15:00:00Z"


def send(person: Person, *items: object) -> list[Json]:
    answer = person.post("follow-ups/batch", {"items": list(items)}, expect=200)
    found: list[Json] = answer["items"]
    assert [row["index"] for row in found] == list(range(len(items)))
    return found


def item(candidate: str | Json, number: int | None = None, **fields: object) -> Json:
    names = [] if number is None else [{"source": "lever", "type": "note", "id": str(number)}]
    return {
        "candidate": {"id": candidate} if isinstance(candidate, str) else candidate,
        "channel": "email",
        "occurred_at": AT,
        "external_ids": names,
        **fields,
    }


@usually_on_one_store
def test_whom_an_item_is_about_is_told_in_three_ways(cast: Cast) -> None:
    name = {"source": "greenhouse", "type": "candidate", "id": "17"}
    candidate = cast.ben.candidate(
        external_ids=[name], emails=[{"address": "Sam.Porter@example.com", "type": "personal"}]
    )
    found = send(
        cast.ben,
        item(candidate),
        item({"external_id": name}),
        item({"email": "sam.porter@EXAMPLE.com"}),
    )
    assert [row["outcome"] for row in found] == ["created"] * 3
    listed = cast.ben.get(f"candidates/{candidate}/follow-ups")["items"]
    assert {row["id"] for row in listed} == {row["id"] for row in found}
    assert {row["dating"] for row in listed} == {"trusted"}
    assert {row["captured_by_user_id"] for row in listed} == {str(cast.ben.user_id)}


def test_a_bad_item_spoils_no_other(cast: Cast) -> None:
    who = student(cast.ben)
    shared = [{"address": "family@example.com", "type": "personal"}]
    for name in ("Ann", "Bob"):
        cast.ben.candidate(name, emails=shared)
    foreign = cast.cleo.candidate("Gil")
    bad: list[tuple[object, str | None]] = [
        (7, "/items/1"),
        (None, "/items/2"),
        ([], "/items/3"),
        ({}, "/items/4/channel"),
        (item(who.id, channel="pigeon"), "/items/5/channel"),
        (item(who.id, occurred_at="2199-01-01T00:00:00Z"), "/items/6/occurred_at"),
        (item(who.id, advice_ids=[who.advice[0], str(uuid4())]), "/items/7/advice_ids/1"),
        (item(str(uuid4())), "/items/8/candidate/id"),
        (item(foreign), "/items/9/candidate/id"),
        (item({"email": "nobody@example.com"}), "/items/10/candidate/email"),
        (item({"email": "nobody@example.com"}), "/items/11/candidate/email"),
        (item({"email": "family@example.com"}), "/items/12/candidate/email"),
        (
            item({"external_id": {"source": "a", "type": "b", "id": "c"}}),
            "/items/13/candidate/external_id",
        ),
        (item({}), "/items/14/candidate"),
        (
            item({"id": who.id, "email": "family@example.com"}),
            "/items/15/candidate",
        ),
        (item(who.id, candidat={}), "/items/16/candidat"),
    ]
    found = send(cast.ben, item(who.id), *(one for one, _ in bad), item(who.id))
    assert [row["outcome"] for row in found] == ["created", *["failed"] * len(bad), "created"]
    assert [row["problem"] for row in (found[0], found[-1])] == [None, None]
    for row, (_, pointer) in zip(found[1:-1], bad, strict=True):
        assert row["id"] is None
        assert row["problem"].keys() == {"type", "title", "status", "errors"}
        assert row["problem"]["status"] == 422
        assert row["problem"]["errors"][0]["pointer"] == pointer
    assert "fits 2 candidates" in found[12]["problem"]["errors"][0]["detail"]
    assert len(cast.ben.get(f"candidates/{who.id}/follow-ups")["items"]) == 2


def test_told_again_it_is_unchanged_or_updated(cast: Cast) -> None:
    who = student(cast.ben)
    first = send(
        cast.ben,
        item(who.id, 1, subject="Hello", milestones=[{"kind": "job", "title": "Waiter"}]),
        item(who.id, 2),
    )
    milestone = cast.ben.get(f"follow-ups/{first[0]['id']}")["milestones"][0]["id"]
    cast.ben.patch(f"follow-ups/{first[1]['id']}", {"advice_ids": [who.advice[0]]})
    cast.ben.patch(f"milestones/{milestone}", {"status": "confirmed"})
    again = send(
        cast.ben,
        item(who.id, 1, subject="Hello", milestones=[{"kind": "job", "title": "Waiter"}]),
        item(who.id, 2, body="More was said"),
        item(who.id, 3),
    )
    assert [row["outcome"] for row in again] == ["unchanged", "updated", "created"]
    assert [row["id"] for row in again[:2]] == [row["id"] for row in first]
    kept = cast.ben.get(f"follow-ups/{first[0]['id']}")
    assert kept["milestones"][0]["id"] == milestone
    assert kept["milestones"][0]["status"] == "confirmed"
    read = cast.ben.get(f"follow-ups/{first[1]['id']}")
    # What a recruiter added since is not what the item leaves out.
    assert (read["body"], read["advice_ids"]) == ("More was said", [who.advice[0]])
    assert len(cast.ben.get(f"candidates/{who.id}/follow-ups")["items"]) == 3


@usually_on_one_store
def test_an_updated_item_corrects_the_score(cast: Cast) -> None:
    who = student(cast.ben)
    send(cast.ben, item(who.id, 1))
    assert persistence(cast.ben, who.id)["periods"][0]["credit"] == 0.3
    found = send(cast.ben, item(who.id, 1, advice_ids=[who.advice[0]]))
    assert found[0]["outcome"] == "updated"
    assert persistence(cast.ben, who.id)["periods"][0]["credit"] == 0.7
    send(cast.ben, item(who.id, 1, direction="outbound"))
    assert persistence(cast.ben, who.id)["persistence"] is None


def test_an_external_id_means_one_follow_up_of_one_candidate(cast: Cast) -> None:
    one, other = cast.ben.candidate(), cast.ben.candidate("Olga")
    name = {"source": "lever", "type": "note", "id": "9"}
    cast.ben.candidate("Named", external_ids=[name])
    found = send(
        cast.ben,
        item(one, 1),
        item(one, 1),
        item(one, 1, subject="Now with a subject"),
        item(other, 1),
        item(one, 9),
        item(one, 2),
        item(
            one,
            external_ids=[
                {"source": "lever", "type": "note", "id": "1"},
                {"source": "lever", "type": "note", "id": "2"},
            ],
        ),
        item(
            one,
            external_ids=[
                {"source": "lever", "type": "note", "id": "1"},
                {"source": "greenhouse", "type": "note", "id": "1"},
            ],
        ),
    )
    assert [row["outcome"] for row in found] == [
        *("created", "unchanged", "updated", "failed", "failed", "created", "failed", "updated")
    ]
    assert found[3]["problem"]["status"] == 409
    assert found[3]["problem"].keys() >= {"detail", "existing_id"}
    assert None not in found[3]["problem"].values()
    assert found[3]["problem"]["existing_id"] == found[0]["id"]
    assert found[4]["problem"]["status"] == 409
    assert len(cast.ben.get(f"follow-ups/{found[0]['id']}")["external_ids"]) == 2
    assert cast.ben.get(f"candidates/{other}/follow-ups")["items"] == []


@on_one_store
@pytest.mark.parametrize(
    "body",
    [{}, {"items": []}, {"items": {}}, {"items": [{}] * 1001}, {"items": [{}], "dry_run": True}],
    ids=["none", "empty", "no list", "too many", "unknown"],
)
def test_the_envelope_alone_is_refused_as_a_whole(cast: Cast, body: Json) -> None:
    cast.ben.post("follow-ups/batch", body, expect=422)


def test_who_may_send_a_batch(cast: Cast) -> None:
    candidate = cast.ben.candidate()
    cast.rita.post("follow-ups/batch", {"items": [item(candidate)]}, expect=403)
    assert send(cast.cleo, item(candidate))[0]["outcome"] == "failed"
    assert cast.ben.get(f"candidates/{candidate}/follow-ups")["items"] == []


def test_an_external_id_taken_meanwhile_fails_its_item_alone(
    cast: Cast, database: Database
) -> None:
    """Another request is writing the id while we look, and has written it when we do.

    On SQLite it is written before we look: one writes at a time.
    """
    one, other = (cast.ben.candidate(name) for name in ("Ann", "Bob"))
    taken = {"source": "lever", "type": "note", "external_id": "2", "subject_type": "position"}
    batch = [item(one, 1), item(one, 2), item(other, 3)]
    with ThreadPoolExecutor(1) as pool:
        with database.transaction(Mode.WRITE, cast.ben.organization_id) as session:
            session.add(ExternalId(subject_id=uuid4(), **taken))
            session.flush()
            sent = pool.submit(send, cast.ben, *batch)
            time.sleep(0.5)
        outcomes = [row["outcome"] for row in sent.result()]
    assert outcomes == ["created", "failed", "created"]
    for candidate in (one, other):
        assert len(cast.ben.get(f"candidates/{candidate}/follow-ups")["items"]) == 1


def test_many_items_of_a_few_candidates_are_recorded_in_their_order(cast: Cast) -> None:
    students = [student(cast.ben, f"Student {number}") for number in range(3)]
    items = [
        item(
            students[number % 3].id,
            number,
            occurred_at=f"2019-0{1 + number % 5}-0{1 + number % 9}T10:00:00Z",
            milestones=[{"kind": "job", "title": f"Job {number}"}],
        )
        for number in range(90)
    ]
    found = send(cast.ben, *items)
    assert {row["outcome"] for row in found} == {"created"}
    for number in (0, 1, 2, 89):
        read = cast.ben.get(f"follow-ups/{found[number]['id']}")
        assert read["candidate_id"] == students[number % 3].id
        assert read["external_ids"][0]["id"] == str(number)
    for who in students:
        assert [row["credit"] for row in persistence(cast.ben, who.id)["periods"]] == [0.6] * 5
    assert {row["outcome"] for row in send(cast.ben, *items)} == {"unchanged"}
