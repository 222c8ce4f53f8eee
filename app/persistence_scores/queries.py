"""From a candidate's record to what the score's rules read, and to a reading."""

from datetime import datetime

from app.facts.rules import CandidateRecord, FollowUpRecord
from app.organizations.rules import ScoringPolicy
from app.persistence_scores.rules import (
    CountedFollowUp,
    Pause,
    PersistenceReading,
    counts,
    reading,
)


def counted_follow_ups(record: CandidateRecord) -> tuple[CountedFollowUp, ...]:
    """Return the follow-ups that count, each with what it earns credit for."""
    first_advice_at = min((advice.given_at for advice in record.advice), default=None)
    reporting = {
        milestone.follow_up_id for milestone in record.milestones if milestone.status != "refuted"
    }
    return tuple(
        CountedFollowUp(
            occurred_at=row.occurred_at,
            addresses_advice=bool(row.advice_ids),
            reports_milestone=row.id in reporting,
            advice_given_before=first_advice_at is not None and first_advice_at <= row.occurred_at,
        )
        for row in record.follow_ups
        if _counts(row, record)
    )


def _counts(row: FollowUpRecord, record: CandidateRecord) -> bool:
    return counts(row.direction, row.automated, row.occurred_at, record.first_rejected_at)


def pauses_of(record: CandidateRecord) -> tuple[Pause, ...]:
    """Return the candidate's pauses as the rules know them."""
    return tuple(Pause(first_day, last_day) for first_day, last_day in record.pauses)


def persistence_reading(
    record: CandidateRecord, policy: ScoringPolicy, as_of: datetime
) -> PersistenceReading:
    """Return the candidate's score at `as_of`, with what it is made of."""
    return reading(
        counted_follow_ups(record), record.first_rejected_at, pauses_of(record), policy, as_of
    )
