"""That the data is what the service would have written: derived anew from the facts."""

from collections import Counter
from random import Random
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from app.core.database import Database, Mode, organization_of
from app.facts.queries import candidate_facts
from app.facts.rules import candidate_record
from app.models.candidate import Candidate
from app.models.ranking import RankingRow
from app.organizations.queries import current_policy
from app.shortlists.actions import bring_up_to_date
from app.shortlists.queries.states import scored_state
from bench.tables import table_named

CHECKED: Final = 50
# All that an action derives from the facts and writes down.
_DERIVED: Final = (
    "ranking_rows",
    "ranked_postings",
    "quiet_postings",
    "persistence_periods",
    "advice",
)


class DifferentError(AssertionError):
    """What is stored is not what the facts say."""


class _TakeBackError(Exception):
    """Nothing of the check is kept."""


def some_candidates(database: Database, organization_id: UUID, count: int, seed: int) -> list[UUID]:
    """Return candidates drawn at random, the same ones for the same seed."""
    with database.transaction(Mode.READ, organization_id) as session:
        ours = Candidate.organization_id == organization_id
        ids = list(session.scalars(select(Candidate.id).where(ours).order_by(Candidate.id)))
    return Random(seed).sample(ids, min(count, len(ids)))


def check(database: Database, organization_id: UUID) -> int:
    """Hold some candidates' derived rows against their facts; return how many were checked.

    Each stored state must equal one computed from the facts by the rules, and the product's own
    `bring_up_to_date` must find nothing to change in any derived row. Raises DifferentError.
    """
    chosen = some_candidates(database, organization_id, CHECKED, seed=50)
    try:
        with database.transaction(Mode.WRITE, organization_id) as session:
            for candidate_id in chosen:
                _check(session, candidate_id)
            raise _TakeBackError
    except _TakeBackError:
        return len(chosen)


def _check(session: Session, candidate_id: UUID) -> None:
    policy = current_policy(session)
    record = candidate_record(candidate_id, candidate_facts(session, candidate_id))
    stored = session.scalars(
        select(RankingRow.state).where(
            RankingRow.organization_id == organization_of(session),
            RankingRow.policy_version == policy.version,
            RankingRow.candidate_id == candidate_id,
        )
    ).one()
    if stored != scored_state(record, policy).pack():
        message = f"{candidate_id}: the stored state is not what the facts say"
        raise DifferentError(message)
    before = {name: _rows(session, name, candidate_id) for name in _DERIVED}
    bring_up_to_date(session, candidate_id)
    for name, rows in before.items():
        if rows != _rows(session, name, candidate_id):
            message = f"{candidate_id}: {name} is not what the service would have written"
            raise DifferentError(message)


def _rows(session: Session, name: str, candidate_id: UUID) -> Counter[Any]:
    table: Table = table_named(name)
    statement = select(table).where(
        table.c.organization_id == organization_of(session), table.c.candidate_id == candidate_id
    )
    return Counter(tuple(row) for row in session.execute(statement))


def count_of(database: Database, organization_id: UUID, *, ranked: bool) -> int:
    """Return how many candidates have a momentum, or how many have none."""
    with database.transaction(Mode.READ, organization_id) as session:
        has = RankingRow.momentum.is_not(None) if ranked else RankingRow.momentum.is_(None)
        statement = select(func.count()).where(RankingRow.organization_id == organization_id, has)
        return session.scalar(statement) or 0
