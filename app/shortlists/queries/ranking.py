"""The ranking at any two clocks: by the projection at now, from the facts at others."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, func, or_, select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.facts.queries import candidate_facts, facts_of, moved_after
from app.facts.rules import CandidateRecord, candidate_record
from app.models.base import table_of
from app.models.ranking import Fact, RankingLevel, RankingRow
from app.organizations.rules import ScoringPolicy
from app.shortlists.queries.states import scored_state
from app.shortlists.rules.position import PositionState, Requirement
from app.shortlists.rules.question import Question, ask
from app.shortlists.rules.ranking import Ranking, Row, rank, rank_all
from app.shortlists.rules.states import CandidateState

_CHUNK = 500


def rank_now(
    session: Session,
    position: PositionState,
    policy: ScoringPolicy,
    *,
    as_of: datetime,
    limit: int,
) -> Ranking:
    """Rank by the projection: walks in the order of stored momentum that stop early.

    Whoever can stand in the entries has every must-have and is known to be available; whoever can
    stand in to_check lacks an answer to one of these. The index tells both before a state is read.
    """
    question = ask(position, policy, as_of)
    return rank(
        _walked(session, policy, _able(question)),
        quiet_states(session, policy),
        position,
        policy,
        as_of=as_of,
        limit=limit,
        open_rows=_walked(session, policy, _unanswered(question)) if question.may_stay_open else (),
    )


def _able(question: Question) -> list[ColumnElement[bool]]:
    """Whose must-haves are reached and who is available in time, as far as the index tells."""
    able = [_has(each, _reached(each)) for each in question.must_haves]
    if question.latest_start is not None:
        able.append(RankingRow.available_from <= question.latest_start)
    return able


def _unanswered(question: Question) -> list[ColumnElement[bool]]:
    """Who fails none of these gates, and for whom one of them is unknown."""
    missing: list[ColumnElement[bool]] = []
    failing_none: list[ColumnElement[bool]] = []
    for each in question.must_haves:
        missing.append(~_has(each))
        failing_none.append(~_has(each, RankingLevel.level < each.min_level))
        if each.verified_only:
            missing.append(_has(each, RankingLevel.level >= each.min_level, ~_reached(each)))
    if question.latest_start is not None:
        untold = RankingRow.available_from.is_(None)
        missing.append(untold)
        failing_none.append(untold | (RankingRow.available_from <= question.latest_start))
    return [or_(*missing), *failing_none]


def _reached(requirement: Requirement) -> ColumnElement[bool]:
    if requirement.verified_only:
        return func.coalesce(RankingLevel.verified, 0) >= requirement.min_level
    return RankingLevel.level >= requirement.min_level


def _has(requirement: Requirement, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        select(RankingLevel.candidate_id)
        .where(
            RankingLevel.organization_id == RankingRow.organization_id,
            RankingLevel.policy_version == RankingRow.policy_version,
            RankingLevel.competency == requirement.competency,
            RankingLevel.candidate_id == RankingRow.candidate_id,
            *conditions,
        )
        .exists()
    )


def rank_at(
    session: Session,
    position: PositionState,
    policy: ScoringPolicy,
    *,
    as_of: datetime,
    known_at: datetime,
    limit: int,
    erased: Iterable[CandidateState] = (),
) -> Ranking:
    """Rank at two clocks, from everyone; `erased` are states that only a frozen list still has."""
    states = [*erased, *states_at(session, policy, as_of, known_at)]
    return rank_all(states, position, policy, as_of=as_of, limit=limit)


def walk(session: Session, policy: ScoringPolicy) -> Iterator[Row]:
    """Yield who is ranked by momentum, the greatest first."""
    return _walked(session, policy, ())


def _walked(
    session: Session, policy: ScoringPolicy, conditions: Iterable[ColumnElement[bool]]
) -> Iterator[Row]:
    statement = (
        select(RankingRow.momentum, RankingRow.progress, RankingRow.state)
        .where(*_under(session, policy), RankingRow.momentum.is_not(None), *conditions)
        .order_by(RankingRow.momentum.desc(), RankingRow.candidate_id)
    )
    with session.execute(statement.execution_options(yield_per=_CHUNK)) as rows:
        for momentum, progress, state in rows:
            assert momentum is not None
            yield momentum, progress, _Unpacked(state)


class _Unpacked:
    """Reads a state when it is asked for."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __call__(self) -> CandidateState:
        return CandidateState.unpack(self._text)


