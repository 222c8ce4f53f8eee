"""Keeping the ranking true to the facts."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.facts.queries import candidate_facts
from app.facts.rules import CandidateRecord, candidate_record
from app.models.application import Advice
from app.models.ranking import RankingRow
from app.organizations.queries import live_policies
from app.organizations.rules import ScoringPolicy
from app.persistence_scores.actions import store_score
from app.shortlists.queries.states import candidate_state
from app.shortlists.rules.fit import progress


def bring_up_to_date(session: Session, candidate_id: UUID) -> CandidateRecord:
    """Make what the ranking reads of a candidate what their facts say, in this transaction.

    The caller holds the candidate's row lock and has recorded its facts. Returns the record as of
    now.
    """
    record = candidate_record(candidate_id, candidate_facts(session, candidate_id))
    _move_advice(session, record)
    for policy in live_policies(session):
        store_ranking_row(session, record, policy)
    session.flush()
    return record


def store_ranking_row(session: Session, record: CandidateRecord, policy: ScoringPolicy) -> None:
    """Write the candidate's row of the ranking under one policy."""
    state = candidate_state(record, store_score(session, record, policy))
    key = (organization_of(session), policy.version, record.candidate_id)
    row = session.get(RankingRow, key)
    if row is None:
        row = RankingRow(policy_version=policy.version, candidate_id=record.candidate_id)
        session.add(row)
    # Who objects to the score is not ranked by it: no place in the walk.
    row.momentum = None if state.rank_objection else state.momentum
    row.progress = progress(state)
    row.state = state.pack()


def _move_advice(session: Session, record: CandidateRecord) -> None:
    moved = {row.id: (row.state, row.state_at) for row in record.advice}
    if not moved:
        return
    rows = session.scalars(
        select(Advice).where(
            Advice.organization_id == organization_of(session),
            Advice.candidate_id == record.candidate_id,
        )
    )
    for row in rows:
        state = moved.get(row.id)
        if state is not None and (row.state, row.state_at) != state:
            row.state, row.state_at = state
            row.touch()
