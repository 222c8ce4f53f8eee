"""Everyone in order: the ranking as all may read it, and the way that looks at everyone.

`rank_all` is the way for past clocks, and what the reading of lists (`search`) is held against.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import heappush, heapreplace
from typing import Any, Final
from uuid import UUID

from app.organizations.rules import ScoringPolicy
from app.shortlists.rules.match import (
    Measure,
    Placement,
    Section,
    compared,
    measure,
    place,
)
from app.shortlists.rules.position import PositionState
from app.shortlists.rules.question import Case, Question, ask
from app.shortlists.rules.search import StoppedBecause
from app.shortlists.rules.stages import furthest_stage, is_runner_up
from app.shortlists.rules.states import CandidateState

LISTED: Final = (Section.ENTRIES, Section.TO_CHECK, Section.QUIET)
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)

# Compared from the left; its parts are numbers, or for the quiet an instant among them.
Key = tuple[Any, ...]

_Found = tuple[CandidateState, Placement, Measure]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate at a rank, 1 being the first, of the section that `placement` names.

    `packed` is the state's JSON where it was read from that.
    """

    rank: int
    state: CandidateState
    placement: Placement
    measure: Measure
    runner_up: bool
    packed: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Ranking:
    """The first of each section.

    `looked_at` counts the rows of lists that were read, or the states where everyone was.
    """

    entries: tuple[Ranked, ...]
    to_check: tuple[Ranked, ...]
    quiet: tuple[Ranked, ...]
    looked_at: int
    stopped_because: StoppedBecause


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many were considered and where they stand; `excluded` counts by first failed gate.

    considered = entries + to_check + quiet + the sum of excluded.
    """

    considered: int
    entries: int
    to_check: int
    quiet: int
    excluded: dict[str, int]


class _Best:
    """The best `limit` of one section, in a heap whose head is the last of them."""

    __slots__ = ("_heap", "_limit", "_offered")

    def __init__(self, limit: int) -> None:
        self._heap: list[tuple[Key, int, _Found]] = []
        self._limit = limit
        self._offered = 0

    def offer(self, key: Key, found: _Found) -> None:
        # The count keeps two equal keys from being compared by what they stand for.
        self._offered += 1
        item = (key, -self._offered, found)
        if len(self._heap) < self._limit:
            heappush(self._heap, item)
        elif self._heap and item > self._heap[0]:
            heapreplace(self._heap, item)

    def ranked(self, position: PositionState) -> tuple[Ranked, ...]:
        return tuple(
            Ranked(rank, state, placement, numbers, is_runner_up(state, position))
            for rank, (_, _, (state, placement, numbers)) in enumerate(
                sorted(self._heap, reverse=True), start=1
            )
        )


class _Sections:
    """Everyone looked at, kept in the section where they stand."""

    __slots__ = ("_best", "_question", "looked_at")

    def __init__(self, question: Question, limit: int) -> None:
        self._question = question
        self._best = {
            Section.ENTRIES: _Best(limit),
            Section.TO_CHECK: _Best(limit if question.may_stay_open else 0),
            Section.QUIET: _Best(limit),
        }
        self.looked_at = 0

    def look_at(self, state: CandidateState) -> None:
        self.looked_at += 1
        case = Case(state, self._question)
        placement = place(case)
        if placement.section in LISTED:
            numbers = measure(case)
            key = order_key(state, placement.section, numbers)
            self._best[placement.section].offer(key, (state, placement, numbers))

    def ranking(self) -> Ranking:
        position = self._question.position
        return Ranking(
            entries=self._best[Section.ENTRIES].ranked(position),
            to_check=self._best[Section.TO_CHECK].ranked(position),
            quiet=self._best[Section.QUIET].ranked(position),
            looked_at=self.looked_at,
            stopped_because=StoppedBecause.EXHAUSTED,
        )


def rank_all(
    states: Iterable[CandidateState],
    position: PositionState,
    policy: ScoringPolicy,
    *,
    as_of: datetime,
    limit: int,
) -> Ranking:
    """Give the same ranking by looking at everyone, in any order: the way for past clocks."""
    sections = _Sections(ask(position, policy, as_of), limit)
    for state in states:
        sections.look_at(state)
    return sections.ranking()


def ranked(
    candidate_ids: Sequence[UUID], packed: Mapping[UUID, str], question: Question
) -> tuple[Ranked, ...]:
    """Give those who were found for a section, in their order, with all that their states tell."""
    found = []
    for rank, candidate_id in enumerate(candidate_ids, start=1):
        text = packed[candidate_id]
        state = CandidateState.unpack(text)
        case = Case(state, question)
        runner_up = is_runner_up(state, question.position)
        found.append(Ranked(rank, state, place(case), measure(case), runner_up, text))
    return tuple(found)


def count_coverage(
    states: Iterable[CandidateState],
    position: PositionState,
    policy: ScoringPolicy,
    *,
    as_of: datetime,
) -> Coverage:
    """Count everyone by section, and the excluded by the first gate that they failed."""
    question = ask(position, policy, as_of)
    sections: Counter[Section] = Counter()
    excluded: Counter[str] = Counter()
    for state in states:
        placement = place(Case(state, question))
        sections[placement.section] += 1
        if placement.failed is not None:
            excluded[placement.failed.gate] += 1
    return Coverage(
        considered=sections.total(),
        entries=sections[Section.ENTRIES],
        to_check=sections[Section.TO_CHECK],
        quiet=sections[Section.QUIET],
        excluded=dict(excluded),
    )


def order_key(state: CandidateState, section: Section, numbers: Measure) -> Key:
    """Give the value by which the candidates of a section stand in order, the greatest first.

    Entries and to_check: match as compared, effective momentum, id. Quiet: fit, the furthest stage
    of any application, the latest application, id. Lower ids come first.
    """
    last = -state.candidate_id.int
    if section is Section.QUIET or numbers.match is None or numbers.effective_momentum is None:
        applied = max([each.applied_at for each in state.tries], default=_LONG_AGO)
        return (compared(numbers.fit), furthest_stage(state), applied, last)
    return (compared(numbers.match), numbers.effective_momentum, last)
