"""The words and parts that say why a candidate stands where they stand."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from math import fsum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.organizations.rules import VERSION_1, ScoringPolicy
from app.persistence_scores.rules import CountedFollowUp, momentum, period_credits
from app.shortlists.rules.explanation import (
    CandidateStory,
    Claimed,
    KeptAdvice,
    Unmet,
    claimed,
    explanation,
    factors,
    unmet_nice_to_haves,
)
from app.shortlists.rules.match import Measure, examine, measure, shown
from app.shortlists.rules.position import PositionState, Requirement
from app.shortlists.rules.question import Case, ask
from app.shortlists.rules.ranking import Ranked, rank_all
from app.shortlists.rules.reasons import why_not_higher, why_not_in
from app.shortlists.rules.states import (
    AdviceState,
    CandidateState,
    ConsentState,
    LevelState,
    RejectionState,
    Try,
)
from app.shortlists.rules.steps import would_move_up
from tests.dear import dear
from tests.letters import TEXT
from tests.shortlists.strategies import AS_OF, candidates, crowds, policies, positions

# When a law fails, what it was drawn with is long; that must not be all that is told.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

HERE = UUID(int=10)
REJECTION = UUID(int=20)
REJECTED_AT = datetime(2018, 10, 4, 16, tzinfo=UTC)
# The worked example of the design: day, names advice, reports a milestone.
WORKED = [
    ((2018, 10, 25), True, True),
    ((2018, 11, 26), True, True),
    ((2019, 1, 7), True, True),
    ((2019, 2, 11), True, True),
    ((2019, 3, 11), True, True),
    ((2019, 4, 8), False, True),
]
FOLLOW_UPS = [
    CountedFollowUp(datetime(*day, 15, tzinfo=UTC), names, reports, advice_given_before=True)
    for day, names, reports in WORKED
]
PERIODS = period_credits(FOLLOW_UPS, VERSION_1)
LAST = FOLLOW_UPS[-1].occurred_at
ADVICE = ("Two solid semesters of grades", "A job with customers", "A student club")


def advised(number: int, competency: str, state: str) -> AdviceState:
    at = datetime(2019, 4, number, tzinfo=UTC)
    return AdviceState(UUID(int=30 + number), REJECTION, number, competency, 3, state, at)


def student(**changes: Any) -> CandidateState:
    """Give the student of the design's story, with all three pieces of advice reported."""
    plain = CandidateState(
        candidate_id=UUID(int=1),
        available_from=date(2019, 5, 1),
        momentum=momentum(PERIODS, LAST, (), VERSION_1),
        last_counted_at=LAST,
        tries=(Try(UUID(int=40), HERE, "rejected", REJECTED_AT, "Final", is_finalist=True),),
        rejections=(RejectionState(REJECTION, UUID(int=40), REJECTED_AT, False, None),),  # noqa: FBT003
        advice=(
            advised(1, "academics", "reported"),
            advised(2, "customer-facing", "reported"),
            advised(3, "leadership", "reported"),
        ),
    )
    return replace(plain, **changes)


def asks(competency: str, min_level: int = 3, **changes: Any) -> Requirement:
    plain = Requirement(competency, min_level, "nice_to_have", 1.0, verified_only=False)
    return replace(plain, **changes)


INTERNSHIP = PositionState(
    HERE,
    starts_on=date(2019, 5, 27),
    requirements=(asks("customer-facing", kind="must_have"), asks("academics"), asks("leadership")),
    family_position_ids=frozenset({HERE}),
)


def case_of(state: CandidateState, position: PositionState = INTERNSHIP) -> Case:
    return Case(state, ask(position, VERSION_1, AS_OF))


def told(**changes: Any) -> CandidateStory:
    plain = CandidateStory(
        full_name="Tom Weaver",
        follow_up_count=6,
        first_follow_up_at=FOLLOW_UPS[0].occurred_at,
        last_follow_up_at=LAST,
        kept_advice=tuple(
            KeptAdvice(number, text, "reported") for number, text in enumerate(ADVICE, start=1)
        ),
        quotes=("Promoted to waiter today!",),
    )
    return replace(plain, **changes)


