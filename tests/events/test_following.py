"""GET /v1/events: every change once, in one order, told by ids alone."""

from datetime import timedelta

import time_machine

from app.core.clock import now
from app.core.database import Database, Mode
from app.events.actions import KEPT
from app.events.jobs import forget_old_events
from app.outbox.actions import record
from tests.cast import Cast, Json, Person


def read(person: Person, after: int | None = None, **params: int) -> Json:
    asked = params if after is None else {"after": after, **params}
    return person.get("events", params=asked)


def newest(person: Person) -> int:
    found: int = read(person, limit=1)["newest_sequence"]
    return found


def test_what_one_request_changes_is_told_in_its_order_and_by_ids(cast: Cast) -> None:
    position, sam = cast.ben.position(), cast.ben.candidate()
    application = cast.ben.application(sam, position)
    start = newest(cast.ben)
    cast.ben.reject(application, advice=[{"text": "Sell", "competency": "sales"}])
    (advice,) = cast.ben.get(f"candidates/{sam}/advice")["items"]
    made = cast.ben.follow_up(sam, "2019-01-07T15:00:00Z", advice_ids=[advice["id"]])
    found = read(cast.rita, start)
    told = [(event["type"], event["ids"]) for event in found["items"]]
    # "Not yet" was no reason on the list before.
    assert told.pop(0)[0] == "rejection_reason.created"
    rejection = told[0][1]["rejection_id"]
    theirs = {"application_id": application, "candidate_id": sam}
    assert told[:2] == [
        ("application.rejected", {**theirs, "position_id": position, "rejection_id": rejection}),
        ("advice.given", {**theirs, "rejection_id": rejection, "advice_ids": [advice["id"]]}),
    ]
    kinds = [kind for kind, _ in told]
    # Ben gave the advice, so he looks after Sam; and Sam, who wrote, waits for an answer.
    assert kinds[2:4] == ["candidate.updated", "consent.granted"]
    assert ("follow_up.recorded", {"follow_up_id": made["id"], "candidate_id": sam}) in told
    assert ("advice.moved", {**theirs, "advice_id": advice["id"]}) in told
    assert kinds.count("candidate.updated") == 2
    numbers = [event["sequence"] for event in found["items"]]
    assert numbers == list(range(start + 1, start + 1 + len(numbers)))
    assert found["next_after"] == found["newest_sequence"] == numbers[-1]
    # The same again, in pages; then nothing, and nothing beyond.
    first = read(cast.rita, start, limit=2)
    rest = read(cast.rita, first["next_after"])
    assert first["items"] + rest["items"] == found["items"]
    for after in (numbers[-1], numbers[-1] + 1000):
        empty = {"items": [], "next_after": after, "newest_sequence": numbers[-1]}
        assert read(cast.rita, after) == empty


def test_a_number_is_given_when_the_change_is_committed(cast: Cast, database: Database) -> None:
    """A change that took longer than another is told after it, though it was begun before."""
    start, acme = newest(cast.ben), cast.ben.organization_id
    with database.transaction(Mode.WRITE, acme) as slow:
        record(slow, acme, "user.updated", {"user_id": str(cast.ben.user_id)})
        if not database.is_sqlite:
            # There is but one writer at a time on SQLite.
            cast.ben.candidate()
        slow.flush()
        before = [event["type"] for event in read(cast.ben, start)["items"]]
    after = [event["type"] for event in read(cast.ben, start)["items"]]
    assert before == [] if database.is_sqlite else ["candidate.created"]
    assert after == [*before, "user.updated"]


def test_what_is_rolled_back_is_not_told_and_takes_no_number(cast: Cast) -> None:
    start = newest(cast.ben)
    cast.ben.post("applications", {"candidate_id": str(cast.ben.user_id)}, expect=422)
    sam = cast.ben.candidate(external_ids=[{"source": "ats", "type": "c", "id": "1"}])
    names = [{"source": "ats", "type": "c", "id": "1"}]
    cast.ben.post("candidates", {"full_name": "Sam", "external_ids": names}, expect=409)
    (event,) = read(cast.ben, start)["items"]
    assert (event["sequence"], event["ids"]) == (start + 1, {"candidate_id": sam})


def test_events_are_kept_for_90_days_and_who_asks_for_older_ones_is_told(
    cast: Cast, database: Database
) -> None:
    begun = read(cast.ben)["items"][0]["sequence"]
    assert begun == 1
    cast.ben.candidate()
    last = newest(cast.ben)
    with time_machine.travel(now() + KEPT - timedelta(minutes=1)):
        forget_old_events(database)
        assert read(cast.ben)["items"][0]["sequence"] == 1
    cast.cleo.candidate()
    with time_machine.travel(now() + KEPT + timedelta(minutes=1)):
        forget_old_events(database)
        # The newest stays: its number is the one that the next ones go on from.
        (kept,) = read(cast.ben)["items"]
        assert kept["sequence"] == last
        problem = cast.ben.get("events", expect=410, params={"after": last - 2})
        assert (problem["type"], problem["oldest_sequence"]) == ("/problems/gone", last)
        assert [one["sequence"] for one in read(cast.ben, last - 1)["items"]] == [last]
        cast.ben.candidate()
        assert [one["sequence"] for one in read(cast.ben, last)["items"]] == [last + 1]
        # Nobody of Cleo's has ever followed.
        assert len(read(cast.cleo)["items"]) == 1


def test_who_is_erased_is_named_with_all_that_goes(cast: Cast) -> None:
    position, sam = cast.ben.position(), cast.ben.candidate()
    application = cast.ben.application(sam, position)
    cast.ben.reject(application, advice=[{"text": "Sell"}])
    (advice,) = cast.ben.get(f"candidates/{sam}/advice")["items"]
    gone, kept = (cast.ben.follow_up(sam, f"2019-0{n}-07T15:00:00Z")["id"] for n in (1, 2))
    cast.ben.delete(f"follow-ups/{gone}")
    shortlist = cast.ben.post(f"positions/{position}/shortlists")["id"]
    start = newest(cast.ben)
    cast.ben.delete(f"candidates/{sam}", params={"reason": "erased"})
    (event,) = read(cast.ben, start)["items"]
    assert event["type"] == "candidate.erased"
    assert event["ids"] == {
        "candidate_id": sam,
        "application_ids": [application],
        "advice_ids": [advice["id"]],
        "follow_up_ids": [kept],
        "shortlist_ids": [shortlist],
    }


def test_a_shortlist_that_gives_way_to_another_is_told_of(cast: Cast) -> None:
    position = cast.ben.position()
    old = cast.ben.post(f"positions/{position}/open", expect=200)["shortlist_id"]
    start = newest(cast.ben)
    wanted = {"competency": "sales", "min_level": 2, "kind": "must_have", "weight": 1}
    body = {"requirements": [{**wanted, "verified_only": False}]}
    cast.ben.patch(f"positions/{position}", body)
    told = {event["type"]: event["ids"] for event in read(cast.ben, start)["items"]}
    assert told["shortlist.superseded"] == {
        "shortlist_id": old,
        "position_id": position,
        "superseded_by_id": told["shortlist.ready"]["shortlist_id"],
    }
