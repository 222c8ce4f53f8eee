"""From a candidate's record to what the score's rules read, and to a reading."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.problems import Invalid
from app.facts.queries import candidate_facts, require_candidate
from app.facts.rules import CandidateRecord, FollowUpRecord, candidate_record
from app.organizations.queries import current_policy
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
    given = {advice.id: advice.given_at for advice in record.advice}
    first_advice_at = min(given.values(), default=None)
    reporting = {
        milestone.follow_up_id for milestone in record.milestones if milestone.status != "refuted"
    }
    return tuple(
        CountedFollowUp(
            occurred_at=row.occurred_at,
            addresses_advice=any(
                each in given and given[each] <= row.occurred_at for each in row.advice_ids
            ),
            reports_milestone=row.id in reporting,
            advice_given_before=first_advice_at is not None and first_advice_at <= row.occurred_at,
        )
        for row in that_count(record)
    )


def that_count(record: CandidateRecord) -> list[FollowUpRecord]:
    """Return the follow-ups that count for the candidate's score, as they were recorded."""
    first = record.first_rejected_at
    return [
        row
        for row in record.follow_ups
        if counts(row.direction, row.automated, row.occurred_at, first)
    ]


def pauses_of(record: CandidateRecord) -> tuple[Pause, ...]:
    """Return the candidate's pauses as the rules know them."""
    return tuple(Pause(first_day, last_day) for first_day, last_day in record.pauses)


def persistence_of(
    session: Session, candidate_id: UUID, as_of: datetime | None = None
) -> PersistenceReading:
    """Return a candidate's score at `as_of` (default: now) by what is known now.

    Raises NotFound, Gone, or Invalid for an instant that lies ahead.
    """
    present = now()
    if as_of is not None and as_of > present:
        raise Invalid("?as_of", "lies in the future")
    require_candidate(session, candidate_id)
    when = as_of or present
    record = candidate_record(candidate_id, candidate_facts(session, candidate_id), when)
    return persistence_reading(record, current_policy(session), when)


def persistence_reading(
    record: CandidateRecord, policy: ScoringPolicy, as_of: datetime
) -> PersistenceReading:
    """Return the candidate's score at `as_of`, with what it is made of."""
    return reading(
        counted_follow_ups(record), record.first_rejected_at, pauses_of(record), policy, as_of
    )