def sentence(story: CandidateStory, state: CandidateState | None = None) -> str:
    case = case_of(state or student())
    return explanation(story, case, measure(case))


# ------------------------------------------------------------------------------------ the sentence


def test_the_story_is_told_in_one_sentence() -> None:
    assert sentence(told()) == (
        "Tom Weaver has been in touch 6 times between 25 October 2018 and 8 April 2019; "
        "kept 3 pieces of advice: 1. “Two solid semesters of grades” (reported), "
        "2. “A job with customers” (reported) and 3. “A student club” (reported); "
        "in their own words: “Promoted to waiter today!”; "
        "persistence 39.7, fit 100.0, progress 70.0 of 100; "
        "on the candidate's word: customer-facing, academics and leadership."
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"follow_up_count": 0, "first_follow_up_at": None, "last_follow_up_at": None},
            "has not been in touch since the rejection;",
        ),
        (
            {"follow_up_count": 1, "first_follow_up_at": LAST},
            "has been in touch once, on 8 April 2019;",
        ),
        (
            {"follow_up_count": 2, "first_follow_up_at": LAST},
            "has been in touch 2 times, all on 8 April 2019;",
        ),
        (
            {"kept_advice": (KeptAdvice(2, "A job with customers", "in_progress"),)},
            "; kept 1 piece of advice: 2. “A job with customers” (in progress);",
        ),
        (
            {"quotes": ("one", " ", "two")},
            "; in their own words: “one” and “two”;",
        ),
        ({"full_name": "山田 花子"}, "山田 花子 has been in touch"),
        ({"full_name": "ليلى حسن"}, "ليلى حسن has been in touch"),
        ({"full_name": "  "}, "This candidate has been in touch"),
    ],
)
def test_the_sentence_fits_what_there_is_to_tell(changes: dict[str, Any], expected: str) -> None:
    assert expected in sentence(told(**changes))


def test_nothing_is_said_of_what_is_not_there() -> None:
    story = CandidateStory("Ida Berg")
    assert sentence(story, student(momentum=None, last_counted_at=None, advice=())) == (
        "Ida Berg has not been in touch since the rejection; "
        "no persistence yet, fit 0.0, progress 50.0 of 100."
    )


def test_the_days_told_are_those_where_the_organization_is() -> None:
    late = datetime(2019, 4, 8, 23, tzinfo=UTC)
    story = told(follow_up_count=1, first_follow_up_at=late, last_follow_up_at=late)
    question = ask(INTERNSHIP, replace(VERSION_1, time_zone="Asia/Tokyo"), AS_OF)
    case = Case(student(), question)
    assert "once, on 9 April 2019" in explanation(story, case, measure(case))


@dear
@given(TEXT, st.lists(TEXT, max_size=3), st.lists(TEXT, max_size=3))
def test_whatever_was_written_the_sentence_is_one_line(
    name: str, texts: list[str], quotes: list[str]
) -> None:
    kept = tuple(KeptAdvice(1, text, "confirmed") for text in texts)
    words = sentence(told(full_name=name, kept_advice=kept, quotes=tuple(quotes)))
    assert len(words.splitlines()) == 1
    assert words.endswith(".")


def test_a_long_text_is_cut() -> None:
    words = sentence(told(quotes=("word " * 1000,)))
    assert len(words) < 1000
    assert "word…”" in words


# ----------------------------------------------------------------------------------------- factors


def test_the_factors_of_the_worked_example() -> None:
    found = factors(measure(case_of(student())), VERSION_1)
    assert [(each.name, each.weight) for each in found] == [
        ("persistence", 0.4),
        ("fit", 0.4),
        ("progress", 0.2),
    ]
    assert [each.value for each in found] == pytest.approx([0.397194, 1.0, 0.7], abs=1e-6)
    assert [each.contribution for each in found] == pytest.approx(
        [15.88776, 15.88776, 5.56072], abs=5e-5
    )


