"""Rankings that are worked out bit by bit: when one is wanted, and what is kept in between.

Kept are how many stand where, and of each section no more than the first: a few numbers each.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from app.shortlists.rules.match import Section, measure, place
from app.shortlists.rules.question import Case, Question
from app.shortlists.rules.ranking import LISTED, Coverage, Key, order_key
from app.shortlists.rules.states import CandidateState

_SHARE: Final = 5
# To read how somebody stands takes an eighth of working it out from their facts.
_READ_AT_ONCE: Final = 5


def most_recomputed(candidates: int, at_once: int) -> int:
    """Return how many of so many candidates a request works out anew.

    A fifth, but no more than `at_once`. Where there are not more than those at all, everybody.
    """
    return candidates if candidates <= at_once else min(candidates // _SHARE, at_once)


def most_read(at_once: int) -> int:
    """Return how many candidates a request reads as they stand, one by one."""
    return at_once * _READ_AT_ONCE


class Stand(NamedTuple):
    """Somebody among the first of a section, and the JSON of what they stand in order by."""

    section: Section
    candidate_id: UUID
    key: str


@dataclass(slots=True)
class Counts:
    """How many were looked at, and where they stand; `excluded` by the first failed gate."""

    sections: Counter[str]
    excluded: Counter[str]

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Counts":
        """Read what `to_json` gave, or nothing."""
        return cls(Counter(told.get("sections", {})), Counter(told.get("excluded", {})))

    def to_json(self) -> dict[str, dict[str, int]]:
        """Give the JSON object."""
        return {"sections": dict(self.sections), "excluded": dict(self.excluded)}

    def coverage(self) -> Coverage:
        """Give the sum."""
        return Coverage(
            considered=self.sections.total(),
            entries=self.sections[Section.ENTRIES],
            to_check=self.sections[Section.TO_CHECK],
            quiet=self.sections[Section.QUIET],
            excluded=dict(self.excluded),
        )


class Findings:
    """What has been found of a question so far, to which the states of others are added.

    Without a limit nobody is kept, and all are counted.
    """

    def __init__(
        self, question: Question, counts: Counts, kept: Iterable[Stand], limit: int
    ) -> None:
        self.counts = counts
        self._question = question
        self._limit = limit
        self._first: dict[Section, list[tuple[Key, Stand]]] = {each: [] for each in LISTED}
        for stand in kept:
            self._first[stand.section].append((_read(stand), stand))

    def add(self, states: Iterable[CandidateState]) -> None:
        """Look at these too."""
        for state in states:
            case = Case(state, self._question)
            placement = place(case)
            self.counts.sections[placement.section] += 1
            if placement.failed is not None:
                self.counts.excluded[placement.failed.gate] += 1
            if self._limit and placement.section in LISTED:
                key = order_key(state, placement.section, measure(case))
                stand = Stand(placement.section, state.candidate_id, _written(key))
                self._first[placement.section].append((key, stand))
        for first in self._first.values():
            first.sort(key=lambda each: each[0], reverse=True)
            del first[self._limit :]

    def first(self) -> list[Stand]:
        """Give the first of each section, in their order."""
        return [stand for first in self._first.values() for _, stand in first]


def _written(key: Key) -> str:
    """Write a key without the id it ends in; floats come back to the last bit."""
    parts = [each.isoformat() if isinstance(each, datetime) else each for each in key[:-1]]
    return json.dumps(parts, allow_nan=False, separators=(",", ":"))


def _read(stand: Stand) -> Key:
    parts = [
        datetime.fromisoformat(each) if isinstance(each, str) else each
        for each in json.loads(stand.key)
    ]
    return (*parts, -stand.candidate_id.int)
