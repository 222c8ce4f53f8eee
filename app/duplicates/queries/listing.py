"""All pairs of candidates who may be one person, walked along the indexes of what they share.

By address, then by telephone number, then by external id: no pair is kept anywhere, and nothing is
counted when a candidate is written. A page looks at so many values at most and ends there however
few pairs it holds, so that none takes longer because the store is large. What two share in several
ways is told once, where the first of the rules' reasons stands.

Near names are left out: who is near whom no index says of all of them at once.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, groupby, islice
from operator import itemgetter
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Table, bindparam, func, literal_column, or_, select, tuple_
from sqlalchemy.orm import Session

from app.candidates.queries import candidate_views
from app.core.database import organization_of
from app.core.paging import SortKey, decode_cursor, encode_cursor
from app.core.problems import Invalid
from app.duplicates.queries.likely import SOURCES, positions_tried, profile
from app.duplicates.rules.likeness import LEAST_ID, Reason, ReasonKind, reasons
from app.models.base import table_of
from app.models.candidate import CandidateEmail, CandidatePhone, DismissedDuplicate
from app.models.organization import ExternalId

# How many values one look looks at, and how often a page that is not full looks on.
LOOKED_AT: Final = 5000
_MOST_LOOKS: Final = 8
_LEAST, _GREATEST = UUID(int=0), UUID(int=2**128 - 1)
_KINDS: Final[tuple[ReasonKind, ...]] = ("address", "phone", "external_id")
_PARTS_OF_A_NAME: Final = 3
_SAID, _NAMES = table_of(DismissedDuplicate).c, table_of(ExternalId)
_TENANT = bindparam("tenant", type_=_SAID.organization_id.type)
_AFTER_ONE = bindparam("candidate_id", type_=_SAID.candidate_id.type)
_EXAMINED: Any = bindparam("examined")
_MOST: Any = bindparam("most")
_APART = select(_SAID.candidate_id, _SAID.other_candidate_id).where(
    _SAID.organization_id == _TENANT,
    _SAID.candidate_id.in_(bindparam("ones", expanding=True)),
    _SAID.other_candidate_id.in_(bindparam("others", expanding=True)),
)


class Place(NamedTuple):
    """A pair, the lesser id first, and what they share; a page goes on after one."""

    kind: int
    value: str
    candidate_id: UUID
    other_candidate_id: UUID


class LikelyPair(NamedTuple):
    """Two who may be one, the lesser id first, and why; of names and ids the second one's."""

    candidate_id: UUID
    full_name: str
    other_candidate_id: UUID
    other_full_name: str
    reasons: tuple[Reason, ...]


_PLACES = (
    SortKey(literal_column("kind"), int),
    SortKey(literal_column("value"), str),
    SortKey(_SAID.candidate_id, UUID),
    SortKey(_SAID.other_candidate_id, UUID),
)


def duplicate_pairs(
    session: Session, limit: int, cursor: str | None, *, looked_at: int = LOOKED_AT
) -> tuple[list[LikelyPair], str | None]:
    """Return pairs of whom nobody has said that they are two, and the next page's cursor.

    A page may hold fewer than the limit, or none, and have a next one. Raises Invalid for a cursor
    that is none.
    """
    place: Place | None = _place_of(cursor)
    found: list[Place] = []
    for _ in range(_MOST_LOOKS):
        if place is None or len(found) == limit:
            break
        pairs, place = _look(session, place, limit - len(found), looked_at)
        found += pairs
    following = None if place is None else encode_cursor(place, _PLACES, {})
    return _judged(session, found), following


def _place_of(cursor: str | None) -> Place:
    values: Any = decode_cursor(cursor, _PLACES, {})
    place = Place(0, "", _LEAST, _LEAST) if values is None else Place(*values)
    known = 0 <= place.kind < len(_KINDS)
    if not known or (
        _KINDS[place.kind] == "external_id" and len(_parts(place.value)) < _PARTS_OF_A_NAME
    ):
        raise Invalid("?cursor", "is no cursor of this service")
    return place


def _judged(session: Session, found: Sequence[Place]) -> list[LikelyPair]:
    """Return the pairs that stand where the first of their reasons does."""
    ids = {each for place in found for each in place[2:]}
    views = {view.id: view for view in candidate_views(session, sorted(ids))}
    tried = positions_tried(session, list(views)) if views else {}
    profiles = {each: profile(view, tried) for each, view in views.items()}
    apart = _told_apart(session, found)
    told = []
    for kind, value, one, other in dict.fromkeys(found):
        if one in views and other in views and (one, other) not in apart:
            why = reasons(profiles[one], profiles[other])
            if why and why[0] == (_KINDS[kind], value):
                names = views[one].full_name, views[other].full_name
                told.append(LikelyPair(one, names[0], other, names[1], why))
    return told


def _told_apart(session: Session, found: Sequence[Place]) -> set[tuple[UUID, UUID]]:
    """Return of which pairs it was said that they are two."""
    if not found:
        return set()
    ones, others = ({place[at] for place in found} for at in (2, 3))
    asked = {"tenant": organization_of(session), "ones": list(ones), "others": list(others)}
    return {(one, other) for one, other in session.execute(_APART, asked)}


def _look(
    session: Session, after: Place, most: int, looked_at: int
) -> tuple[list[Place], Place | None]:
    """Return at most so many pairs after a place, and where to look on; null: nowhere."""
    asked = {"tenant": organization_of(session), "examined": looked_at, "most": most}
    walk = _WALKS[after.kind]
    pairs, last, examined = walk(session, after, {**asked, **after._asdict()})
    if len(pairs) == most:
        return pairs, pairs[-1]
    if examined == looked_at:
        return pairs, Place(after.kind, last, _GREATEST, _GREATEST)
    following = after.kind + 1
    return pairs, Place(following, "", _LEAST, _LEAST) if following < len(_KINDS) else None


