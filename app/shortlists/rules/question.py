"""A position asked about at an instant, and one candidate held against it.

A `Question` works out once what is the same for every candidate: the organization's day, the total
weight, the half-lives since the epoch. A `Case` is one candidate held against it; the levels that
gates and fit both need are looked up once.
"""

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.organizations.rules import ScoringPolicy
from app.persistence_scores.rules import EPOCH
from app.shortlists.rules.levels import Level, levels_of
from app.shortlists.rules.position import PositionState, Requirement
from app.shortlists.rules.states import CandidateState


@dataclass(frozen=True, slots=True)
class Question:
    """Who is first in line for `position` at `as_of` by `policy`? Made by `ask`.

    `today` is the day of `as_of` in the organization's time zone. `latest_start` is the last day
    from which a candidate may be available: the position's start, or today where that has passed;
    null where the position has no start. `total_weight` is the sum of the requirements' weights;
    `halvings` the half-lives from the score's epoch to `as_of`.
    """

    position: PositionState
    policy: ScoringPolicy
    as_of: datetime
    zone: ZoneInfo
    today: date
    latest_start: date | None
    must_haves: tuple[Requirement, ...]
    competencies: frozenset[str]
    total_weight: float
    halvings: float

    @property
    def may_stay_open(self) -> bool:
        """Whether any gate could be unknown for a candidate with a counted follow-up."""
        return self.latest_start is not None or bool(self.must_haves)

    def unpaused_persistence(self, momentum: float) -> float:
        """Give `persistence_at` as_of where no pause runs or lies ahead, to the same bit.

        Of a stored momentum it is the most that the persistence can be.
        """
        return math.exp2(min(0.0, momentum - self.halvings))


def ask(position: PositionState, policy: ScoringPolicy, as_of: datetime) -> Question:
    """Put the question. Raises ZoneInfoNotFoundError for a policy whose zone is unknown."""
    zone = ZoneInfo(policy.time_zone)
    today = as_of.astimezone(zone).date()
    starts_on = position.starts_on
    requirements = position.requirements
    return Question(
        position=position,
        policy=policy,
        as_of=as_of,
        zone=zone,
        today=today,
        latest_start=None if starts_on is None else max(starts_on, today),
        must_haves=tuple(each for each in requirements if each.is_must_have),
        competencies=frozenset(each.competency for each in requirements),
        total_weight=math.fsum(each.weight for each in requirements),
        halvings=(as_of - EPOCH) / timedelta(days=policy.half_life_days),
    )


class Case:
    """One candidate held against one question."""

    __slots__ = ("_levels", "question", "state")

    def __init__(self, state: CandidateState, question: Question) -> None:
        self.state = state
        self.question = question
        self._levels: dict[str, Level] | None = None

    @property
    def levels(self) -> dict[str, Level]:
        """What is known of the candidate's level in each competency that the position names."""
        if self._levels is None:
            self._levels = levels_of(self.state, self.question.competencies)
        return self._levels
