"""The rows by which some candidates are found, with their terms."""

from collections.abc import Collection, Iterable
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, func, or_, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import NULLTYPE

from app.core.database import organization_of
from app.models.base import table_of
from app.models.search import KeptTerms, SearchText, told
from app.search.rules.terms import Source

_NUMBER = attrgetter("number")
_TEXTS = table_of(SearchText)
# Somebody may have hundreds of texts: their ids come as the driver gives them.
_COLUMNS = (
    type_coerce(_TEXTS.c.candidate_id, NULLTYPE),
    _TEXTS.c.source,
    _TEXTS.c.number,
    type_coerce(_TEXTS.c.subject_id, NULLTYPE),
    type_coerce(_TEXTS.c.terms, KeptTerms),
)
_OF_CANDIDATES = and_(
    _TEXTS.c.organization_id == bindparam("organization_id"),
    _TEXTS.c.candidate_id.in_(bindparam("candidate_ids", expanding=True)),
    _TEXTS.c.source.in_(bindparam("sources", expanding=True)),
)
_ALL = select(*_COLUMNS).where(_OF_CANDIDATES)
_NUMBERED = (
    select(
        _TEXTS.c.organization_id,
        _TEXTS.c.source,
        _TEXTS.c.number,
        func.row_number()
        .over(
            partition_by=(_TEXTS.c.candidate_id, _TEXTS.c.source), order_by=_TEXTS.c.number.desc()
        )
        .label("nth"),
    )
    .where(_OF_CANDIDATES)
    .subquery()
)
_NEWEST = (
    select(*_COLUMNS)
    .select_from(_NUMBERED)
    .join(
        _TEXTS,
        and_(
            _TEXTS.c.organization_id == _NUMBERED.c.organization_id,
            _TEXTS.c.source == _NUMBERED.c.source,
            _TEXTS.c.number == _NUMBERED.c.number,
        ),
    )
    .where(or_(_NUMBERED.c.nth <= bindparam("newest"), _NUMBERED.c.source != bindparam("source")))
)


class Held:
    """One row of a candidate with its terms, which are unpacked when they are looked at."""

    __slots__ = ("_kept", "_terms", "number", "source", "subject_id")

    def __init__(
        self, source: str, number: int, subject_id: UUID | bytes, kept: bytes | str
    ) -> None:
        self.source, self.number, self.subject_id = source, number, subject_id
        self._kept, self._terms = kept, ""

    @property
    def terms(self) -> str:
        """The terms, each between blanks."""
        self._terms = self._terms or told(self._kept)
        return self._terms


def all_texts(
    session: Session, candidate_ids: Collection[UUID], sources: Iterable[Source]
) -> dict[UUID, list[Held]]:
    """Return all rows of some candidates, of some sources, the newest first."""
    return _held(session, _ALL, candidate_ids, sources)


def newest_texts(
    session: Session,
    candidate_ids: Collection[UUID],
    sources: Iterable[Source],
    *,
    newest: int,
    of: Source,
) -> dict[UUID, list[Held]]:
    """Return the same, but of one source no more than so many of each candidate."""
    return _held(session, _NEWEST, candidate_ids, sources, source=of.value, newest=newest)


def as_id(raw: UUID | bytes) -> UUID:
    """Return an id that the driver gave."""
    return raw if isinstance(raw, UUID) else UUID(bytes=raw)


def _held(
    session: Session,
    statement: Select[Any],
    candidate_ids: Collection[UUID],
    sources: Iterable[Source],
    **more: str | int,
) -> dict[UUID, list[Held]]:
    asked: dict[str, Any] = {
        "organization_id": organization_of(session),
        "candidate_ids": list(candidate_ids),
        "sources": [source.value for source in dict.fromkeys(sources)],
        **more,
    }
    held: dict[UUID | bytes, list[Held]] = {}
    for candidate_id, *row in session.execute(statement, asked).all():
        held.setdefault(candidate_id, []).append(Held(*row))
    for theirs in held.values():
        theirs.sort(key=_NUMBER, reverse=True)
    return {as_id(raw): theirs for raw, theirs in held.items()}
