"""Whose a message is, and whether it came before: the rules alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.intake.email import read_message
from app.intake.email.rules import (
    Contact,
    Known,
    OurUser,
    People,
    exact_date,
    named_addresses,
    same_message,
    sort_message,
    stored_id,
    told_date,
)
from tests.intake.email.letters import SAM, forwarded_attached, forwarded_inline, letter

SAMS, KIMS, TWIN, ADAS = (UUID(int=number) for number in range(1, 5))
NOON = datetime(2019, 5, 13, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PEOPLE = People(
    candidates={
        SAM: {SAMS},
        "kim@mail.example": {KIMS},
        "twins@mail.example": {KIMS, TWIN},
        "max@acme.example": {TWIN},
        "ada@acme.example": {ADAS},
    },
    users={
        "ada@acme.example": OurUser(UUID(int=11), active=True),
        "ben@acme.example": OurUser(UUID(int=12), active=True),
        "old@acme.example": OurUser(UUID(int=13), active=False),
    },
    domains={"acme.example"},
)
MACHINE = [("Auto-Submitted", "auto-generated")]


def contact(raw: bytes) -> Contact:
    return sort_message(read_message(raw), PEOPLE, UTC).contact


@pytest.mark.parametrize(
    ("raw", "destination", "direction", "candidates"),
    [
        (letter(), "follow_up", "inbound", {SAMS}),
        (letter("x@else.example"), "unassigned", "inbound", set()),
        (letter(None), "unassigned", "inbound", set()),
        (letter("twins@mail.example"), "unassigned", "inbound", set()),
        (letter("x@else.example", headers=MACHINE), "automated", "inbound", set()),
        (letter("twins@mail.example", headers=MACHINE), "automated", "inbound", set()),
        (letter(headers=MACHINE), "follow_up", "inbound", {SAMS}),
        (letter("max@acme.example", "ada@acme.example"), "follow_up", "inbound", {TWIN}),
        (letter("hr@acme.example", SAM), "follow_up", "outbound", {SAMS}),
        (letter("ben@acme.example", f"{SAM}, kim@mail.example"), "follow_up", "outbound",
         {SAMS, KIMS}),
        (letter("ben@acme.example", f"{SAM}, twins@mail.example"), "follow_up", "outbound", {SAMS}),
        (letter("ben@acme.example", "twins@mail.example"), "unassigned", "outbound", set()),
        (letter("ben@acme.example", "x@else.example"), "internal", "outbound", set()),
        # A user's address is a user's, also where a candidate has it.
        (letter("ben@acme.example", "ada@acme.example"), "internal", "outbound", set()),
        (letter("ada@acme.example", "ben@acme.example"), "unassigned", "inbound", set()),
        (letter("ada@acme.example", SAM), "follow_up", "outbound", {SAMS}),
        (letter("ben@acme.example", "x@else.example", headers=MACHINE), "automated", "outbound",
         set()),
        (forwarded_inline(NOON), "follow_up", "inbound", {SAMS}),
        (forwarded_attached(letter()), "follow_up", "inbound", {SAMS}),
        (forwarded_inline(NOON, author="x@else.example"), "unassigned", "inbound", set()),
        (forwarded_inline(NOON, author="twins@mail.example"), "unassigned", "inbound", set()),
        (forwarded_inline(NOON, author="Sam Porter"), "unassigned", "inbound", set()),
        (forwarded_inline(NOON, author="Ada <ada@acme.example>"), "internal", "inbound", set()),
        # What others forward is theirs.
        (forwarded_inline(NOON, sender="kim@mail.example"), "follow_up", "inbound", {KIMS}),
        (forwarded_inline(NOON, sender="x@else.example"), "unassigned", "inbound", set()),
    ],
)  # fmt: skip
def test_where_a_message_belongs(
    raw: bytes, destination: str, direction: str, candidates: set[UUID]
) -> None:
    found = sort_message(read_message(raw), PEOPLE, UTC)
    assert found.destination == destination
    assert found.contact.direction == direction
    assert set(found.candidate_ids) == candidates
    assert (found.reason is None) is (destination == "follow_up")


def test_every_address_that_matters_is_looked_up() -> None:
    raw = forwarded_inline(NOON, headers=[("Cc", "kim@mail.example, BEN@acme.example")])
    named = named_addresses(read_message(raw))
    assert set(named) == {"ben@acme.example", SAM, "intake@acme.example", "kim@mail.example"}


@pytest.mark.parametrize(
    ("sender", "trusted", "expected"),
    [
        ("ben@acme.example", False, (NOON - 9 * DAY, "trusted")),
        ("ben@acme.example", True, (NOON - 9 * DAY, "trusted")),
        ("old@acme.example", False, (NOON, "live")),
        ("hr@acme.example", False, (NOON, "live")),
        ("hr@acme.example", True, (NOON - 9 * DAY, "trusted")),
    ],
)
def test_who_vouches_for_the_date_of_a_forward(
    sender: str, expected: tuple[datetime, str], *, trusted: bool
) -> None:
    raw = forwarded_inline(NOON - 9 * DAY, sender=sender, sent=NOON)
    assert told_date(contact(raw), NOON, trusted=trusted) == expected


def test_a_forward_is_not_older_than_what_it_carries() -> None:
    raw = forwarded_inline(NOON + 5 * DAY, sent=NOON - DAY)
    assert told_date(contact(raw), NOON, trusted=False) == (NOON - DAY, "trusted")


def known(raw: bytes, *, captured: bool = False) -> Known:
    told = contact(raw)
    at = told.sent_at or NOON
    return Known(
        SAMS, told.message_id, told.fingerprint, told.subject, at, NOON, captured, (told.sent_at,)
    )


ORIGINAL = letter(sent=NOON, message_id="a@b.example")


@pytest.mark.parametrize(
    ("raw", "same"),
    [
        (letter(sent=NOON, message_id="a@b.example", text="Other words"), True),
        (letter(sent=NOON, message_id="c@b.example"), False),
        (letter(sent=NOON + timedelta(hours=3), message_id=None), True),
        (letter(sent=NOON + DAY, message_id=None), False),
        (letter(sent=NOON, message_id=None, text="Other words"), False),
        (forwarded_inline(NOON + timedelta(hours=9)), True),
        (forwarded_inline(NOON - 30 * DAY), False),
        (forwarded_inline(NOON, text="An extract"), True),
        (forwarded_inline(NOON, text="An extract", subject="Another one"), False),
        (forwarded_inline(NOON + timedelta(hours=2), text="An extract"), False),
        (
            forwarded_inline(
                NOON + timedelta(hours=2),
                text="An extract",
                headers=[("In-Reply-To", "<a@b.example>")],
            ),
            True,
        ),
        (
            forwarded_inline(
                NOON + 3 * DAY, text="An extract", headers=[("In-Reply-To", "<a@b.example>")]
            ),
            False,
        ),
    ],
)
def test_when_two_messages_are_one(raw: bytes, *, same: bool) -> None:
    found = same_message(contact(raw), NOON, [known(ORIGINAL)])
    assert (found is not None) is same


def test_messages_without_words_are_not_thereby_one() -> None:
    blank = letter(text="", sent=NOON, message_id=None)
    assert contact(blank).fingerprint is None
    assert same_message(contact(blank), NOON, [known(blank)]) is None


def test_an_original_corrects_the_date_of_its_forward_alone() -> None:
    sent = NOON.replace(hour=9, second=41)
    forward = known(forwarded_inline(sent), captured=True)
    original = contact(letter(sent=sent))
    assert exact_date(original, forward) == sent
    assert exact_date(original, forward._replace(captured=False)) is None
    assert exact_date(original, forward._replace(occurred_at=sent)) is None
    assert exact_date(replace(original, sent_at=None), forward) is None
    assert exact_date(replace(original, sent_at=sent + 3 * DAY), forward) == NOON
    assert exact_date(contact(forwarded_inline(sent)), forward) is None


def test_an_id_is_kept_as_it_is_unless_no_index_takes_it() -> None:
    assert stored_id(None) is None
    assert stored_id("a@b.example") == "a@b.example"
    long = stored_id("é" * 400)
    assert long is not None
    assert long.startswith("sha256:")
    assert stored_id("é" * 401) != long
