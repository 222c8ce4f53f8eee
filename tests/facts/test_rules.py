"""The ledger is folded by two clocks, whatever the order in which it was written."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.facts.rules import (
    FactRow,
    Kind,
    Linked,
    Named,
    Word,
    advice_state,
    candidate_record,
    position_record,
    states,
)

START = datetime(2019, 1, 1, tzinfo=UTC)
CANDIDATE = UUID(int=1)
REJECTION, APPLICATION, ADVICE, LETTER, MILESTONE = (UUID(int=each) for each in range(10, 15))


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def fact(
    number: int, kind: Kind, subject: UUID, value: dict[str, Any], told: int | None = None
) -> FactRow:
    """A fact that took effect on a day, and was told then or on another."""
    recorded = day(number if told is None else told)
    return FactRow(UUID(int=1000 + number), subject, kind, day(number), recorded, value)


REJECTED = fact(
    0,
    Kind.REJECTION,
    REJECTION,
    {
        "application_id": str(APPLICATION),
        "rejected_at": day(0).isoformat(),
        "stands": True,
        "never_reconsider": False,
        "reconsider_on": None,
        "follow_ups_invited": "yes",
    },
)
GIVEN = fact(
    1,
    Kind.ADVICE,
    ADVICE,
    {
        "application_id": str(APPLICATION),
        "rejection_id": str(REJECTION),
        "number": 1,
        "competency": "sales",
        "target_level": 3,
        "given_at": day(1).isoformat(),
        "state": None,
    },
)


def letter(number: int, *, named: bool = True, **fields: Any) -> FactRow:
    value = {
        "occurred_at": day(number).isoformat(),
        "direction": "inbound",
        "automated": False,
        "advice_ids": [str(ADVICE)] if named else [],
        "here": True,
        **fields,
    }
    return fact(number, Kind.FOLLOW_UP, UUID(int=100 + number), value)


def milestone(number: int, status: str, *, at: int | None = None) -> FactRow:
    value = {
        "follow_up_id": str(UUID(int=100 + number)),
        "advice_id": str(ADVICE),
        "status": status,
        "here": True,
    }
    return fact(number if at is None else at, Kind.MILESTONE, MILESTONE, value)


def state_of(*rows: FactRow, as_of: datetime | None = None) -> str:
    record = candidate_record(CANDIDATE, [REJECTED, GIVEN, *rows], as_of)
    return record.advice[0].state


instants = st.integers(0, 5).map(day)


@given(
    st.lists(st.tuples(instants, instants), min_size=1, max_size=8),
    instants,
    instants,
    st.randoms(use_true_random=False),
)
def test_the_state_is_the_latest_told_of_by_both_clocks(
    times: list[tuple[datetime, datetime]],
    as_of: datetime,
    known_at: datetime,
    shuffler: random.Random,
) -> None:
    rows = [
        FactRow(UUID(int=number), CANDIDATE, "kind", effective, recorded, {"number": number})
        for number, (effective, recorded) in enumerate(times)
    ]
    visible = [row for row in rows if row.effective_at <= as_of and row.recorded_at <= known_at]
    expected = max(
        visible, key=lambda row: (row.effective_at, row.recorded_at, row.id), default=None
    )
    shuffler.shuffle(rows)
    assert states(rows, as_of, known_at).get(("kind", CANDIDATE)) == expected


@pytest.mark.parametrize(
    ("rows", "state"),
    [
        ([], "open"),
        ([letter(2)], "in_progress"),
        ([letter(2, named=False)], "open"),
        ([letter(2, direction="outbound")], "open"),
        ([letter(2, automated=True)], "open"),
        ([letter(2), milestone(2, "reported")], "reported"),
        ([letter(2), milestone(2, "reported"), milestone(2, "confirmed", at=5)], "confirmed"),
        ([letter(2), milestone(2, "refuted")], "in_progress"),
        # April's mail, told after May's weaker one, is not undone by it.
        ([letter(30), letter(2), milestone(2, "reported")], "reported"),
    ],
)
def test_advice_moves_by_itself(rows: list[FactRow], state: str) -> None:
    assert state_of(*rows) == state
    assert state_of(*reversed(rows)) == state


def test_what_was_written_before_the_rejection_moves_no_advice() -> None:
    early = letter(2)._replace(value={**letter(2).value, "occurred_at": day(-3).isoformat()})
    assert state_of(early) == "open"


def test_a_persons_word_holds_until_the_next_fact() -> None:
    word = GIVEN._replace(
        id=UUID(int=9),
        effective_at=day(10),
        recorded_at=day(10),
        value={**GIVEN.value, "state": "confirmed"},
    )
    assert state_of(letter(2), word) == "confirmed"
    assert state_of(letter(2), word, letter(11)) == "in_progress"
    assert state_of(letter(2), word, as_of=day(9)) == "in_progress"


def test_withdrawn_ends_it() -> None:
    word = GIVEN._replace(
        id=UUID(int=9),
        effective_at=day(10),
        recorded_at=day(10),
        value={**GIVEN.value, "state": "withdrawn"},
    )
    assert state_of(word, letter(11), milestone(11, "reported")) == "withdrawn"


@given(st.permutations([letter(2), letter(4), milestone(2, "reported"), letter(30)]))
def test_the_order_of_arrival_is_irrelevant(rows: list[FactRow]) -> None:
    in_order = candidate_record(CANDIDATE, [REJECTED, GIVEN, *sorted(rows, key=lambda row: row.id)])
    assert candidate_record(CANDIDATE, [*rows, GIVEN, REJECTED]) == in_order


def test_what_had_not_happened_or_was_not_known_is_not_there() -> None:
    late = letter(2)._replace(recorded_at=day(20))
    rows = [REJECTED, GIVEN, late, letter(8)]
    then = candidate_record(CANDIDATE, rows, as_of=day(9), known_at=day(9))
    assert [row.occurred_at for row in then.follow_ups] == [day(8)]
    now = candidate_record(CANDIDATE, rows, as_of=day(7), known_at=day(30))
    assert [row.occurred_at for row in now.follow_ups] == [day(2)]


def test_what_was_moved_away_is_gone() -> None:
    gone = letter(2)._replace(
        id=UUID(int=5000), recorded_at=day(9), value={**letter(2).value, "here": False}
    )
    assert candidate_record(CANDIDATE, [letter(2), gone]).follow_ups == ()
    assert len(candidate_record(CANDIDATE, [letter(2), gone], known_at=day(8)).follow_ups) == 1


def test_nothing_told_is_nobody() -> None:
    assert candidate_record(CANDIDATE, []).existence == "absent"
    assert position_record(CANDIDATE, []) is None


def test_support_is_dated_by_the_latest_that_gives_it() -> None:
    reported = Linked("reported", day(3), day(3), day(3))
    assert advice_state(day(0), [Named(day(1), day(1))], [reported], None) == ("reported", day(3))
    confirmed = [reported, Linked("confirmed", day(2), day(9), day(9))]
    assert advice_state(day(0), [], confirmed, None) == ("confirmed", day(9))


def test_what_is_refuted_after_a_persons_word_undoes_it() -> None:
    word = Word("confirmed", day(10), day(10))
    refuted = Linked("refuted", day(3), day(3), day(12))
    assert advice_state(day(0), [], [refuted], word) == ("open", day(0))
    assert advice_state(day(0), [], [refuted._replace(told_at=day(4))], word) == (
        "confirmed",
        day(10),
    )


def test_nobody_acts_on_advice_before_it_is_given() -> None:
    late = GIVEN._replace(
        effective_at=day(20), value={**GIVEN.value, "given_at": day(20).isoformat()}
    )
    record = candidate_record(CANDIDATE, [REJECTED, late, letter(2), letter(21)])
    assert record.advice[0].state_at == day(21)
    assert candidate_record(CANDIDATE, [REJECTED, late, letter(2)]).advice[0].state == "open"
