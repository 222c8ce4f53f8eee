"""Everyone at two clocks, in the order of ids, a batch at a time.

Who has no fact later than either clock still stands as stored; the others are computed anew from
their facts, and so is everyone where the policy is no longer kept.

States are read before it is asked who has moved: whatever a state that was read holds, was told in
facts that the asking sees, even where each statement has a snapshot of its own. So batches may lie
any time apart, and what is written meanwhile is in none of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.facts.queries import facts_of, moved_of
from app.facts.rules import candidate_record
from app.models.base import table_of
from app.models.candidate import Candidate
from app.models.ranking import RankingRow
from app.organizations.rules import ScoringPolicy
from app.shortlists.queries.states import scored_state
from app.shortlists.rules.states import CandidateState

BEFORE_ALL = UUID(int=0)
AFTER_ALL = UUID(int=2**128 - 1)
_CHUNK = 500

# Whoever there has ever been: of who is gone the row stays.
_PERSONS, _ROWS = table_of(Candidate), table_of(RankingRow)
_MINE = _PERSONS.c.organization_id == bindparam("organization_id")
_BATCH = (
    select(_PERSONS.c.id, _ROWS.c.state)
    .select_from(
        _PERSONS.outerjoin(
            _ROWS,
            and_(
                _ROWS.c.organization_id == bindparam("organization_id"),
                _ROWS.c.policy_version == bindparam("policy_version"),
                _ROWS.c.candidate_id == _PERSONS.c.id,
            ),
        )
    )
    .where(_MINE, _PERSONS.c.id > bindparam("after"), _PERSONS.c.id <= bindparam("until"))
    .order_by(_PERSONS.c.id)
    .limit(bindparam("size"))
)
_HOW_MANY = select(func.count()).where(_MINE)
_LAST = select(_PERSONS.c.id).where(_MINE).order_by(_PERSONS.c.id.desc()).limit(1)
_UP_TO = select(func.count()).select_from(
    select(_PERSONS.c.id).where(_MINE).limit(bindparam("most")).subquery()
)


@dataclass(frozen=True, slots=True)
class Clocks:
    """When things had happened by, and when we had been told by."""

    as_of: datetime
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Batch:
    """Some candidates: how many there were, the last of them, and who of them was known."""

    walked: int
    last_id: UUID | None
    states: list[CandidateState]


def batch_at(
    session: Session,
    policy: ScoringPolicy,
    clocks: Clocks,
    *,
    after: UUID = BEFORE_ALL,
    until: UUID = AFTER_ALL,
    size: int = _CHUNK,
) -> Batch:
    """Return the next candidates by id, as they were at two clocks."""
    asked = {
        "organization_id": organization_of(session),
        "policy_version": policy.version,
        "after": after,
        "until": until,
        "size": size,
    }
    stored: dict[UUID, str | None] = dict(session.execute(_BATCH, asked).all())
    moved = moved_of(session, list(stored), clocks.as_of, clocks.known_at)
    unclear = [each for each, state in stored.items() if state is None or each in moved]
    still = [
        CandidateState.unpack(state)
        for each, state in stored.items()
        if state is not None and each not in moved
    ]
    last_id = next(reversed(stored), None)
    return Batch(len(stored), last_id, [*still, *recomputed(session, unclear, policy, clocks)])


def everyone_at(
    session: Session, policy: ScoringPolicy, clocks: Clocks
) -> Iterator[CandidateState]:
    """Yield everyone who was known, as they were at two clocks."""
    session.flush()
    after: UUID | None = BEFORE_ALL
    while after is not None:
        batch = batch_at(session, policy, clocks, after=after)
        yield from batch.states
        after = batch.last_id if batch.walked == _CHUNK else None


def recomputed(
    session: Session, candidate_ids: Sequence[UUID], policy: ScoringPolicy, clocks: Clocks
) -> Iterator[CandidateState]:
    """Yield those who were there, computed from their facts alone."""
    for start in range(0, len(candidate_ids), _CHUNK):
        chunk = candidate_ids[start : start + _CHUNK]
        facts = facts_of(session, chunk, clocks.known_at, clocks.as_of)
        for candidate_id in chunk:
            rows = facts[candidate_id]
            record = candidate_record(candidate_id, rows, clocks.as_of, clocks.known_at)
            if record.existence == "present":
                yield scored_state(record, policy)


def up_to(session: Session, most: int) -> int:
    """Return how many candidates there are, those included who are gone; counted up to `most`."""
    asked = {"organization_id": organization_of(session), "most": most}
    return session.execute(_UP_TO, asked).scalar_one()


def how_many(session: Session) -> tuple[int, UUID]:
    """Return how many candidates there are, and the last one's id."""
    mine = {"organization_id": organization_of(session)}
    last_id = session.scalar(_LAST, mine) or BEFORE_ALL
    return session.execute(_HOW_MANY, mine).scalar_one(), last_id
