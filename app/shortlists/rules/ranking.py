"""The ranker: everyone in order, or the first of each section without looking at everyone.

`rank` walks candidates in the order of stored momentum, which an index gives, and stops as soon as
nobody further down could enter. Why that is exact:

- No effective momentum is above its stored momentum, so with x half-lives from the epoch to the
  list's instant nobody's persistence is above 2^(momentum - x).
- Nobody's fit or progress is above 1, so nobody's match is above 2^(momentum - x) times the sum of
  the weights: the bound. Momentum falls along the walk, and the bound with it.
- The walk stops when the last (match, effective momentum) kept is above (bound, momentum) of the
  next row, lexicographically and by a margin that covers rounding. Where they are equal it goes on:
  the next row may tie, and a tie is the id's to decide.
- Entries and to_check fill up independently; the walk stops only when both are beyond the bound.
  Where no gate can be unknown for somebody who wrote to us, to_check stays empty and is not waited
  for.
- A single row whose own progress already rules it out is passed by without being loaded.

Quiet candidates have no momentum to walk by: all are looked at, in any order, and the best kept.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from heapq import heappush, heapreplace
from typing import Any, Final

from app.organizations.rules import ScoringPolicy
from app.shortlists.rules.match import (
    Measure,
    Placement,
    Section,
    compared,
    measure,
    place,
    weight_of,
)
from app.shortlists.rules.position import PositionState
from app.shortlists.rules.question import Case, Question, ask
from app.shortlists.rules.stages import furthest_stage, is_runner_up
from app.shortlists.rules.states import CandidateState

MARGIN: Final = 1e-12
# Far above what floating point may err by in a match, which is at most 1; far below the decimals
# that are compared.
FLOAT_ERROR: Final = 1e-14
LISTED: Final = (Section.ENTRIES, Section.TO_CHECK, Section.QUIET)
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)

# Stored momentum, progress, and how to load the candidate's state.
Row = tuple[float, float, Callable[[], CandidateState]]


# Compared from the left; its parts are numbers, or for the quiet an instant among them.
Key = tuple[Any, ...]

_Found = tuple[CandidateState, Placement, Measure]


class StoppedBecause(StrEnum):
    """Why the walk ended: there was nobody left, or nobody left could enter."""

    EXHAUSTED = "exhausted"
    BOUND = "bound"


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate at a rank, 1 being the first, of the section that `placement` names."""

    rank: int
    state: CandidateState
    placement: Placement
    measure: Measure
    runner_up: bool


@dataclass(frozen=True, slots=True)
class Ranking:
    """The first of each section.

    `looked_at` counts the states read, `passed_by` the rows that were ruled out unread.
    """

    entries: tuple[Ranked, ...]
    to_check: tuple[Ranked, ...]
    quiet: tuple[Ranked, ...]
    looked_at: int
    passed_by: int
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

    def closed_to(self, bound: float, momentum: float) -> bool:
        """Whether nobody of at most this match and this momentum can enter."""
        if len(self._heap) < self._limit:
            return False
        return not self._heap or is_above(self._heap[0][0], bound, momentum)

    def ranked(self, position: PositionState) -> tuple[Ranked, ...]:
        return tuple(
            Ranked(rank, state, placement, numbers, is_runner_up(state, position))
            for rank, (_, _, (state, placement, numbers)) in enumerate(
                sorted(self._heap, reverse=True), start=1
            )
        )


