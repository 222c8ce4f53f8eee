"""The ranking at any two clocks: by the lists, or from everyone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.facts.queries import candidate_facts, facts_of, moved_after
from app.facts.rules import CandidateRecord, candidate_record
from app.models.base import table_of
from app.models.ranking import RankingRow
from app.organizations.rules import ScoringPolicy
from app.shortlists.queries.lists import Lists
from app.shortlists.queries.walking import Clocks, everyone_at, recomputed, up_to
from app.shortlists.rules.judging import Key
from app.shortlists.rules.match import Section, compared, measure, place
from app.shortlists.rules.position import PositionState
from app.shortlists.rules.postings import postings_of, quiet_place
from app.shortlists.rules.question import Case, Question, ask
from app.shortlists.rules.ranking import LISTED, Ranking, order_key, rank_all, ranked
from app.shortlists.rules.runs import most_read, most_recomputed
from app.shortlists.rules.search import Above, Best, Searched, StoppedBecause, search
from app.shortlists.rules.sources import everyone_for, sources_for
from app.shortlists.rules.states import CandidateState

_CHUNK = 500
# As many as a busy candidate has. Who has to be read past that, is asked of batch by batch.
_FACTS_OF_EACH = 50


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
    return _by_lists(session, ask(position, policy, as_of), limit, Others())


@dataclass(frozen=True, slots=True)
class Others:
    """Who stands otherwise than the lists have it: as they are instead, and all who are meant."""

    states: Mapping[UUID, CandidateState] = field(default_factory=dict)
    moved: Sequence[UUID] = ()


def _by_lists(session: Session, question: Question, limit: int, others: Others) -> Ranking:
    found = {each: _first(session, question, each, limit, others) for each in LISTED}
    wanted = {id_ for first in found.values() for id_ in first.candidate_ids}
    own = {id_: state.pack() for id_, state in others.states.items() if id_ in wanted}
    packed = _packed(session, question.policy, sorted(wanted - own.keys())) | own
    ends = {each.searched.stopped_because for each in found.values()}
    return Ranking(
        entries=ranked(found[Section.ENTRIES].candidate_ids, packed, question),
        to_check=ranked(found[Section.TO_CHECK].candidate_ids, packed, question),
        quiet=ranked(found[Section.QUIET].candidate_ids, packed, question),
        looked_at=len(others.states) + sum(each.searched.looked_at for each in found.values()),
        stopped_because=StoppedBecause.BOUND
        if StoppedBecause.BOUND in ends
        else StoppedBecause.EXHAUSTED,
    )


@dataclass(frozen=True, slots=True)
class First:
    """Who stands first in a section, and what it took to find them."""

    candidate_ids: tuple[UUID, ...]
    searched: Searched


def _first(
    session: Session, question: Question, section: Section, limit: int, others: Others
) -> First:
    if limit == 0 or (section is Section.TO_CHECK and not question.may_stay_open):
        return First((), Searched(0, StoppedBecause.EXHAUSTED))
    best = Best(limit)
    lists = Lists(session, question.policy, question, section)
    for state in others.states.values():
        case = Case(state, question)
        if place(case).section is section:
            best.offer(_key(case, lists))
    searched = search(
        question,
        section,
        sources_for(question, section),
        best,
        lists.fetch,
        limit=limit,
        left_out=[lists.raw(each) for each in others.moved],
    )
    return First(tuple([_to_id(each[-1]) for each in best.keys]), searched)


def _key(case: Case, lists: Lists) -> Key:
    """Return what somebody who stands in no list would stand there in order by."""
    numbers, last = measure(case), lists.raw(case.state.candidate_id)
    if numbers.match is None or numbers.effective_momentum is None:
        reached, applied = order_key(case.state, Section.QUIET, numbers)[1:3]
        return (-compared(numbers.fit), quiet_place(reached, applied), last)
    return (-compared(numbers.match), -numbers.effective_momentum, last)


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
    if postings_of(state, policy) is None or not is_posted(session, policy):
        return _rank_among_all(session, case, section)
    lists = Lists(session, policy, question, section)
    above = Above(_key(case, lists))
    everyone = everyone_for(question, section)
    search(question, section, everyone, above, lists.fetch, limit=_CHUNK)
    return 1 + above.count


def _rank_among_all(session: Session, case: Case, section: Section) -> int:
    question = case.question
    own = order_key(case.state, section, measure(case))
    rivals = everyone_at(session, question.policy, Clocks(question.as_of, question.as_of))
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
    states = chain(erased, everyone_at(session, policy, Clocks(as_of, known_at)))
    return rank_all(states, position, policy, as_of=as_of, limit=limit)


@dataclass(frozen=True, slots=True)
class Asked:
    """A ranking that is asked for: of which position, by which policy, at which clocks."""

    position: PositionState
    policy: ScoringPolicy
    clocks: Clocks
    limit: int


def rank_within(
    session: Session, asked: Asked, at_once: int, erased: Iterable[CandidateState] = ()
) -> Ranking | None:
    """Rank at past clocks; None where more has to be worked out anew than a request has time for.

    How much that is, of `at_once`, tells `most_recomputed`. `erased` are states that only a frozen
    list still has.
    """
    clocks = asked.clocks
    candidates = up_to(session, most_read(at_once))
    moved = moved_after(
        session,
        clocks.as_of,
        clocks.known_at,
        most=most_recomputed(candidates, at_once),
        facts=at_once * _FACTS_OF_EACH,
    )
    if moved is not None and _is_listed(session, asked.policy):
        return _rank_then(session, asked, moved, erased)
    if moved is None or candidates > at_once:
        return None
    return rank_at(
        session,
        asked.position,
        asked.policy,
        as_of=clocks.as_of,
        known_at=clocks.known_at,
        limit=asked.limit,
        erased=erased,
    )


def is_soon_walked(session: Session, policy: ScoringPolicy, clocks: Clocks, at_once: int) -> bool:
    """Whether a request has time to look at everyone at past clocks."""
    candidates = up_to(session, most_read(at_once) + 1)
    if candidates <= at_once:
        return True
    if candidates > most_read(at_once) or not _is_kept(session, policy):
        return False
    facts = at_once * _FACTS_OF_EACH
    moved = moved_after(session, clocks.as_of, clocks.known_at, most=at_once, facts=facts)
    return moved is not None


def _rank_then(
    session: Session, asked: Asked, moved: Sequence[UUID], erased: Iterable[CandidateState]
) -> Ranking:
    """Rank by the lists: who has moved is worked out anew, everybody else stands where they stood.

    `moved` are all who have a fact later than either clock.
    """
    states = [*erased, *recomputed(session, moved, asked.policy, asked.clocks)]
    others = Others({each.candidate_id: each for each in states}, moved)
    question = ask(asked.position, asked.policy, asked.clocks.as_of)
    return _by_lists(session, question, asked.limit, others)


def _is_listed(session: Session, policy: ScoringPolicy) -> bool:
    """Whether everybody stands in lists by this policy, which may be kept no longer."""
    return _is_kept(session, policy) and is_posted(session, policy)


def _is_kept(session: Session, policy: ScoringPolicy) -> bool:
    mine = {"organization_id": organization_of(session), "policy_version": policy.version}
    return session.scalar(_ANYBODY, mine) is not None


_KEPT = table_of(RankingRow).c
_ANYBODY = (
    select(_KEPT.candidate_id)
    .where(
        _KEPT.organization_id == bindparam("organization_id"),
        _KEPT.policy_version == bindparam("policy_version"),
    )
    .limit(1)
)
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
    facts = facts_of(session, ids, known_at, as_of)
    return {each: candidate_record(each, facts[each], as_of, known_at) for each in ids}


def record_of(session: Session, candidate_id: UUID, as_of: datetime | None) -> CandidateRecord:
    """Return one candidate's record at `as_of`, by what is known now."""
    return candidate_record(candidate_id, candidate_facts(session, candidate_id), as_of)
