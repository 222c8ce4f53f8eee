"""From a candidate's record to the state that the ranking reads."""

from app.core.clock import EVER
from app.facts.rules import CandidateRecord
from app.organizations.rules import ScoringPolicy
from app.persistence_scores.queries import counted_follow_ups, pauses_of, that_count
from app.persistence_scores.rules import momentum, period_credits
from app.shortlists.rules.states import (
    AdviceState,
    CandidateState,
    ConsentState,
    LevelState,
    RejectionState,
    Try,
)


def scored_state(record: CandidateRecord, policy: ScoringPolicy) -> CandidateState:
    """Return the candidate as the ranking reads them, scored from the record itself."""
    follow_ups = counted_follow_ups(record)
    last = max((row.occurred_at for row in follow_ups), default=None)
    score = momentum(period_credits(follow_ups, policy), last, pauses_of(record), policy)
    return candidate_state(record, score)


def candidate_state(record: CandidateRecord, score: float | None) -> CandidateState:
    """Return the candidate as the ranking reads them, with a momentum computed elsewhere."""
    contact, ranked = record.consents.get("contact"), record.consents.get("rank")
    counted = [row.occurred_at for row in that_count(record)]
    return CandidateState(
        candidate_id=record.candidate_id,
        erased=record.existence != "present",
        do_not_contact=record.do_not_contact,
        available_from=record.available_from,
        contact_consent=None
        if contact is None
        else ConsentState(contact.granted, contact.expires_on, contact.at),
        rank_objection=ranked is not None and not ranked.granted,
        momentum=score,
        last_counted_at=max(counted, default=None),
        pauses=pauses_of(record),
        tries=tuple(
            Try(
                row.id,
                row.position_id,
                row.status,
                row.applied_at or EVER,
                row.furthest_stage,
                row.is_finalist,
            )
            for row in record.applications
        ),
        rejections=tuple(
            RejectionState(
                row.id, row.application_id, row.rejected_at, row.never_reconsider, row.reconsider_on
            )
            for row in record.rejections
        ),
        advice=tuple(
            AdviceState(
                row.id,
                row.rejection_id,
                row.number,
                row.competency,
                row.target_level,
                row.state,
                row.state_at,
            )
            for row in record.advice
        ),
        levels=(*_told_levels(record), *_confirmed_levels(record)),
        counted=(len(counted), min(counted)) if counted else None,
    )


def _told_levels(record: CandidateRecord) -> tuple[LevelState, ...]:
    return tuple(
        LevelState(row.competency, row.level, row.source, row.at) for row in record.competencies
    )


def _confirmed_levels(record: CandidateRecord) -> tuple[LevelState, ...]:
    advice = {row.id: row for row in record.advice}
    counted = {row.id for row in that_count(record)}
    found = []
    for milestone in record.milestones:
        aim = advice.get(milestone.advice_id) if milestone.advice_id else None
        if milestone.status != "confirmed" or aim is None or milestone.follow_up_id not in counted:
            continue
        if aim.competency is not None and aim.target_level is not None:
            found.append(LevelState(aim.competency, aim.target_level, "confirmed", milestone.at))
    return tuple(found)
