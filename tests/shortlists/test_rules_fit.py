"""Fit, levels, progress and stages, by example."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from app.organizations.rules import VERSION_1
from app.shortlists.rules.fit import fit, progress
from app.shortlists.rules.levels import Level, levels_of
from app.shortlists.rules.position import PositionState, Requirement
from app.shortlists.rules.question import Case, ask
from app.shortlists.rules.stages import Stage, furthest_stage, is_runner_up, stage_rank
from app.shortlists.rules.states import (
    AdviceState,
    CandidateState,
    LevelState,
    RejectionState,
    Try,
)

AS_OF = datetime(2019, 5, 13, 9, tzinfo=UTC)
CANDIDATE = UUID(int=1)
HERE, IN_FAMILY, IN_DEPARTMENT, ELSEWHERE = (UUID(int=number) for number in range(10, 14))
ADVICE = UUID(int=30)


def day(number: int) -> datetime:
    return datetime(2019, 2, number, tzinfo=UTC)


def advised(
    state: str,
    target: int | None = 3,
    *,
    on: int = 1,
    rejection: int = 20,
    competency: str | None = "leadership",
) -> AdviceState:
    return AdviceState(ADVICE, UUID(int=rejection), 1, competency, target, state, day(on))


def known(level: int, source: str, on: int = 1) -> LevelState:
    return LevelState("leadership", level, source, day(on))


def needs(
    competency: str, min_level: int, weight: float, *, verified_only: bool = False
) -> Requirement:
    return Requirement(competency, min_level, "nice_to_have", weight, verified_only)


def fit_for(state: CandidateState, *requirements: Requirement) -> float:
    position = PositionState(
        HERE,
        requirements=requirements,
        family_position_ids=frozenset({HERE, IN_FAMILY}),
        department_position_ids=frozenset({HERE, IN_FAMILY, IN_DEPARTMENT}),
    )
    return fit(Case(state, ask(position, VERSION_1, AS_OF)))


@pytest.mark.parametrize(
    ("levels", "advice", "expected"),
    [
        ((), (), None),
        ((known(2, "assessed"),), (), Level(2, "assessed", 2, None)),
        ((known(2, "declared"),), (), Level(2, "declared", None, None)),
        ((known(2, "assessed"), known(4, "declared", 9)), (), Level(2, "assessed", 2, None)),
        ((known(4, "assessed", 1), known(2, "confirmed", 2)), (), Level(2, "confirmed", 2, None)),
        ((known(4, "assessed", 2), known(2, "confirmed", 1)), (), Level(4, "assessed", 4, None)),
        # At the same instant the higher one.
        ((known(2, "assessed"), known(4, "confirmed")), (), Level(4, "confirmed", 4, None)),
        ((known(4, "assessed"), known(2, "confirmed")), (), Level(4, "assessed", 4, None)),
        ((), (advised("open"), advised("in_progress"), advised("withdrawn")), None),
        ((), (advised("reported"),), Level(3, "claimed", None, ADVICE)),
        ((), (advised("reported", None),), None),
        ((), (advised("reported", competency=None),), None),
        ((), (advised("confirmed"),), Level(3, "confirmed", 3, None)),
        (
            (known(2, "assessed", 1),),
            (advised("reported", 4, on=2),),
            Level(4, "claimed", 2, ADVICE),
        ),
        ((known(2, "assessed", 2),), (advised("reported", on=1),), Level(2, "assessed", 2, None)),
        ((known(2, "assessed", 1),), (advised("reported", on=1),), Level(2, "assessed", 2, None)),
        # Reporting a target below what an interviewer saw takes nothing back.
        ((known(4, "assessed", 1),), (advised("reported", on=2),), Level(4, "assessed", 4, None)),
        ((known(2, "assessed", 1),), (advised("confirmed", on=2),), Level(3, "confirmed", 3, None)),
        (
            (known(2, "declared", 1),),
            (advised("reported", on=2),),
            Level(3, "claimed", None, ADVICE),
        ),
        (
            (known(2, "declared", 2),),
            (advised("reported", on=1),),
            Level(2, "declared", None, None),
        ),
    ],
)
def test_level(
    levels: tuple[LevelState, ...], advice: tuple[AdviceState, ...], expected: Level | None
) -> None:
    state = CandidateState(CANDIDATE, levels=levels, advice=advice)
    assert levels_of(state, {"leadership"}).get("leadership") == expected


def test_a_level_in_what_nobody_asks_for_is_left_out() -> None:
    state = CandidateState(CANDIDATE, levels=(known(2, "assessed"),), advice=(advised("reported"),))
    assert levels_of(state, {"academics"}) == {}


@pytest.mark.parametrize(
    ("requirements", "expected"),
    [
        ((needs("leadership", 2, 1.0),), 1.0),
        ((needs("leadership", 1, 1.0),), 1.0),
        ((needs("leadership", 4, 1.0),), 0.5),
        ((needs("academics", 4, 1.0),), 0.0),
        ((needs("leadership", 4, 3.0), needs("academics", 1, 1.0)), 0.375),
        ((needs("leadership", 4, 3.0), needs("academics", 1, 0.0)), 0.5),
    ],
)
def test_fit_is_the_weighted_share_of_the_levels(
    requirements: tuple[Requirement, ...], expected: float
) -> None:
    state = CandidateState(CANDIDATE, levels=(known(2, "assessed"),))
    assert fit_for(state, *requirements) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("levels", "advice", "verified_only", "expected"),
    [
        ((known(3, "declared"),), (), False, 1.0),
        ((known(3, "declared"),), (), True, 0.0),
        ((), (advised("reported"),), False, 1.0),
        ((), (advised("reported"),), True, 0.0),
        ((known(1, "assessed", 1),), (advised("reported", on=2),), True, 1 / 3),
        ((), (advised("confirmed"),), True, 1.0),
    ],
)
def test_a_requirement_that_must_be_verified_counts_no_words(
    levels: tuple[LevelState, ...],
    advice: tuple[AdviceState, ...],
    verified_only: bool,  # noqa: FBT001
    expected: float,
) -> None:
    state = CandidateState(CANDIDATE, levels=levels, advice=advice)
    assert fit_for(state, needs("leadership", 3, 1.0, verified_only=verified_only)) == expected


@pytest.mark.parametrize(
    ("tried", "expected"),
    [
        ((), 0.2),
        ((ELSEWHERE,), 0.2),
        ((IN_DEPARTMENT,), 0.6),
        ((IN_FAMILY,), 1.0),
        ((HERE,), 1.0),
        ((ELSEWHERE, IN_DEPARTMENT), 0.6),
        ((IN_DEPARTMENT, HERE), 1.0),
    ],
)
@pytest.mark.parametrize("requirements", [(), (needs("leadership", 3, 0.0),)])
def test_where_nothing_is_weighed_a_past_try_nearby_counts(
    tried: tuple[UUID, ...], expected: float, requirements: tuple[Requirement, ...]
) -> None:
    tries = tuple(
        Try(CANDIDATE, each, "rejected", AS_OF, None, is_finalist=False) for each in tried
    )
    assert fit_for(CandidateState(CANDIDATE, tries=tries), *requirements) == expected


def test_a_past_try_at_a_position_without_a_family_counts() -> None:
    tries = (Try(CANDIDATE, HERE, "rejected", AS_OF, None, is_finalist=False),)
    case = Case(CandidateState(CANDIDATE, tries=tries), ask(PositionState(HERE), VERSION_1, AS_OF))
    assert fit(case) == 1.0


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ((), 0.5),
        (("withdrawn",), 0.5),
        (("open",), 0.0),
        (("in_progress",), 0.25),
        (("reported",), 0.7),
        (("confirmed",), 1.0),
        (("confirmed", "open"), 0.5),
        (("confirmed", "withdrawn"), 1.0),
        (("open", "in_progress", "reported", "confirmed"), 1.95 / 4),
    ],
)
def test_progress_is_the_mean_over_the_advice(states: tuple[str, ...], expected: float) -> None:
    rejections = (RejectionState(UUID(int=20), CANDIDATE, day(1), False, None),)  # noqa: FBT003
    advice = tuple(advised(each) for each in states)
    state = CandidateState(CANDIDATE, rejections=rejections, advice=advice)
    assert progress(state) == pytest.approx(expected)


def test_progress_reads_the_latest_three_standing_rejections() -> None:
    rejections = tuple(
        RejectionState(UUID(int=20 + number), CANDIDATE, day(number), False, None)  # noqa: FBT003
        for number in (4, 1, 3, 2)
    )
    advice = (advised("open", rejection=21), *(advised("confirmed", rejection=n) for n in (22, 24)))
    undone = advised("open", rejection=29)
    state = CandidateState(CANDIDATE, rejections=rejections, advice=(*advice, undone))
    assert progress(state) == 1.0
    assert progress(replace(state, rejections=rejections[1:])) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, Stage.APPLIED),
        ("  ", Stage.APPLIED),
        ("Application Review", Stage.APPLIED),
        ("APPLIED", Stage.APPLIED),
        ("Phone Screen", Stage.SCREEN),
        ("Phone interview", Stage.SCREEN),
        ("pre-screen", Stage.SCREEN),
        ("Take-Home Test", Stage.ASSESSMENT),
        ("coding_challenge", Stage.ASSESSMENT),
        ("Vorstellungsgespräch", Stage.OTHER),
        ("面试", Stage.OTHER),
        ("Stage 4", Stage.OTHER),
        ("---", Stage.OTHER),
        ("Technical Interview", Stage.INTERVIEW),
        ("Face to Face", Stage.INTERVIEW),
        ("Final interview", Stage.FINAL),
        ("On-site", Stage.FINAL),
        ("Reference Check", Stage.FINAL),
        ("Offer Extended", Stage.OFFER),
    ],
)
def test_stage_rank(text: str | None, expected: Stage) -> None:
    assert stage_rank(text, is_finalist=False) is expected


def test_a_finalist_reached_the_final_whatever_the_text_says() -> None:
    assert stage_rank(None, is_finalist=True) is Stage.FINAL
    assert stage_rank("Offer", is_finalist=True) is Stage.OFFER


def test_the_furthest_stage_is_of_any_application() -> None:
    tries = tuple(
        Try(CANDIDATE, ELSEWHERE, "rejected", AS_OF, text, is_finalist=False)
        for text in ("Screen", "Onsite", None)
    )
    assert furthest_stage(CandidateState(CANDIDATE, tries=tries)) is Stage.FINAL
    assert furthest_stage(CandidateState(CANDIDATE)) is Stage.APPLIED


@pytest.mark.parametrize(
    ("position_id", "status", "is_finalist", "expected"),
    [
        (HERE, "rejected", True, True),
        (IN_FAMILY, "rejected", True, True),
        (IN_DEPARTMENT, "rejected", True, False),
        (HERE, "rejected", False, False),
        (HERE, "withdrawn", True, False),
    ],
)
def test_runner_up(
    position_id: UUID,
    status: str,
    is_finalist: bool,  # noqa: FBT001
    expected: bool,  # noqa: FBT001
) -> None:
    tries = (Try(CANDIDATE, position_id, status, AS_OF, None, is_finalist),)
    position = PositionState(HERE, family_position_ids=frozenset({HERE, IN_FAMILY}))
    assert is_runner_up(CandidateState(CANDIDATE, tries=tries), position) is expected
