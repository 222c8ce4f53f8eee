"""The shortlist once more, written from the design in the plainest way, to hold the rules against.

It shares nothing with the rules under test but the values that go in. It looks at everyone, asks
every gate, sorts whole lists and takes the first of them.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from math import fsum
from uuid import UUID
from zoneinfo import ZoneInfo

from app.organizations.rules import ScoringPolicy
from app.persistence_scores.rules import effective_momentum, persistence_at
from app.shortlists.rules.position import PositionState, Requirement
from app.shortlists.rules.states import CandidateState

SECTIONS = ("entries", "to_check", "quiet", "excluded")


@dataclass(frozen=True)
class Line:
    """One candidate as the twin sees them."""

    candidate_id: UUID
    section: str
    failed_gate: str | None
    gates: dict[str, str]
    fit: float
    progress: float
    match: float | None
    order: tuple[object, ...]


def rank_plainly(
    states: Iterable[CandidateState],
    position: PositionState,
    policy: ScoringPolicy,
    as_of: datetime,
    limit: int,
) -> dict[str, list[UUID]]:
    lines = sorted((judge(each, position, policy, as_of) for each in states), key=_order)
    return {
        section: [line.candidate_id for line in lines if line.section == section][:limit]
        for section in SECTIONS[:3]
    }


def count_plainly(
    states: Iterable[CandidateState],
    position: PositionState,
    policy: ScoringPolicy,
    as_of: datetime,
) -> tuple[Counter[str], Counter[str]]:
    lines = [judge(each, position, policy, as_of) for each in states]
    failed = Counter(line.failed_gate for line in lines if line.failed_gate is not None)
    return Counter(line.section for line in lines), failed


def _order(line: Line) -> tuple[object, ...]:
    return line.order


def judge(
    state: CandidateState, position: PositionState, policy: ScoringPolicy, as_of: datetime
) -> Line:
    gates = all_gates(state, position, policy, as_of)
    failed = next((name for name, answer in gates.items() if answer == "unmet"), None)
    fit = fit_of(state, position)
    progress = progress_of(state)
    persistence = match = momentum = None
    if state.momentum is not None and not state.rank_objection:
        persistence = persistence_at(state.momentum, as_of, state.pauses, policy)
        momentum = effective_momentum(state.momentum, as_of, state.pauses, policy)
    if persistence is not None:
        w = policy.weight_base + policy.weight_fit * fit + policy.weight_progress * progress
        match = persistence * w
    if failed is not None:
        section = "excluded"
    elif persistence is None or state.rank_objection:
        section = "quiet"
    elif "unknown" in gates.values():
        section = "to_check"
    else:
        section = "entries"
    order: tuple[object, ...]
    if section == "quiet":
        order = (*quiet_order(state, fit), state.candidate_id)
    elif match is None or momentum is None:
        order = (0.0, 0.0, state.candidate_id)
    else:
        order = (-round(match, 12), -momentum, state.candidate_id)
    return Line(state.candidate_id, section, failed, gates, fit, progress, match, (section, *order))


def all_gates(
    state: CandidateState, position: PositionState, policy: ScoringPolicy, as_of: datetime
) -> dict[str, str]:
    zone = ZoneInfo(policy.time_zone)
    today = as_of.astimezone(zone).date()
    here = [each for each in state.tries if each.position_id == position.position_id]
    here.sort(key=lambda each: (each.applied_at, each.application_id))
    gates = {
        "no_standing_rejection": unmet_if(len(state.rejections) == 0),
        "erased": unmet_if(state.erased),
        "do_not_contact": unmet_if(state.do_not_contact),
        "never_reconsider": unmet_if(any(each.never_reconsider for each in state.rejections)),
        "hired": unmet_if("hired" in [each.status for each in state.tries]),
        "left_this_position": unmet_if(bool(here) and here[-1].status == "withdrawn"),
        "already_in_process": unmet_if("active" in [each.status for each in here]),
    }
    wrote = state.last_counted_at
    consent = state.contact_consent
    if consent is None:
        gates["consent"] = "met" if wrote is not None else "unknown"
    elif not consent.granted:
        gates["consent"] = "unmet"
    elif consent.expires_on is None or today <= consent.expires_on:
        gates["consent"] = "met"
    else:
        since = wrote is not None and wrote.astimezone(zone).date() > consent.expires_on
        gates["consent"] = "met" if since else "unmet"
    gates["reconsider_on"] = unmet_if(
        any(
            each.reconsider_on is not None and each.reconsider_on > today
            for each in state.rejections
        )
    )
    if position.starts_on is None:
        gates["availability"] = "met"
    elif state.available_from is None:
        gates["availability"] = "unknown"
    else:
        gates["availability"] = unmet_if(state.available_from > max(position.starts_on, today))
    for requirement in position.requirements:
        if requirement.kind == "must_have":
            gates["must_have:" + requirement.competency] = must_have(state, requirement)
    return gates


def unmet_if(fault: bool) -> str:  # noqa: FBT001
    return "unmet" if fault else "met"


def must_have(state: CandidateState, requirement: Requirement) -> str:
    verified, level = levels(state, requirement.competency)
    if level is None:
        return "unknown"
    if requirement.verified_only:
        if verified is not None and verified >= requirement.min_level:
            return "met"
        return "unknown" if level >= requirement.min_level else "unmet"
    return "met" if level >= requirement.min_level else "unmet"


def levels(state: CandidateState, competency: str) -> tuple[int | None, int | None]:
    """Give the verified level and the level that counts with the candidate's word."""
    proofs = [
        (each.at, each.level)
        for each in state.levels
        if each.competency == competency and each.source in {"assessed", "confirmed"}
    ]
    declarations = [
        (each.at, each.level)
        for each in state.levels
        if each.competency == competency and each.source == "declared"
    ]
    claims = []
    for each in state.advice:
        if each.competency == competency and each.target_level is not None:
            if each.state == "confirmed":
                proofs.append((each.state_at, each.target_level))
            if each.state == "reported":
                claims.append((each.state_at, each.target_level))
    verified = max(proofs)[1] if proofs else None
    base = max(proofs) if proofs else max(declarations) if declarations else None
    level = None if base is None else base[1]
    for at, target in claims:
        if base is None or at > base[0]:
            level = target if level is None else max(level, target)
    return verified, level


