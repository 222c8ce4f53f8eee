"""The gates: what a candidate must pass to stand in a shortlist, in the order of asking.

Each gate answers met, unmet or unknown. A gate that is unmet shuts the candidate out of this list;
a gate that is unknown leaves the candidate in it, to be checked, with the one API call that settles
it. There is one table of gates and two ways to run it: `first_unmet` stops where the answer is out,
`answers` asks every gate.

| gate | unmet | unknown |
|---|---|---|
| no_standing_rejection | nobody turned the candidate down | |
| erased | the person was erased | |
| do_not_contact | must not be contacted | |
| never_reconsider | a standing rejection says never | |
| hired | a hire stands | |
| left_this_position | the latest try at this position was withdrawn | |
| already_in_process | an active application to this position | |
| consent | refused; or expired and not written since | never asked, never wrote |
| reconsider_on | a standing rejection's day has not come | |
| availability | available only after the start | not told |
| must_have:<competency> | below the level | no evidence; only a word, must be verified |
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from app.shortlists.rules.levels import Level
from app.shortlists.rules.position import Requirement
from app.shortlists.rules.question import Case
from app.shortlists.rules.states import CandidateState

MUST_HAVE: Final = "must_have:"


class Answer(StrEnum):
    """What a gate says."""

    MET = "met"
    UNMET = "unmet"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Settle:
    """The one API call that settles an unknown, and why it does."""

    method: str
    path: str
    why: str


@dataclass(frozen=True, slots=True)
class GateAnswer:
    """One gate's answer for one candidate.

    `code` is the machine's word for the reason, `detail` the value it rests on: an ISO day, or for
    a must-have `level/min_level`. `settle` is there exactly where the answer is unknown.
    """

    gate: str
    answer: Answer
    code: str
    detail: str | None = None
    settle: Settle | None = None


Gate = Callable[[Case], GateAnswer]
StandingGate = Callable[[CandidateState], GateAnswer]


def first_unmet(case: Case) -> tuple[GateAnswer | None, tuple[GateAnswer, ...]]:
    """Ask until a gate is unmet: give that one, or None, and the unknown ones met on the way."""
    unknown: list[GateAnswer] = []
    for gate in GATES:
        answer = gate(case)
        if answer.answer is Answer.UNMET:
            return answer, tuple(unknown)
        if answer.answer is Answer.UNKNOWN:
            unknown.append(answer)
    for requirement in case.question.must_haves:
        answer = must_have(case, requirement)
        if answer.answer is Answer.UNMET:
            return answer, tuple(unknown)
        if answer.answer is Answer.UNKNOWN:
            unknown.append(answer)
    return None, tuple(unknown)


def answers(case: Case) -> tuple[GateAnswer, ...]:
    """Ask every gate, in order."""
    return (
        *(gate(case) for gate in GATES),
        *(must_have(case, requirement) for requirement in case.question.must_haves),
    )


def _met(gate: str, code: str) -> GateAnswer:
    return GateAnswer(gate, Answer.MET, code)


def _unmet(gate: str) -> GateAnswer:
    return GateAnswer(gate, Answer.UNMET, gate)


# Answers without a detail are the same for everyone, so they are made once.
_REJECTED = _met("no_standing_rejection", "standing_rejection")
_NOT_REJECTED = _unmet("no_standing_rejection")
_KEPT = _met("erased", "not_erased")
_ERASED = _unmet("erased")
_MAY_BE_CONTACTED = _met("do_not_contact", "may_be_contacted")
_DO_NOT_CONTACT = _unmet("do_not_contact")
_MAY_BE_RECONSIDERED = _met("never_reconsider", "may_be_reconsidered")
_NEVER_RECONSIDER = _unmet("never_reconsider")
_NOT_HIRED = _met("hired", "not_hired")
_HIRED = _unmet("hired")
_DID_NOT_LEAVE = _met("left_this_position", "did_not_leave")
_LEFT = _unmet("left_this_position")
_NOT_IN_PROCESS = _met("already_in_process", "not_in_process")
_IN_PROCESS = _unmet("already_in_process")
_GRANTED = _met("consent", "granted")
_CANDIDATE_INITIATED = _met("consent", "candidate_initiated")
_REFUSED = GateAnswer("consent", Answer.UNMET, "refused")
_TIME_HAS_COME = _met("reconsider_on", "time_has_come")
_NO_START = _met("availability", "no_start")
_AVAILABLE = _met("availability", "available")


def _standing_rejection(state: CandidateState) -> GateAnswer:
    return _REJECTED if state.rejections else _NOT_REJECTED


def _erased(state: CandidateState) -> GateAnswer:
    return _ERASED if state.erased else _KEPT


def _do_not_contact(state: CandidateState) -> GateAnswer:
    return _DO_NOT_CONTACT if state.do_not_contact else _MAY_BE_CONTACTED


def _never_reconsider(state: CandidateState) -> GateAnswer:
    for rejection in state.rejections:
        if rejection.never_reconsider:
            return _NEVER_RECONSIDER
    return _MAY_BE_RECONSIDERED


def _hired(state: CandidateState) -> GateAnswer:
    for attempt in state.tries:
        if attempt.status == "hired":
            return _HIRED
    return _NOT_HIRED


def _left_this_position(case: Case) -> GateAnswer:
    return _LEFT if has_left(case.state, case.question.position.position_id) else _DID_NOT_LEAVE


def has_left(state: CandidateState, position_id: UUID) -> bool:
    """Whether the latest try at a position was withdrawn."""
    latest = max(
        [
            (attempt.applied_at, attempt.application_id, attempt.status)
            for attempt in state.tries
            if attempt.position_id == position_id
        ],
        default=None,
    )
    return latest is not None and latest[2] == "withdrawn"


def _already_in_process(case: Case) -> GateAnswer:
    here = case.question.position.position_id
    return _IN_PROCESS if is_in_process(case.state, here) else _NOT_IN_PROCESS


def is_in_process(state: CandidateState, position_id: UUID) -> bool:
    """Whether there is an active application to a position."""
    for attempt in state.tries:
        if attempt.status == "active" and attempt.position_id == position_id:
            return True
    return False


def _consent(case: Case) -> GateAnswer:
    state = case.state
    consent = state.contact_consent
    if consent is None:
        # A momentum is proof of a counted follow-up.
        if state.last_counted_at is not None or state.momentum is not None:
            return _CANDIDATE_INITIATED
        path = f"/v1/candidates/{state.candidate_id}/consent"
        why = "They were never asked whether we may contact them; record what they answer."
        return _unknown("consent", "never_asked", Settle("PUT", path, why))
    if not consent.granted:
        return _REFUSED
    expires_on = consent.expires_on
    if expires_on is None or expires_on >= case.question.today:
        return _GRANTED
    if wrote_after(state, expires_on, case.question.zone):
        return _CANDIDATE_INITIATED
    return GateAnswer("consent", Answer.UNMET, "expired", expires_on.isoformat())


def wrote_after(state: CandidateState, day: date, zone: ZoneInfo) -> bool:
    """Whether the candidate wrote later than on this day."""
    last = state.last_counted_at
    return last is not None and last.astimezone(zone).date() > day


def _reconsider_on(case: Case) -> GateAnswer:
    latest = reconsidered_on(case.state)
    if latest is None or latest <= case.question.today:
        return _TIME_HAS_COME
    return GateAnswer("reconsider_on", Answer.UNMET, "too_early", latest.isoformat())


def reconsidered_on(state: CandidateState) -> date | None:
    """Give the first day on which no standing rejection asks to wait."""
    latest: date | None = None
    for rejection in state.rejections:
        day = rejection.reconsider_on
        if day is not None and (latest is None or day > latest):
            latest = day
    return latest


def _availability(case: Case) -> GateAnswer:
    latest_start = case.question.latest_start
    if latest_start is None:
        return _NO_START
    available_from = case.state.available_from
    if available_from is None:
        path = f"/v1/candidates/{case.state.candidate_id}"
        why = "Nobody told us from when they are available; set available_from."
        return _unknown("availability", "not_told", Settle("PATCH", path, why))
    if available_from <= latest_start:
        return _AVAILABLE
    return GateAnswer("availability", Answer.UNMET, "too_late", available_from.isoformat())


def must_have(case: Case, requirement: Requirement) -> GateAnswer:
    """Answer for one must-have.

    With `verified_only`, a level that the candidate's word alone would reach is unknown; a word
    that would not reach it either is unmet, as it would be without `verified_only`.
    """
    gate = MUST_HAVE + requirement.competency
    level = case.levels.get(requirement.competency)
    if level is None:
        path = f"/v1/candidates/{case.state.candidate_id}"
        why = f"Nothing is known of their {requirement.competency}; assess it in competencies."
        return _unknown(gate, "no_evidence", Settle("PATCH", path, why))
    detail = f"{level.counted(requirement)}/{requirement.min_level}"
    answer = reached(level, requirement)
    if answer is Answer.MET:
        return GateAnswer(gate, Answer.MET, "reached", detail)
    if answer is Answer.UNKNOWN:
        return _unknown(gate, "not_verified", _verification(case, requirement, level), detail)
    return GateAnswer(gate, Answer.UNMET, "below", f"{level.level}/{requirement.min_level}")


def reached(level: Level | None, requirement: Requirement) -> Answer:
    """Answer for one must-have by the level alone; null where nothing is known."""
    if level is None:
        return Answer.UNKNOWN
    if level.counted(requirement) >= requirement.min_level:
        return Answer.MET
    return Answer.UNKNOWN if level.level >= requirement.min_level else Answer.UNMET


def _verification(case: Case, requirement: Requirement, level: Level) -> Settle:
    if level.claimed_by is not None:
        path = f"/v1/advice/{level.claimed_by}"
        why = f"They report {requirement.competency} {level.level}; confirm the advice if it is so."
        return Settle("PATCH", path, why)
    path = f"/v1/candidates/{case.state.candidate_id}"
    why = f"They declare {requirement.competency} {level.level}; assess it in competencies."
    return Settle("PATCH", path, why)


def _unknown(gate: str, code: str, settle: Settle, detail: str | None = None) -> GateAnswer:
    return GateAnswer(gate, Answer.UNKNOWN, code, detail, settle)


def _of_state(gate: StandingGate) -> Gate:
    return lambda case: gate(case.state)


# What these answer depends on no day and on no position.
STANDING_GATES: Final[tuple[StandingGate, ...]] = (
    _standing_rejection,
    _erased,
    _do_not_contact,
    _never_reconsider,
    _hired,
)
GATES: Final[tuple[Gate, ...]] = (
    *map(_of_state, STANDING_GATES),
    _left_this_position,
    _already_in_process,
    _consent,
    _reconsider_on,
    _availability,
)
