"""POST /v1/candidates/{id}/merge: one of two records stays, with everything of both."""

import uuid
from typing import Any

from sqlalchemy import update

from app.core.database import Database, Mode
from app.duplicates.actions.kinds import KINDS
from app.models import Base
from app.models.follow_up import FollowUp
from tests.cast import Cast, Json, Person
from tests.house.acme import day
from tests.retention.test_removing import (
    NAME,
    PLACE,
    TRACES,
    VOCABULARY,
    decided_on,
    told_all_about,
    traces,
)
from tests.stores import usually_on_one_store

FIRST, SECOND, THIRD = (f"2019-0{month}-07T15:00:00Z" for month in (1, 2, 3))
AS_OF = "2019-05-13T09:00:00Z"
SELL = {"text": "Sell", "competency": "sales", "target_level": 3}


def merge(person: Person, survivor: str, duplicate: str, expect: int = 200, **more: Any) -> Json:
    body = {"duplicate_candidate_id": duplicate}
    return person.post(f"candidates/{survivor}/merge", body, expect=expect, **more)


def turned_down(person: Person, name: str, position: str) -> tuple[str, str]:
    """Return somebody who was told to sell, and the id of that advice."""
    candidate = person.candidate(name)
    person.reject(person.application(candidate, position), advice=[SELL])
    advice = person.get(f"candidates/{candidate}/advice")["items"][0]["id"]
    return candidate, str(advice)


def sold(advice: str) -> Json:
    milestone = {"kind": "job", "title": "Waiter", "advice_id": advice}
    return {"advice_ids": [advice], "milestones": [milestone]}


def standing(person: Person, candidate: str) -> Json:
    """Return the score and what advice has come to, without what differs by person."""
    params = {"as_of": AS_OF}
    score = person.get(f"candidates/{candidate}/persistence", params=params)
    states = [row["state"] for row in person.get(f"candidates/{candidate}/advice")["items"]]
    return {**score, "candidate_id": None, "states": states}


def test_the_score_is_as_if_all_had_always_been_theirs(cast: Cast) -> None:
    ben, position = cast.ben, cast.ben.position()
    (whole, advised), (kept, told), (lost, _) = (
        *(turned_down(ben, name, position) for name in ("Whole", "Kept")),
        (ben.candidate("Lost"), None),
    )
    for each, advice in ((whole, advised), (kept, told)):
        ben.follow_up(each, FIRST, **sold(advice))
    for each in (whole, lost):
        ben.follow_up(each, SECOND)
        ben.follow_up(each, THIRD, direction="outbound")
    version = ben.get(f"candidates/{kept}")["version"]

    assert merge(ben, kept, lost)["version"] > version

    assert standing(ben, kept) == standing(ben, whole)
    assert standing(ben, kept)["score"] > 0
    listed = ben.get(f"candidates/{kept}/follow-ups")["items"]
    assert [row["candidate_id"] for row in listed] == [kept] * 3
    made = ben.post(f"positions/{position}/shortlists")
    (one, other) = made["entries"]
    assert {one["candidate"]["id"], other["candidate"]["id"]} == {whole, kept}
    assert one["match"] == other["match"]
    again = ben.post(f"shortlists/{made['id']}/replay", expect=200)
    assert again["identical"] is True


@usually_on_one_store
def test_a_rejection_of_the_duplicates_counts_with_the_survivors_words(cast: Cast) -> None:
    """Who was turned down under one name and wrote under another."""
    ben, position = cast.ben, cast.ben.position()
    kept = ben.candidate("Kept")
    lost, advice = turned_down(ben, "Lost", position)
    ben.follow_up(kept, SECOND)
    ben.follow_up(lost, FIRST, **sold(advice))
    merge(ben, kept, lost)
    score = ben.get(f"candidates/{kept}/persistence", params={"as_of": AS_OF})
    assert [(row["starts_on"], row["credit"]) for row in score["periods"]] == [
        ("2019-01-01", 1.0),
        ("2019-02-01", 0.3),
    ]
    (known,) = ben.get(f"candidates/{kept}/advice")["items"]
    assert (known["id"], known["state"], known["candidate_id"]) == (advice, "reported", kept)


