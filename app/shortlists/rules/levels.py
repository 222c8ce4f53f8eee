"""What we know of a candidate's level in a competency, and on whose word.

The newest of interviewers' assessments and confirmed achievements is the verified level; advice
that was confirmed is such an achievement, at its target level. Advice reported after the verified
level raises it to its target level, on the candidate's word: `claimed`. What the profile declares
counts only where nobody assessed or confirmed; advice reported after the declaration raises it
likewise. Two levels of the same instant: the higher one.
"""

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.shortlists.rules.position import Requirement
from app.shortlists.rules.states import CandidateState


@dataclass(frozen=True, slots=True)
class Level:
    """A candidate's level in one competency.

    `level` counts where the candidate's word is enough and `verified` where it is not; null where
    nobody verified any. `basis` says what `level` rests on: assessed, confirmed, claimed or
    declared. `claimed_by` is the advice that raised it.
    """

    level: int
    basis: str
    verified: int | None
    claimed_by: UUID | None

    def counted(self, requirement: Requirement) -> int:
        """Give the level that counts for a requirement; 0 where only a word is there."""
        return (self.verified or 0) if requirement.verified_only else self.level


def levels_of(state: CandidateState, competencies: Container[str]) -> dict[str, Level]:
    """Give the level in each of the competencies of which anything at all is known."""
    verified: dict[str, tuple[datetime, int, str]] = {}
    declared: dict[str, tuple[datetime, int, str]] = {}
    for known in state.levels:
        if known.competency in competencies:
            newest = declared if known.source == "declared" else verified
            _keep_newest(newest, known.competency, (known.at, known.level, known.source))
    reported: dict[str, list[tuple[datetime, int, UUID]]] = {}
    for advice in state.advice:
        competency, target = advice.competency, advice.target_level
        if competency is None or target is None or competency not in competencies:
            continue
        if advice.state == "confirmed":
            _keep_newest(verified, competency, (advice.state_at, target, "confirmed"))
        elif advice.state == "reported":
            claim = (advice.state_at, target, advice.advice_id)
            reported.setdefault(competency, []).append(claim)
    # What was verified hides what was declared.
    known_levels = declared | verified
    levels = {
        competency: Level(level, basis, None if basis == "declared" else level, None)
        for competency, (_, level, basis) in known_levels.items()
    }
    for competency, claims in reported.items():
        raised = _raised(known_levels.get(competency), claims)
        if raised is not None:
            level, advice_id = raised
            known_level = levels.get(competency)
            verified_level = None if known_level is None else known_level.verified
            levels[competency] = Level(level, "claimed", verified_level, advice_id)
    return levels


def _keep_newest(
    newest: dict[str, tuple[datetime, int, str]], competency: str, found: tuple[datetime, int, str]
) -> None:
    kept = newest.get(competency)
    if kept is None or found > kept:
        newest[competency] = found


def _raised(
    base: tuple[datetime, int, str] | None, claims: list[tuple[datetime, int, UUID]]
) -> tuple[int, UUID] | None:
    """Give the highest level claimed above the base and after it, and the advice that claims it."""
    best: tuple[int, UUID] | None = None
    for at, level, advice_id in claims:
        above = base is None or (at > base[0] and level > base[1])
        if above and (best is None or (level, advice_id) > best):
            best = (level, advice_id)
    return best
