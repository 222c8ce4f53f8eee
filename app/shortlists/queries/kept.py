"""Shortlists as they were frozen."""

from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.core.problems import NotFound
from app.models.base import BINDS_ITS_TENANT
from app.models.position import Position
from app.models.ranking import Shortlist, ShortlistEntry


def shortlists_of(organization_id: UUID, position_id: UUID) -> Select[Shortlist]:
    """The shortlists of one position."""
    return select(Shortlist).where(
        Shortlist.organization_id == organization_id, Shortlist.position_id == position_id
    )


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


def position_exists(session: Session, position_id: UUID) -> None:
    """Raise NotFound where there is no such position."""
    found = session.scalar(
        select(Position.id).where(
            Position.organization_id == organization_of(session), Position.id == position_id
        )
    )
    if found is None:
        raise NotFound("No such position.")
