"""Keeping the ranking true to the facts."""

from uuid import UUID

from sqlalchemy import Executable, Table, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.facts.queries import candidate_facts
from app.facts.rules import CandidateRecord, candidate_record
from app.models.application import Advice
from app.models.base import table_of
from app.models.ranking import RankingRow
from app.organizations.queries import live_policies
from app.organizations.rules import ScoringPolicy
from app.outbox.actions import record as record_event
from app.persistence_scores.actions import store_score
from app.shortlists.actions.posting import post
from app.shortlists.queries.states import candidate_state
from app.shortlists.rules.fit import progress
from app.shortlists.rules.postings import Postings, postings_of
from app.shortlists.rules.states import CandidateState

_ROWS = table_of(RankingRow)
_MINE = (
    _ROWS.c.organization_id == bindparam("organization_id"),
    _ROWS.c.policy_version == bindparam("policy_version"),
    _ROWS.c.candidate_id == bindparam("candidate_id"),
)
_STORED = select(_ROWS.c.state, _ROWS.c.posted).where(*_MINE)


def _put(table: Table) -> dict[str, Executable]:
    """Return, for either store, the statement that inserts a row or replaces the one there is."""
    key = [column.name for column in table.primary_key]
    rest = [column.name for column in table.columns if column.name not in key]
    put: dict[str, Executable] = {}
    for name, module in (("sqlite", sqlite), ("postgresql", postgresql)):
        statement = module.insert(table)
        put[name] = statement.on_conflict_do_update(
            index_elements=key, set_={each: statement.excluded[each] for each in rest}
        )
    return put


_PUT_ROW = _put(_ROWS)
_ADVICE = table_of(Advice).c
_ADVICE_STATES = select(_ADVICE.id, _ADVICE.state, _ADVICE.state_at).where(
    _ADVICE.organization_id == bindparam("organization_id"),
    _ADVICE.candidate_id == bindparam("candidate_id"),
)


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
    store_state(session, candidate_state(record, store_score(session, record, policy)), policy)


def store_state(session: Session, state: CandidateState, policy: ScoringPolicy) -> None:
    """Write what the ranking reads of a candidate under one policy: the state, and its places."""
    # Who objects to the score is not ranked by it: no place in the walk.
    momentum = None if state.rank_objection else state.momentum
    key = {
        "organization_id": organization_of(session),
        "policy_version": policy.version,
        "candidate_id": state.candidate_id,
    }
    posted = postings_of(state, policy)
    fresh = (state.pack(), "" if posted is None else posted.pack())
    stored = session.execute(_STORED, key).one_or_none()
    if stored is not None and tuple(stored) == fresh:
        return
    session.execute(
        _PUT_ROW[session.get_bind().dialect.name],
        {
            **key,
            "momentum": momentum,
            "progress": progress(state),
            "available_from": state.available_from,
            "state": fresh[0],
            "posted": fresh[1],
        },
    )
    before = None if stored is None or not stored.posted else Postings.unpack(stored.posted)
    post(session, key, before, posted)


def _move_advice(session: Session, record: CandidateRecord) -> None:
    organization_id = organization_of(session)
    derived = {row.id: (row.state, row.state_at) for row in record.advice}
    if not derived:
        return
    stored = session.execute(
        _ADVICE_STATES,
        {"organization_id": organization_id, "candidate_id": record.candidate_id},
    )
    moved = [
        advice_id
        for advice_id, state, state_at in stored
        if derived.get(advice_id, (state, state_at)) != (state, state_at)
    ]
    if not moved:
        return
    rows = session.scalars(
        select(Advice).where(Advice.organization_id == organization_id, Advice.id.in_(moved))
    )
    for row in rows:
        row.state, row.state_at = derived[row.id]
        row.touch()
        ids = {
            "advice_id": str(row.id),
            "application_id": str(row.application_id),
            "candidate_id": str(row.candidate_id),
        }
        record_event(session, organization_id, "advice.moved", ids)
