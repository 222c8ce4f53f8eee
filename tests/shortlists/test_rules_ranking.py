"""The ranker against its brute-force twin, and what it must say beside the ranking."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.organizations.rules import VERSION_1, ScoringPolicy
from app.persistence_scores.rules import EPOCH, Pause, persistence_at
from app.shortlists.rules.fit import progress
from app.shortlists.rules.gates import first_unmet
from app.shortlists.rules.match import compared, examine, is_quiet, place
from app.shortlists.rules.position import PositionState, Requirement
from app.shortlists.rules.question import Case, ask
from app.shortlists.rules.ranking import (
    Ranking,
    Row,
    StoppedBecause,
    count_coverage,
    rank,
    rank_all,
    rank_of,
)
from app.shortlists.rules.states import CandidateState, RejectionState, Try
from tests.dear import dear
from tests.shortlists.strategies import AS_OF, POSITIONS, candidates, crowds, policies, positions
from tests.shortlists.twin import count_plainly, judge, rank_plainly

# When a law fails, what it was drawn with is long; that must not be all that is told.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

limits = st.integers(0, 30) | st.integers(1, 3)


def loader(state: CandidateState) -> Callable[[], CandidateState]:
    return lambda: state


def index_of(states: list[CandidateState]) -> tuple[list[Row], list[CandidateState]]:
    """Give the rows as the index would: in descending stored momentum, the quiet apart."""
    rows: list[Row] = [
        (state.momentum, progress(state), loader(state))
        for state in states
        if not is_quiet(state) and state.momentum is not None
    ]
    rows.sort(key=lambda row: -row[0])
    return rows, [state for state in states if is_quiet(state)]


def ids_of(ranking: Ranking) -> dict[str, list[UUID]]:
    return {
        "entries": [each.state.candidate_id for each in ranking.entries],
        "to_check": [each.state.candidate_id for each in ranking.to_check],
        "quiet": [each.state.candidate_id for each in ranking.quiet],
    }


@dear
@given(crowds(), positions, policies, limits)
def test_the_ranker_gives_what_looking_at_everyone_gives(
    states: list[CandidateState], position: PositionState, policy: ScoringPolicy, limit: int
) -> None:
    rows, quiet_rows = index_of(states)
    ranking = rank(iter(rows), iter(quiet_rows), position, policy, as_of=AS_OF, limit=limit)
    assert ids_of(ranking) == rank_plainly(states, position, policy, AS_OF, limit)
    for section in (ranking.entries, ranking.to_check, ranking.quiet):
        assert [each.rank for each in section] == list(range(1, len(section) + 1))


@dear
@given(crowds(), positions, policies, limits)
def test_both_ways_of_ranking_give_the_same(
    states: list[CandidateState], position: PositionState, policy: ScoringPolicy, limit: int
) -> None:
    rows, quiet_rows = index_of(states)
    walked = rank(iter(rows), iter(quiet_rows), position, policy, as_of=AS_OF, limit=limit)
    everyone = rank_all(iter(states), position, policy, as_of=AS_OF, limit=limit)
    assert everyone.entries == walked.entries
    assert everyone.to_check == walked.to_check
    assert everyone.quiet == walked.quiet
    assert everyone.looked_at == len(states)
    assert walked.looked_at + walked.passed_by <= len(states)
    if walked.stopped_because is StoppedBecause.EXHAUSTED:
        assert walked.looked_at + walked.passed_by == len(states)


@dear
@given(crowds(), positions, policies, limits, st.randoms(use_true_random=False))
def test_the_ranker_gives_the_same_with_the_open_rows_apart(
    states: list[CandidateState],
    position: PositionState,
    policy: ScoringPolicy,
    limit: int,
    chance: Random,
) -> None:
    rows, quiet_rows = index_of(states)
    question = ask(position, policy, AS_OF)
    open_rows = [
        row for row in rows if first_unmet(Case(row[2](), question))[1] or chance.random() < 0.2
    ]
    ranking = rank(
        iter(rows),
        iter(quiet_rows),
        position,
        policy,
        as_of=AS_OF,
        limit=limit,
        open_rows=iter(open_rows),
    )
    assert ids_of(ranking) == rank_plainly(states, position, policy, AS_OF, limit)


@dear
@given(crowds(), positions, policies)
def test_coverage_counts_everyone_once(
    states: list[CandidateState], position: PositionState, policy: ScoringPolicy
) -> None:
    coverage = count_coverage(iter(states), position, policy, as_of=AS_OF)
    sections, failed = count_plainly(states, position, policy, AS_OF)
    assert coverage.considered == len(states)
    assert coverage.considered == (
        coverage.entries + coverage.to_check + coverage.quiet + sum(coverage.excluded.values())
    )
    assert coverage.entries == sections["entries"]
    assert coverage.to_check == sections["to_check"]
    assert coverage.quiet == sections["quiet"]
    assert coverage.excluded == dict(failed)


@dear
@given(candidates(), positions, policies)
def test_one_candidate_is_judged_as_the_twin_judges(
    state: CandidateState, position: PositionState, policy: ScoringPolicy
) -> None:
    case = Case(state, ask(position, policy, AS_OF))
    examination = examine(case)
    line = judge(state, position, policy, AS_OF)
    failed = examination.placement.failed
    assert examination.placement.section == line.section
    assert (None if failed is None else failed.gate) == line.failed_gate
    assert {each.gate: each.answer.value for each in examination.gates} == line.gates
    assert examination.measure.fit == pytest.approx(line.fit, abs=1e-15)
    assert examination.measure.progress == pytest.approx(line.progress, abs=1e-15)
    assert examination.measure.match == line.match


@dear
@given(candidates(), positions, policies)
def test_lazy_and_full_asking_agree(
    state: CandidateState, position: PositionState, policy: ScoringPolicy
) -> None:
    question = ask(position, policy, AS_OF)
    assert place(Case(state, question)) == examine(Case(state, question)).placement
    failed, unknown = first_unmet(Case(state, question))
    assert all(each.settle is not None for each in unknown)
    assert failed is None or failed.settle is None


@dear
@given(crowds(), positions, policies)
def test_the_rank_of_one_is_its_place_in_the_whole_section(
    states: list[CandidateState], position: PositionState, policy: ScoringPolicy
) -> None:
    rows, quiet_rows = index_of(states)
    places = {
        candidate_id: place_in_section
        for section in rank_plainly(states, position, policy, AS_OF, len(states)).values()
        for place_in_section, candidate_id in enumerate(section, start=1)
    }
    for state in states:
        own = rank_of(state, iter(rows), iter(quiet_rows), position, policy, as_of=AS_OF)
        assert own == places.get(state.candidate_id)


@dear
@given(st.floats(-10, 60), policies, st.datetimes(datetime(2001, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001
def test_the_short_way_to_persistence_gives_the_same_bits(
    momentum: float, policy: ScoringPolicy, as_of: datetime
) -> None:
    as_of = as_of.replace(tzinfo=UTC)
    question = ask(PositionState(POSITIONS[0]), policy, as_of)
    assert question.unpaused_persistence(momentum) == persistence_at(momentum, as_of, (), policy)


# ------------------------------------------------------------------------------- examples, by hand

INTERNSHIP = PositionState(POSITIONS[0], family_position_ids=frozenset(POSITIONS[:1]))


def person(number: int, momentum: float | None, **changes: object) -> CandidateState:
    """Give somebody turned down for the internship, free to be asked."""
    application_id, rejection_id = UUID(int=1000 + number), UUID(int=2000 + number)
    applied_at = datetime(2018, 9, 1, tzinfo=UTC)
    plain = CandidateState(
        candidate_id=UUID(int=number),
        available_from=date(2019, 5, 1),
        momentum=momentum,
        last_counted_at=None if momentum is None else datetime(2019, 4, 1, tzinfo=UTC),
        tries=(Try(application_id, POSITIONS[0], "rejected", applied_at, None, is_finalist=False),),
        rejections=(
            RejectionState(rejection_id, application_id, applied_at, False, None),  # noqa: FBT003
        ),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def counting(rows: list[Row], loaded: list[UUID]) -> Iterator[Row]:
    def load(row: Row) -> CandidateState:
        state = row[2]()
        loaded.append(state.candidate_id)
        return state

    for row in rows:
        yield row[0], row[1], lambda row=row: load(row)  # type: ignore[misc]


def test_the_walk_stops_long_before_the_end() -> None:
    rows, _ = index_of([person(number, 38 - number / 100) for number in range(1, 2001)])
    loaded: list[UUID] = []
    ranking = rank(counting(rows, loaded), (), INTERNSHIP, VERSION_1, as_of=AS_OF, limit=50)
    assert [each.state.candidate_id.int for each in ranking.entries] == list(range(1, 51))
    assert ranking.stopped_because is StoppedBecause.BOUND
    # Everyone's fit is 1 and progress a half: match reaches 0.9 of the bound, 0.152 half-lives.
    assert 51 <= ranking.looked_at + ranking.passed_by <= 67
    assert len(loaded) == ranking.looked_at


def test_rows_that_their_own_progress_rules_out_are_not_loaded() -> None:
    rows, _ = index_of([person(number, 38 - number / 100) for number in range(1, 2001)])
    ranking = rank(iter(rows), (), INTERNSHIP, VERSION_1, as_of=AS_OF, limit=50)
    assert ranking.passed_by > 0
    assert ranking.looked_at <= 51


def test_the_walk_does_not_wait_for_unknowns_where_none_can_be() -> None:
    rows, _ = index_of([person(number, 38 - number / 10) for number in range(1, 200)])
    to_start = replace(INTERNSHIP, starts_on=date(2019, 6, 1))
    without = rank(iter(rows), (), INTERNSHIP, VERSION_1, as_of=AS_OF, limit=5)
    with_start = rank(iter(rows), (), to_start, VERSION_1, as_of=AS_OF, limit=5)
    assert without.stopped_because is StoppedBecause.BOUND
    # With a start somebody further down may not have told us when they are free.
    assert with_start.stopped_because is StoppedBecause.EXHAUSTED
    assert with_start.entries == without.entries
    told_apart = rank(iter(rows), (), to_start, VERSION_1, as_of=AS_OF, limit=5, open_rows=iter(()))
    assert told_apart.stopped_because is StoppedBecause.BOUND
    assert told_apart.looked_at == without.looked_at


def test_to_check_has_its_own_stop() -> None:
    position = replace(INTERNSHIP, starts_on=date(2019, 6, 1))
    known = [person(number, 38 - number / 10) for number in range(1, 50)]
    unknown = [person(50 + n, 37 - n / 10, available_from=None) for n in range(1, 50)]
    rows, _ = index_of(known + unknown)
    ranking = rank(iter(rows), (), position, VERSION_1, as_of=AS_OF, limit=3)
    assert [each.state.candidate_id.int for each in ranking.entries] == [1, 2, 3]
    assert [each.state.candidate_id.int for each in ranking.to_check] == [51, 52, 53]
    assert [each.gate for each in ranking.to_check[0].placement.unknown] == ["availability"]
    assert ranking.stopped_because is StoppedBecause.BOUND


def test_a_pause_ahead_lowers_a_candidate_below_one_of_less_stored_momentum() -> None:
    ahead = (Pause(date(2019, 6, 1), date(2019, 8, 31)),)
    paused = person(1, 37.5, pauses=ahead)
    steady = person(2, 37.2)
    rows, _ = index_of([paused, steady])
    ranking = rank(iter(rows), (), INTERNSHIP, VERSION_1, as_of=AS_OF, limit=1)
    assert [each.state.candidate_id.int for each in ranking.entries] == [2]


def test_ties_go_to_the_lower_id_and_equality_goes_on() -> None:
    full = replace(VERSION_1, weight_base=1.0, weight_fit=0.0, weight_progress=0.0)
    rows, _ = index_of([person(number, 37.0) for number in (7, 5, 3, 9)])
    ranking = rank(iter(rows), (), INTERNSHIP, full, as_of=AS_OF, limit=2)
    assert [each.state.candidate_id.int for each in ranking.entries] == [3, 5]
    assert ranking.looked_at == 4


def test_equal_matches_go_to_the_higher_effective_momentum() -> None:
    # Sixty half-lives ago: both matches are 0 to twelve decimals.
    long_ago = (AS_OF - EPOCH) / timedelta(days=182.625) - 60
    rows, _ = index_of([person(1, long_ago - 1), person(2, long_ago)])
    ranking = rank(iter(rows), (), INTERNSHIP, VERSION_1, as_of=AS_OF, limit=2)
    assert [each.state.candidate_id.int for each in ranking.entries] == [2, 1]
    assert {compared(each.measure.match or 0.0) for each in ranking.entries} == {0.0}


def test_matches_that_all_round_to_nothing_do_not_keep_the_walk_going() -> None:
    long_ago = (AS_OF - EPOCH) / timedelta(days=182.625) - 60
    rows, _ = index_of([person(number, long_ago - number / 10) for number in range(1, 1001)])
    ranking = rank(iter(rows), (), INTERNSHIP, VERSION_1, as_of=AS_OF, limit=2)
    assert [each.state.candidate_id.int for each in ranking.entries] == [1, 2]
    assert ranking.looked_at == 2


def test_an_equal_match_of_higher_effective_momentum_may_stand_further_down_the_walk() -> None:
    long_ago = (AS_OF - EPOCH) / timedelta(days=182.625) - 60
    ahead = (Pause(date(2019, 6, 1), date(2019, 8, 31)),)
    rows, _ = index_of([person(1, long_ago, pauses=ahead), person(2, long_ago - 0.1)])
    ranking = rank(iter(rows), (), INTERNSHIP, VERSION_1, as_of=AS_OF, limit=1)
    assert [each.state.candidate_id.int for each in ranking.entries] == [2]


def stage(
    number: int, text: str | None, *, finalist: bool = False, month: int = 9
) -> CandidateState:
    plain = person(number, None)
    applied_at = datetime(2018, month, 1, tzinfo=UTC)
    attempt = replace(
        plain.tries[0], furthest_stage=text, is_finalist=finalist, applied_at=applied_at
    )
    return replace(plain, tries=(attempt,))


def test_the_quiet_stand_by_fit_then_stage_then_recency_then_id() -> None:
    fitter = replace(stage(1, None), candidate_id=UUID(int=99))
    elsewhere = replace(
        stage(2, "Offer"), tries=(replace(stage(2, "Offer").tries[0], position_id=POSITIONS[4]),)
    )
    quiet = [
        elsewhere,
        stage(3, "Phone screen"),
        stage(4, "Onsite"),
        stage(6, "Interview", month=8),
        stage(5, "Interview", month=8),
        stage(7, "Interview", month=10),
        stage(8, None, finalist=True, month=10),
        fitter,
    ]
    ranking = rank((), iter(quiet), INTERNSHIP, VERSION_1, as_of=AS_OF, limit=50)
    assert [each.state.candidate_id.int for each in ranking.quiet] == [8, 4, 7, 5, 6, 3, 99, 2]
    assert [each.state.candidate_id.int for each in ranking.quiet if each.runner_up] == [8]


def test_who_objects_to_the_score_is_quiet_whatever_they_wrote() -> None:
    objecting = person(1, 37.9, rank_objection=True)
    ranking = rank((), iter([objecting]), INTERNSHIP, VERSION_1, as_of=AS_OF, limit=50)
    assert [each.state for each in ranking.quiet] == [objecting]


def test_silence_with_a_perfect_fit_is_quiet_not_refused() -> None:
    leader = Requirement("leadership", 1, "nice_to_have", 1.0, verified_only=False)
    position = replace(INTERNSHIP, requirements=(leader,))
    ranking = rank((), iter([person(1, None)]), position, VERSION_1, as_of=AS_OF, limit=50)
    (entry,) = ranking.quiet
    assert entry.measure.match is None
    assert [each.code for each in entry.placement.unknown] == ["never_asked"]


def test_a_limit_of_none_gives_none() -> None:
    rows, quiet_rows = index_of([person(1, 37.0), person(2, None)])
    ranking = rank(iter(rows), iter(quiet_rows), INTERNSHIP, VERSION_1, as_of=AS_OF, limit=0)
    assert (ranking.entries, ranking.to_check, ranking.quiet) == ((), (), ())