@dear
@given(candidates(), positions, policies)
def test_the_factors_add_up_to_the_match_shown(
    state: CandidateState, position: PositionState, policy: ScoringPolicy
) -> None:
    numbers = measure(Case(state, ask(position, policy, AS_OF)))
    parts = factors(numbers, policy)
    if numbers.match is None:
        assert parts == ()
    else:
        assert fsum(each.contribution for each in parts) == pytest.approx(
            shown(numbers.match), abs=1e-9
        )


def test_unmet_nice_to_haves_and_claims_are_named() -> None:
    position = replace(
        INTERNSHIP,
        requirements=(
            asks("customer-facing", kind="must_have"),
            asks("academics", 5),
            asks("leadership", verified_only=True),
            asks("sales"),
        ),
    )
    sales = LevelState("sales", 3, "declared", REJECTED_AT)
    case = case_of(student(levels=(sales,)), position)
    assert unmet_nice_to_haves(case) == (Unmet("academics", 3, 5), Unmet("leadership", None, 3))
    assert claimed(case) == (
        Claimed("customer-facing", 3, "claimed"),
        Claimed("academics", 3, "claimed"),
        Claimed("sales", 3, "declared"),
    )


# ---------------------------------------------------------------------------------- would_move_up


def test_reporting_on_open_advice_moves_up_most() -> None:
    state = student(
        advice=(
            advised(1, "academics", "reported"),
            advised(2, "customer-facing", "reported"),
            advised(3, "leadership", "open"),
        )
    )
    case = case_of(state)
    step = would_move_up(case, PERIODS)
    assert step is not None
    assert (step.kind, step.advice_id, step.advice_number) == (
        "report_on_advice",
        UUID(int=33),
        3,
    )
    assert (step.competency, step.level) == ("leadership", 3)
    # Persistence with one more full credit today, fit 1 and progress 0.7, by the design's formulas.
    credit_today = fsum((0.397194, 1 / 9.165795))
    assert step.match_then == pytest.approx(100 * credit_today * (0.4 + 0.4 + 0.2 * 0.7), abs=1e-3)
    assert step.match_now == pytest.approx(shown(measure(case).match or 0.0))
    assert step.sentence == (
        f"Reporting a milestone for advice 3 (leadership, level 3) would raise the match "
        f"from {step.match_now:.1f} to {step.match_then:.1f}."
    )


def test_where_no_advice_is_left_a_milestone_of_this_period_moves_up() -> None:
    step = would_move_up(case_of(student()), PERIODS)
    assert step is not None
    assert step.kind == "report_milestone"
    credit_today = fsum((0.397194, 0.6 / 9.165795))
    assert step.match_then == pytest.approx(100 * credit_today * 0.94, abs=1e-3)


def test_showing_an_unmet_nice_to_have_moves_up() -> None:
    books = asks("books", 2, weight=9.0)
    position = replace(INTERNSHIP, requirements=(*INTERNSHIP.requirements, books))
    step = would_move_up(case_of(student(), position), PERIODS)
    assert step is not None
    assert (step.kind, step.competency, step.level) == ("reach_level", "books", 2)
    assert step.sentence.startswith("Showing level 2 in books would raise the match from ")


def test_without_the_periods_only_fit_and_progress_are_weighed() -> None:
    assert would_move_up(case_of(student()), ()) is None
    opened = student(advice=(advised(1, "academics", "open"),))
    position = replace(INTERNSHIP, requirements=(asks("academics"),))
    step = would_move_up(case_of(opened, position), ())
    assert step is not None
    assert step.match_then == pytest.approx(100 * 0.397194 * 0.94, abs=1e-3)


def test_a_second_milestone_in_a_full_period_moves_nobody_up() -> None:
    now = [CountedFollowUp(AS_OF, True, True, advice_given_before=True)]  # noqa: FBT003
    periods = period_credits(now, VERSION_1)
    state = student(momentum=momentum(periods, AS_OF, (), VERSION_1), last_counted_at=AS_OF)
    assert would_move_up(case_of(state), periods) is None


