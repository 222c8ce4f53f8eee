"""What changed between a frozen list and the same list run again."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from app.shortlists.rules.states import CandidateState


@dataclass(frozen=True, slots=True)
class Place:
    """Where a candidate stands in a list, and all that it was computed from.

    `match`, `persistence`, `fit` and `progress` are 0 to 1, `momentum` is the effective one in
    half-lives; the first two and momentum are null where nobody counted.
    """

    candidate_id: UUID
    section: str
    rank: int
    match: float | None
    persistence: float | None
    momentum: float | None
    fit: float
    progress: float
    inputs: CandidateState


@dataclass(frozen=True, slots=True)
class Difference:
    """One candidate who stands elsewhere, or by other numbers; null where they were or are not."""

    candidate_id: UUID
    before: Place | None
    after: Place | None
    changed: tuple[str, ...]


_COMPARED = ("section", "rank", "match", "persistence", "momentum", "fit", "progress")


def differences(before: Iterable[Place], after: Iterable[Place]) -> tuple[Difference, ...]:
    """Return who differs, in the order of the new list, then who dropped out; to the last bit."""
    old = {place.candidate_id: place for place in before}
    new = {place.candidate_id: place for place in after}
    everyone = dict.fromkeys([*new, *old])
    found = [_difference(each, old.get(each), new.get(each)) for each in everyone]
    return tuple(each for each in found if each.changed)


def _difference(candidate_id: UUID, before: Place | None, after: Place | None) -> Difference:
    if before is None or after is None:
        return Difference(candidate_id, before, after, ("listed",))
    changed = [name for name in _COMPARED if getattr(before, name) != getattr(after, name)]
    if before.inputs != after.inputs:
        changed.append("inputs")
    return Difference(candidate_id, before, after, tuple(changed))
