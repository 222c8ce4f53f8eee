"""Keeping the stored score true to the facts."""

from typing import Any

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.facts.rules import CandidateRecord
from app.models.base import table_of
from app.models.ranking import PersistencePeriod
from app.organizations.rules import ScoringPolicy
from app.persistence_scores.queries import counted_follow_ups, pauses_of
from app.persistence_scores.rules import PeriodCredit, momentum, period_credits

_PERIODS = table_of(PersistencePeriod)
_MINE = (
    _PERIODS.c.organization_id == bindparam("organization_id"),
    _PERIODS.c.candidate_id == bindparam("candidate_id"),
    _PERIODS.c.policy_version == bindparam("policy_version"),
)
_STORED = select(_PERIODS).where(*_MINE)
_FORGET = delete(table_of(PersistencePeriod)).where(
    *_MINE, _PERIODS.c.period == bindparam("stale_period")
)
_STORE = insert(table_of(PersistencePeriod))


def store_score(session: Session, record: CandidateRecord, policy: ScoringPolicy) -> float | None:
    """Replace the candidate's periods under this policy; return the momentum they add up to.

    The caller holds the candidate's row lock. Momentum is recomputed from all periods each time:
    adding in place gives other digits in another order of arrival.
    """
    follow_ups = counted_follow_ups(record)
    periods = period_credits(follow_ups, policy)
    key = {
        "organization_id": organization_of(session),
        "candidate_id": record.candidate_id,
        "policy_version": policy.version,
    }
    stored = {row.period: row for row in session.execute(_STORED, key)}
    fresh = {period.period: _columns(period) for period in periods}
    changed = [period for period in fresh if _differs(stored.get(period), fresh[period])]
    stale = [*(stored.keys() - fresh.keys()), *(period for period in changed if period in stored)]
    if stale:
        session.execute(_FORGET, [{**key, "stale_period": period} for period in stale])
    if changed:
        session.execute(_STORE, [{**key, **fresh[period]} for period in changed])
    last_counted_at = max((row.occurred_at for row in follow_ups), default=None)
    return momentum(periods, last_counted_at, pauses_of(record), policy)


def _differs(stored: Any, fresh: dict[str, object]) -> bool:
    return stored is None or any(getattr(stored, name) != fresh[name] for name in fresh)


def _columns(period: PeriodCredit) -> dict[str, object]:
    return {
        "period": period.period,
        "touch": period.touch,
        "advice": period.advice,
        "milestone": period.milestone,
        "last_at": period.last_at,
    }
