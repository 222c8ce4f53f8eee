"""The ranking at any two clocks: by the projection at now, from the facts at others."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.facts.queries import candidate_facts, facts_of, moved_after
from app.facts.rules import CandidateRecord, candidate_record
from app.models.base import table_of
from app.models.ranking import Fact, RankingRow
from app.organizations.rules import ScoringPolicy
from app.shortlists.queries.lists import Lists
from app.shortlists.queries.states import scored_state
from app.shortlists.rules.judging import Key
from app.shortlists.rules.match import Section, compared, measure, place
from app.shortlists.rules.position import PositionState
from app.shortlists.rules.postings import postings_of
from app.shortlists.rules.question import Case, Question, ask
from app.shortlists.rules.ranking import LISTED, Ranking, order_key, rank_all, ranked
from app.shortlists.rules.search import Above, Best, Searched, StoppedBecause, search
from app.shortlists.rules.sources import everyone_for, sources_for
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
    """Rank by the projection, reading no more of the lists than that takes.

    While somebody's places in the lists are still to be worked out, everyone is looked at.
    """
    if not is_posted(session, policy):
        return rank_at(session, position, policy, as_of=as_of, known_at=as_of, limit=limit)
    question = ask(position, policy, as_of)
    found = {each: _first(session, question, each, limit) for each in LISTED}
    wanted = [id_ for first in found.values() for id_ in first.candidate_ids]
    packed = _packed(session, policy, wanted)
    ends = {each.searched.stopped_because for each in found.values()}
    return Ranking(
        entries=ranked(found[Section.ENTRIES].candidate_ids, packed, question),
        to_check=ranked(found[Section.TO_CHECK].candidate_ids, packed, question),
        quiet=ranked(found[Section.QUIET].candidate_ids, packed, question),
        looked_at=sum(each.searched.looked_at for each in found.values()),
        stopped_because=StoppedBecause.BOUND
        if StoppedBecause.BOUND in ends
        else StoppedBecause.EXHAUSTED,
    )


@dataclass(frozen=True, slots=True)
class First:
    """Who stands first in a section, and what it took to find them."""

    candidate_ids: tuple[UUID, ...]
    searched: Searched


def _first(session: Session, question: Question, section: Section, limit: int) -> First:
    if limit == 0 or (section is Section.TO_CHECK and not question.may_stay_open):
        return First((), Searched(0, StoppedBecause.EXHAUSTED))
    best = Best(limit)
    lists = Lists(session, question.policy, question, section)
    sources = sources_for(question, section)
    searched = search(question, section, sources, best, lists.fetch, limit=limit)
    return First(tuple([_to_id(each[-1]) for each in best.keys]), searched)


def _to_id(raw: Any) -> UUID:
    return raw if isinstance(raw, UUID) else UUID(bytes=bytes(raw))


def rank_of(session: Session, case: Case) -> int | None:
    """Return one candidate's rank now within their section, however far down; None if excluded.

    Everybody above is counted, from the rows of the lists alone.
    """
    question, state = case.question, case.state
    section = place(case).section
    if section is Section.EXCLUDED:
        return None
    policy = question.policy
    posted = postings_of(state, policy)
    if posted is None or not is_posted(session, policy):
        return _rank_among_all(session, case, section)
    lists = Lists(session, policy, question, section)
    numbers = measure(case)
    own: Key
    if numbers.match is None or numbers.effective_momentum is None:
        own = (-compared(numbers.fit), posted.place, lists.raw(state.candidate_id))
    else:
        last = lists.raw(state.candidate_id)
        own = (-compared(numbers.match), -numbers.effective_momentum, last)
    above = Above(own)
    everyone = everyone_for(question, section)
    search(question, section, everyone, above, lists.fetch, limit=_CHUNK)
    return 1 + above.count


def _rank_among_all(session: Session, case: Case, section: Section) -> int:
    question = case.question
    own = order_key(case.state, section, measure(case))
    rivals = states_at(session, question.policy, question.as_of, question.as_of)
    return 1 + sum(
        place(each).section is section and order_key(each.state, section, measure(each)) > own
        for each in (Case(rival, question) for rival in rivals)
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


_UNPOSTED = (
    select(_KEPT.candidate_id)
    .where(
        _KEPT.organization_id == bindparam("organization_id"),
        _KEPT.policy_version == bindparam("policy_version"),
        _KEPT.posted.is_(None),
    )
    .limit(1)
)
_SEVERAL = select(_KEPT.candidate_id, _KEPT.state).where(
    _KEPT.organization_id == bindparam("organization_id"),
    _KEPT.policy_version == bindparam("policy_version"),
    _KEPT.candidate_id.in_(bindparam("candidate_ids", expanding=True)),
)


def is_posted(session: Session, policy: ScoringPolicy) -> bool:
    """Whether everybody's places in the lists have been worked out."""
    asked = {"organization_id": organization_of(session), "policy_version": policy.version}
    return session.scalar(_UNPOSTED, asked) is None


def _packed(
    session: Session, policy: ScoringPolicy, candidate_ids: Sequence[UUID]
) -> dict[UUID, str]:
    if not candidate_ids:
        return {}
    asked = {
        "organization_id": organization_of(session),
        "policy_version": policy.version,
        "candidate_ids": candidate_ids,
    }
    return dict(session.execute(_SEVERAL, asked).all())


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