def test_everything_of_the_duplicates_is_the_survivors(cast: Cast, database: Database) -> None:
    ben, position = cast.ben, cast.ben.position()
    lost = told_all_about(cast, database, position)
    pool = ben.post("talent-pools", {"name": "Interns"})["id"]
    ben.put(f"talent-pools/{pool}/candidates/{lost}", {}, expect=201)
    kept = str(ben.post("candidates", {"full_name": "Kim Kept"})["id"])
    lists = ("advice", "follow-ups", "timeline", "attachments", "consent", "pauses")
    # Pauses are nobody's business who ranks.
    ada = cast.ada
    before = {name: ada.get(f"candidates/{lost}/{name}")["items"] for name in lists}
    was = ben.get(f"candidates/{lost}")
    tried = ben.get(f"applications?candidate_id={lost}")["items"]
    after = ben.get("events", params={"limit": 1})["newest_sequence"]

    merged = merge(ben, kept, lost)

    assert merged == ben.get(f"candidates/{kept}")
    same = (
        *("emails", "phones", "location", "tags", "competencies", "external_ids"),
        *("custom_fields", "available_from", "relationship_owner_id", "do_not_contact"),
    )
    assert {name: merged[name] for name in same} == {name: was[name] for name in same}
    assert merged["full_name"] == "Kim Kept"
    for name in lists:
        there = ada.get(f"candidates/{kept}/{name}")["items"]
        assert [without_owner(row) for row in there if row.get("kind") != "candidate_created"] == [
            without_owner(row) for row in before[name] if row.get("kind") != "candidate_created"
        ], name
    now = ben.get(f"applications?candidate_id={kept}")["items"]
    assert [without_owner(row) for row in now] == [without_owner(row) for row in tried]
    assert [row["version"] for row in now] == [row["version"] + 1 for row in tried]
    (found,) = ben.get("candidates", params={"q": "zyx-body"})["items"]
    assert found["id"] == kept
    (member,) = ben.get("candidates", params={"talent_pool_id": pool})["items"]
    assert member["id"] == kept
    told = [one for one in ben.get(f"events?after={after}")["items"] if "merged" in one["type"]]
    assert [one["type"] for one in told] == ["candidate.merged"]
    assert told[0]["ids"]["candidate_id"] == kept
    assert told[0]["ids"]["duplicate_candidate_id"] == lost
    assert told[0]["ids"]["application_ids"] == sorted(row["id"] for row in tried)
    assert told[0]["ids"]["follow_up_ids"] == [row["id"] for row in before["follow-ups"]]


def without_owner(row: Json) -> Json:
    """Return a row without what a merge changes: whose it is, its version and when it changed.

    In the timeline a consent goes by the id of the fact that told of it.
    """
    return {
        name: [without_owner(one) for one in value]
        if isinstance(value, list) and all(isinstance(one, dict) for one in value)
        else value
        for name, value in row.items()
        if name not in {"candidate_id", "version", "updated_at"}
        and (name, row.get("kind")) != ("id", "consent_given")
    }


@usually_on_one_store
def test_who_was_merged_is_forgotten_with_the_survivor(cast: Cast, database: Database) -> None:
    """Also what only the past of the duplicate says: frozen lists, the log, kept answers."""
    ben, position = cast.ben, cast.ben.position()
    lost = told_all_about(cast, database, position)
    decided_on(ben, position, lost)
    kept = ben.candidate("Kim Kept")
    merge(ben, kept, lost)
    found = traces(database, ben.organization_id)
    assert found.keys() == set(TRACES)
    assert found[NAME] >= {"audit_log", "idempotency_keys", "shortlist_entries"}
    assert "candidates" not in found[NAME]
    assert "candidates" in found[PLACE]

    ben.delete(f"candidates/{kept}", params={"reason": "erased"})

    assert traces(database, ben.organization_id) == VOCABULARY


