"""Looking positions and openings up."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BindParameter, Select, bindparam, exists, select
from sqlalchemy.orm import Session, selectinload

from app.core.database import organization_of
from app.core.paging import RootFilters, SortKey
from app.core.problems import NotFound
from app.external_ids.queries import named
from app.external_ids.rules import Name
from app.models.base import table_of
from app.models.gathering import gathered
from app.models.holding import holding
from app.models.organization import ExternalId
from app.models.position import Opening, Position, Requirement
from app.models.ranking import Shortlist, ShortlistEntry
from app.positions.rules import Wanted
from app.tombstones.queries import Listing, Rows, page_of_rows

CHILDREN = (selectinload(Position.openings), selectinload(Position.requirements))


class PositionView(NamedTuple):
    """A position with all that is shown of it; `openings` are the states of its seats."""

    id: UUID
    title: str
    department: str | None
    job_family: str | None
    location: str | None
    status: str
    close_reason: str | None
    starts_on: date | None
    custom_fields: dict[str, Any]
    version: int
    created_at: datetime
    updated_at: datetime
    openings: list[str]
    requirements: list[Wanted]
    external_ids: list[Name]


# What is asked all day is built once, on tables, and names the tenant itself.
POSITIONS = table_of(Position)
_OPENINGS, _REQUIREMENTS, _NAMES = table_of(Opening), table_of(Requirement), table_of(ExternalId)
_OWN = PositionView._fields[:-3]
_TENANT: BindParameter[UUID] = bindparam("organization_id")
_WHOLE = select(
    *(POSITIONS.c[name] for name in _OWN),
    gathered(
        POSITIONS,
        _OPENINGS.c.status,
        where=(_OPENINGS.c.organization_id == _TENANT)
        & (_OPENINGS.c.position_id == POSITIONS.c.id),
    ),
    gathered(
        POSITIONS,
        _NAMES.c.source,
        _NAMES.c.type,
        _NAMES.c.external_id,
        where=(_NAMES.c.organization_id == _TENANT) & (_NAMES.c.subject_id == POSITIONS.c.id),
    ),
).where(
    POSITIONS.c.organization_id == _TENANT,
    POSITIONS.c.id.in_(bindparam("position_ids", expanding=True)),
)
# On their own: a weight would not outlive JSON to its last digit on SQLite.
_ASKED_FOR = (
    select(_REQUIREMENTS.c.position_id, *(_REQUIREMENTS.c[name] for name in Wanted._fields))
    .where(
        _REQUIREMENTS.c.organization_id == _TENANT,
        _REQUIREMENTS.c.position_id.in_(bindparam("position_ids", expanding=True)),
    )
    .order_by(_REQUIREMENTS.c.id)
)
_HERE = select(POSITIONS.c.id).where(
    POSITIONS.c.organization_id == _TENANT, POSITIONS.c.id == bindparam("position_id")
)


def position_view(session: Session, position_id: UUID) -> PositionView:
    """Return a position as shown; raises NotFound."""
    found = position_views(session, [position_id])
    if not found:
        raise NotFound("No such position.")
    return found[0]


def position_views(session: Session, position_ids: Sequence[UUID]) -> list[PositionView]:
    """Return positions as shown, in the order of their ids: two statements for all."""
    if not position_ids:
        return []
    asked = {"organization_id": organization_of(session), "position_ids": list(position_ids)}
    wanted: dict[UUID, list[Wanted]] = defaultdict(list)
    for position_id, *requirement in session.execute(_ASKED_FOR, asked):
        wanted[position_id].append(Wanted(*requirement))
    found = {row.id: _view(row, wanted[row.id]) for row in session.execute(_WHOLE, asked)}
    return [found[each] for each in position_ids if each in found]


def view_of(position: Position, names: Iterable[Name]) -> PositionView:
    """Return a position whose children are loaded as shown."""
    requirements = [
        Wanted._make(getattr(row, name) for name in Wanted._fields) for row in position.requirements
    ]
    states = [row.status for row in position.openings]
    own = (getattr(position, name) for name in _OWN)
    return PositionView._make((*own, states, requirements, sorted(names)))


def _view(row: Any, requirements: list[Wanted]) -> PositionView:
    *own, openings, names = row
    states = [status for (status,) in openings or ()]
    called = sorted(Name(*name) for name in names or ())
    return PositionView._make((*own, states, requirements, called))


def require_position(session: Session, position_id: UUID) -> None:
    """Raise NotFound where there is no such position."""
    asked = {"organization_id": organization_of(session), "position_id": position_id}
    if session.scalar(_HERE, asked) is None:
        raise NotFound("No such position.")


def positions(
    organization_id: UUID,
    *,
    status: str | None = None,
    job_family: str | None = None,
    department: str | None = None,
    external_id: Name | None = None,
    custom_field: tuple[str, str] | None = None,
    common_field: bool = False,
    ids: Sequence[UUID] | None = None,
) -> Select[UUID, datetime]:
    """Return the ids of positions, and when each changed last; filters narrow together."""
    statement = select(POSITIONS.c.id, POSITIONS.c.updated_at).where(
        POSITIONS.c.organization_id == organization_id
    )
    if status is not None:
        statement = statement.where(POSITIONS.c.status == status)
    if job_family is not None:
        statement = statement.where(POSITIONS.c.job_family == job_family)
    if department is not None:
        statement = statement.where(POSITIONS.c.department == department)
    if external_id is not None:
        called = named(organization_id, "position", external_id)
        statement = statement.where(POSITIONS.c.id.in_(called))
    if custom_field is not None:
        field = ("position", *custom_field)
        statement = holding(statement, POSITIONS, organization_id, field, is_common=common_field)
    if ids is not None:
        statement = statement.where(POSITIONS.c.id.in_(ids))
    return statement


# Seats are closed, and none is ever taken away.
_SEATS = Listing(
    (SortKey(Opening.id, UUID),),
    (SortKey(Opening.updated_at, datetime), SortKey(Opening.id, UUID)),
)


def openings_page(session: Session, position_id: UUID, asked: RootFilters) -> Rows:
    """Return a position's openings, whatever became of them; raises NotFound."""
    require_position(session, position_id)
    statement = select(Opening).where(
        Opening.organization_id == organization_of(session), Opening.position_id == position_id
    )
    return page_of_rows(session, statement, _SEATS, asked, {"position_id": position_id})


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
