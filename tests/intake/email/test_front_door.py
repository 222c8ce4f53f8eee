"""What becomes of a raw message, over HTTP, on both stores."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.core.database import Database
from app.shortlists.jobs import score_by_new_policy
from tests.cast import Cast, changes_of
from tests.house.test_openapi import operations
from tests.intake.email.letters import (
    INTAKE,
    SAM,
    TEXT,
    ago,
    follow_ups,
    forwarded_attached,
    forwarded_inline,
    letter,
    new_message_id,
    post,
    sam,
    score,
    send,
)
from tests.stores import on_one_store, usually_on_one_store


def when(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_candidates_mail_is_their_follow_up(cast: Cast) -> None:
    candidate = sam(cast.ben)
    sent = ago(hours=5)
    quoted = (
        f"{TEXT}\n\nOn Mon, 13 May 2019 at 10:00, Ada <ada@acme.example> wrote:\n"
        "> Keep in touch.\n\n-- \nSam Porter\nTel. 555"
    )
    raw = letter(
        f"Sam <{SAM.upper()}>",
        sent=sent,
        text=quoted,
        message_id="m3@mail.example",
        headers=[
            ("In-Reply-To", "<m2@acme.example>"),
            ("References", "<m1@mail.example> <m2@acme.example>"),
        ],
    )
    found = post(cast.ben, raw)
    assert found["candidate_id"] == candidate
    told = found["follow_up"]
    assert found["follow_up_ids"] == [told["id"]]
    assert (told["direction"], told["channel"], told["dating"]) == ("inbound", "email", "live")
    assert when(told["occurred_at"]) == sent
    assert (told["subject"], told["body"]) == ("Promoted", TEXT)
    assert told["message_id"] == "m3@mail.example"
    assert told["in_reply_to"] == "m2@acme.example"
    assert told["thread"] == "m1@mail.example"
    assert cast.ben.get(f"follow-ups/{told['id']}") == told
    assert score(cast.ben, candidate)["score"] > 0
    assert cast.ben.get(f"candidates/{candidate}")["awaiting_reply_since"] == told["occurred_at"]


def test_attachments_keep_their_names_and_sizes(cast: Cast) -> None:
    sam(cast.ben)
    raw = (
        f"From: {SAM}\r\nSubject: Report card\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nDean's List!\r\n"
        "--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
        'Content-Disposition: attachment; filename="grades.pdf"\r\n\r\nQUJDREU=\r\n--b--\r\n'
    )
    told = post(cast.ben, raw.encode())["follow_up"]
    [attachment] = told["attachments"]
    assert attachment["filename"] == "grades.pdf"
    assert attachment["content_type"] == "application/pdf"
    assert attachment["size"] == 5


DATED = {47: True, 49: False, 24 * 400: False, -3: False, None: False}


@usually_on_one_store
def test_live_mail_is_dated_by_its_receipt_or_a_date_of_the_48_hours_before(cast: Cast) -> None:
    sam(cast.ben)
    for hours_ago, by_its_date in DATED.items():
        sent = None if hours_ago is None else ago(hours=hours_ago)
        told = post(cast.ben, letter(sent=sent))["follow_up"]
        assert told["dating"] == "live"
        assert (when(told["occurred_at"]) == sent) is by_its_date, hours_ago
        assert by_its_date or told["occurred_at"] == told["received_at"]


def test_the_story_of_a_forward_its_original_and_a_reply_with_us_in_copy(cast: Cast) -> None:
    candidate = sam(cast.ben)
    sent = ago(days=3, seconds=17)
    forward = post(cast.ben, forwarded_inline(sent, sent=ago(days=2)))
    told = forward["follow_up"]
    assert told["direction"] == "inbound"
    assert when(told["occurred_at"]) == sent.replace(second=0)
    assert told["dating"] == "trusted"
    assert told["captured_by_user_id"] == str(cast.ben.user_id)
    assert told["private_note"] == "Worth a look."
    assert (told["subject"], told["body"]) == ("Promoted", TEXT)
    assert told["message_id"] is None
    before = score(cast.ben, candidate)

    original = letter(sent=sent, message_id="first@mail.example")
    came = post(cast.ben, original, "duplicate")
    assert came["follow_up"]["id"] == told["id"]
    assert when(came["follow_up"]["occurred_at"]) == sent
    assert came["follow_up"]["message_id"] == "first@mail.example"
    assert came["follow_up"]["private_note"] == "Worth a look."

    reply = letter(
        "Ben <ben@acme.example>",
        f"Sam <{SAM}>",
        subject="Re: Promoted",
        text=f"Well done!\n\nOn Mon, 13 May 2019 at 10:00, Sam <{SAM}> wrote:\n> I was promoted\n",
        sent=ago(hours=1),
        headers=[("Cc", INTAKE), ("In-Reply-To", "<first@mail.example>")],
    )
    answer = post(cast.ben, reply)["follow_up"]
    assert (answer["direction"], answer["body"]) == ("outbound", "Well done!")
    assert answer["captured_by_user_id"] == str(cast.ben.user_id)
    assert answer["thread"] == "first@mail.example"

    both = follow_ups(cast.ben, candidate)
    assert [one["direction"] for one in both] == ["outbound", "inbound"]
    after = score(cast.ben, candidate)
    assert [one["credit"] for one in after["periods"]] == [
        one["credit"] for one in before["periods"]
    ]
    assert len(after["periods"]) == 1
    assert cast.ben.get(f"candidates/{candidate}")["awaiting_reply_since"] is None
    for raw in (original, reply):
        assert post(cast.ben, raw, "duplicate")["reason"]
    assert len(follow_ups(cast.ben, candidate)) == 2


@usually_on_one_store
@pytest.mark.parametrize("attached", [False, True])
def test_the_original_first_and_its_forward_after_is_one_follow_up(
    cast: Cast, *, attached: bool
) -> None:
    candidate = sam(cast.ben)
    sent = ago(days=10)
    original = letter(sent=sent)
    told = post(cast.ben, original)["follow_up"]
    assert told["occurred_at"] == told["received_at"]
    forward = forwarded_attached(original) if attached else forwarded_inline(sent)
    came = post(cast.ben, forward, "duplicate")
    assert came["follow_up"]["id"] == told["id"]
    assert came["follow_up"]["private_note"] == ("Please file." if attached else "Worth a look.")
    assert came["follow_up"]["occurred_at"] == told["occurred_at"]
    assert len(follow_ups(cast.ben, candidate)) == 1


def test_an_attached_message_is_dated_by_its_own_date_on_the_forwarders_word(cast: Cast) -> None:
    candidate = sam(cast.ben)
    sent = ago(days=90)
    original = letter(sent=sent, message_id="old@mail.example")
    told = post(cast.ben, forwarded_attached(original))["follow_up"]
    assert (when(told["occurred_at"]), told["dating"]) == (sent, "trusted")
    assert told["message_id"] == "old@mail.example"
    assert told["private_note"] == "Please file."
    assert post(cast.ben, original, "duplicate")["follow_up"]["id"] == told["id"]
    assert len(follow_ups(cast.ben, candidate)) == 1


@usually_on_one_store
def test_a_forwards_local_date_is_read_in_the_organizations_zone(
    cast: Cast, database: Database
) -> None:
    sam(cast.ben)
    cast.ada.post("scoring-policies", {"time_zone": "Asia/Tokyo"})
    sum(score_by_new_policy(database, cast.ada.organization_id))
    sent = ago(days=5).replace(second=0)
    shown = sent.astimezone(ZoneInfo("Asia/Tokyo"))
    assert when(post(cast.ben, forwarded_inline(shown))["follow_up"]["occurred_at"]) == sent
    # The original says the same instant with its offset.
    post(cast.ben, letter(sent=sent), "duplicate")


def test_a_forward_without_a_readable_date_has_the_forwards_own(cast: Cast) -> None:
    sam(cast.ben)
    sent = ago(hours=7)
    raw = forwarded_inline(ago(days=9), sent=sent)
    raw = b"\r\n".join(
        line for line in raw.split(b"\r\n") if not (line.startswith(b"Date: ") and b" at " in line)
    )
    assert when(post(cast.ben, raw)["follow_up"]["occurred_at"]) == sent


@usually_on_one_store
def test_a_colleague_who_is_no_user_vouches_for_no_older_date(cast: Cast) -> None:
    sam(cast.ben)
    told = post(
        cast.ben, forwarded_inline(ago(days=9), sender="Max <max@acme.example>", sent=ago(hours=1))
    )["follow_up"]
    assert (told["dating"], told["captured_by_user_id"]) == ("live", None)
    assert told["occurred_at"] == told["received_at"]


@usually_on_one_store
def test_a_candidate_who_forwards_something_wrote_it_themselves(cast: Cast) -> None:
    candidate = sam(cast.ben)
    raw = forwarded_inline(
        ago(days=9),
        sender=f"Sam <{SAM}>",
        author="Dean <dean@college.example>",
        text="You are on the Dean's List.",
        sent=ago(hours=1),
    )
    found = post(cast.ben, raw)
    assert found["candidate_id"] == candidate
    assert found["follow_up"]["direction"] == "inbound"
    assert found["follow_up"]["private_note"] is None
    assert "You are on the Dean's List." in found["follow_up"]["body"]
    assert "Worth a look." in found["follow_up"]["body"]


@usually_on_one_store
def test_our_mail_is_outbound_to_every_candidate_it_goes_to(cast: Cast) -> None:
    first = sam(cast.ben)
    second = sam(cast.ben, "kim@mail.example")
    raw = letter(
        "Ada <ada@acme.example>", f"{SAM}, x@else.example", headers=[("Cc", "kim@mail.example")]
    )
    found = post(cast.ben, raw)
    assert len(found["follow_up_ids"]) == 2
    for candidate in (first, second):
        [told] = follow_ups(cast.ben, candidate)
        assert told["direction"] == "outbound"
        assert told["id"] in found["follow_up_ids"]
        assert score(cast.ben, candidate)["score"] is None


@usually_on_one_store
def test_forwarding_a_colleagues_words_to_a_candidate_is_outbound(cast: Cast) -> None:
    candidate = sam(cast.ben)
    raw = forwarded_inline(ago(days=1), author="Ada <ada@acme.example>")
    raw = raw.replace(f"To: {INTAKE}".encode(), f"To: {SAM}".encode())
    found = post(cast.ben, raw)
    assert (found["candidate_id"], found["follow_up"]["direction"]) == (candidate, "outbound")


@usually_on_one_store
def test_mail_among_ourselves_is_noted_and_no_more(cast: Cast) -> None:
    candidate = sam(cast.ben)
    for sender in ("Ada <ada@acme.example>", "Max <max@acme.example>"):
        found = post(cast.ben, letter(sender, "Ben <ben@acme.example>"), "internal")
        assert found["follow_up"] is None
        (row,) = cast.ada.get("audit-log", params={"subject_id": found["intake_message_id"]})[
            "items"
        ]
        assert (row["action"], changes_of(row)) == ("intake_message.kept", {"outcome": "internal"})
    assert cast.ben.get("intake/unassigned")["items"] == []
    assert follow_ups(cast.ben, candidate) == []


@usually_on_one_store
def test_an_employee_who_applies_is_a_candidate(cast: Cast) -> None:
    candidate = sam(cast.ben, "max@acme.example")
    found = post(cast.ben, letter("Max <max@acme.example>"))
    assert (found["candidate_id"], found["follow_up"]["direction"]) == (candidate, "inbound")


@usually_on_one_store
def test_a_user_who_is_a_candidate_too_never_scores_by_themselves(cast: Cast) -> None:
    candidate = sam(cast.ben, "ada@acme.example")
    other = sam(cast.ben)
    waiting = post(cast.ben, letter("Ada <ada@acme.example>", "hr@acme.example"), "unassigned")
    assert "user and a candidate" in waiting["reason"]
    post(cast.ben, letter("Ada <ada@acme.example>", SAM))
    assert [one["direction"] for one in follow_ups(cast.ben, other)] == ["outbound"]
    assert follow_ups(cast.ben, candidate) == []
    path = f"intake/unassigned/{waiting['intake_message_id']}/assign"
    told = cast.ben.post(path, {"candidate_id": candidate}, expect=200)
    assert told["follow_up"]["direction"] == "inbound"


BY_MACHINES = [
    ("auto_reply", [("Auto-Submitted", "auto-replied")]),
    ("list", [("List-Id", "<news.robots.example>")]),
    ("bulk", [("Precedence", "bulk")]),
    ("null_sender", [("Return-Path", "<>")]),
]


@usually_on_one_store
def test_a_machines_mail_of_a_candidate_is_kept_and_never_counts(cast: Cast) -> None:
    candidate = sam(cast.ben)
    post(cast.ben, letter(sent=ago(hours=20)))
    before = score(cast.ben, candidate)["momentum"]
    for number, (reason, headers) in enumerate(BY_MACHINES):
        sent = ago(hours=10 - number)
        found = post(cast.ben, letter(sent=sent, headers=headers, text="I am away."))
        assert found["follow_up"]["automated"] == reason
        assert reason in found["reason"]
        assert score(cast.ben, candidate)["momentum"] == before
    assert len(follow_ups(cast.ben, candidate)) == 1 + len(BY_MACHINES)


@usually_on_one_store
def test_a_list_that_bears_a_candidates_name_does_not_count(cast: Cast) -> None:
    candidate = sam(cast.ben)
    for month in range(3):
        raw = letter(
            subject=f"Monthly greetings {month}",
            headers=[("List-Unsubscribe", "<mailto:x@y.example>"), ("List-Id", "<r.example>")],
        )
        post(cast.ben, raw)
    assert score(cast.ben, candidate)["score"] is None


def test_our_own_out_of_office_answers_nobody(cast: Cast) -> None:
    candidate = sam(cast.ben)
    post(cast.ben, letter(sent=ago(hours=3)))
    away = letter(
        "Ada <ada@acme.example>", SAM, text="Away.", headers=[("Auto-Submitted", "auto-replied")]
    )
    assert post(cast.ben, away)["follow_up"]["automated"] == "auto_reply"
    assert cast.ben.get(f"candidates/{candidate}")["awaiting_reply_since"] is not None


def test_a_bounce_of_nobody_known_is_noted_without_its_words(cast: Cast) -> None:
    bounce = letter("Mail Delivery <mailer-daemon@mail.example>", subject="Undeliverable")
    found = post(cast.ben, bounce, "automated")
    assert found["follow_up"] is None
    assert cast.ben.get("intake/unassigned")["items"] == []
    cast.ben.get(f"intake/unassigned/{found['intake_message_id']}", expect=404)
    again = post(cast.ben, bounce, "duplicate")
    assert again["intake_message_id"] == found["intake_message_id"]
    (row,) = cast.ada.get("audit-log", params={"action": "intake_message.kept"})["items"]
    assert (row["subject_id"], row["user_id"]) == (
        found["intake_message_id"],
        str(cast.ben.user_id),
    )
    assert (row["candidate_id"], changes_of(row)) == (None, {"outcome": "automated"})


@usually_on_one_store
def test_one_message_id_is_one_follow_up_whatever_way_it_came(cast: Cast) -> None:
    candidate = sam(cast.ben)
    known = new_message_id()
    first = post(cast.ben, letter(message_id=known))
    relayed = letter(message_id=known, headers=[("Received", "from b by c; Mon")])
    again = post(cast.ben, relayed, "duplicate")
    assert again["follow_up"]["id"] == first["follow_up"]["id"]
    assert len(follow_ups(cast.ben, candidate)) == 1


@usually_on_one_store
def test_anothers_message_with_a_message_id_seen_before_is_their_own(cast: Cast) -> None:
    candidate = sam(cast.ben)
    other = sam(cast.ben, "kim@mail.example")
    known = new_message_id()
    # Whoever was in copy has seen the id, and may be quicker than the original.
    post(cast.ben, letter("Kim <kim@mail.example>", message_id=known, text="Ha!"))
    post(cast.ben, letter("Eve <eve@else.example>", message_id=known, text="Ha!"), "unassigned")
    found = post(cast.ben, letter(message_id=known))
    assert found["candidate_id"] == candidate
    assert len(follow_ups(cast.ben, other)) == 1


def test_two_mails_without_an_id_are_two_unless_they_say_the_same(cast: Cast) -> None:
    candidate = sam(cast.ben)
    post(cast.ben, letter(message_id=None, sent=ago(hours=3), text="I joined a club."))
    post(cast.ben, letter(message_id=None, sent=ago(hours=2), text="I read a sales book."))
    relayed = letter(
        message_id=None,
        sent=ago(hours=2),
        text="I read a sales book.",
        headers=[("Received", "from b by c; Mon")],
    )
    post(cast.ben, relayed, "duplicate")
    assert len(follow_ups(cast.ben, candidate)) == 2


def test_a_deleted_follow_up_does_not_come_back_by_itself(cast: Cast) -> None:
    candidate = sam(cast.ben)
    known = new_message_id()
    raw = letter(message_id=known)
    told = post(cast.ben, raw)["follow_up"]
    cast.ben.delete(f"follow-ups/{told['id']}")
    assert post(cast.ben, raw, "duplicate")["follow_up"] is None
    post(cast.ben, letter(message_id=known, headers=[("Received", "x")]), "duplicate")
    assert follow_ups(cast.ben, candidate) == []


def test_a_message_id_longer_than_an_index_takes_is_kept(cast: Cast) -> None:
    sam(cast.ben)
    raw = letter(message_id="é" * 400 + "ü" * 400 + "@x.example")
    post(cast.ben, raw)
    post(cast.ben, raw + b"\r\n", "duplicate")


@usually_on_one_store
def test_a_mail_written_down_by_hand_and_its_original_are_one(cast: Cast) -> None:
    candidate = sam(cast.ben)
    sent = ago(hours=30)
    by_hand = cast.ben.follow_up(
        candidate, sent.replace(second=0).isoformat(), subject="Promoted", body="He was promoted."
    )
    came = post(cast.ben, letter(sent=sent), "duplicate")
    assert came["follow_up"]["id"] == by_hand["id"]
    assert came["follow_up"]["body"] == "He was promoted."
    assert when(came["follow_up"]["occurred_at"]) - sent < timedelta(minutes=1)


@on_one_store
def test_what_is_refused(cast: Cast) -> None:
    raw = letter()
    assert send(cast.ben, raw, **{"Content-Type": "application/json"}).status_code == 415
    assert send(cast.ben, raw, **{"Content-Type": "text/plain"}).status_code == 415
    ok = send(cast.ben, raw, **{"Content-Type": "Message/RFC822; charset=utf-8"})
    assert ok.status_code == 200
    assert send(cast.ben, b"").status_code == 422
    assert send(cast.ben, b" \r\n").status_code == 422
    assert send(cast.rita, raw).status_code == 403
    nobody = cast.ben.http.post("/v1/intake/email", content=raw, headers={"Content-Type": "x/y"})
    assert nobody.status_code == 401
    response = cast.ben.call("POST", "intake/email?received_at=2019-01-01T00:00:00Z", content=raw)
    assert response.status_code == 422


@on_one_store
def test_a_body_over_the_limit_is_413(cast: Cast) -> None:
    assert send(cast.ben, b"a: b\r\n\r\n" + b"x" * 27_300_000).status_code == 413


@usually_on_one_store
def test_a_repeated_request_is_answered_again(cast: Cast) -> None:
    candidate = sam(cast.ben)
    raw = letter()
    first = send(cast.ben, raw, **{"Idempotency-Key": "one"})
    again = send(cast.ben, raw, **{"Idempotency-Key": "one"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first.headers["location"] == f"/v1/follow-ups/{first.json()['follow_up']['id']}"
    assert len(follow_ups(cast.ben, candidate)) == 1


def test_the_document_says_what_body_is_read() -> None:
    operation = operations()["POST /v1/intake/email"]
    schema = operation["requestBody"]["content"]["message/rfc822"]["schema"]
    assert schema == {"type": "string", "format": "binary"}
    assert operation["requestBody"]["required"] is True
    assert {"200", "201", "413", "415", "422"} <= set(operation["responses"])


@usually_on_one_store
def test_an_international_domain_is_known_in_either_spelling(cast: Cast) -> None:
    candidate = sam(cast.ben, "sam@straße.example")
    found = post(cast.ben, letter("sam@xn--strae-oqa.example"))
    assert found["candidate_id"] == candidate