def test_the_survivors_own_word_stands(cast: Cast) -> None:
    ben = cast.ben
    cast.ada.post("custom-fields", {**CUSTOM, "key": "size", "name": "Size"})
    cast.ada.post("custom-fields", {**CUSTOM, "key": "school", "name": "School"})
    level = {"competency": "sales", "source": "declared"}
    mail, phone = {"address": "sam@mail.example"}, {"number": "+14155552671"}
    own: Json = {
        "full_name": "Sam Porter",
        "location": "Boston",
        "emails": [mail],
        "phones": [phone],
        "tags": ["a", "b"],
        "custom_fields": {"size": "M"},
        "available_from": "2019-06-01",
        "competencies": [{**level, "level": 2}],
    }
    other = {
        **own,
        "full_name": "S. Porter",
        "location": "Bonn",
        "emails": [{"address": "SAM@mail.example"}, {"address": "porter@work.example"}],
        "tags": ["b", "c"],
        "custom_fields": {"size": "L", "school": "MIT"},
        "available_from": "2019-09-01",
        "competencies": [{**level, "level": 4}, {**level, "source": "assessed", "level": 3}],
        "do_not_contact": True,
    }
    kept, lost = (str(ben.post("candidates", body)["id"]) for body in (own, other))
    merged = merge(ben, kept, lost)
    assert (merged["full_name"], merged["location"]) == ("Sam Porter", "Boston")
    assert [row["address"] for row in merged["emails"]] == [
        "sam@mail.example",
        "porter@work.example",
    ]
    assert [row["number"] for row in merged["phones"]] == ["+14155552671"]
    assert merged["tags"] == ["a", "b", "c"]
    assert merged["custom_fields"] == {"size": "M", "school": "MIT"}
    assert merged["available_from"] == "2019-06-01"
    assert {(row["source"], row["level"]) for row in merged["competencies"]} == {
        ("declared", 2),
        ("assessed", 3),
    }
    assert merged["do_not_contact"] is True


CUSTOM = {"applies_to": "candidate", "type": "text"}


@usually_on_one_store
def test_of_two_answers_a_refusal_stands(cast: Cast) -> None:
    ben = cast.ben
    kept, lost = ben.candidate("Kept"), ben.candidate("Lost")
    early, late = "2019-01-01T09:00:00Z", "2019-03-01T09:00:00Z"
    for candidate, purpose, granted, at in (
        (kept, "contact", True, late),
        (lost, "contact", False, early),
        (kept, "store", True, early),
        (lost, "store", True, late),
        (lost, "rank", False, early),
    ):
        answer = {"purpose": purpose, "granted": granted, "granted_at": at}
        ben.put(f"candidates/{candidate}/consent", {**answer, "source": f"{purpose} {at}"})
    merge(ben, kept, lost)
    found = {row["purpose"]: row for row in ben.get(f"candidates/{kept}/consent")["items"]}
    assert {purpose: row["granted"] for purpose, row in found.items()} == {
        "contact": False,
        "store": True,
        "rank": False,
    }
    assert found["contact"]["source"] == f"contact {early}"
    assert found["store"]["source"] == f"store {late}"


