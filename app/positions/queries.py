"""Looking positions and openings up."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session, selectinload

from app.core.database import organization_of
from app.core.problems import NotFound
from app.external_ids.queries import named
from app.external_ids.rules import Name
from app.models.position import Opening, Position
from app.models.ranking import Shortlist, ShortlistEntry

CHILDREN = (selectinload(Position.openings), selectinload(Position.requirements))


def position_with_children(session: Session, position_id: UUID) -> Position:
    """Return a position with its openings and requirements; raises NotFound."""
    found = session.scalar(
        select(Position)
        .where(Position.organization_id == organization_of(session), Position.id == position_id)
        .options(*CHILDREN)
    )
    if found is None:
        raise NotFound("No such position.")
    return found


def require_position(session: Session, position_id: UUID) -> None:
    """Raise NotFound where there is no such position."""
    found = session.scalar(
        select(Position.id).where(
            Position.organization_id == organization_of(session), Position.id == position_id
        )
    )
    if found is None:
        raise NotFound("No such position.")


def positions(
    organization_id: UUID,
    *,
    status: str | None = None,
    job_family: str | None = None,
    department: str | None = None,
    external_id: Name | None = None,
    ids: Sequence[UUID] | None = None,
) -> Select[Position]:
    """Positions with their openings and requirements; filters narrow together."""
    statement = (
        select(Position).where(Position.organization_id == organization_id).options(*CHILDREN)
    )
    if status is not None:
        statement = statement.where(Position.status == status)
    if job_family is not None:
        statement = statement.where(Position.job_family == job_family)
    if department is not None:
        statement = statement.where(Position.department == department)
    if external_id is not None:
        called = named(organization_id, "position", external_id)
        statement = statement.where(Position.id.in_(called))
    if ids is not None:
        statement = statement.where(Position.id.in_(ids))
    return statement


def openings_of(organization_id: UUID, position_id: UUID) -> Select[Opening]:
    """The openings of a position, whatever became of them."""
    return select(Opening).where(
        Opening.organization_id == organization_id, Opening.position_id == position_id
    )


def unused_shortlist(session: Session, position_id: UUID) -> Shortlist | None:
    """Return the position's latest shortlist, locked, if nobody has opened it or decided on it.

    A list that was asked for as of the past answers another question, and is nobody's to remake.
    """
    organization_id = organization_of(session)
    latest = session.scalar(
        select(Shortlist)
        .where(Shortlist.organization_id == organization_id, Shortlist.position_id == position_id)
        .order_by(Shortlist.id.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if latest is None or latest.opened_at is not None or latest.as_of != latest.known_at:
        return None
    decided = session.scalar(
        select(
            exists().where(
                ShortlistEntry.organization_id == organization_id,
                ShortlistEntry.shortlist_id == latest.id,
                ShortlistEntry.decision.is_not(None),
            )
        )
    )
    return None if decided else latest
