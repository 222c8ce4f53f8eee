"""Whose word stands, what is told again, and what is one and the same message."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.duplicates.rules.histories import (
    day_told,
    flagged,
    newest_level,
    retold,
    stricter_answer,
)
from app.duplicates.rules.messages import Contact, same_contacts
from app.facts.rules import FactRow, states

BEGUN = datetime(2019, 1, 1, tzinfo=UTC)
SUBJECT = uuid.UUID(int=1)
days = st.integers(0, 5)


def fact(at: int, recorded: int, value: dict[str, Any], number: int = 0) -> FactRow:
    """Return what was said of a thing so many days after the first."""
    moments = (BEGUN + timedelta(days=at), BEGUN + timedelta(days=30 + recorded))
    return FactRow(uuid.UUID(int=number), SUBJECT, "kind", *moments, value)


@st.composite
def histories(draw: st.DrawFn) -> list[FactRow]:
    said = draw(st.lists(st.tuples(days, days, st.booleans()), min_size=1, max_size=5))
    return [
        fact(at, recorded, {"flag": flag}, number)
        for number, (at, recorded, flag) in enumerate(said)
    ]


def state(rows: Sequence[FactRow], at: int) -> Any:
    return next(iter(states(rows, as_of=BEGUN + timedelta(days=at)).values()), None)


@given(histories(), st.sets(days))
def test_what_is_told_again_holds_as_it_held(theirs: list[FactRow], own: set[int]) -> None:
    said = retold(theirs, (BEGUN + timedelta(days=at) for at in own))
    after = [
        FactRow(uuid.UUID(int=at), SUBJECT, "kind", one.effective_at, one.told_at, one.value)
        for at, one in enumerate(said)
    ]
    first = min(row.effective_at for row in theirs)
    for at in range(6):
        held = state(theirs, at)
        if held is not None:
            assert state(after, at).value == held.value
    assert {one.effective_at for one in said} >= {first}
    assert {one.told_at for one in said} <= {row.recorded_at for row in theirs}


def test_whose_word_stands() -> None:
    early, late = fact(0, 0, {"granted": False}), fact(3, 0, {"granted": True})
    assert stricter_answer(late, early) is early, "a refusal against a later permission"
    assert stricter_answer(early, late) is early
    again = fact(4, 0, {"granted": True})
    assert stricter_answer(late, again) is again
    assert stricter_answer(None, late) is late
    low, high = fact(1, 0, {"level": 2}), fact(0, 9, {"level": 4})
    assert newest_level(low, high) is low
    gone = fact(5, 0, {"level": None})
    assert newest_level(gone, high) is high
    assert newest_level(gone, None) is gone
    please_not, as_you_like = fact(0, 0, {"flag": True}), fact(3, 0, {"flag": False})
    assert flagged(as_you_like, please_not) is please_not, "whoever said it"
    assert flagged(please_not, as_you_like) is please_not
    assert flagged(None, as_you_like) is as_you_like
    day, none = fact(0, 0, {"on": "2019-06-01"}), fact(3, 0, {"on": None})
    assert day_told(none, day) is day
    assert day_told(day, fact(4, 0, {"on": "2019-09-01"})) is day


def test_one_message_is_known_by_its_id_or_by_sender_words_and_minute() -> None:
    def contact(number: int, minute: float, **known: str) -> Contact:
        at = BEGUN + timedelta(minutes=minute)
        label = {"message_id": None, "fingerprint": None, "direction": "inbound", **known}
        return Contact(id=uuid.UUID(int=number), occurred_at=at, **label)  # type: ignore[arg-type]

    own = [contact(1, 0, message_id="a"), contact(2, 0, fingerprint="f")]
    theirs = [
        contact(11, 90, message_id="a"),
        contact(12, 0.5, fingerprint="f"),
        contact(13, 0.5, fingerprint="f"),
        contact(14, 5, fingerprint="f"),
        contact(15, 0, fingerprint="f", direction="outbound"),
        contact(16, 0),
    ]
    found = same_contacts(own, theirs)
    assert {key.int: value.int for key, value in found.items()} == {11: 1, 12: 2}
    assert same_contacts(own, [contact(17, 0, message_id="b", fingerprint="f")]) == {
        uuid.UUID(int=17): uuid.UUID(int=2)
    }