def test_a_quiet_candidate_comes_into_the_ranking_by_writing() -> None:
    quiet = student(momentum=None, last_counted_at=None, advice=())
    position = PositionState(HERE, family_position_ids=frozenset({HERE}))
    step = would_move_up(case_of(quiet, position), ())
    assert step is not None
    assert step.match_now is None
    # No advice was given, so a milestone earns 0.7 beside the touch: a full credit, a ninth.
    assert step.match_then == pytest.approx(100 / 9.165795 * 0.9, abs=1e-4)
    assert step.sentence == (
        "Reporting a milestone would bring them into the ranking with a match of 9.8."
    )


@pytest.mark.parametrize("changes", [{"rank_objection": True}, {"erased": True}])
def test_no_step_is_named_where_none_can_help(changes: dict[str, Any]) -> None:
    assert would_move_up(case_of(student(**changes)), PERIODS) is None


@dear
@given(candidates(), positions, policies)
def test_a_step_named_always_raises_the_match(
    state: CandidateState, position: PositionState, policy: ScoringPolicy
) -> None:
    step = would_move_up(Case(state, ask(position, policy, AS_OF)), ())
    if step is not None:
        assert step.match_then > (step.match_now or 0.0)


# ------------------------------------------------------------------------------ the two why-nots


LEADER = replace(INTERNSHIP, requirements=(asks("leadership", 4, kind="must_have"),))


@pytest.mark.parametrize(
    ("changes", "position", "gate", "words"),
    [
        ({"rejections": ()}, INTERNSHIP, "no_standing_rejection", "no rejection of theirs stands"),
        ({"do_not_contact": True}, INTERNSHIP, "do_not_contact", "they must not be contacted"),
        (
            {"contact_consent": ConsentState(False, None, LAST)},  # noqa: FBT003
            INTERNSHIP,
            "consent",
            "they refused to be contacted",
        ),
        (
            {"contact_consent": ConsentState(True, date(2019, 5, 1), LAST)},  # noqa: FBT003
            INTERNSHIP,
            "consent",
            "their consent to be contacted ended on 1 May 2019 and they have not written since",
        ),
        (
            {"available_from": date(2019, 7, 1)},
            INTERNSHIP,
            "availability",
            "they are available only from 1 July 2019, after the start",
        ),
        (
            {
                "rejections": (
                    RejectionState(REJECTION, UUID(int=40), REJECTED_AT, False, date(2019, 9, 1)),  # noqa: FBT003
                )
            },
            INTERNSHIP,
            "reconsider_on",
            "they are not to be reconsidered before 1 September 2019",
        ),
        (
            {},
            LEADER,
            "must_have:leadership",
            "they have level 3 in leadership, where 4 is a must",
        ),
    ],
)
def test_why_not_in_names_the_first_gate_that_fails(
    changes: dict[str, Any], position: PositionState, gate: str, words: str
) -> None:
    answer = why_not_in("Tom Weaver", examine(case_of(student(**changes), position)), None)
    assert (answer.section, answer.failed_gate, answer.rank) == ("excluded", gate, None)
    assert answer.sentence == f"Tom Weaver is not in it: {words}."


@dear
@given(candidates(), positions, policies)
def test_every_unmet_gate_has_its_words(
    state: CandidateState, position: PositionState, policy: ScoringPolicy
) -> None:
    examination = examine(Case(state, ask(position, policy, AS_OF)))
    answer = why_not_in("Tom Weaver", examination, None)
    assert answer.sentence.startswith(
        "Tom Weaver is not in it: they "
        if answer.failed_gate not in {None, "no_standing_rejection", "never_reconsider", "consent"}
        else "Tom Weaver "
    )


def test_why_not_in_names_the_rank_of_who_stands_further_down() -> None:
    answer = why_not_in("Tom Weaver", examine(case_of(student())), 57)
    assert (answer.section, answer.failed_gate, answer.rank) == ("entries", None, 57)
    assert answer.sentence == "Tom Weaver stands at rank 57 of the ranking."