class _Contacts:
    """The walk along what candidates hold in rows of their own: addresses, or numbers.

    The store says who shares a value, and pairs are made of them here: of a thousand who share an
    agency's number there are half a million, which no page should have to sort.
    """

    def __init__(self, table: Table, column: str) -> None:
        shared, tenants = table.c[column], table.c.organization_id == _TENANT
        value = bindparam("value", type_=shared.type)
        some = (
            select(shared.label("shared"))
            .where(tenants, shared > value)
            .order_by(shared)
            .limit(_EXAMINED)
            .subquery()
        )
        self._last = select(func.max(some.c.shared), func.count()).select_from(some)
        counted = (
            select(
                shared.label("shared"),
                table.c.candidate_id,
                func.count().over(partition_by=shared).label("sharers"),
            )
            .where(tenants, shared >= value, shared <= bindparam("last", type_=shared.type))
            .subquery()
        )
        self._sharers = (
            select(counted.c.shared, counted.c.candidate_id)
            .where(counted.c.sharers > 1)
            .order_by(counted.c.shared, counted.c.candidate_id)
        )

    def __call__(
        self, session: Session, after: Place, asked: dict[str, Any]
    ) -> tuple[list[Place], str, int]:
        """Return pairs after a place, the last value that was looked at, and how many were."""
        last, examined = session.execute(self._last, asked).one()
        last = after.value if last is None else last
        rows = session.execute(self._sharers, {**asked, "last": last})
        pairs = (
            Place(after.kind, value, *pair)
            for value, sharers in groupby(rows, itemgetter(0))
            for pair in _pairs(after, value, dict.fromkeys(who for _, who in sharers))
        )
        return list(islice(pairs, asked["most"])), last, examined


def _pairs(after: Place, value: str, sharers: Iterable[UUID]) -> Iterator[tuple[UUID, UUID]]:
    """Return who share a value two by two, in the order of their ids, after the place."""
    if value != after.value:
        return combinations(sharers, 2)
    left = [each for each in sharers if each >= after.candidate_id]
    return (pair for pair in combinations(left, 2) if pair > after[2:])


class _Names:
    """The walk along external ids, which only another system can have given to somebody else."""

    def __init__(self) -> None:
        columns = ("source", "type", "external_id")
        after = tuple_(*(bindparam(f"after_{name}") for name in columns))
        last = tuple_(*(bindparam(f"last_{name}") for name in columns))
        key = [_NAMES.c[name] for name in columns]
        some = (
            select(*key)
            .where(_NAMES.c.organization_id == _TENANT, tuple_(*key) > after)
            .order_by(*key)
            .limit(_EXAMINED)
            .subquery()
        )
        self._last = (
            select(*some.c, func.count().over())
            .order_by(*(each.desc() for each in some.c))
            .limit(1)
        )
        other = _NAMES.alias("other")
        # Looked up one by one through the key: a name of each other system is one row, or none.
        alike = (
            select(other.c.subject_id)
            .where(
                other.c.organization_id == _TENANT,
                other.c.source == SOURCES.c.source,
                other.c.type == _NAMES.c.type,
                other.c.external_id == _NAMES.c.external_id,
                other.c.subject_type == "candidate",
                other.c.subject_id < _NAMES.c.subject_id,
            )
            .correlate(_NAMES, SOURCES)
            .scalar_subquery()
        )
        found = (
            select(*key, alike.label("one"), _NAMES.c.subject_id.label("two"))
            .join_from(_NAMES, SOURCES, SOURCES.c.source != _NAMES.c.source)
            .where(
                _NAMES.c.organization_id == _TENANT,
                tuple_(*key) >= after,
                tuple_(*key) <= last,
                _NAMES.c.subject_type == "candidate",
                func.length(_NAMES.c.external_id) >= LEAST_ID,
            )
            .subquery()
        )
        named = [found.c[name] for name in columns]
        self._pairs = (
            select(*found.c)
            .where(
                found.c.one.is_not(None),
                or_(tuple_(*named) > after, found.c.one > _AFTER_ONE),
            )
            .order_by(*named, found.c.one)
            .limit(_MOST)
        )

    def __call__(
        self, session: Session, after: Place, asked: dict[str, Any]
    ) -> tuple[list[Place], str, int]:
        """Return pairs after a place, the last name that was looked at, and how many were."""
        since = _parts(after.value)
        bound = {**asked, **_called("after", since)}
        row: Any = session.execute(self._last, bound).one_or_none() or (*since, 0)
        *last, examined = row
        rows = session.execute(self._pairs, {**bound, **_called("last", last)})
        pairs = [Place(after.kind, ":".join(name), one, two) for *name, one, two in rows]
        return pairs, ":".join(last), examined


def _parts(value: str) -> Sequence[str]:
    """Return a name's parts; neither of the first two holds a colon."""
    return value.split(":", _PARTS_OF_A_NAME - 1) if value else ("",) * _PARTS_OF_A_NAME


def _called(place: str, parts: Sequence[str]) -> dict[str, str]:
    return dict(
        zip((f"{place}_source", f"{place}_type", f"{place}_external_id"), parts, strict=True)
    )


_WALKS = (
    _Contacts(table_of(CandidateEmail), "folded"),
    _Contacts(table_of(CandidatePhone), "number"),
    _Names(),
)