def quiet_states(session: Session, policy: ScoringPolicy) -> Iterator[CandidateState]:
    """Yield who is not ranked by momentum, in no order."""
    statement = select(RankingRow.state).where(
        *_under(session, policy), RankingRow.momentum.is_(None)
    )
    with session.scalars(statement.execution_options(yield_per=_CHUNK)) as rows:
        for state in rows:
            yield CandidateState.unpack(state)


def states_at(
    session: Session, policy: ScoringPolicy, as_of: datetime, known_at: datetime
) -> Iterator[CandidateState]:
    """Yield everyone who was known, as they were at two clocks.

    Who has no fact later than either clock still stands as stored; the others are computed anew
    from their facts, and so is everyone where the policy is no longer kept.
    """
    session.flush()
    organization_id = organization_of(session)
    if _is_kept(session, policy):
        moved = set(session.scalars(moved_after(as_of, known_at, organization_id)))
        statement = select(RankingRow.candidate_id, RankingRow.state).where(
            *_under(session, policy)
        )
        with session.execute(statement.execution_options(yield_per=_CHUNK)) as rows:
            for candidate_id, state in rows:
                if candidate_id not in moved:
                    yield CandidateState.unpack(state)
    else:
        moved = set(
            session.scalars(
                select(Fact.candidate_id)
                .where(Fact.organization_id == organization_id, Fact.candidate_id.is_not(None))
                .distinct()
            )
        )
    ids = sorted(each for each in moved if each is not None)
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        facts = facts_of(session, chunk, known_at)
        for candidate_id in chunk:
            record = candidate_record(candidate_id, facts[candidate_id], as_of, known_at)
            if record.existence == "present":
                yield scored_state(record, policy)


def _is_kept(session: Session, policy: ScoringPolicy) -> bool:
    return (
        session.scalar(select(RankingRow.candidate_id).where(*_under(session, policy)).limit(1))
        is not None
    )


def _under(
    session: Session, policy: ScoringPolicy
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (
        RankingRow.organization_id == organization_of(session),
        RankingRow.policy_version == policy.version,
    )


_KEPT = table_of(RankingRow).c
_STATE = select(_KEPT.state).where(
    _KEPT.organization_id == bindparam("organization_id"),
    _KEPT.policy_version == bindparam("policy_version"),
    _KEPT.candidate_id == bindparam("candidate_id"),
)


def state_now(session: Session, policy: ScoringPolicy, candidate_id: UUID) -> CandidateState | None:
    """Return one candidate as the ranking reads them now."""
    asked = {
        "organization_id": organization_of(session),
        "policy_version": policy.version,
        "candidate_id": candidate_id,
    }
    text = session.scalar(_STATE, asked)
    return None if text is None else CandidateState.unpack(text)


def records_at(
    session: Session, candidate_ids: Iterable[UUID], as_of: datetime, known_at: datetime
) -> dict[UUID, CandidateRecord]:
    """Return the records of several candidates at two clocks."""
    ids = list(candidate_ids)
    facts = facts_of(session, ids, known_at)
    return {each: candidate_record(each, facts[each], as_of, known_at) for each in ids}


def record_of(session: Session, candidate_id: UUID, as_of: datetime | None) -> CandidateRecord:
    """Return one candidate's record at `as_of`, by what is known now."""
    return candidate_record(candidate_id, candidate_facts(session, candidate_id), as_of)
