"""The two records of a merge, and what has been done so far."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Delete, Table, Update, delete, update
from sqlalchemy.orm import Session

from app.core.clock import now
from app.duplicates.queries.pairs import Two
from app.entry.actor import Actor
from app.facts.rules import FactRow
from app.models.base import Base, table_of
from app.models.candidate import Candidate


@dataclass(frozen=True, slots=True)
class Pair:
    """Who stays and who is absorbed, both rows locked, with what the ledger said of each.

    `twice` has, by the absorbed one's levels and consents that the survivor has as well, which of
    the survivor's they are. `arrived` collects the rows that have become the survivor's, `told`
    what the event names.
    """

    actor: Actor
    survivor: Candidate
    absorbed: Candidate
    own_facts: tuple[FactRow, ...]
    their_facts: tuple[FactRow, ...]
    twice: dict[UUID, UUID]
    arrived: set[UUID] = field(default_factory=set)
    told: defaultdict[str, set[UUID]] = field(default_factory=lambda: defaultdict(set))

    @property
    def ids(self) -> Two:
        """Both ids."""
        return Two(self.survivor.id, self.absorbed.id)

    def tell(self, name: str, ids: Iterable[UUID]) -> None:
        """Let the event name these ids, as `application_ids` for one."""
        self.told[name].update(ids)


def theirs(pair: Pair, table: Table) -> Any:
    """Return which rows of a table are the absorbed one's."""
    return (table.c.organization_id == pair.survivor.organization_id) & (
        table.c.candidate_id == pair.absorbed.id
    )


def run(session: Session, statement: Update | Delete) -> None:
    """Run a statement on rows of which the session holds no object."""
    session.execute(statement.execution_options(synchronize_session=False))


def hand_over(
    session: Session, pair: Pair, model: type[Base], *conditions: Any, raising: bool = False
) -> list[UUID]:
    """Make the absorbed one's rows the survivor's; `raising` their versions. Return their ids."""
    table = table_of(model)
    values: dict[str, Any] = {"candidate_id": pair.survivor.id}
    if raising:
        values |= {"version": table.c.version + 1, "updated_at": now()}
    statement = update(table).where(theirs(pair, table), *conditions).values(values)
    ids = list(session.scalars(statement.returning(table.c.id)))
    pair.arrived.update(ids)
    return ids


def drop(session: Session, pair: Pair, *models: type[Base]) -> None:
    """Drop what is left of the absorbed one's rows."""
    for model in models:
        table = table_of(model)
        run(session, delete(table).where(theirs(pair, table)))
