"""Keeping the ranking true to the facts."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.facts.queries import candidate_facts
from app.facts.rules import CandidateRecord, candidate_record
from app.models.application import Advice
from app.models.ranking import RankingLevel, RankingRow
from app.organizations.queries import live_policies
from app.organizations.rules import ScoringPolicy
from app.persistence_scores.actions import store_score
from app.shortlists.queries.states import candidate_state
from app.shortlists.rules.fit import progress
from app.shortlists.rules.levels import levels_of
from app.shortlists.rules.states import CandidateState


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
    row.available_from = state.available_from
    row.state = state.pack()
    _store_levels(session, state, policy, row.momentum)


def _store_levels(
    session: Session, state: CandidateState, policy: ScoringPolicy, momentum: float | None
) -> None:
    """Replace the candidate's places in the lists of who has which level."""
    organization_id = organization_of(session)
    session.execute(
        delete(RankingLevel).where(
            RankingLevel.organization_id == organization_id,
            RankingLevel.candidate_id == state.candidate_id,
            RankingLevel.policy_version == policy.version,
        )
    )
    rows = level_rows(state)
    if momentum is not None and rows:
        key = {
            "organization_id": organization_id,
            "policy_version": policy.version,
            "candidate_id": state.candidate_id,
            "momentum": momentum,
        }
        session.execute(insert(RankingLevel), [{**key, **row} for row in rows])


def level_rows(state: CandidateState) -> list[dict[str, Any]]:
    """Return what is known of each competency, as it is looked for."""
    named = {row.competency for row in state.levels}
    named |= {row.competency for row in state.advice if row.competency is not None}
    return [
        {"competency": competency, "level": found.level, "verified": found.verified}
        for competency, found in sorted(levels_of(state, named).items())
    ]


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