def test_a_message_that_both_have_is_kept_once(cast: Cast, database: Database) -> None:
    ben, position = cast.ben, cast.ben.position()
    kept, advice = turned_down(ben, "Kept", position)
    lost = ben.candidate("Lost")
    own = ben.follow_up(kept, FIRST, **sold(advice))
    job, club = {"kind": "job", "title": "Waiter"}, {"kind": "association", "title": "Club"}
    external = [{"source": "ats", "type": "note", "id": "1"}]
    copy = ben.follow_up(lost, FIRST, milestones=[job, club], external_ids=external, body="I sell.")
    ben.follow_up(lost, SECOND)
    with database.transaction(Mode.WRITE, ben.organization_id) as session:
        copies = FollowUp.id.in_([uuid.UUID(own["id"]), uuid.UUID(copy["id"])])
        session.execute(update(FollowUp).where(copies).values(message_id="1@mail.example"))
    judged = next(row["id"] for row in copy["milestones"] if row["kind"] == "job")
    ben.patch(f"milestones/{judged}", {"status": "confirmed"})

    merge(ben, kept, lost)

    listed = ben.get(f"candidates/{kept}/follow-ups")["items"]
    assert {row["id"] for row in listed} >= {own["id"]}
    assert len(listed) == 2
    once = ben.get(f"follow-ups/{own['id']}")
    assert (once["body"], once["external_ids"]) == ("I sell.", external)
    assert {(row["kind"], row["status"]) for row in once["milestones"]} == {
        ("job", "confirmed"),
        ("association", "reported"),
    }
    assert ben.get(f"candidates/{kept}/advice")["items"][0]["state"] == "confirmed"
    ben.get(f"follow-ups/{copy['id']}", expect=410)
    changed = ben.get("follow-ups", params={"updated_since": "2019-01-01T00:00:00Z"})
    assert {(row["id"], row["reason"]) for row in changed["deleted"]} == {(copy["id"], "merged")}
    score = ben.get(f"candidates/{kept}/persistence", params={"as_of": AS_OF})
    assert [row["credit"] for row in score["periods"]] == [1.0, 0.3]


@usually_on_one_store
def test_two_active_applications_for_one_position_are_refused_whole(cast: Cast) -> None:
    ben, position = cast.ben, cast.ben.position()
    kept, lost = ben.candidate("Kept"), ben.candidate("Lost", tags=["b"])
    tries = [ben.application(each, position) for each in (kept, lost)]
    ben.follow_up(lost, FIRST)
    before = [ben.get(f"candidates/{each}") for each in (kept, lost)]
    newest = ben.get("events", params={"limit": 1})["newest_sequence"]

    problem = merge(ben, kept, lost, expect=409)

    assert problem["conflicting_ids"] == tries
    assert [ben.get(f"candidates/{each}") for each in (kept, lost)] == before
    assert ben.get("events", params={"limit": 1})["newest_sequence"] == newest
    ben.post(f"applications/{tries[1]}/withdraw", expect=200)
    merge(ben, kept, lost)
    assert len(ben.get(f"applications?candidate_id={kept}")["items"]) == 2


@usually_on_one_store
def test_what_is_refused(cast: Cast) -> None:
    ben = cast.ben
    kept, lost, third = (ben.candidate(name) for name in ("Kept", "Lost", "Third"))
    theirs = cast.cleo.candidate()
    merge(cast.rita, kept, lost, expect=403)
    merge(cast.cleo, kept, lost, expect=404)
    merge(ben, str(uuid.uuid4()), lost, expect=404)
    for nobody in (kept, theirs, str(uuid.uuid4())):
        problem = merge(ben, kept, nobody, expect=422)
        assert problem["errors"][0]["pointer"] == "/duplicate_candidate_id"
    merge(ben, kept, lost, expect=412, headers={"If-Match": '"7"'})
    ben.post(f"candidates/{kept}/merge", {"duplicate_candidate_id": lost, "x": 1}, expect=422)
    assert ben.get(f"candidates/{lost}")["version"] == 1

    done = merge(ben, kept, lost, headers={"If-Match": '"1"'})
    newest = ben.get("events", params={"limit": 1})["newest_sequence"]
    assert merge(ben, kept, lost) == done, "sent again it does nothing"
    assert merge(ben, kept, lost, headers={"If-Match": '"1"'}) == done
    assert ben.get("events", params={"limit": 1})["newest_sequence"] == newest
    assert merge(ben, third, lost, expect=409)["merged_into"] == kept
    assert merge(ben, lost, third, expect=410)["merged_into"] == kept


