"""The one step by the candidate that would move them up most.

Each step is applied to the candidate's state as if it were taken at the list's instant, and the
match is taken anew. Every step is a follow-up, so each also earns the credit of its period.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from app.organizations.rules import ScoringPolicy
from app.persistence_scores.rules import PeriodCredit, momentum_of, period_of, weighed
from app.shortlists.rules.fit import advice_that_counts, fit, mean_progress
from app.shortlists.rules.levels import Level
from app.shortlists.rules.match import (
    Measure,
    Section,
    compared,
    match_of,
    measure,
    persistence_of,
    place,
    shown,
)
from app.shortlists.rules.position import Requirement
from app.shortlists.rules.question import Case
from app.shortlists.rules.states import AdviceState, CandidateState, LevelState

REPORT_ON_ADVICE: Final = "report_on_advice"
REPORT_MILESTONE: Final = "report_milestone"
REACH_LEVEL: Final = "reach_level"


@dataclass(frozen=True, slots=True)
class Step:
    """Something the candidate could do, and the match, 0 to 100, that it would give.

    `kind` is report_on_advice (a milestone for a piece of advice), report_milestone (any other) or
    reach_level (a milestone that shows the level a requirement asks). `match_now` is null for a
    candidate who has no persistence yet.
    """

    kind: str
    advice_id: UUID | None
    advice_number: int | None
    competency: str | None
    level: int | None
    match_now: float | None
    match_then: float
    sentence: str


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A step not yet weighed: what it says, and the advice or the requirement that it is about."""

    kind: str
    doing: str
    advice: AdviceState | None = None
    requirement: Requirement | None = None


def would_move_up(
    case: Case, periods: Sequence[PeriodCredit], numbers: Measure | None = None
) -> Step | None:
    """Give the step that would raise the match most; None where none would, or none can.

    `periods` are the candidate's credits as stored. Without them (and with a momentum) persistence
    is left as it is, and only what a step does for fit and progress is weighed. None for a
    candidate who is excluded or objected to being ranked. Of equal steps the first: by advice, then
    any milestone, then the position's requirements in their order. `numbers`: what was measured of
    a candidate who stands in a list, and so is not excluded.
    """
    if case.state.rank_objection:
        return None
    if numbers is None and place(case).section is Section.EXCLUDED:
        return None
    before = numbers or measure(case)
    now = before.match
    risen = _Risen(case, periods)
    best: tuple[float, _Attempt] | None = None
    for attempt in _attempts(case):
        then = _match_after(attempt, case, before, risen)
        if then is not None and (best is None or compared(then) > compared(best[0])):
            best = (then, attempt)
    if best is None or (now is not None and compared(best[0]) <= compared(now)):
        return None
    return _step(best[1], now, best[0])


def _attempts(case: Case) -> Iterator[_Attempt]:
    for advice in case.state.advice:
        if advice.state in {"open", "in_progress"}:
            doing = f"Reporting a milestone for advice {advice.number}{_about(advice)}"
            yield _Attempt(REPORT_ON_ADVICE, doing, advice)
    yield _Attempt(REPORT_MILESTONE, "Reporting a milestone")
    for requirement in case.question.position.requirements:
        level = case.levels.get(requirement.competency)
        if level is None or level.counted(requirement) < requirement.min_level:
            yield _reaching(requirement, level)


def _about(advice: AdviceState) -> str:
    if advice.competency is None:
        return ""
    level = "" if advice.target_level is None else f", level {advice.target_level}"
    return f" ({advice.competency}{level})"


def _reaching(requirement: Requirement, level: Level | None) -> _Attempt:
    doing = f"Showing level {requirement.min_level} in {requirement.competency}"
    if requirement.verified_only or (level is not None and level.verified is not None):
        doing += ", once confirmed,"
    return _Attempt(REACH_LEVEL, doing, requirement=requirement)


