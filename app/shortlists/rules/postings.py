"""Where a candidate stands in the lists that the ranker reads, and what stands there of them.

Who could be in a shortlist at all (no gate is unmet that neither a day nor a position opens) has a
row in several lists: everyone's, one for each competency of which a level is known, one for each
position tried, and one for those of whom nobody knows from when they are available. All rows of a
candidate are at the same place and hold the same, so that a row alone is enough to take a match.

The ranked stand at minus their reach, the quiet by stage, latest application; in both kinds of
lists the smaller place is the earlier. At one place those stand together whose rows hold the same,
by their id: they differ in nothing else.
"""

import json
import math
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from app.organizations.rules import ScoringPolicy
from app.persistence_scores.rules import Pause
from app.shortlists.rules.fit import progress
from app.shortlists.rules.gates import (
    STANDING_GATES,
    Answer,
    has_left,
    is_in_process,
    reconsidered_on,
    wrote_after,
)
from app.shortlists.rules.levels import Level, levels_of
from app.shortlists.rules.match import is_quiet, weight_of
from app.shortlists.rules.stages import Stage, furthest_stage
from app.shortlists.rules.states import CandidateState

EVERYONE: Final = ""
UNTOLD: Final = "availability"
# What a row is placed by: somewhere between no fit and all of it.
FIT_PLACED: Final = 0.5
# Of a weight of 0 there is no logarithm; less than any weight that a match could show.
LEAST_WEIGHT: Final = 1e-18
NEVER: Final = date.max.toordinal()
LEFT, IN_PROCESS = 1, 2
_STAGE_STEP: Final = 2**59
_MICROSECOND: Final = timedelta(microseconds=1)
_FIRST: Final = datetime.min.replace(tzinfo=UTC)


def of_competency(competency: str) -> str:
    """Name the list of those whose level in a competency is known."""
    return f"c:{competency}"


def of_position(position_id: UUID) -> str:
    """Name the list of those who tried at a position."""
    return f"p:{position_id.hex}"


def reach(momentum: float, progressed: float, policy: ScoringPolicy) -> float:
    """Give log2 of the match at the epoch for half the fit: static, whatever the instant."""
    return momentum + math.log2(max(weight_of(FIT_PLACED, progressed, policy), LEAST_WEIGHT))


def quiet_place(stage: Stage, applied_at: datetime) -> int:
    """Give the place of a quiet candidate: the furthest stage first, then the latest application.

    Exact to the microsecond, and within 64 bits.
    """
    latest = _STAGE_STEP - 1 - (applied_at - _FIRST) // _MICROSECOND
    return (max(Stage) - stage) * _STAGE_STEP + latest


@dataclass(frozen=True, slots=True)
class Posting:
    """What a row holds.

    `momentum` is null for the quiet. `opens_on`, `closes_on` (the first and the last day on which
    no date shuts the candidate out) and `available_from` are proleptic ordinals. `levels` names
    each competency as ` name:lv`, v being the verified level or 0; `tried` each position as
    ` id:flags` (LEFT, IN_PROCESS); `pauses` are days as `first/last`, null without any.
    """

    momentum: float | None
    progress: float
    opens_on: int
    closes_on: int
    available_from: int | None
    pauses: str | None
    levels: str
    tried: str


@dataclass(frozen=True, slots=True)
class Postings:
    """All rows of a candidate; `lists` are (name, level, verified), 0 where it is no competency."""

    quiet: bool
    place: float
    lists: tuple[tuple[str, int, int], ...]
    row: Posting

    @property
    def alike(self) -> UUID:
        """Give a digest of what the row holds; a row is found again by it, so it may not change."""
        told = repr([getattr(self.row, name) for name in Posting.__slots__])
        return UUID(bytes=blake2b(told.encode(), digest_size=16).digest())

    def pack(self) -> str:
        """Give it as a text to keep beside the state: what has to be found to be changed."""
        row = self.row
        return json.dumps(
            [
                int(self.quiet),
                self.place,
                self.lists,
                row.momentum,
                row.progress,
                row.opens_on,
                row.closes_on,
                row.available_from,
                row.pauses,
                row.levels,
                row.tried,
            ],
            allow_nan=False,
            ensure_ascii=False,
            separators=(",", ":"),
        )

    @classmethod
    def unpack(cls, text: str) -> Self:
        """Read what `pack` gave."""
        values: list[Any] = json.loads(text)
        quiet, place, lists, *row = values
        return cls(
            bool(quiet),
            place,
            tuple([(name, level, verified) for name, level, verified in lists]),
            Posting(**dict(zip(Posting.__slots__, row, strict=True))),
        )


