"""The first of a section from the lists, read no further than they can still matter.

Each list is read from its head in rounds. After each round the last of those kept sets a bar, and a
list is closed at the place from which on nobody who has not been seen could pass it. Why that is
exact:

- A row's place is minus log2 of the match that half the fit would give, at the epoch and without
  pauses. For a fit of at most F the match is at most `ratio(F)` times that, whatever the progress,
  and a pause only lowers it.
- F is the list's ceiling (see `sources`): who stands in a list before it is found there.
- So from a certain place on no match reaches the bar, or none is above it and no momentum reaches
  the bar's; both by a margin far above what rounding may err by, and what is equal is read.
- Lists are left out, put in order and closed only by what holds for every row that was not read.
- Of rows alike, which stand together by id, those after one that does not matter matter no more.

The quiet stand by fit first: a list is closed when its ceiling is below the bar's fit, or equal to
it and the place is past the bar's.
"""

import math
from bisect import insort
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from operator import attrgetter
from typing import Any, Final, Protocol

from app.organizations.rules import ScoringPolicy
from app.shortlists.rules.judging import Judge, Key, Row
from app.shortlists.rules.match import Section, compared, weight_of
from app.shortlists.rules.postings import FIT_PLACED, LEAST_WEIGHT
from app.shortlists.rules.question import Question
from app.shortlists.rules.sources import Makeup, Source, Sources, ceilings

# In half-lives, by which a place may err; in matches, which are compared by 1e-12.
_PLACE_ERROR: Final = 1e-9
_ROUNDED_BELOW: Final = 2e-12
_ROUNDED_WITHIN: Final = 0.4e-12
_FIT_ERROR: Final = 1e-14
_MORE_AT_FIRST: Final = 14
_GROWTH: Final = 4
_MOST_ROWS: Final = 4000


class StoppedBecause(StrEnum):
    """Why the reading ended: there was nobody left, or nobody left could enter."""

    EXHAUSTED = "exhausted"
    BOUND = "bound"


Mark = tuple[float, Any, Any]


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a list to read: at most `size` rows after a mark, up to and with `until`.

    The mark is (place, digest of what the row holds, id); without an id it is after all alike.
    Rows that have less fit than `least_fit`, and rows that the section's gates shut out, need not
    be given.
    """

    source: Source
    after: Mark | None
    until: float | None
    size: int
    least_fit: float


Fetch = Callable[[Sequence[Span]], Sequence[Sequence[Row]]]


class Bar(Protocol):
    """What a row must pass to matter."""

    def offer(self, key: Key) -> None:
        """Hear of somebody of the section."""

    def last(self) -> Key | None:
        """Give the key that is to be passed; None while everybody matters."""

    def shuts_out(self, key: Key) -> bool:
        """Tell whether nobody from this key on matters."""


class Best:
    """The first `limit`."""

    def __init__(self, limit: int) -> None:
        self.keys: list[Key] = []
        self._limit = limit

    def offer(self, key: Key) -> None:
        """Keep it if it is one of the first."""
        if len(self.keys) < self._limit or key < self.keys[-1]:
            insort(self.keys, key)
            del self.keys[self._limit :]

    def last(self) -> Key | None:
        """Give the last of the first, once there are as many as wanted."""
        return self.keys[-1] if len(self.keys) == self._limit else None

    def shuts_out(self, key: Key) -> bool:
        """Tell whether nobody after it can be one of the first."""
        return len(self.keys) == self._limit and key >= self.keys[-1]


class Above:
    """How many stand before one."""

    def __init__(self, own: Key) -> None:
        self.count = 0
        self._own = own

    def offer(self, key: Key) -> None:
        """Count it if it stands before."""
        self.count += key < self._own

    def last(self) -> Key | None:
        """Give the one's own."""
        return self._own

    def shuts_out(self, key: Key) -> bool:
        """Tell whether nobody from it on stands before."""
        return key >= self._own


@dataclass(slots=True)
class _Reading:
    """How far a list has been read: to a row, and to a place up to and with which no more stand.

    The place is inf once the list is at its end. A list read to its own bound is not: put before
    another it gets a bound further on, and is read on.
    """

    source: Source
    after: Mark | None = None
    read_to: float = -math.inf

    @property
    def ended(self) -> bool:
        return self.read_to == math.inf

    @property
    def reached(self) -> float:
        return max(self.read_to, self.after[0] if self.after else -math.inf)

    def is_closed(self, until: float | None) -> bool:
        return until is not None and (
            until <= self.read_to or (self.after is not None and self.after[0] > until)
        )


@dataclass(frozen=True, slots=True)
class Searched:
    """How many rows were read, and why no more."""

    looked_at: int
    stopped_because: StoppedBecause


