"""The ranker against its brute-force twin, and what it must say beside the ranking."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.organizations.rules import VERSION_1, ScoringPolicy
from app.persistence_scores.rules import persistence_at
from app.shortlists.rules.gates import first_unmet
from app.shortlists.rules.match import examine, place
from app.shortlists.rules.position import PositionState, Requirement
from app.shortlists.rules.question import Case, ask
from app.shortlists.rules.ranking import Ranking, count_coverage, rank_all
from app.shortlists.rules.states import CandidateState
from tests.dear import dear
from tests.shortlists.people import INTERNSHIP, person
from tests.shortlists.strategies import AS_OF, POSITIONS, candidates, crowds, policies, positions
from tests.shortlists.twin import count_plainly, judge, rank_plainly

# When a law fails, what it was drawn with is long; that must not be all that is told.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

limits = st.integers(0, 30) | st.integers(1, 3)


def ids_of(ranking: Ranking) -> dict[str, list[UUID]]:
    return {
        "entries": [each.state.candidate_id for each in ranking.entries],
        "to_check": [each.state.candidate_id for each in ranking.to_check],
        "quiet": [each.state.candidate_id for each in ranking.quiet],
    }


@dear
@given(crowds(), positions, policies, limits)
def test_looking_at_everyone_gives_what_the_twin_gives(
    states: list[CandidateState], position: PositionState, policy: ScoringPolicy, limit: int
) -> None:
    everyone = rank_all(iter(states), position, policy, as_of=AS_OF, limit=limit)
    assert ids_of(everyone) == rank_plainly(states, position, policy, AS_OF, limit)
    assert everyone.looked_at == len(states)
    for section in (everyone.entries, everyone.to_check, everyone.quiet):
        assert [each.rank for each in section] == list(range(1, len(section) + 1))


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
@given(st.floats(-10, 60), policies, st.datetimes(datetime(2001, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001
def test_the_short_way_to_persistence_gives_the_same_bits(
    momentum: float, policy: ScoringPolicy, as_of: datetime
) -> None:
    as_of = as_of.replace(tzinfo=UTC)
    question = ask(PositionState(POSITIONS[0]), policy, as_of)
    assert question.unpaused_persistence(momentum) == persistence_at(momentum, as_of, (), policy)


# ------------------------------------------------------------------------------- examples, by hand


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
    ranking = rank_all(iter(quiet), INTERNSHIP, VERSION_1, as_of=AS_OF, limit=50)
    assert [each.state.candidate_id.int for each in ranking.quiet] == [8, 4, 7, 5, 6, 3, 99, 2]
    assert [each.state.candidate_id.int for each in ranking.quiet if each.runner_up] == [8]


def test_who_objects_to_the_score_is_quiet_whatever_they_wrote() -> None:
    objecting = person(1, 37.9, rank_objection=True)
    ranking = rank_all(iter([objecting]), INTERNSHIP, VERSION_1, as_of=AS_OF, limit=50)
    assert [each.state for each in ranking.quiet] == [objecting]


def test_silence_with_a_perfect_fit_is_quiet_not_refused() -> None:
    leader = Requirement("leadership", 1, "nice_to_have", 1.0, verified_only=False)
    position = replace(INTERNSHIP, requirements=(leader,))
    ranking = rank_all(iter([person(1, None)]), position, VERSION_1, as_of=AS_OF, limit=50)
    (entry,) = ranking.quiet
    assert entry.measure.match is None
    assert [each.code for each in entry.placement.unknown] == ["never_asked"]


def test_a_limit_of_none_gives_none() -> None:
    people = [person(1, 37.0), person(2, None)]
    ranking = rank_all(people, INTERNSHIP, VERSION_1, as_of=AS_OF, limit=0)
    assert (ranking.entries, ranking.to_check, ranking.quiet) == ((), (), ())