def postings_of(state: CandidateState, policy: ScoringPolicy) -> Postings | None:
    """Give the rows of a candidate; None for who can be in no shortlist until a fact changes."""
    closes_on = _closes_on(state, ZoneInfo(policy.time_zone))
    if closes_on is None or any(gate(state).answer is Answer.UNMET for gate in STANDING_GATES):
        return None
    levels = levels_of(state, _Every())
    quiet = is_quiet(state)
    progressed = progress(state)
    opens_on = reconsidered_on(state)
    row = Posting(
        momentum=None if quiet else state.momentum,
        progress=progressed,
        opens_on=0 if opens_on is None else opens_on.toordinal(),
        closes_on=closes_on,
        available_from=None if state.available_from is None else state.available_from.toordinal(),
        pauses=_pauses(state) or None,
        levels="".join(
            [f" {name}:{each.level}{each.verified or 0}" for name, each in sorted(levels.items())]
        ),
        tried=_tried(state),
    )
    return Postings(quiet, _place(state, progressed, policy), _lists(state, levels), row)


class _Every:
    """Holds every competency."""

    def __contains__(self, name: object) -> bool:
        return True


def _closes_on(state: CandidateState, zone: ZoneInfo) -> int | None:
    """Give the last day on which consent holds; None where it was refused."""
    consent = state.contact_consent
    if consent is None:
        return NEVER
    if not consent.granted:
        return None
    last = consent.expires_on
    return NEVER if last is None or wrote_after(state, last, zone) else last.toordinal()


def _place(state: CandidateState, progressed: float, policy: ScoringPolicy) -> float:
    if state.momentum is None or state.rank_objection:
        applied = max([each.applied_at for each in state.tries], default=_FIRST)
        return quiet_place(furthest_stage(state), applied)
    return -reach(state.momentum, progressed, policy)


def _lists(state: CandidateState, levels: Mapping[str, Level]) -> tuple[tuple[str, int, int], ...]:
    found = [(EVERYONE, 0, 0)]
    found += [
        (of_competency(name), each.level, each.verified or 0)
        for name, each in sorted(levels.items())
    ]
    found += [(of_position(each), 0, 0) for each in _positions(state)]
    if state.available_from is None:
        found.append((UNTOLD, 0, 0))
    return tuple(found)


def _positions(state: CandidateState) -> list[UUID]:
    return list(dict.fromkeys(each.position_id for each in state.tries))


def _tried(state: CandidateState) -> str:
    parts = []
    for position_id in _positions(state):
        left = LEFT if has_left(state, position_id) else 0
        active = IN_PROCESS if is_in_process(state, position_id) else 0
        parts.append(f" {position_id.hex}:{left | active}")
    return "".join(parts)


def _pauses(state: CandidateState) -> str:
    return " ".join(f"{each.first_day}/{each.last_day}" for each in state.pauses)


# ------------------------------------------------------------------------------- reading them again


def levels_in(text: str, asked: Container[str]) -> dict[str, Level]:
    """Read the levels in the competencies asked of `Posting.levels`, which tells no basis."""
    found = {}
    for each in text.split():
        name, _, digits = each.rpartition(":")
        if name in asked:
            found[name] = Level(int(digits[0]), "", int(digits[1]) or None, None)
    return found


def tried_in(text: str) -> dict[str, int]:
    """Read `Posting.tried`: the flags of each position, by the digits of its id."""
    pairs = [each.split(":") for each in text.split()]
    return {position: int(flags) for position, flags in pairs}


@lru_cache(maxsize=4096)
def pauses_in(text: str) -> tuple[Pause, ...]:
    """Read `Posting.pauses`."""
    days = [each.split("/") for each in text.split()]
    return tuple([Pause(date.fromisoformat(a), date.fromisoformat(z)) for a, z in days])


def columns_of(row: Posting) -> dict[str, Any]:
    """Give the row's values by the names of their columns."""
    return {name: getattr(row, name) for name in Posting.__slots__}
