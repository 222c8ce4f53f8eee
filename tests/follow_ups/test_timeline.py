from sqlalchemy import event

from app.core.database import Database
from tests.cast import Cast, Json, Person
from tests.follow_ups.story import keep_in_touch, student
from tests.stores import usually_on_one_store


def timeline(person: Person, candidate: str, **query: object) -> list[Json]:
    found: list[Json] = person.get(f"candidates/{candidate}/timeline", params=query)["items"]
    return found


@usually_on_one_store
def test_nothing_has_happened_to_a_new_candidate(cast: Cast) -> None:
    candidate = cast.ben.candidate()
    assert cast.ben.get(f"candidates/{candidate}/timeline") == {"items": [], "next_cursor": None}


def test_everything_that_happened_stands_in_it_newest_first(cast: Cast) -> None:
    who = student(cast.ben)
    made = cast.ben.follow_up(
        who.id,
        "2019-01-07T15:00:00Z",
        subject="News",
        body="I was promoted\nto waiter",
        milestones=[{"kind": "promotion", "title": "Waiter", "quote": "promoted to waiter"}],
    )
    cast.ben.follow_up(
        who.id, "2019-01-08T15:00:00Z", direction="outbound", channel="call", body="Well done"
    )
    milestone = made["milestones"][0]["id"]
    cast.ben.patch(
        f"milestones/{milestone}", {"status": "confirmed", "effective_at": "2019-02-01T09:00:00Z"}
    )
    cast.ben.put(
        f"candidates/{who.id}/consent",
        {"purpose": "rank", "granted": False, "granted_at": "2019-03-01T09:00:00Z"},
    )
    cast.ben.post(
        f"applications/{who.application}/unreject",
        {"effective_at": "2019-04-01T09:00:00Z"},
        expect=200,
    )
    cast.ben.post(f"positions/{who.position}/open", {}, expect=200)
    cast.ben.post(
        f"applications/{who.application}/hire", {"hired_at": "2019-05-15T09:00:00Z"}, expect=200
    )
    cast.ben.post(
        f"applications/{who.application}/withdraw",
        {"withdrawn_at": "2019-05-20T09:00:00Z", "reason": "Another offer"},
        expect=200,
    )
    found = timeline(cast.rita, who.id)
    assert [row["kind"] for row in found] == [
        "withdrawn",
        "hired",
        "advice_set",
        "advice_set",
        "advice_set",
        "rejection_undone",
        "consent_refused",
        "milestone_confirmed",
        "follow_up_sent",
        "milestone_reported",
        "follow_up_received",
        "consent_given",
        "advice_given",
        "advice_given",
        "advice_given",
        "rejected",
        "applied",
    ]
    assert [row["at"] for row in found] == sorted((row["at"] for row in found), reverse=True)
    by_kind = {row["kind"]: row for row in found}
    assert by_kind["withdrawn"]["summary"] == "Another offer"
    assert by_kind["hired"]["title"] == "Hired: Sales internship"
    assert by_kind["hired"]["refs"] == {
        "application_id": who.application,
        "position_id": who.position,
    }
    assert by_kind["follow_up_received"] == {
        "at": "2019-01-07T15:00:00Z",
        "kind": "follow_up_received",
        "id": made["id"],
        "title": "Email from the candidate",
        "summary": "News · I was promoted to waiter",
        "refs": {"follow_up_id": made["id"]},
    }
    assert by_kind["milestone_confirmed"]["at"] == "2019-02-01T09:00:00Z"
    assert by_kind["milestone_confirmed"]["title"] == "Milestone confirmed: Waiter"
    assert by_kind["rejected"]["summary"] == "Not yet"
    advice = [row for row in found if row["kind"] == "advice_given"]
    assert {row["id"] for row in advice} == set(who.advice)
    assert advice[-1]["title"].startswith("Advice")


@usually_on_one_store
def test_a_decision_on_a_shortlist_stands_in_it(cast: Cast) -> None:
    who = student(cast.ben)
    keep_in_touch(cast.ben, who)
    made = cast.ben.post(f"positions/{who.position}/shortlists", {"as_of": "2019-05-13T09:00:00Z"})
    cast.ben.post(
        f"shortlists/{made['id']}/entries/{who.id}/decision",
        {"decision": "invited", "reason": "First in line"},
        expect=200,
    )
    newest = timeline(cast.ben, who.id, limit=1)[0]
    assert (newest["kind"], newest["summary"]) == ("invited", "First in line")
    assert newest["refs"] == {"shortlist_id": made["id"], "position_id": who.position}


@usually_on_one_store
def test_a_hire_taken_back_stays_in_it(cast: Cast) -> None:
    who = student(cast.ben)
    cast.ben.post(f"positions/{who.position}/open", {}, expect=200)
    path = f"applications/{who.application}"
    for day in ("15", "25"):
        cast.ben.post(f"{path}/hire", {"hired_at": f"2019-05-{day}T09:00:00Z"}, expect=200)
        # A correction of a hire is no other hire.
        stage = {"is_finalist": day == "15", "effective_at": f"2019-05-{day}T12:00:00Z"}
        cast.ben.patch(path, stage)
        if day == "15":
            back = {"effective_at": "2019-05-20T09:00:00Z"}
            cast.ben.post(f"{path}/unhire", back, expect=200)
    found = timeline(cast.rita, who.id, limit=3)
    assert [(row["kind"], row["at"], row["title"]) for row in found] == [
        ("hired", "2019-05-25T09:00:00Z", "Hired: Sales internship"),
        ("unhired", "2019-05-20T09:00:00Z", "Hire taken back: Sales internship"),
        ("hired", "2019-05-15T09:00:00Z", "Hired: Sales internship"),
    ]
    refs = {"application_id": who.application, "position_id": who.position}
    assert [row["refs"] for row in found] == [refs] * 3