class _Sections:
    """Everyone looked at, kept in the section where they stand."""

    __slots__ = ("_best", "_question", "looked_at", "passed_by")

    def __init__(self, question: Question, limit: int) -> None:
        self._question = question
        self._best = {
            Section.ENTRIES: _Best(limit),
            Section.TO_CHECK: _Best(limit if question.may_stay_open else 0),
            Section.QUIET: _Best(limit),
        }
        self.looked_at = 0
        self.passed_by = 0

    def look_at(self, state: CandidateState, wanted: Collection[Section]) -> None:
        self.looked_at += 1
        case = Case(state, self._question)
        placement = place(case)
        if placement.section in wanted:
            numbers = measure(case)
            key = order_key(state, placement.section, numbers)
            self._best[placement.section].offer(key, (state, placement, numbers))

    def walk(self, rows: Iterable[Row], wanted: Collection[Section]) -> StoppedBecause:
        """Look at the rows until nobody further down could enter the wanted sections."""
        question = self._question
        awaited = [self._best[each] for each in wanted if each is not Section.QUIET]
        highest_weight = weight_of(1.0, 1.0, question.policy)
        for momentum, progressed, load in rows:
            reach = question.unpaused_persistence(momentum)
            if _closed(awaited, reach * highest_weight, momentum):
                return StoppedBecause.BOUND
            own_weight = weight_of(1.0, progressed, question.policy)
            if _closed(awaited, reach * own_weight, momentum):
                self.passed_by += 1
            else:
                self.look_at(load(), wanted)
        return StoppedBecause.EXHAUSTED

    def ranking(self, stopped_because: StoppedBecause) -> Ranking:
        position = self._question.position
        return Ranking(
            entries=self._best[Section.ENTRIES].ranked(position),
            to_check=self._best[Section.TO_CHECK].ranked(position),
            quiet=self._best[Section.QUIET].ranked(position),
            looked_at=self.looked_at,
            passed_by=self.passed_by,
            stopped_because=stopped_because,
        )


def _closed(sections: Iterable[_Best], bound: float, momentum: float) -> bool:
    return all(each.closed_to(bound, momentum) for each in sections)


def rank(
    rows: Iterable[Row],
    quiet_rows: Iterable[CandidateState],
    position: PositionState,
    policy: ScoringPolicy,
    *,
    as_of: datetime,
    limit: int,
    open_rows: Iterable[Row] | None = None,
) -> Ranking:
    """Give the first `limit` of each section, looking at no more rows than that takes.

    `rows` are the candidates with a momentum who did not object to being ranked by it, in
    descending order of stored momentum; `quiet_rows` are all others, in any order. Where an index
    can tell for whom a gate may be unknown, `open_rows` are those of `rows`, in the same order
    (more of them do no harm, fewer would be missed): then to_check is filled from them alone, and
    the walk for the entries need not wait for it.
    """
    sections = _Sections(ask(position, policy, as_of), limit)
    for state in quiet_rows:
        sections.look_at(state, LISTED)
    if open_rows is None:
        return sections.ranking(sections.walk(rows, LISTED))
    ends = {
        sections.walk(rows, (Section.ENTRIES, Section.QUIET)),
        sections.walk(open_rows, (Section.TO_CHECK,)),
    }
    stopped = StoppedBecause.BOUND if StoppedBecause.BOUND in ends else StoppedBecause.EXHAUSTED
    return sections.ranking(stopped)


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
        sections.look_at(state, LISTED)
    return sections.ranking(StoppedBecause.EXHAUSTED)


def rank_of(
    state: CandidateState,
    rows: Iterable[Row],
    quiet_rows: Iterable[CandidateState],
    position: PositionState,
    policy: ScoringPolicy,
    *,
    as_of: datetime,
) -> int | None:
    """Give one candidate's rank within their section, however far down; None where excluded.

    `rows` and `quiet_rows` are as for `rank`; the candidate may be among them.
    """
    question = ask(position, policy, as_of)
    case = Case(state, question)
    section = place(case).section
    if section is Section.EXCLUDED:
        return None
    own = order_key(state, section, measure(case))
    rivals = quiet_rows if section is Section.QUIET else _not_below(own, rows, question)
    return 1 + sum(
        place(rival).section is section and order_key(rival.state, section, measure(rival)) > own
        for rival in (Case(each, question) for each in rivals)
    )


def _not_below(own: Key, rows: Iterable[Row], question: Question) -> Iterator[CandidateState]:
    """Load the rows that could stand above a candidate."""
    policy = question.policy
    highest_weight = weight_of(1.0, 1.0, policy)
    for momentum, progressed, load in rows:
        reach = question.unpaused_persistence(momentum)
        if is_above(own, reach * highest_weight, momentum):
            return
        if not is_above(own, reach * weight_of(1.0, progressed, policy), momentum):
            yield load()


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


def is_above(key: Key, bound: float, momentum: float) -> bool:
    """Whether a match and effective momentum stand above all of at most this bound and momentum.

    Equality is not above. The match is compared rounded, and so is the bound: what rounds to less
    is less by 1e-12 at least.
    """
    match: float = key[0]
    effective: float = key[1]
    ceiling = compared(bound + FLOAT_ERROR)
    return match > ceiling or (match == ceiling and effective > momentum + MARGIN)