@usually_on_one_store
def test_who_was_merged_is_told_by_every_address(cast: Cast) -> None:
    """Also of who was merged into somebody who was merged in turn."""
    ben, position = cast.ben, cast.ben.position()
    external = [{"source": "ats", "type": "candidate", "id": "1"}]
    first = ben.candidate("First", external_ids=external)
    second, last = ben.candidate("Second"), ben.candidate("Last")
    merge(ben, second, first)
    merge(ben, last, second)
    paths = ("", "/advice", "/timeline", "/persistence", "/follow-ups")
    for gone in (first, second):
        told = [ben.get(f"candidates/{gone}{path}", expect=410) for path in paths]
        told += [
            ben.patch(f"candidates/{gone}", {"location": "Bonn"}, expect=410),
            ben.delete(f"candidates/{gone}", expect=410),
            ben.post(f"candidates/{gone}/follow-ups", {"channel": "call"}, expect=410),
            ben.get(f"positions/{position}/candidates/{gone}/match", expect=410),
        ]
        assert [problem["merged_into"] for problem in told] == [last] * len(told)
    path = "candidates/by-external-id/ats/candidate/1"
    assert ben.get(path)["id"] == last
    assert ben.put(path, {"location": "Leipzig"})["id"] == last
    changed = ben.get("candidates", params={"updated_since": "2019-01-01T00:00:00Z"})
    assert [row["id"] for row in changed["items"]] == [last]
    assert {(row["id"], row["reason"]) for row in changed["deleted"]} == {
        (first, "merged"),
        (second, "merged"),
    }
    ben.delete(f"candidates/{last}")
    assert ben.get(f"candidates/{first}", expect=410)["merged_into"] == last


def test_a_list_made_before_stays_as_it_was_and_says_where_they_went(cast: Cast) -> None:
    ben, position = cast.ben, cast.ben.position()
    kept, advice = turned_down(ben, "Kept", position)
    lost, other = turned_down(ben, "Lost", position)
    ben.follow_up(kept, FIRST, **sold(advice))
    ben.follow_up(lost, SECOND, **sold(other))
    pause = {"first_day": day(1), "last_day": day(5)}
    ben.post(f"candidates/{lost}/pauses", pause)
    made = ben.post(f"positions/{position}/shortlists")
    merge(ben, kept, lost)

    read = ben.get(f"shortlists/{made['id']}")
    assert read["version"] == made["version"] + 1
    into = {row["candidate"]["id"]: row["candidate"]["merged_into"] for row in read["entries"]}
    assert into == {kept: None, lost: kept}
    numbers = ("rank", "match", "persistence", "fit", "progress")
    assert [[row[name] for name in numbers] for row in read["entries"]] == [
        [row[name] for name in numbers] for row in made["entries"]
    ]
    then = ben.post(f"shortlists/{made['id']}/replay", expect=200)
    assert then["identical"] is True, then["differences"]
    now = ben.post(f"shortlists/{made['id']}/replay", {"known_at": "now"}, expect=200)
    assert now["identical"] is False
    path = f"shortlists/{made['id']}/entries/{lost}/decision"
    assert ben.post(path, {"decision": "invited"}, expect=410)["merged_into"] == kept
    again = ben.post(f"positions/{position}/shortlists", {"as_of": read["as_of"]})
    assert [row["candidate"]["id"] for row in again["entries"]] == [kept]


# ---------------------------------------------------------------------------- the table is whole


@usually_on_one_store
def test_a_decision_on_the_duplicate_stands_in_the_survivors_timeline(cast: Cast) -> None:
    ben, position = cast.ben, cast.ben.position()
    sam, other = (ben.candidate(name) for name in ("Sam", "Sammy"))
    ben.reject(ben.application(other, position))
    ben.follow_up(other, "2018-11-01T15:00:00Z")
    made = ben.post(f"positions/{position}/shortlists")["id"]
    ben.post(f"shortlists/{made}/entries/{other}/decision", {"decision": "invited"}, expect=200)
    ben.post(f"candidates/{sam}/merge", {"duplicate_candidate_id": other}, expect=200)
    kinds = [one["kind"] for one in ben.get(f"candidates/{sam}/timeline")["items"]]
    assert kinds.count("invited") == 1


def test_every_table_that_knows_a_candidate_says_what_a_merge_does_with_it() -> None:
    known = {table.name for table in Base.metadata.sorted_tables if "candidate_id" in table.columns}
    assert len(known) > 15
    assert known <= {str(table.__tablename__) for kind in KINDS for table in kind.tables}
