"""The reading of lists against looking at everyone, and how little of them it reads."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.organizations.rules import VERSION_1, ScoringPolicy
from app.persistence_scores.rules import EPOCH, Pause
from app.shortlists.rules.judging import Row
from app.shortlists.rules.match import Section
from app.shortlists.rules.position import PositionState, Requirement
from app.shortlists.rules.postings import Postings, postings_of
from app.shortlists.rules.question import ask
from app.shortlists.rules.ranking import LISTED
from app.shortlists.rules.search import (
    Above,
    Bar,
    Best,
    Mark,
    Searched,
    Span,
    StoppedBecause,
    search,
)
from app.shortlists.rules.sources import everyone_for, sources_for
from app.shortlists.rules.states import CandidateState, LevelState
from tests.dear import dear
from tests.shortlists.people import INTERNSHIP, person
from tests.shortlists.strategies import AS_OF, crowds, policies, positions
from tests.shortlists.twin import rank_plainly

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
limits = st.integers(0, 30) | st.integers(1, 3)


class Shelf:
    """The lists in memory, each row wherever it stands; nothing is left out but by place."""

    def __init__(self, states: list[CandidateState], policy: ScoringPolicy) -> None:
        self.lists: dict[tuple[bool, str], list[tuple[Row, int]]] = {}
        for state in states:
            posted = postings_of(state, policy)
            if posted is not None:
                assert Postings.unpack(posted.pack()) == posted
                row = row_of(state, posted)
                for name, level, _ in posted.lists:
                    self.lists.setdefault((posted.quiet, name), []).append((row, level))
        for rows in self.lists.values():
            rows.sort(key=lambda each: _mark(each[0]))

    def read(self, quiet: bool, span: Span) -> list[Row]:  # noqa: FBT001
        rows = [
            row
            for row, level in self.lists.get((quiet, span.source.name), ())
            if (span.until is None or row[1] <= span.until)
            and (span.after is None or _mark(row) > _after(span.after))
            and level >= span.source.least_level
        ]
        return rows[: span.size]


def row_of(state: CandidateState, posted: Postings) -> Row:
    row = posted.row
    return (
        state.candidate_id,
        posted.place,
        row.opens_on,
        row.closes_on,
        row.available_from,
        row.levels,
        row.tried,
        row.momentum,
        row.progress,
        row.pauses,
        posted.alike,
    )


def _mark(row: Row) -> Mark:
    return row[1], row[-1], row[0]


def _after(mark: Mark) -> Mark:
    return mark if mark[-1] is not None else (*mark[:2], UUID(int=2**128 - 1))


def searched(
    shelf: Shelf, position: PositionState, policy: ScoringPolicy, section: Section, bar: Bar
) -> Searched:
    question = ask(position, policy, AS_OF)
    sources = (everyone_for if isinstance(bar, Above) else sources_for)(question, section)

    def fetch(spans: Sequence[Span]) -> list[list[Row]]:
        return [shelf.read(section is Section.QUIET, span) for span in spans]

    return search(question, section, sources, bar, fetch, limit=2)


@pytest.fixture(autouse=True, scope="module")
def _few_at_a_time() -> Iterator[None]:
    """Let a round read two rows of a list, so that every list is read in rounds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.shortlists.rules.search._MORE_AT_FIRST", 0)
        patch.setattr("app.shortlists.rules.search._GROWTH", 1)
        yield


@dear
@given(crowds(), positions, policies, limits)
def test_reading_lists_gives_what_looking_at_everyone_gives(
    states: list[CandidateState], position: PositionState, policy: ScoringPolicy, limit: int
) -> None:
    shelf = Shelf(states, policy)
    plainly = rank_plainly(states, position, policy, AS_OF, limit)
    for section in LISTED if limit else ():
        best = Best(limit)
        searched(shelf, position, policy, section, best)
        assert [key[-1] for key in best.keys] == plainly[section]


@dear
@given(crowds(), positions, policies)
def test_as_many_are_counted_above_one_as_stand_above(
    states: list[CandidateState], position: PositionState, policy: ScoringPolicy
) -> None:
    shelf = Shelf(states, policy)
    for section, order in rank_plainly(states, position, policy, AS_OF, len(states)).items():
        best = Best(len(states) + 1)
        if order:
            searched(shelf, position, policy, Section(section), best)
        for key in best.keys:
            above = Above(key)
            searched(shelf, position, policy, Section(section), above)
            assert above.count == order.index(key[-1])


# ------------------------------------------------------------------------------- examples, by hand


