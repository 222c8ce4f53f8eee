"""What the worker does for the ranking."""

from uuid import UUID

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.database import Database, Mode, organization_of
from app.facts.queries import facts_of
from app.facts.rules import candidate_record
from app.models.candidate import Candidate
from app.models.organization import ScoringPolicyVersion
from app.models.ranking import PersistencePeriod, RankingLevel, RankingRow
from app.organizations.queries import live_policies
from app.organizations.rules import ScoringPolicy
from app.shortlists.actions.projection import store_ranking_row

_BATCH = 100
_log = structlog.get_logger()


def score_by_new_policy(database: Database, organization_id: UUID) -> int:
    """Score everyone by the versions that are not in force yet, then put the newest into force.

    In batches of one short transaction each; readers go on with the version in force, writers keep
    both. Killed and started again it goes on where it stopped. Returns how many were scored.
    """
    scored = 0
    while True:
        with database.transaction(Mode.WRITE, organization_id) as session:
            in_force, *coming = live_policies(session)
            if not coming:
                return scored
            batch = _unscored(session, coming[-1])
            _score(session, batch, coming[-1])
            scored += len(batch)
            if not batch:
                _put_into_force(session, coming[-1])
                _log.info("scoring_policy.in_force", version=coming[-1].version, scored=scored)
            elif scored % 1000 < _BATCH:
                _log.info("scoring_policy.scoring", after=in_force.version, scored=scored)


def _unscored(session: Session, policy: ScoringPolicy) -> list[UUID]:
    organization_id = organization_of(session)
    has_row = (
        select(RankingRow.candidate_id)
        .where(
            RankingRow.organization_id == organization_id,
            RankingRow.policy_version == policy.version,
            RankingRow.candidate_id == Candidate.id,
        )
        .exists()
    )
    statement = (
        select(Candidate.id)
        .where(
            Candidate.organization_id == organization_id,
            Candidate.deleted_at.is_(None),
            ~has_row,
        )
        .order_by(Candidate.id)
        .limit(_BATCH)
        .with_for_update()
    )
    return list(session.scalars(statement))


def _score(session: Session, candidate_ids: list[UUID], policy: ScoringPolicy) -> None:
    facts = facts_of(session, candidate_ids)
    for candidate_id in candidate_ids:
        store_ranking_row(session, candidate_record(candidate_id, facts[candidate_id]), policy)
    session.flush()


def _put_into_force(session: Session, policy: ScoringPolicy) -> None:
    organization_id = organization_of(session)
    row = session.get(ScoringPolicyVersion, (organization_id, policy.version))
    assert row is not None
    row.scored_at = now()
    for table in (RankingLevel, RankingRow, PersistencePeriod):
        session.execute(
            delete(table).where(
                table.organization_id == organization_id, table.policy_version < policy.version
            )
        )
    session.flush()
