"""Hundreds of candidates, positions and policies from one number, where drawing each is too dear.

As in `strategies` they are few in kind, so that ties, gates and pauses abound.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from typing import TypeVar
from uuid import UUID

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
from tests.shortlists.strategies import AS_OF, TODAY
from tests.shortlists.twin import STAGES

COMPETENCIES = ("art", "art-law", "law", "客户服务")
# A family of up to thirty, and as many of its department.
POSITIONS = tuple(UUID(int=number) for number in range(1, 61))
_HALF_LIFE = timedelta(days=182.625)
_SPREADS = (0.0, 0.3, 2.0, 8.0)
_WEIGHTS = ((0.4, 0.4, 0.2), (0.4, 0.4, 0.2), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0))
_STATUSES = (*["rejected"] * 20, "withdrawn", "active", "hired")
_ADVICE = ("open", "in_progress", "reported", "confirmed", "withdrawn")
_SOURCES = ("assessed", "declared", "confirmed")
_ZONES = ("UTC", "Pacific/Kiritimati", "America/New_York")

One = TypeVar("One")


class Chance(Random):
    """Candidates of one crowd: how far apart they wrote, and how much is known, differs by crowd.

    A crowd that is known little has short lists beside long ones.
    """

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._spread = self.choice(_SPREADS)
        self._known = [self.choice((0.05, 0.3, 0.8)) for _ in COMPETENCIES]
        self._troubled = self.choice((0.0, 0.0, 0.03, 0.15))
        self._silent = self.choice((0.05, 0.3, 0.9))
        self._near = self.choice((5, len(POSITIONS)))

    def happens(self, share: float) -> bool:
        return self.random() < share

    def perhaps(self, one: One, share: float) -> One | None:
        return one if self.happens(share) else None

    def day(self) -> date:
        return TODAY + timedelta(self.randint(-40, 40))

    def past(self) -> datetime:
        return AS_OF - timedelta(days=30 * self.randrange(12), hours=self.randrange(3))

    def id(self) -> UUID:
        return UUID(int=self.getrandbits(120))

    # --------------------------------------------------------------------------- candidates

    def crowd(self, size: int) -> list[CandidateState]:
        """Give so many, a few of them alike but for the id."""
        people = [self.candidate() for _ in range(size)]
        return people + [replace(self.choice(people), candidate_id=self.id()) for _ in range(size)]

    def candidate(self) -> CandidateState:
        wrote_at = None if self.happens(self._silent) else self.past()
        troubled = self._troubled
        return CandidateState(
            candidate_id=self.id(),
            erased=self.happens(troubled / 3),
            do_not_contact=self.happens(troubled / 3),
            available_from=self.perhaps(self.choice((date(2019, 5, 1), self.day())), 0.8),
            contact_consent=self.perhaps(self._consent(), 0.5),
            rank_objection=self.happens(troubled),
            momentum=None if wrote_at is None else self.momentum(wrote_at),
            last_counted_at=wrote_at,
            pauses=self._pauses(),
            tries=tuple(self._try() for _ in range(self.choice((0, 1, 1, 2, 3)))),
            rejections=() if self.happens(troubled) else self._rejections(),
            advice=tuple(self._advice() for _ in range(self.choice((0, 0, 1, 3)))),
            levels=self._levels(),
        )

    def momentum(self, wrote_at: datetime) -> float:
        """Give one of a few, or any within the crowd's spread; a hair less now and then."""
        below = self.choice((0.0, 0.5, self.uniform(0.0, self._spread), self._spread))
        newest = (max(wrote_at, AS_OF - timedelta(40)) - EPOCH) / _HALF_LIFE
        return newest - below - self.choice((0.0, 0.0, 1e-13))

    def _consent(self) -> ConsentState:
        day = self.perhaps(self.day(), 0.3)
        return ConsentState(not self.happens(self._troubled), day, self.past())

    def _pauses(self) -> tuple[Pause, ...]:
        if not self.happens(0.2):
            return ()
        first = [self.day() for _ in range(2)]
        return merge_pauses(Pause(day, day + timedelta(self.randrange(60))) for day in first)

    def _try(self) -> Try:
        status = self.choice(_STATUSES) if self.happens(4 * self._troubled) else "rejected"
        return Try(
            self.id(),
            POSITIONS[self.randrange(self._near)],
            status,
            self.past(),
            self.choice(tuple(STAGES)),
            self.happens(0.2),
        )

    def _rejections(self) -> tuple[RejectionState, ...]:
        return tuple(
            RejectionState(
                UUID(int=number),
                self.id(),
                self.past(),
                self.happens(self._troubled / 3),
                self.day() if self.happens(self._troubled) else None,
            )
            for number in range(1, self.randint(2, 5))
        )

    def _advice(self) -> AdviceState:
        return AdviceState(
            self.id(),
            UUID(int=self.randint(1, 5)),
            self.randint(1, 3),
            self.perhaps(self.choice(COMPETENCIES), 0.7),
            self.perhaps(self.randint(1, 5), 0.8),
            self.choice(_ADVICE),
            self.past(),
        )

    def _levels(self) -> tuple[LevelState, ...]:
        return tuple(
            LevelState(name, self.randint(1, 5), self.choice(_SOURCES), self.past())
            for name, share in zip(COMPETENCIES, self._known, strict=True)
            for _ in range(2)
            if self.happens(share)
        )

    # ----------------------------------------------------------- what they are asked about

    def policy(self, version: int) -> ScoringPolicy:
        base, fit, progress = self.choice(_WEIGHTS)
        return ScoringPolicy(
            version,
            weight_base=base,
            weight_fit=fit,
            weight_progress=progress,
            time_zone=self.choice(_ZONES),
        )

    def position(self) -> PositionState:
        family = self.choice((1, 2, 20, 30))
        return PositionState(
            position_id=POSITIONS[0],
            starts_on=self.perhaps(self.day(), 0.4),
            requirements=self._requirements(),
            family_position_ids=frozenset(POSITIONS[:family]),
            department_position_ids=frozenset(POSITIONS[: family + self.choice((0, 2, 30))]),
        )

    def _requirements(self) -> tuple[Requirement, ...]:
        names: Sequence[str] = self.sample(COMPETENCIES, self.choice((0, 1, 2, 3, 4)))
        weights = self.choice(((1.0,), (0.0,), (0.0, 0.1, 1.0, 3.0)))
        kinds = self.choice((("nice_to_have",), ("must_have", "nice_to_have", "nice_to_have")))
        return tuple(
            Requirement(
                name,
                self.choice((1, 1, 3, 5)),
                self.choice(kinds),
                self.choice(weights),
                self.happens(0.2),
            )
            for name in names
        )
