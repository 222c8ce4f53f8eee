"""`updated_since` on every list that is no list of roots: those below a root, queues, settings."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import time_machine

from app.cli.openapi import FILE
from app.core.clock import now
from tests.cast import Cast, Json, Person
from tests.events.test_changes import LISTS, run
from tests.house.acme import PDF, attach, day, furnish, receive_mail
from tests.stores import usually_on_one_store

OTHERS = (
    "api-keys",
    "audit-log",
    "candidates/{candidate_id}/advice",
    "candidates/{candidate_id}/attachments",
    "candidates/{candidate_id}/consent",
    "candidates/{candidate_id}/follow-ups",
    "candidates/{candidate_id}/pauses",
    "follow-ups/{follow_up_id}/attachments",
    "intake/unassigned",
    "milestones/{milestone_id}/attachments",
    "positions/{position_id}/openings",
    "positions/{position_id}/shortlists",
    "rejection-reasons",
    "saved-searches/{saved_search_id}/candidates",
    "scoring-policies",
    "talent-pools/{talent_pool_id}/candidates",
)
# By what a row is told from others.
NAMED = {
    "scoring-policies": "version",
    "talent-pools/{talent_pool_id}/candidates": "candidate_id",
}
HOUR = timedelta(hours=1)


def test_every_list_that_can_be_asked_is_tried_here() -> None:
    paths = json.loads(FILE.read_text(encoding="utf-8"))["paths"]
    shapes = {
        path.removeprefix("/v1/"): str(methods["get"]["responses"].get("200"))
        for path, methods in paths.items()
        if "get" in methods
    }
    tried = {*LISTS, *OTHERS}
    assert {path for path, shape in shapes.items() if "RootPage_" in shape} == tried


def told(person: Person, ids: dict[str, str], since: dict[str, str]) -> Iterator[tuple[str, Json]]:
    """Yield each list with what it tells of since then."""
    for path in OTHERS:
        asked = {"updated_since": since[path], "limit": 200}
        if path.endswith("/consent"):
            del asked["limit"]
        yield path, person.get(path.format(**ids), params=asked)


def named(path: str, page: Json) -> list[str]:
    return sorted(str(one[NAMED.get(path, "id")]) for one in page["items"])


def why(page: Json) -> dict[str, str]:
    return {one["id"]: one["reason"] for one in page["deleted"]}


def strangers(person: Person, *senders: str) -> list[str]:
    """Let mail of strangers come in; return the ids under which they wait."""
    for sender in senders:
        receive_mail(person, sender)
    waiting = person.get("intake/unassigned")["items"][: len(senders)]
    return [one["id"] for one in reversed(waiting)]


def prepare(ada: Person) -> dict[str, str]:
    """One of everything, and what is to leave its list."""
    ids = furnish(ada)
    sam, other = ids["candidate_id"], ids["other_candidate_id"]
    ids["erased"], ids["back"] = ada.candidate("Erased"), ada.candidate("Back")
    pool = f"talent-pools/{ids['talent_pool_id']}/candidates"
    for one in (other, ids["erased"], ids["back"]):
        ada.put(f"{pool}/{one}", {}, expect=201)
    # Out twice: now, and once more when they are erased.
    ada.delete(f"{pool}/{ids['erased']}")
    for name, month in (("dropped", "03"), ("moved", "04")):
        ids[name] = ada.follow_up(sam, f"2019-{month}-07T15:00:00Z")["id"]
    ids["old_card"] = attach(ada, f"milestones/{ids['milestone_id']}", PDF)["id"]
    ids["moved_card"] = attach(ada, f"follow-ups/{ids['moved']}", PDF)["id"]
    senders = (f"{name}@elsewhere.example" for name in ("known", "assigned", "discarded", "hers"))
    ids |= zip(("known", "assigned", "discarded", "hers"), strangers(ada, *senders), strict=True)
    return ids


def change(ada: Person, ids: dict[str, str]) -> dict[str, Any]:
    """Change something of every list, let something leave those that can be left."""
    sam, other = ids["candidate_id"], ids["other_candidate_id"]
    ada.delete(f"api-keys/{ids['api_key_id']}")
    ada.patch(f"advice/{ids['advice_id']}", {"text": "Three solid semesters."})
    ada.patch(f"follow-ups/{ids['follow_up_id']}", {"body": "More"})
    ada.delete(f"follow-ups/{ids['dropped']}")
    ada.post(f"follow-ups/{ids['moved']}/reassign", {"candidate_id": other}, expect=200)
    ada.delete(f"attachments/{ids['old_card']}")
    card = attach(ada, f"milestones/{ids['milestone_id']}", PDF)["id"]
    beside = attach(ada, f"follow-ups/{ids['follow_up_id']}", PDF)["id"]
    consent = ada.put(f"candidates/{sam}/consent", {"purpose": "contact"})["id"]
    ada.delete(f"candidates/{sam}/pauses/{ids['pause_id']}")
    days = {"first_day": day(200), "last_day": day(201)}
    pause = ada.post(f"candidates/{sam}/pauses", days)["id"]
    ada.post(f"intake/unassigned/{ids['assigned']}/assign", {"candidate_id": other}, expect=200)
    ada.post(f"intake/unassigned/{ids['discarded']}/discard", expect=204)
    # By the time it comes again it is known whose the first one is.
    known = ada.candidate("Known", emails=[{"address": "known@elsewhere.example"}])
    receive_mail(ada, "known@elsewhere.example")
    (message,) = strangers(ada, "new@elsewhere.example")
    shortlist = ada.post(f"positions/{ids['position_id']}/shortlists", {})["id"]
    ada.post(f"positions/{ids['position_id']}/close", {"reason": "other"}, expect=200)
    seats = [one["id"] for one in ada.get(f"positions/{ids['position_id']}/openings")["items"]]
    reason = ada.post("rejection-reasons", {"name": "Moved abroad"})["id"]
    version = str(ada.post("scoring-policies", {"half_life_days": 98})["version"])
    pool = f"talent-pools/{ids['talent_pool_id']}/candidates"
    ada.delete(f"{pool}/{other}")
    ada.delete(f"{pool}/{ids['back']}")
    for one in ("back", "erased"):
        ada.put(f"{pool}/{ids[one]}", {}, expect=201)
    hers = {"emails": [{"address": "hers@elsewhere.example"}]}
    ada.patch(f"candidates/{ids['erased']}", hers)
    ada.delete(f"candidates/{ids['erased']}", params={"reason": "erased"})
    return {
        "api-keys": [ids["api_key_id"]],
        "candidates/{candidate_id}/advice": [ids["advice_id"]],
        "candidates/{candidate_id}/attachments": sorted([card, beside]),
        "candidates/{candidate_id}/consent": [consent],
        "candidates/{candidate_id}/follow-ups": [ids["follow_up_id"]],
        "candidates/{candidate_id}/pauses": [pause],
        "follow-ups/{follow_up_id}/attachments": sorted([card, beside]),
        "intake/unassigned": [message],
        "milestones/{milestone_id}/attachments": [card],
        "positions/{position_id}/openings": seats,
        "positions/{position_id}/shortlists": [shortlist],
        "rejection-reasons": [reason],
        "saved-searches/{saved_search_id}/candidates": sorted([other, known]),
        "scoring-policies": [version],
        "talent-pools/{talent_pool_id}/candidates": [ids["back"]],
    }


def test_every_list_tells_what_has_changed_and_what_has_left_it(cast: Cast) -> None:
    ids = prepare(cast.ada)
    with time_machine.travel(now() + HOUR):
        # All there is, for the first time, and then nothing until something changes.
        first = dict(told(cast.ada, ids, dict.fromkeys(OTHERS, "2019-01-01T00:00:00Z")))
        since = {path: page["synced_until"] for path, page in first.items()}
        quiet = dict(told(cast.ada, ids, since))
    assert [path for path, page in first.items() if not page["items"]] == []
    assert [path for path, page in quiet.items() if page["items"] or page["deleted"]] == []
    with time_machine.travel(now() + 2 * HOUR):
        changed = change(cast.ada, ids)
        later = dict(told(cast.ada, ids, since))
        pool = "talent-pools/{talent_pool_id}/candidates"
        then = datetime.fromisoformat(since[pool])
        pages, _ = run(cast.ada, pool.format(**ids), then, limit=1)
    # Of the log what was told before is told again where it has been blacked out since.
    log = [one for one in later.pop("audit-log")["items"] if one["candidate_id"] == ids["erased"]]
    said = {one["action"]: [each["field"] for each in one["changes"]] for one in log}
    assert said == {
        "candidate.created": ["erased"],
        "talent_pool.candidate_added": ["erased"],
        "talent_pool.candidate_removed": ["erased"],
        "candidate.updated": ["erased"],
        "candidate.erased": [],
    }
    assert {path: named(path, page) for path, page in later.items()} == changed
    gone = {path: why(page) for path, page in later.items() if page["deleted"]}
    assert gone == {
        "candidates/{candidate_id}/attachments": {
            ids["old_card"]: "deleted",
            ids["moved_card"]: "moved",
        },
        "candidates/{candidate_id}/follow-ups": {ids["dropped"]: "deleted", ids["moved"]: "moved"},
        "candidates/{candidate_id}/pauses": {ids["pause_id"]: "deleted"},
        "follow-ups/{follow_up_id}/attachments": {ids["old_card"]: "deleted"},
        "intake/unassigned": {
            ids["known"]: "moved",
            ids["assigned"]: "moved",
            ids["discarded"]: "deleted",
            ids["hers"]: "erased",
        },
        "milestones/{milestone_id}/attachments": {ids["old_card"]: "deleted"},
        "saved-searches/{saved_search_id}/candidates": {ids["erased"]: "erased"},
        "talent-pools/{talent_pool_id}/candidates": {
            ids["other_candidate_id"]: "deleted",
            ids["erased"]: "erased",
        },
    }
    # One page for each, all on one line of time: out, back again, erased.
    line = [
        one.get("candidate_id") or one["id"]
        for page in pages
        for one in (*page["items"], *page["deleted"])
    ]
    assert line == [ids["other_candidate_id"], ids["back"], ids["erased"]]


@usually_on_one_store
def test_what_comes_with_a_merge_is_in_the_lists_it_comes_to(cast: Cast) -> None:
    """And what comes back is there, though it has left before."""
    ben, ada = cast.ben, cast.ada
    sam, twin = ben.candidate("Sam"), ben.candidate("Twin")
    pool = f"talent-pools/{ben.post('talent-pools', {'name': 'Interns'})['id']}/candidates"
    ben.put(f"{pool}/{twin}", {}, expect=201)
    consent = ben.put(f"candidates/{twin}/consent", {"purpose": "contact"})["id"]
    days = {"first_day": day(3), "last_day": day(4)}
    pause = ben.post(f"candidates/{twin}/pauses", days)["id"]
    letter = ben.follow_up(sam, "2019-01-07T15:00:00Z")["id"]
    card = attach(ben, f"follow-ups/{letter}", PDF)["id"]
    ben.post(f"follow-ups/{letter}/reassign", {"candidate_id": twin}, expect=200)
    with time_machine.travel(now() + HOUR):
        since = {"updated_since": now().isoformat()}
        ben.post(f"candidates/{sam}/merge", {"duplicate_candidate_id": twin}, expect=200)
        theirs = {
            name: ada.get(f"candidates/{sam}/{name}", params=since)
            for name in ("consent", "pauses", "follow-ups", "attachments")
        }
        members = ada.get(pool, params=since)
    assert {name: named("", page) for name, page in theirs.items()} == {
        "consent": [consent],
        "pauses": [pause],
        "follow-ups": [letter],
        "attachments": [card],
    }
    assert [page["deleted"] for page in theirs.values()] == [[]] * 4
    assert [one["candidate_id"] for one in members["items"]] == [sam]
    assert why(members) == {twin: "merged"}


@usually_on_one_store
def test_a_search_for_words_has_no_order_of_changes(cast: Cast) -> None:
    words = {"name": "Tall", "parameters": {"q": "tall"}}
    search = cast.ben.post("saved-searches", words)["id"]
    newest = {"name": "New", "parameters": {"sort": "-id"}}
    by_age = cast.ben.post("saved-searches", newest)["id"]
    since = {"updated_since": "2019-01-01T00:00:00Z"}
    problem = cast.ben.get(f"saved-searches/{search}/candidates", params=since, expect=422)
    assert [one["pointer"] for one in problem["errors"]] == ["?updated_since"]
    sam = cast.ben.get(f"candidates/{cast.ben.candidate()}")
    at = {"updated_since": sam["updated_at"]}
    found = cast.ben.get(f"saved-searches/{by_age}/candidates", params=at)
    assert named("", found) == [sam["id"]]
