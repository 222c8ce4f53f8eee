"""A crowd in the lists of a store, for as long as a test looks at it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.database import Database, Mode, organization_of
from app.models.candidate import Candidate
from app.organizations.rules import ScoringPolicy
from app.shortlists.actions.projection import store_state
from app.shortlists.rules.states import CandidateState
from tests.cast import Cast


class _TakeBackError(Exception):
    """Nothing of it is kept."""


@contextmanager
def taken_back(database: Database, cast: Cast) -> Iterator[Session]:
    """Open a transaction of Ben's organization of which nothing is kept."""
    try:
        with database.transaction(Mode.WRITE, cast.ben.organization_id) as session:
            yield session
            raise _TakeBackError
    except _TakeBackError:
        pass


def arrive(session: Session, people: list[CandidateState], policy: ScoringPolicy) -> None:
    """Write them for the first time."""
    at = now()
    row = {
        "organization_id": organization_of(session),
        "full_name": "Somebody",
        "created_at": at,
        "updated_at": at,
    }
    session.execute(insert(Candidate), [{**row, "id": each.candidate_id} for each in people])
    write(session, people, policy)


def write(session: Session, people: list[CandidateState], policy: ScoringPolicy) -> None:
    """Write what the ranking reads of them, as every action does in the end."""
    for each in people:
        store_state(session, each, policy)