class _Risen:
    """The persistence with one more follow-up at the list's instant, which reports a milestone."""

    def __init__(self, case: Case, periods: Sequence[PeriodCredit]) -> None:
        self._case = case
        self._by_credit: dict[bool, float | None] = {}
        state, question = case.state, case.question
        # Without its credits a momentum cannot be added to.
        self._is_known = bool(periods) or state.momentum is None
        if self._is_known:
            self._period = period_of(question.as_of, question.policy)
            others = [each for each in periods if each.period != self._period]
            self._had = next((each for each in periods if each.period == self._period), None)
            self._others = weighed(others, state.pauses, question.policy)

    def persistence(self, *, addresses_advice: bool) -> float | None:
        """Give it; it differs by whether the follow-up addresses advice, and by nothing else."""
        if addresses_advice not in self._by_credit:
            state, question = self._case.state, self._case.question
            momentum = self._momentum(addresses_advice) if self._is_known else state.momentum
            self._by_credit[addresses_advice] = (
                None if momentum is None else persistence_of(momentum, state.pauses, question)[0]
            )
        return self._by_credit[addresses_advice]

    def _momentum(self, addresses_advice: bool) -> float | None:  # noqa: FBT001 - as it is kept
        question, pauses = self._case.question, self._case.state.pauses
        as_of, policy = question.as_of, question.policy
        now = weighed([self._credit(policy, addresses_advice)], pauses, policy)
        return momentum_of([*self._others, *now], as_of, pauses, policy)

    def _credit(self, policy: ScoringPolicy, addresses_advice: bool) -> PeriodCredit:  # noqa: FBT001
        advised, had = bool(self._case.state.advice), self._had
        milestone = policy.credit_milestone if advised else policy.credit_milestone_without_advice
        advice = policy.credit_advice if addresses_advice else 0.0
        if had is not None:
            milestone, advice = max(milestone, had.milestone), max(advice, had.advice)
        return PeriodCredit.from_parts(
            period=self._period,
            touch=policy.credit_touch,
            advice=advice,
            milestone=milestone,
            last_at=self._case.question.as_of,
        )


def _match_after(attempt: _Attempt, case: Case, before: Measure, risen: _Risen) -> float | None:
    persistence = risen.persistence(addresses_advice=attempt.advice is not None)
    if persistence is None:
        return None
    fitting, progressed = before.fit, before.progress
    if attempt.advice is not None:
        progressed = _progress_after(attempt.advice, case.state)
    # Where nothing is asked, what they can do makes no difference to the fit.
    if case.question.total_weight and (attempt.advice or attempt.requirement):
        fitting = fit(Case(_state_after(attempt, case), case.question))
    return match_of(persistence, fitting, progressed, case.question.policy)


def _progress_after(reported: AdviceState, state: CandidateState) -> float:
    counted = advice_that_counts(state)
    return mean_progress(["reported" if each is reported else each.state for each in counted])


def _state_after(attempt: _Attempt, case: Case) -> CandidateState:
    state, as_of = case.state, case.question.as_of
    advice, asked = state.advice, attempt.requirement
    if attempt.advice is not None:
        reported = replace(attempt.advice, state="reported", state_at=as_of)
        advice = tuple([reported if each is attempt.advice else each for each in advice])
    if asked is None:
        return replace(state, advice=advice)
    shown_level = LevelState(asked.competency, asked.min_level, "confirmed", as_of)
    return replace(state, advice=advice, levels=(*state.levels, shown_level))


def _step(attempt: _Attempt, now: float | None, then: float) -> Step:
    advice, requirement = attempt.advice, attempt.requirement
    competency = level = None
    if advice is not None:
        competency, level = advice.competency, advice.target_level
    elif requirement is not None:
        competency, level = requirement.competency, requirement.min_level
    return Step(
        kind=attempt.kind,
        advice_id=None if advice is None else advice.advice_id,
        advice_number=None if advice is None else advice.number,
        competency=competency,
        level=level,
        match_now=None if now is None else shown(now),
        match_then=shown(then),
        sentence=f"{attempt.doing} {_gain(now, then)}.",
    )


def _gain(now: float | None, then: float) -> str:
    after = f"{shown(then):.1f}"
    if now is None:
        return f"would bring them into the ranking with a match of {after}"
    before = f"{shown(now):.1f}"
    if before == after:
        return f"would raise the match of {before} by less than 0.1"
    return f"would raise the match from {before} to {after}"
