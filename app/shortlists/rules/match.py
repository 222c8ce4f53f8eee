"""One candidate's place for a position: the section, and the numbers that order it.

match = persistence · (0.4 + 0.4 · fit + 0.2 · progress), the weights being the scoring policy's. It
is compared rounded to 12 decimals, so that the last bits of floating point never decide about a
person; ties go to the higher effective momentum at the list's instant, then to the lower id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.organizations.rules import ScoringPolicy
from app.persistence_scores.rules import Pause, effective_momentum, persistence_at
from app.shortlists.rules.fit import fit, progress
from app.shortlists.rules.gates import Answer, GateAnswer, answers, first_unmet
from app.shortlists.rules.question import Case, Question
from app.shortlists.rules.states import CandidateState

DECIMALS_COMPARED: Final = 12


class Section(StrEnum):
    """Where a candidate stands. Everyone stands in exactly one."""

    ENTRIES = "entries"
    TO_CHECK = "to_check"
    QUIET = "quiet"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Placement:
    """A candidate's section; `failed` is the first unmet gate, there exactly where excluded.

    `unknown` are the gates that could not be answered; of an excluded candidate only those before
    the one that failed.
    """

    section: Section
    failed: GateAnswer | None
    unknown: tuple[GateAnswer, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """The numbers that the order comes from, each 0 to 1 save `effective_momentum` (half-lives).

    `persistence`, `effective_momentum` and `match` are null where nobody counted.
    """

    persistence: float | None
    effective_momentum: float | None
    fit: float
    progress: float
    match: float | None


@dataclass(frozen=True, slots=True)
class Examination:
    """All about one candidate for one position: each gate's answer, the place, the numbers."""

    gates: tuple[GateAnswer, ...]
    placement: Placement
    measure: Measure


def place(case: Case) -> Placement:
    """Give the candidate's section, asking no more gates than needed."""
    failed, unknown = first_unmet(case)
    return _placement(case.state, failed, unknown)


def examine(case: Case) -> Examination:
    """Ask every gate and take every number, also of a candidate who is excluded."""
    gates = answers(case)
    failed = next((each for each in gates if each.answer is Answer.UNMET), None)
    asked = gates if failed is None else gates[: gates.index(failed)]
    unknown = tuple(each for each in asked if each.answer is Answer.UNKNOWN)
    return Examination(gates, _placement(case.state, failed, unknown), measure(case))


def _placement(
    state: CandidateState, failed: GateAnswer | None, unknown: tuple[GateAnswer, ...]
) -> Placement:
    if failed is not None:
        return Placement(Section.EXCLUDED, failed, unknown)
    if is_quiet(state):
        return Placement(Section.QUIET, None, unknown)
    return Placement(Section.TO_CHECK if unknown else Section.ENTRIES, None, unknown)


def is_quiet(state: CandidateState) -> bool:
    """Whether the candidate is not ranked by persistence: none counted, or they objected to it."""
    return state.momentum is None or state.rank_objection


def measure(case: Case) -> Measure:
    """Take the candidate's numbers."""
    question = case.question
    state = case.state
    fitting = fit(case)
    progressed = progress(state)
    # Who objects to the score is not shown one either.
    if state.momentum is None or state.rank_objection:
        return Measure(None, None, fitting, progressed, None)
    persistence, momentum = persistence_of(state.momentum, state.pauses, question)
    match = match_of(persistence, fitting, progressed, question.policy)
    return Measure(persistence, momentum, fitting, progressed, match)


def persistence_of(
    momentum: float, pauses: Sequence[Pause], question: Question
) -> tuple[float, float]:
    """Give the persistence and the effective momentum that a stored momentum comes to."""
    ahead = [each for each in pauses if each.last_day >= question.today]
    if not ahead:
        return question.unpaused_persistence(momentum), momentum
    policy, as_of = question.policy, question.as_of
    persistence = persistence_at(momentum, as_of, ahead, policy)
    assert persistence is not None
    return persistence, effective_momentum(momentum, as_of, ahead, policy)


def match_of(persistence: float, fitting: float, progressed: float, policy: ScoringPolicy) -> float:
    """Give the match, 0 to 1, not rounded."""
    return persistence * weight_of(fitting, progressed, policy)


def weight_of(fitting: float, progressed: float, policy: ScoringPolicy) -> float:
    """Give what persistence is multiplied with; never falls as fit or progress rise."""
    return policy.weight_base + policy.weight_fit * fitting + policy.weight_progress * progressed


def compared(match: float) -> float:
    """Give the match as it is compared."""
    return round(match, DECIMALS_COMPARED)


def shown(match: float) -> float:
    """Give the match as it is shown, 0 to 100."""
    return 100.0 * compared(match)