def test_why_not_in_says_what_a_list_beside_the_ranking_is_for() -> None:
    silent = why_not_in("Tom Weaver", examine(case_of(student(momentum=None))), 3)
    assert silent.sentence == (
        "Tom Weaver stands at rank 3 of the quiet list: "
        "no follow-up of theirs counts, or they do not want to be ranked by them."
    )
    unsure = why_not_in("Tom Weaver", examine(case_of(student(available_from=None))), 2)
    assert unsure.sentence == (
        "Tom Weaver stands at rank 2 of the list to check: "
        "nobody has told us enough of their availability."
    )


def two(own: CandidateState, above: CandidateState) -> tuple[Ranked, Ranked]:
    """Rank two candidates: the lower one, then the one above."""
    ranking = rank_all([own, above], INTERNSHIP, VERSION_1, as_of=AS_OF, limit=2)
    (first, second) = ranking.entries or ranking.quiet
    assert (first.state, second.state) == (above, own)
    return second, first


def test_why_not_higher_names_the_factor_that_makes_the_difference() -> None:
    other = student(candidate_id=UUID(int=2))
    less_persistent = student(momentum=36.9)
    unfit = student(
        advice=(
            advised(2, "customer-facing", "reported"),
            replace(advised(1, "academics", "reported"), competency=None),
            replace(advised(3, "leadership", "reported"), competency=None),
        )
    )
    slow = student(
        advice=(*student().advice, replace(advised(3, "leadership", "open"), target_level=None))
    )
    assert why_not_higher(*two(less_persistent, other), VERSION_1).factor == "persistence"
    assert why_not_higher(*two(unfit, other), VERSION_1).factor == "fit"
    difference = why_not_higher(*two(slow, other), VERSION_1)
    assert difference.factor == "progress"
    assert (difference.own, difference.above) == pytest.approx((0.525, 0.7))
    assert difference.match_with_it == pytest.approx(37.336245, abs=1e-4)
    assert difference.sentence == (
        "What makes the difference is the progress on advice: 52.5 against 70.0; "
        "with the other's it would be a match of 37.3."
    )


def test_why_not_higher_names_what_breaks_a_tie() -> None:
    first, second = student(), student(candidate_id=UUID(int=2))
    assert why_not_higher(*two(second, first), VERSION_1).factor == "candidate_id"
    hair = replace(second, momentum=(first.momentum or 0.0) - 1e-13)
    assert why_not_higher(*two(hair, first), VERSION_1).factor == "effective_momentum"


def test_why_not_higher_among_the_quiet_follows_their_order() -> None:
    silent = student(momentum=None, last_counted_at=None)
    other = replace(silent, candidate_id=UUID(int=2))
    screened = replace(
        other, tries=(replace(other.tries[0], furthest_stage="Screen", is_finalist=False),)
    )
    earlier = replace(
        other, tries=(replace(other.tries[0], applied_at=datetime(2018, 1, 1, tzinfo=UTC)),)
    )
    assert why_not_higher(*two(screened, silent), VERSION_1).factor == "stage"
    assert why_not_higher(*two(earlier, silent), VERSION_1).factor == "recency"
    assert why_not_higher(*two(other, silent), VERSION_1).factor == "candidate_id"


@dear
@given(crowds(), positions, policies)
def test_why_not_higher_always_has_an_answer(
    states: list[CandidateState], position: PositionState, policy: ScoringPolicy
) -> None:
    ranking = rank_all(states, position, policy, as_of=AS_OF, limit=50)
    for section in (ranking.entries, ranking.to_check, ranking.quiet):
        for above, entry in pairwise(section):
            difference = why_not_higher(entry, above, policy)
            assert difference.factor != "section"
            if difference.match_with_it is not None and entry.measure.match is not None:
                assert difference.match_with_it > shown(entry.measure.match)


def test_a_measure_without_persistence_has_no_factors() -> None:
    assert factors(Measure(None, None, 1.0, 0.5, None), VERSION_1) == ()