def entries(
    states: list[CandidateState],
    position: PositionState = INTERNSHIP,
    policy: ScoringPolicy = VERSION_1,
    *,
    limit: int,
    section: Section = Section.ENTRIES,
) -> tuple[list[int], Searched]:
    best = Best(limit)
    told = searched(Shelf(states, policy), position, policy, section, best)
    return [key[-1].int for key in best.keys], told


def test_the_reading_stops_long_before_the_end() -> None:
    states = [person(number, 38 - number / 100) for number in range(1, 2001)]
    found, told = entries(states, limit=50)
    assert found == list(range(1, 51))
    assert told.stopped_because is StoppedBecause.BOUND
    # Everyone's fit is 1 and progress a half. Read to where progress could be 0: of 0.9 / 0.7 it
    # is 1.0 / 0.8 to 0.8 / 0.6, that is 0.053 half-lives; and two lists of the same people.
    assert told.looked_at <= 2 * 60


def test_to_check_has_its_own_stop() -> None:
    position = replace(INTERNSHIP, starts_on=date(2019, 6, 1))
    known = [person(number, 38 - number / 10) for number in range(1, 50)]
    unknown = [person(50 + n, 37 - n / 10, available_from=None) for n in range(1, 50)]
    found, told = entries(known + unknown, position, limit=3)
    assert found == [1, 2, 3]
    assert told.stopped_because is StoppedBecause.BOUND
    found, told = entries(known + unknown, position, limit=3, section=Section.TO_CHECK)
    assert found == [51, 52, 53]
    assert told.stopped_because is StoppedBecause.BOUND


def test_a_pause_ahead_lowers_a_candidate_below_one_of_less_stored_momentum() -> None:
    ahead = (Pause(date(2019, 6, 1), date(2019, 8, 31)),)
    assert entries([person(1, 37.5, pauses=ahead), person(2, 37.2)], limit=1)[0] == [2]


def test_ties_go_to_the_lower_id() -> None:
    full = replace(VERSION_1, weight_base=1.0, weight_fit=0.0, weight_progress=0.0)
    tied = [person(number, 37.0) for number in (7, 5, 3, 9)]
    assert entries(tied, policy=full, limit=2)[0] == [3, 5]


def test_of_a_crowd_of_ties_no_more_is_read_than_is_wanted() -> None:
    crowd = [person(number, 37.0) for number in range(2000, 0, -1)]
    behind = [person(3000 + number, 36.99 - number / 100) for number in range(5)]
    found, told = entries([*crowd, *behind], limit=50)
    assert found == list(range(1, 51))
    assert told.looked_at <= 2 * 70
    # Whom a gate shuts out is passed over with all that are alike; those behind are found.
    barred = [replace(each, available_from=date(2019, 7, 1)) for each in crowd]
    position = replace(INTERNSHIP, starts_on=date(2019, 6, 1))
    found, told = entries([*barred, *behind], position, limit=50)
    assert found == [3000, 3001, 3002, 3003, 3004]
    assert told.looked_at <= 20


LONG_AGO = (AS_OF - EPOCH) / timedelta(days=182.625) - 60


def test_equal_matches_go_to_the_higher_effective_momentum() -> None:
    # Sixty half-lives ago: both matches are 0 to twelve decimals.
    ahead = (Pause(date(2019, 6, 1), date(2019, 8, 31)),)
    assert entries([person(1, LONG_AGO - 1), person(2, LONG_AGO)], limit=2)[0] == [2, 1]
    paused = [person(1, LONG_AGO, pauses=ahead), person(2, LONG_AGO - 0.1)]
    assert entries(paused, limit=1)[0] == [2]


def able(number: int, momentum: float, *competencies: str) -> CandidateState:
    levels = [LevelState(each, 5, "assessed", AS_OF) for each in competencies]
    return person(number, momentum, levels=tuple(levels))


def test_a_list_read_to_its_bound_is_read_on_when_it_is_put_first() -> None:
    asked = [Requirement(each, 3, "nice_to_have", 1.0, verified_only=False) for each in "ab"]
    position = replace(INTERNSHIP, requirements=tuple(asked))
    half_able = [able(number, 38 - number / 100, "a" if number > 2 else "b") for number in range(9)]
    assert entries([*half_able, able(10, 37.8, "a", "b")], position, limit=3)[0] == [10, 0, 1]


def test_matches_that_all_round_to_nothing_do_not_keep_the_reading_going() -> None:
    states = [person(number, LONG_AGO - number / 10) for number in range(1, 1001)]
    found, told = entries(states, limit=2)
    assert found == [1, 2]
    assert told.looked_at <= 40
