"""A candidate's timeline: one statement for all kinds of things that happen."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.core.paging import SortKey
from app.follow_ups.queries.happenings import SOURCES, Source
from app.follow_ups.rules.timeline import Happening, Place
from app.models.gathering import packed
from app.models.types import Id, UtcDateTime

ORDER = (
    SortKey(literal_column("at"), datetime, descending=True),
    SortKey(literal_column("rank"), int, descending=True),
    SortKey(literal_column("id"), UUID, descending=True),
)


def timeline_page(
    session: Session, candidate_id: UUID, after: tuple[Any, ...] | None, limit: int
) -> list[tuple[Place, Happening]]:
    """Return what happened, newest first, with one thing more than `limit` where there is more."""
    asked = {
        "organization_id": organization_of(session),
        "candidate_id": candidate_id,
        "most": limit + 1,
    }
    if after is None:
        rows = session.execute(_FIRST_PAGE, asked)
    else:
        place = Place(*after)._asdict()
        asked |= {f"after_{name}": value for name, value in place.items()}
        rows = session.execute(_NEXT_PAGE, asked)
    return [(Place(at, rank, id_), _happening(at, rank, id_, told)) for at, rank, id_, told in rows]


# What each kind tells beside the instant and the id.
_TOLD = tuple(tuple(source.statement.selected_columns.keys()[2:]) for source in SOURCES)


def _happening(at: datetime, rank: int, id_: UUID, told: list[Any]) -> Happening:
    values = {
        name: UUID(value) if value and name.endswith("_id") else value
        for name, value in zip(_TOLD[rank], told, strict=True)
    }
    return SOURCES[rank].read(SimpleNamespace(at=at, id=id_, **values))


def _page(*, begun: bool) -> Select[*tuple[Any, ...]]:
    """Everything that happened, or what stands after a place: of each kind no more than a page."""
    found = union_all(
        *(_branch(rank, source, begun=begun) for rank, source in enumerate(SOURCES))
    ).subquery()
    newest = found.c.at.desc(), found.c.rank.desc(), found.c.id.desc()
    return select(found).order_by(*newest).limit(bindparam("most"))


def _branch(rank: int, source: Source, *, begun: bool) -> Select[*tuple[Any, ...]]:
    statement = source.statement
    if begun:
        statement = statement.where(_later(source, rank))
    newest = source.at.desc(), source.id.desc()
    found = statement.order_by(*newest).limit(bindparam("most")).subquery()
    at, id_, *told = found.c
    return select(
        at.label("at"), literal_column(str(rank), Integer).label("rank"), id_, packed(*told)
    )


def _later(source: Source, rank: int) -> ColumnElement[bool]:
    """What stands after the place: of the same instant, what ranks lower."""
    at = bindparam("after_at", type_=UtcDateTime)
    after_rank = bindparam("after_rank", type_=Integer)
    lower = or_(
        after_rank > rank,
        and_(after_rank == rank, source.id < bindparam("after_id", type_=Id)),
    )
    return and_(source.at <= at, or_(source.at < at, lower))


_FIRST_PAGE = _page(begun=False)
_NEXT_PAGE = _page(begun=True)
