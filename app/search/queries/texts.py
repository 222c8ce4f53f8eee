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


def _columns(of: Any) -> tuple[Any, ...]:
    """Return what is read. Somebody may have hundreds of texts: ids come as the driver has them."""
    return (
        type_coerce(of.candidate_id, NULLTYPE),
        of.source,
        of.number,
        type_coerce(of.subject_id, NULLTYPE),
        type_coerce(of.terms, KeptTerms),
    )


_OF_CANDIDATES = and_(
    _TEXTS.c.organization_id == bindparam("organization_id"),
    _TEXTS.c.candidate_id.in_(bindparam("candidate_ids", expanding=True)),
    _TEXTS.c.source.in_(bindparam("sources", expanding=True)),
)
_ALL = select(*_columns(_TEXTS.c)).where(_OF_CANDIDATES)
_NTH = (
    func.row_number()
    .over(partition_by=(_TEXTS.c.candidate_id, _TEXTS.c.source), order_by=_TEXTS.c.number.desc())
    .label("nth")
)


def _among_newest(numbered: Any) -> Any:
    return or_(numbered.c.nth <= bindparam("newest"), numbered.c.source != bindparam("source"))


# PostgreSQL reads all rows to number them, and unpacks those that are asked for. Its planner would
# look up few rows among all by reading all there are.
_NUMBERED = select(*_TEXTS.c, _NTH).where(_OF_CANDIDATES).subquery()
_NEWEST_IN_POSTGRESQL = select(*_columns(_NUMBERED.c)).where(_among_newest(_NUMBERED))
# SQLite numbers them by their index alone; each row lies on another page.
_INDEXED = (
    select(_TEXTS.c.organization_id, _TEXTS.c.source, _TEXTS.c.number, _NTH)
    .where(_OF_CANDIDATES)
    .subquery()
)
_NEWEST_IN_SQLITE = (
    select(*_columns(_TEXTS.c))
    .select_from(_INDEXED)
    .join(
        _TEXTS,
        and_(
            _TEXTS.c.organization_id == _INDEXED.c.organization_id,
            _TEXTS.c.source == _INDEXED.c.source,
            _TEXTS.c.number == _INDEXED.c.number,
        ),
    )
    .where(_among_newest(_INDEXED))
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
    in_postgresql = session.get_bind().dialect.name == "postgresql"
    statement = _NEWEST_IN_POSTGRESQL if in_postgresql else _NEWEST_IN_SQLITE
    return _held(session, statement, candidate_ids, sources, source=of.value, newest=newest)


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
