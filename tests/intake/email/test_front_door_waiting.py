"""Messages that wait for somebody to say whose they are."""

from datetime import datetime

from tests.cast import Cast, Json, Person
from tests.intake.email.letters import (
    SAM,
    ago,
    follow_ups,
    forwarded_inline,
    letter,
    post,
    sam,
    score,
)
from tests.stores import on_one_store, usually_on_one_store

GMAIL = "sam@elsewhere.example"


def waiting(person: Person, **filters: str) -> list[Json]:
    items: list[Json] = person.get("intake/unassigned", params=filters)["items"]
    return items


def assign(person: Person, message: Json, candidate: str, **fields: object) -> Json:
    path = f"intake/unassigned/{message['intake_message_id']}/assign"
    return person.post(path, {"candidate_id": candidate, **fields}, expect=200)


def test_a_message_from_nobody_known_waits_with_all_it_says(cast: Cast) -> None:
    assert waiting(cast.ben) == []
    sent = ago(hours=4)
    found = post(cast.ben, letter(f"Sam Porter <{GMAIL}>", sent=sent), "unassigned")
    assert found["follow_up"] is None
    assert found["candidate_id"] is None
    [row] = waiting(cast.ben)
    assert row["id"] == found["intake_message_id"]
    assert (row["from_address"], row["subject"]) == (GMAIL, "Promoted")
    assert row["reason"] == found["reason"] == "Nobody here has the sender's address."
    assert row["excerpt"].startswith("Dear Ada, I was promoted")
    assert datetime.fromisoformat(row["sent_at"]) == sent
    whole = cast.ben.get(f"intake/unassigned/{row['id']}")
    assert {name: whole[name] for name in row} == row
    assert whole["sender"] == {"name": "Sam Porter", "address": GMAIL}
    assert whole["to"] == [{"name": "Ada", "address": "ada@acme.example"}]
    assert "steakhouse" in whole["text"]
    assert (whole["cc"], whole["attachments"], whole["forwarded"]) == ([], [], None)


def test_assigned_it_is_the_follow_up_it_would_have_been(cast: Cast) -> None:
    candidate = sam(cast.ben)
    assert score(cast.ben, candidate)["score"] is None
    sent = ago(hours=20)
    message = post(cast.ben, letter(GMAIL, sent=sent), "unassigned")
    received_at = waiting(cast.ben)[0]["received_at"]
    post(cast.ben, letter(GMAIL.upper(), text="And Dean's List."), "unassigned")
    found = assign(cast.ben, message, candidate)
    assert (found["outcome"], found["waiting_from_same_address"]) == ("follow_up", 1)
    told = found["follow_up"]
    assert datetime.fromisoformat(told["occurred_at"]) == sent
    assert told["received_at"] == received_at
    assert told["direction"] == "inbound"
    assert score(cast.ben, candidate)["score"] > 0
    assert len(waiting(cast.ben)) == 1
    cast.ben.get(f"intake/unassigned/{message['intake_message_id']}", expect=404)
    emails = [one["address"] for one in cast.ben.get(f"candidates/{candidate}")["emails"]]
    assert emails == [SAM, GMAIL]
    assert post(cast.ben, letter(GMAIL))["candidate_id"] == candidate


@usually_on_one_store
def test_the_address_is_remembered_only_if_wanted(cast: Cast) -> None:
    candidate = sam(cast.ben)
    message = post(cast.ben, letter(GMAIL), "unassigned")
    assign(cast.ben, message, candidate, remember_address=False)
    emails = [one["address"] for one in cast.ben.get(f"candidates/{candidate}")["emails"]]
    assert emails == [SAM]


@usually_on_one_store
def test_a_forward_of_an_unknown_author_waits_and_keeps_its_date(cast: Cast) -> None:
    candidate = sam(cast.ben)
    written = ago(days=20).replace(second=0)
    raw = forwarded_inline(written, author=f"Sam <{GMAIL}>")
    message = post(cast.ben, raw, "unassigned")
    [row] = waiting(cast.ben)
    assert row["from_address"] == GMAIL
    whole = cast.ben.get(f"intake/unassigned/{row['id']}")
    assert whole["sender"]["address"] == "ben@acme.example"
    assert whole["forwarded"]["from_address"] == GMAIL
    told = assign(cast.ben, message, candidate)["follow_up"]
    assert datetime.fromisoformat(told["occurred_at"]) == written
    assert told["dating"] == "trusted"
    assert told["captured_by_user_id"] == str(cast.ben.user_id)
    assert told["private_note"] == "Worth a look."
    assert post(cast.ben, letter(GMAIL, sent=written), "duplicate")["candidate_id"] == candidate


def test_an_address_of_two_candidates_waits_and_stays_as_it_is(cast: Cast) -> None:
    first, second = sam(cast.ben), sam(cast.ben)
    message = post(cast.ben, letter(), "unassigned")
    assert "Several candidates" in message["reason"]
    assert assign(cast.ben, message, second)["candidate_id"] == second
    assert follow_ups(cast.ben, first) == []
    assert len(cast.ben.get(f"candidates/{second}")["emails"]) == 1
    outbound = post(cast.ben, letter("Ada <ada@acme.example>", SAM), "unassigned")
    assert assign(cast.ben, outbound, first)["follow_up"]["direction"] == "outbound"


