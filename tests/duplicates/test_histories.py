"""One history made of two: at every instant the state that the rule chooses."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.duplicates.rules.histories import (
    Choice,
    combined,
    day_told,
    flagged,
    newest_level,
    stricter_answer,
)
from app.facts.rules import FactRow, states

START = datetime(2019, 1, 1, tzinfo=UTC)
# So few that much is told of the two on one day, and of one after the other.
DAYS = 3
VALUES: dict[Choice, list[dict[str, Any]]] = {
    flagged: [{"flag": True}, {"flag": False}],
    day_told: [{"on": None}, {"on": "2019-01-01"}, {"on": "2020-01-01"}],
    newest_level: [{"level": None}, {"level": 1}, {"level": 2}],
    stricter_answer: [{"granted": granted, "expires_on": None} for granted in (True, False)],
}


def fact(subject: int, number: int, day: int, told: int, value: Any) -> FactRow:
    at, recorded = START + timedelta(days=day), START + timedelta(days=told)
    return FactRow(UUID(int=number), UUID(int=subject), "kind", at, recorded, value)


def at(rows: Sequence[FactRow], day: int) -> FactRow | None:
    return next(iter(states(rows, START + timedelta(days=day)).values()), None)


@given(st.data(), st.sampled_from(list(VALUES)))
def test_the_survivor_stands_as_the_rule_chooses_at_every_instant(
    data: st.DataObject, choose: Choice
) -> None:
    told = st.lists(
        st.tuples(st.integers(0, DAYS), st.sampled_from(VALUES[choose])), min_size=1, max_size=4
    )
    own, theirs = (
        [
            fact(subject, 10 * subject + number, day, 100 + number, value)
            for number, (day, value) in enumerate(data.draw(told))
        ]
        for subject in (1, 2)
    )
    anew = [
        fact(1, 100 + number, (one.effective_at - START).days, 200, one.value)
        for number, one in enumerate(combined(own, theirs, choose))
    ]
    for day in range(DAYS + 1):
        chosen, stands = choose(at(own, day), at(theirs, day)), at([*own, *anew], day)
        assert (chosen and chosen.value) == (stands and stands.value)
