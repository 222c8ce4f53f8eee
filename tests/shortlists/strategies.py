"""Random candidates, positions and policies, so few in kind that ties, gates and pauses abound."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st

from app.organizations.rules import ScoringPolicy
from app.persistence_scores.rules import EPOCH, Pause, merge_pauses
from app.shortlists.rules.position import PositionState, Requirement
from app.shortlists.rules.states import (
    AdviceState,
    CandidateState,
    ConsentState,
    LevelState,
    RejectionState,
    Try,
)
from tests.shortlists.twin import STAGES

AS_OF = datetime(2019, 5, 13, 9, tzinfo=UTC)
TODAY = AS_OF.date()
POSITIONS = [UUID(int=number) for number in range(1, 6)]
COMPETENCIES = ["academics", "leadership", "客户服务"]

days = st.integers(-40, 40).map(lambda number: TODAY + timedelta(number))
past = st.integers(0, 12).map(lambda number: AS_OF - timedelta(days=30 * number, hours=number % 3))
# One number is drawn for an id; st.uuids() draws a generator of random numbers, and costs by that.
_ids = st.integers(1, 2**60).map(lambda number: UUID(int=number))
_some_levels = st.integers(1, 5)


def mostly(value: bool) -> st.SearchStrategy[bool]:  # noqa: FBT001
    """Give a value nine times of ten, so that one gate in many shuts, not one of many always."""
    return st.sampled_from([value] * 9 + [not value])


policies = st.builds(
    lambda first, second, zone, half_life, cadence: ScoringPolicy(
        version=2,
        weight_base=min(first, second),
        weight_fit=max(first, second) - min(first, second),
        weight_progress=1 - max(first, second),
        time_zone=zone,
        half_life_days=half_life,
        cadence_months=cadence,
    ),
    st.sampled_from([0.0, 0.3, 0.4, 1.0]),
    st.sampled_from([0.0, 0.4, 0.8, 1.0]),
    st.sampled_from(["UTC", "Pacific/Kiritimati", "America/New_York"]),
    st.sampled_from([182.625, 30.0]),
    st.sampled_from([1, 3]),
)

requirements = st.lists(
    st.builds(
        Requirement,
        competency=st.sampled_from(COMPETENCIES),
        min_level=_some_levels,
        kind=st.sampled_from(["must_have", "nice_to_have", "nice_to_have"]),
        weight=st.sampled_from([0.0, 0.1, 1.0, 3.0]),
        verified_only=mostly(value=False),
    ),
    max_size=3,
    unique_by=lambda each: each.competency,
).map(tuple)

positions = st.builds(
    PositionState,
    position_id=st.just(POSITIONS[0]),
    starts_on=st.none() | days,
    requirements=requirements,
    family_position_ids=st.sampled_from([frozenset(POSITIONS[:1]), frozenset(POSITIONS[:2])]),
    department_position_ids=st.just(frozenset(POSITIONS[:4])),
)

pauses = st.lists(
    st.builds(
        lambda first, length: Pause(first, first + timedelta(length)), days, st.integers(0, 60)
    ),
    max_size=2,
).map(merge_pauses)

tries = st.lists(
    st.builds(
        Try,
        application_id=_ids,
        position_id=st.sampled_from(POSITIONS),
        status=st.sampled_from(["rejected"] * 12 + ["withdrawn", "active", "hired"]),
        applied_at=past,
        furthest_stage=st.sampled_from(list(STAGES)),
        is_finalist=st.booleans(),
    ),
    max_size=3,
).map(tuple)

rejections = st.lists(
    st.builds(
        RejectionState,
        rejection_id=st.integers(1, 6).map(lambda number: UUID(int=number)),
        application_id=_ids,
        rejected_at=past,
        never_reconsider=mostly(value=False),
        reconsider_on=st.sampled_from([None, None, None]) | days,
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda each: each.rejection_id,
).map(tuple)

advice = st.lists(
    st.builds(
        AdviceState,
        advice_id=_ids,
        rejection_id=st.integers(1, 6).map(lambda number: UUID(int=number)),
        number=st.integers(1, 3),
        competency=st.none() | st.sampled_from(COMPETENCIES),
        target_level=st.none() | _some_levels,
        state=st.sampled_from(["open", "in_progress", "reported", "confirmed", "withdrawn"]),
        state_at=past,
    ),
    max_size=4,
).map(tuple)

levels = st.lists(
    st.builds(
        LevelState,
        competency=st.sampled_from(COMPETENCIES),
        level=_some_levels,
        source=st.sampled_from(["assessed", "declared", "confirmed"]),
        at=past,
    ),
    max_size=4,
).map(tuple)

consents = st.none() | st.builds(
    ConsentState, granted=mostly(value=True), expires_on=st.none() | days, at=past
)


@st.composite
def candidates(draw: st.DrawFn) -> CandidateState:
    last_counted_at = draw(st.none() | past)
    paused = draw(st.just(()) | pauses)
    momentum = None
    if last_counted_at is not None:
        # Few distinct values, so that there are ties; and some a hair apart.
        below = draw(st.sampled_from([0.0, 0.5, 0.5, 2.0, 60.0]) | st.floats(0, 8))
        newest = (last_counted_at - EPOCH) / timedelta(days=182.625)
        momentum = newest - below - draw(st.sampled_from([0.0, 0.0, 0.0, 1e-13]))
    return CandidateState(
        candidate_id=draw(_ids),
        erased=draw(st.sampled_from([False] * 29 + [True])),
        do_not_contact=draw(st.sampled_from([False] * 29 + [True])),
        available_from=draw(st.none() | st.just(date(2019, 5, 1)) | days),
        contact_consent=draw(consents),
        rank_objection=draw(mostly(value=False)),
        momentum=momentum,
        last_counted_at=last_counted_at,
        pauses=paused,
        tries=draw(tries),
        rejections=draw(st.sampled_from([True] * 29 + [False]).flatmap(_some_or_none)),
        advice=draw(advice),
        levels=draw(levels),
    )


def _some_or_none(some: bool) -> st.SearchStrategy[tuple[RejectionState, ...]]:  # noqa: FBT001
    return rejections if some else st.just(())


_PRIME = 2**31 - 1


# A few candidates many times over, differing in the id alone: the ties that an id must decide.
@st.composite
def crowds(draw: st.DrawFn) -> list[CandidateState]:
    kinds = draw(st.lists(candidates(), max_size=7))
    copies = draw(st.lists(st.sampled_from(kinds), max_size=9)) if kinds else []
    # Multiples of one number that is drawn, taken by a prime, are distinct and in any order.
    step = draw(st.integers(1, _PRIME - 1))
    return [
        replace(kind, candidate_id=UUID(int=place * step % _PRIME))
        for place, kind in enumerate(kinds + copies, start=1)
    ]