def fit_of(state: CandidateState, position: PositionState) -> float:
    total = fsum(each.weight for each in position.requirements)
    if total == 0:
        tried = {each.position_id for each in state.tries}
        if tried & (position.family_position_ids | {position.position_id}):
            return 1.0
        return 0.6 if tried & position.department_position_ids else 0.2
    parts = []
    for each in position.requirements:
        verified, level = levels(state, each.competency)
        counted = (verified if each.verified_only else level) or 0
        parts.append(each.weight * min(1.0, counted / each.min_level))
    return fsum(parts) / total


def progress_of(state: CandidateState) -> float:
    latest = sorted(state.rejections, key=lambda each: (each.rejected_at, each.rejection_id))[-3:]
    ids = [each.rejection_id for each in latest]
    worth = {"open": 0, "in_progress": 0.25, "reported": 0.7, "confirmed": 1}
    parts = [
        worth[each.state]
        for each in state.advice
        if each.rejection_id in ids and each.state != "withdrawn"
    ]
    return fsum(parts) / len(parts) if parts else 0.5


# The stage texts that the tests use, and where the design's order puts them.
STAGES = {
    None: 0,
    "Application Review": 0,
    "Phone Screen": 1,
    "Take-home assessment": 2,
    "Vorstellungsrunde": 3,
    "2nd interview": 4,
    "Onsite": 5,
    "Offer extended": 6,
}


def quiet_order(state: CandidateState, fit: float) -> tuple[float, int, float]:
    reached = [max(STAGES[each.furthest_stage], 5 * each.is_finalist) for each in state.tries]
    epoch = datetime(1, 1, 1, tzinfo=UTC)
    applied = [(each.applied_at - epoch).total_seconds() for each in state.tries]
    return (-round(fit, 12), -max(reached, default=0), -max(applied, default=0.0))
