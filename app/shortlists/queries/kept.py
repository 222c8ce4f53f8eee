"""Shortlists as they were frozen."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, Text, bindparam, cast, select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.core.paging import RootFilters, RootSort
from app.core.problems import NotFound
from app.models.base import BINDS_ITS_TENANT, table_of
from app.models.position import Position
from app.models.ranking import Shortlist, ShortlistEntry
from app.tombstones.queries import RootRows, page_of_roots

SHORTLISTS = table_of(Shortlist)
_ROWS = table_of(ShortlistEntry).c
_SEVERAL = select(SHORTLISTS).where(
    SHORTLISTS.c.organization_id == bindparam("organization_id"),
    SHORTLISTS.c.id.in_(bindparam("shortlist_ids", expanding=True)),
)


def shortlists(
    organization_id: UUID,
    *,
    position_id: UUID | None = None,
    ids: Sequence[UUID] | None = None,
) -> Select[UUID, datetime]:
    """Return the ids of all shortlists, and when each changed last; filtered."""
    statement = select(SHORTLISTS.c.id, SHORTLISTS.c.updated_at).where(
        SHORTLISTS.c.organization_id == organization_id
    )
    if position_id is not None:
        statement = statement.where(SHORTLISTS.c.position_id == position_id)
    if ids is not None:
        statement = statement.where(SHORTLISTS.c.id.in_(ids))
    return statement


def shortlists_of(session: Session, position_id: UUID, asked: RootFilters) -> RootRows:
    """Return a page of one position's shortlists, the newest first, or what has changed of them.

    Raises NotFound where there is no such position.
    """
    position_exists(session, position_id)
    if asked.updated_since is None:
        asked = asked.model_copy(update={"sort": RootSort.NEWEST})
    return page_of_roots(
        session,
        shortlists(organization_of(session), position_id=position_id),
        SHORTLISTS,
        asked,
        {"position_id": position_id},
        kind="shortlist",
        parent_id=position_id,
    )


def shortlist_rows(session: Session, shortlist_ids: Sequence[UUID]) -> list[Any]:
    """Return shortlists without their entries, in the order of these ids."""
    asked = {"organization_id": organization_of(session), "shortlist_ids": list(shortlist_ids)}
    found = {row.id: row for row in session.execute(_SEVERAL, asked)} if shortlist_ids else {}
    return [found[each] for each in shortlist_ids]


_ENTRIES = (
    select(ShortlistEntry)
    .where(
        ShortlistEntry.organization_id == bindparam("organization_id"),
        ShortlistEntry.shortlist_id == bindparam("shortlist_id"),
    )
    .order_by(ShortlistEntry.section, ShortlistEntry.rank)
    .execution_options(**{BINDS_ITS_TENANT: True})
)


def entries_of(session: Session, shortlist_id: UUID) -> list[ShortlistEntry]:
    """Return all entries of a shortlist, by section and rank."""
    asked = {"organization_id": organization_of(session), "shortlist_id": shortlist_id}
    return list(session.scalars(_ENTRIES, asked))


class FrozenEntry(NamedTuple):
    """An entry for showing; `told` is the text of what was frozen of it."""

    section: str
    rank: int
    candidate_id: UUID
    match: float | None
    persistence: float | None
    fit: float
    progress: float
    told: str
    erased: bool
    decision: str | None
    decision_reason: str | None
    decided_at: datetime | None
    decided_by_user_id: UUID | None

    @property
    def shown(self) -> dict[str, Any]:
        """What was frozen, read."""
        found: dict[str, Any] = json.loads(self.told)
        return found


_FROZEN = (
    select(
        *(
            cast(_ROWS.shown, Text) if name == "told" else _ROWS[name]
            for name in FrozenEntry._fields
        )
    )
    .where(
        _ROWS.organization_id == bindparam("organization_id"),
        _ROWS.shortlist_id == bindparam("shortlist_id"),
    )
    .order_by(_ROWS.section, _ROWS.rank)
)


def frozen_entries(session: Session, shortlist_id: UUID) -> list[FrozenEntry]:
    """Return the entries of a shortlist as they are shown, by section and rank."""
    asked = {"organization_id": organization_of(session), "shortlist_id": shortlist_id}
    return [FrozenEntry(*row) for row in session.execute(_FROZEN, asked)]


def position_exists(session: Session, position_id: UUID) -> None:
    """Raise NotFound where there is no such position."""
    found = session.scalar(
        select(Position.id).where(
            Position.organization_id == organization_of(session), Position.id == position_id
        )
    )
    if found is None:
        raise NotFound("No such position.")