def search(
    question: Question,
    section: Section,
    sources: Sources,
    bar: Bar,
    fetch: Fetch,
    *,
    limit: int,
    left_out: Collection[Any] = (),
) -> Searched:
    """Offer to the bar everybody of the section who could pass it, but for those left out."""
    found = _Search(question, section, sources, bar, left_out)
    # Of many lists each gives a few; of one, all that are wanted.
    size = min(limit, _MOST_ROWS) * 2 // (len(sources.lists) + 1) + 1 + _MORE_AT_FIRST
    while pending := found.pending():
        least_fit = _least_fit(bar.last(), section)
        spans = [
            Span(reading.source, reading.after, until, size, least_fit)
            for reading, until in pending
        ]
        for span, (reading, _), rows in zip(spans, pending, fetch(spans), strict=True):
            found.take(reading, span, rows)
        found.put_in_order()
        size = min(size * _GROWTH, _MOST_ROWS)
    return Searched(found.looked_at, found.stopped)


class _Search:
    """How far every list has been read, and who was seen in one already."""

    def __init__(
        self,
        question: Question,
        section: Section,
        sources: Sources,
        bar: Bar,
        left_out: Collection[Any],
    ) -> None:
        self._question, self._section, self._sources, self._bar = question, section, sources, bar
        self._judge = Judge(question, section)
        self._readings = [_Reading(each) for each in sources.lists]
        # Of one list alone nobody is seen twice.
        is_seen_twice = len(sources.lists) > 1
        self._seen: set[Any] | None = set(left_out) if left_out or is_seen_twice else None
        self.looked_at = 0
        self.stopped = StoppedBecause.EXHAUSTED

    def pending(self) -> list[tuple[_Reading, float | None]]:
        """Give the lists that can still matter, and up to which place."""
        found = []
        self.stopped = StoppedBecause.EXHAUSTED
        lists = tuple(each.source for each in self._readings)
        tops = ceilings(replace(self._sources, lists=lists))
        for reading, top in zip(self._readings, tops, strict=True):
            until = _until(self._bar.last(), top, self._section, self._question)
            if reading.is_closed(until) and not reading.ended:
                self.stopped = StoppedBecause.BOUND
            elif not reading.ended:
                found.append((reading, until))
        return found

    def take(self, reading: _Reading, span: Span, rows: Sequence[Row]) -> None:
        """Judge the rows of one piece."""
        self.looked_at += len(rows)
        for row in rows:
            if self._seen is not None:
                if row[0] in self._seen:
                    continue
                self._seen.add(row[0])
            key = self._judge(row)
            if key is not None:
                self._bar.offer(key)
        if rows:
            reading.after = self._mark(rows[-1])
        if len(rows) < span.size:
            reading.read_to = math.inf if span.until is None else span.until

    def _mark(self, row: Row) -> Mark:
        """Say where to go on after a row: past all that are alike, where they do not matter."""
        key = self._judge(row)
        past = key is None or self._bar.shuts_out(key)
        return (row[1], row[-1], None if past else row[0])

    def put_in_order(self) -> None:
        """Let the shortest lists stand first; one alone where one is enough."""
        self._readings = _in_order(self._readings, self._sources.makeup)


def _in_order(readings: list[_Reading], makeup: Makeup) -> list[_Reading]:
    """Put the lists that are read the furthest, which are the shortest, before the others."""
    if makeup is Makeup.ANY:
        return [max(readings, key=_reached)]
    if makeup is Makeup.SUM:
        return [*sorted(readings[:-1], key=_reached, reverse=True), readings[-1]]
    return readings


_reached = attrgetter("reached")


def _least_fit(last: Key | None, section: Section) -> float:
    return -last[0] if last is not None and section is Section.QUIET else 0.0


def _until(last: Key | None, ceiling: float, section: Section, question: Question) -> float | None:
    """Give the last place of a list that matters; None where all do, -inf where none does."""
    if last is None:
        return None
    if section is Section.QUIET:
        most = compared(min(1.0, ceiling + _FIT_ERROR))
        if most < -last[0]:
            return -math.inf
        return last[1] if most <= -last[0] else None
    lowest = lowest_reach(-last[0], -last[1], ceiling, question)
    return None if lowest == -math.inf else -lowest


def lowest_reach(match: float, momentum: float, ceiling: float, question: Question) -> float:
    """Give the reach below which nobody of at most this fit stands above (match, momentum).

    -inf where somebody of any reach might.
    """
    policy, halvings = question.policy, question.halvings
    most = ratio(ceiling, policy)
    by_match = -math.inf
    if match > _ROUNDED_BELOW:
        by_match = (
            halvings + math.log2((match - _ROUNDED_BELOW) / most) - _PLACE_ERROR
            if most
            else math.inf
        )
    no_match_above = halvings + math.log2((match + _ROUNDED_WITHIN) / most) if most else math.inf
    least_weight = max(weight_of(FIT_PLACED, 0.0, policy), LEAST_WEIGHT)
    by_momentum = momentum + math.log2(least_weight) - _PLACE_ERROR
    return max(by_match, min(by_momentum, no_match_above - _PLACE_ERROR))


def ratio(ceiling: float, policy: ScoringPolicy) -> float:
    """Give the most by which a match of this fit is above the one that the place stands for.

    The weight at a fit of F over that at half the fit rises or falls with progress, so its most is
    at one of the ends.
    """
    if not policy.weight_fit:
        return 1.0
    return max(
        weight_of(ceiling, progressed, policy) / weight_of(FIT_PLACED, progressed, policy)
        for progressed in (0.0, 1.0)
    )