def test_mail_without_a_sender_waits(cast: Cast) -> None:
    candidate = sam(cast.ben)
    message = post(cast.ben, letter(None), "unassigned")
    assert waiting(cast.ben)[0]["from_address"] is None
    found = assign(cast.ben, message, candidate)
    assert (found["outcome"], found["waiting_from_same_address"]) == ("follow_up", 0)


@usually_on_one_store
def test_what_comes_again_once_its_sender_is_known_is_taken_in(cast: Cast) -> None:
    raw = letter()
    message = post(cast.ben, raw, "unassigned")
    again = post(cast.ben, raw, "duplicate")
    assert again["intake_message_id"] == message["intake_message_id"]
    assert "waits" in again["reason"]
    candidate = sam(cast.ben)
    assert post(cast.ben, raw)["candidate_id"] == candidate
    assert waiting(cast.ben) == []
    post(cast.ben, raw, "duplicate")


def test_the_same_message_id_waits_once(cast: Cast) -> None:
    first = post(cast.ben, letter(message_id="a@b.example"), "unassigned")
    relayed = letter(message_id="a@b.example", headers=[("Received", "x")])
    again = post(cast.ben, relayed, "duplicate")
    assert again["intake_message_id"] == first["intake_message_id"]
    assert len(waiting(cast.ben)) == 1


@usually_on_one_store
def test_assigned_to_who_has_it_already_it_is_a_duplicate(cast: Cast) -> None:
    candidate = sam(cast.ben)
    sent = ago(hours=9)
    told = post(cast.ben, letter(sent=sent))["follow_up"]
    unreadable = forwarded_inline(sent.replace(second=0), author="Sam Porter")
    message = post(cast.ben, unreadable, "unassigned")
    assert "no address" in message["reason"]
    found = assign(cast.ben, message, candidate)
    assert (found["outcome"], found["follow_up"]["id"]) == ("duplicate", told["id"])
    assert found["follow_up"]["private_note"] == "Worth a look."
    assert waiting(cast.ben) == []


def test_discarded_it_waits_no_more(cast: Cast) -> None:
    raw = letter(GMAIL)
    message = post(cast.ben, raw, "unassigned")
    path = f"intake/unassigned/{message['intake_message_id']}"
    cast.ben.post(f"{path}/discard", expect=204)
    assert waiting(cast.ben) == []
    refused = cast.ben.post(f"{path}/discard", expect=409)
    assert refused["current_status"] == "discarded"
    cast.ben.post(f"{path}/assign", {"candidate_id": cast.ben.candidate()}, expect=409)
    sam(cast.ben, GMAIL)
    assert "discarded" in post(cast.ben, raw, "duplicate")["reason"]


@on_one_store
def test_what_is_refused(cast: Cast) -> None:
    message = post(cast.ben, letter(GMAIL), "unassigned")
    path = f"intake/unassigned/{message['intake_message_id']}"
    candidate = sam(cast.ben)
    foreign = cast.cleo.candidate()
    gone = cast.ben.post(f"{path}/assign", {"candidate_id": foreign}, expect=422)
    assert gone["errors"][0]["pointer"] == "/candidate_id"
    cast.ben.post(f"{path}/assign", {}, expect=422)
    cast.rita.post(f"{path}/assign", {"candidate_id": candidate}, expect=403)
    for action, body in (("assign", {"candidate_id": foreign}), ("discard", {})):
        cast.cleo.post(f"{path}/{action}", body, expect=404)
    cast.cleo.get(path, expect=404)
    assert waiting(cast.cleo) == []
    assert len(waiting(cast.rita)) == 1
    assert post(cast.cleo, letter(GMAIL), "unassigned")["outcome"] == "unassigned"


def test_the_list_is_read_page_by_page_and_by_address(cast: Cast) -> None:
    for number in range(5):
        sender = GMAIL if number % 2 else "kim@elsewhere.example"
        post(cast.ben, letter(sender, subject=f"No. {number}"), "unassigned")
    first = cast.ben.get("intake/unassigned", params={"limit": 3})
    rest = cast.ben.get("intake/unassigned", params={"limit": 3, "cursor": first["next_cursor"]})
    subjects = [one["subject"] for one in first["items"] + rest["items"]]
    assert subjects == [f"No. {number}" for number in (4, 3, 2, 1, 0)]
    assert rest["next_cursor"] is None
    assert len(waiting(cast.ben, from_address=f" {GMAIL.upper()} ")) == 2


@usually_on_one_store
def test_what_a_person_did_is_in_the_audit_log_without_the_words(cast: Cast) -> None:
    candidate = sam(cast.ben)
    message = post(cast.ben, letter(GMAIL, subject="Secret"), "unassigned")
    assign(cast.ben, message, candidate)
    rows = cast.ada.get("audit-log", params={"subject_id": message["intake_message_id"]})["items"]
    assert [one["action"] for one in rows] == [
        "intake_message.assigned",
        "intake_message.unassigned",
    ]
    assert "Secret" not in str(rows)
    assert rows[0]["candidate_id"] == candidate