def test_what_a_person_set_of_advice_stands_in_it(cast: Cast) -> None:
    who = student(cast.ben)
    path = f"advice/{who.advice[1]}"
    cast.ben.patch(path, {"state": "reported", "effective_at": "2019-02-01T09:00:00Z"})
    # What a follow-up moves is told by the follow-up.
    cast.ben.follow_up(who.id, "2019-02-10T09:00:00Z", advice_ids=[who.advice[1]])
    cast.ben.patch(path, {"state": "in_progress", "effective_at": "2019-03-01T09:00:00Z"})
    cast.ben.patch(path, {"target_level": 4})
    cast.ben.patch(path, {"state": "withdrawn", "effective_at": "2019-02-20T09:00:00Z"})
    found = [row for row in timeline(cast.rita, who.id) if row["kind"] == "advice_set"]
    assert [(row["at"], row["title"]) for row in found] == [
        ("2019-02-20T09:00:00Z", "Advice 2 withdrawn"),
        ("2019-02-01T09:00:00Z", "Advice 2 set to reported"),
    ]
    assert found[0]["summary"] == "A job with customers"
    assert found[0]["refs"]["advice_id"] == who.advice[1]
    assert found[0]["refs"]["application_id"] == who.application


def test_who_may_not_be_contacted_stands_in_it(cast: Cast) -> None:
    candidate = cast.ben.candidate(do_not_contact=True)
    assert timeline(cast.ben, candidate) == []
    for flag, day in ((True, "01"), (False, "02"), (False, "03"), (True, "04")):
        body = {"do_not_contact": flag, "effective_at": f"2019-02-{day}T09:00:00Z"}
        cast.ben.patch(f"candidates/{candidate}", body)
    found = timeline(cast.rita, candidate)
    assert [(row["kind"], row["at"]) for row in found] == [
        ("do_not_contact_set", "2019-02-04T09:00:00Z"),
        ("do_not_contact_lifted", "2019-02-02T09:00:00Z"),
    ]


@usually_on_one_store
def test_a_pause_is_not_told(cast: Cast) -> None:
    candidate = cast.ben.candidate()
    cast.ben.post(
        f"candidates/{candidate}/pauses", {"first_day": "2019-02-01", "last_day": "2019-03-31"}
    )
    assert timeline(cast.ben, candidate) == []


@usually_on_one_store
def test_what_was_deleted_is_not_told(cast: Cast) -> None:
    candidate = cast.ben.candidate()
    made = cast.ben.follow_up(
        candidate, "2019-01-07T15:00:00Z", milestones=[{"kind": "job", "title": "Waiter"}]
    )
    assert len(timeline(cast.ben, candidate)) == 2
    cast.ben.delete(f"follow-ups/{made['id']}")
    assert timeline(cast.ben, candidate) == []


def test_pages_lose_and_repeat_nothing_even_within_one_instant(cast: Cast) -> None:
    who = student(cast.ben)
    for _ in range(3):
        cast.ben.follow_up(
            who.id,
            "2018-10-04T16:00:00Z",
            milestones=[{"kind": "job", "title": "Greeter"}, {"kind": "book", "title": "Selling"}],
        )
    whole = timeline(cast.ben, who.id, limit=100)
    for limit in (1, 2, 5):
        found: list[Json] = []
        cursor = None
        while True:
            query = {"limit": limit, **({"cursor": cursor} if cursor else {})}
            page = cast.ben.get(f"candidates/{who.id}/timeline", params=query)
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert found == whole


def test_who_may_read_it(cast: Cast) -> None:
    who = student(cast.ben)
    cast.cleo.get(f"candidates/{who.id}/timeline", expect=404)
    cast.ben.get(f"candidates/{who.id}/timeline?kind=hired", expect=422)


@usually_on_one_store
def test_its_queries_do_not_grow_with_what_happened(cast: Cast, database: Database) -> None:
    who = student(cast.ben)
    # Whoever asks for the first time is looked up.
    cast.ben.get("me")
    counted = 0

    def count(*_: object) -> None:
        nonlocal counted
        counted += 1

    numbers = []
    event.listen(database.engine, "before_cursor_execute", count)
    try:
        for _ in range(2):
            keep_in_touch(cast.ben, who)
            counted = 0
            timeline(cast.ben, who.id)
            numbers.append(counted)
            counted = 0
            cast.ben.get(f"candidates/{who.id}/follow-ups")
            numbers.append(counted)
    finally:
        event.remove(database.engine, "before_cursor_execute", count)
    assert numbers[:2] == numbers[2:]
