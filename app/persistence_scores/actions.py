"""Keeping the stored score true to the facts."""

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.facts.rules import CandidateRecord
from app.models.ranking import PersistencePeriod
from app.organizations.rules import ScoringPolicy
from app.persistence_scores.queries import counted_follow_ups, pauses_of
from app.persistence_scores.rules import PeriodCredit, momentum, period_credits


def store_score(session: Session, record: CandidateRecord, policy: ScoringPolicy) -> float | None:
    """Replace the candidate's periods under this policy; return the momentum they add up to.

    The caller holds the candidate's row lock. Momentum is recomputed from all periods each time:
    adding in
    place gives other digits in another order of arrival.
    """
    follow_ups = counted_follow_ups(record)
    periods = period_credits(follow_ups, policy)
    organization_id = organization_of(session)
    session.execute(
        delete(PersistencePeriod)
        .where(
            PersistencePeriod.organization_id == organization_id,
            PersistencePeriod.candidate_id == record.candidate_id,
            PersistencePeriod.policy_version == policy.version,
        )
        # No session holds these rows; looking through all that it does hold for them is not free.
        .execution_options(synchronize_session=False)
    )
    if periods:
        session.execute(
            insert(PersistencePeriod),
            [
                {
                    "organization_id": organization_id,
                    "candidate_id": record.candidate_id,
                    "policy_version": policy.version,
                    **_columns(period),
                }
                for period in periods
            ],
        )
    last_counted_at = max((row.occurred_at for row in follow_ups), default=None)
    return momentum(periods, last_counted_at, pauses_of(record), policy)


def _columns(period: PeriodCredit) -> dict[str, object]:
    return {
        "period": period.period,
        "touch": period.touch,
        "advice": period.advice,
        "milestone": period.milestone,
        "last_at": period.last_at,
    }
