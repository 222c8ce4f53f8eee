"""Looking rows up in the full-text index of either store, and putting tiers into pages."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Text,
    bindparam,
    column,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.core.paging import SortKey
from app.core.problems import Invalid
from app.models.base import table_of
from app.models.search import SearchText
from app.models.types import Id
from app.search.queries.asking import asked_of
from app.search.queries.texts import Held, all_texts, as_id, newest_texts
from app.search.rules.asked import (
    MOST_WORDS,
    Tier,
    Word,
    asked_words,
    fits,
    name_tiers,
    names_alike,
    tiers,
)
from app.search.rules.terms import Source, mark_of

# After so many rows that filters have left out, a page ends, however few it holds.
MOST_EXAMINED: Final = 5000
# Where other filters leave no more than so many, their rows are read and not the index.
FEW: Final = 200
# Somebody may have hundreds of texts: so many of the newest are read first.
NEWEST: Final = 8
# How many texts of one candidate are shown at most.
MOST_TEXTS: Final = 3
_BEYOND_ALL: Final = 2**63 - 1

_TEXTS = table_of(SearchText)
_IN_SQLITE = text(
    "SELECT texts.number, texts.candidate_id, texts.subject_id "
    "FROM search_index CROSS JOIN search_texts AS texts "
    "ON texts.organization_id = :organization_id AND texts.source = :source "
    "AND texts.number = search_index.rowid "
    "WHERE search_index MATCH :query AND search_index.rowid < :below "
    "ORDER BY search_index.rowid DESC LIMIT :most"
).bindparams(bindparam("organization_id", type_=Id))
_FOUND = func.search_texts_matching(
    bindparam("source"),
    bindparam("query"),
    bindparam("parts", type_=ARRAY(Text)),
    bindparam("below", type_=BigInteger),
    bindparam("most"),
).table_valued(column("number", BigInteger), column("candidate_id", Id), column("subject_id", Id))
_IN_POSTGRESQL = select(_FOUND)


class Place(NamedTuple):
    """Where a page goes on: after this row of this tier."""

    tier: int
    number: int
    candidate_id: UUID


# What a cursor of found candidates holds: a Place.
PLACE_KEYS: Final = (
    SortKey(literal_column("tier"), int),
    SortKey(_TEXTS.c.number, int, descending=True),
    SortKey(_TEXTS.c.candidate_id, UUID),
)


def place_of(values: Sequence[Any] | None) -> Place | None:
    """Return the place that a cursor of `PLACE_KEYS` holds; raises Invalid where there is none."""
    if values is None:
        return None
    place = Place(*values)
    if place.tier < 0:
        raise Invalid("?cursor", "is no cursor of this service")
    return place


class Found(NamedTuple):
    """A candidate, by which tier, and the texts in which the words stand, the newest first."""

    place: Place
    misspelt: bool
    advice_ids: tuple[UUID, ...]
    follow_up_ids: tuple[UUID, ...]

    @property
    def candidate_id(self) -> UUID:
        return self.place.candidate_id


class FoundPage(NamedTuple):
    """A page of what was found; `following` is null where there is no more."""

    items: list[Found]
    following: Place | None


class _Row(NamedTuple):
    number: int
    candidate_id: UUID
    subject_id: UUID


class Passing(NamedTuple):
    """Who passes other filters: `keep` tells of some which do; `few` is everybody, if few do."""

    keep: Callable[[Sequence[UUID]], Iterable[UUID]]
    few: Sequence[UUID] | None


def words_of(query: str) -> tuple[Word, ...]:
    """Return the words of a query; raises Invalid at `?q` where there are none or too many."""
    words = asked_words(query)
    if not words:
        raise Invalid("?q", "Input should hold a letter or a digit")
    if len(words) > MOST_WORDS:
        raise Invalid("?q", f"Input should be at most {MOST_WORDS} words")
    return words


def found_candidates(
    session: Session,
    words: Sequence[Word],
    *,
    after: Place | None,
    limit: int,
    passing: Passing | None,
) -> FoundPage:
    """Return who is found by all words, by tier, then the newest text first; nobody twice.

    `passing` tells which candidates pass the other filters, None: all do. The order is by (tier,
    number), which is static between writes, so a page goes on exactly where the last one ended.
    """
    asked = tiers(mark_of(organization_of(session)), words)
    if passing is not None and passing.few is not None:
        return _page_among(session, words, asked, passing.few, after=after, limit=limit)
    items: list[Found] = []
    last: Place | None = after
    examined = 0
    looked_at: set[tuple[int, UUID]] = set()
    for at, rows in _batches(session, asked, after, limit):
        examined += len(rows)
        kept = _kept(_first_of_each(at, rows, looked_at), passing)
        while kept:
            # Of each all texts are read: of no more of them than may be wanted.
            wanted = limit - len(items) + 1
            some, kept = kept[:wanted], kept[wanted:]
            items += _told(session, words, asked[: at + 1], some)
            if len(items) > limit:
                return FoundPage(items[:limit], items[limit - 1].place)
        last = Place(at, rows[-1].number, rows[-1].candidate_id)
        if examined >= MOST_EXAMINED:
            return FoundPage(items, last)
    return FoundPage(items, None)


def candidates_called(session: Session, full_name: str, *, most: int) -> list[UUID]:
    """Return who is called so, then whose name may be a slip away; the newest, `most` of each."""
    asked = name_tiers(mark_of(organization_of(session)), full_name)
    rows = [row for tier in asked for row in _matching(session, tier, most)]
    return list(dict.fromkeys(row.candidate_id for row in rows))


def _batches(
    session: Session, asked: Sequence[Tier], after: Place | None, limit: int
) -> Iterator[tuple[int, list[_Row]]]:
    """Yield (tier, rows), each time more of them: few are left where filters leave out many."""
    most = limit + 1
    for at in range(after.tier if after else 0, len(asked)):
        below = after.number if after and at == after.tier else _BEYOND_ALL
        wanted = asked_of(session, asked[at])
        while wanted:
            rows = _rows(session, wanted, below, most)
            if rows:
                yield at, rows
            if len(rows) < most:
                break
            below, most = rows[-1].number, min(most * 2, 1000)


def _first_of_each(at: int, rows: Iterable[_Row], looked_at: set[tuple[int, UUID]]) -> list[_Row]:
    """Return the rows of those who were not looked at by this tier: where they stand is settled."""
    fresh = []
    for row in rows:
        who = at, row.candidate_id
        if who not in looked_at:
            looked_at.add(who)
            fresh.append(row)
    return fresh


def _matching(session: Session, tier: Tier, most: int) -> list[_Row]:
    wanted = asked_of(session, tier)
    return _rows(session, wanted, _BEYOND_ALL, most) if wanted else []


def _rows(session: Session, wanted: dict[str, Any], below: int, most: int) -> list[_Row]:
    asked = {**wanted, "below": below, "most": most}
    if session.get_bind().dialect.name == "postgresql":
        return [_Row(*row) for row in session.execute(_IN_POSTGRESQL, asked)]
    return [
        _Row(number, UUID(bytes=candidate_id), UUID(bytes=subject_id))
        for number, candidate_id, subject_id in session.execute(_IN_SQLITE, asked)
    ]


def _kept(rows: Sequence[_Row], passing: Passing | None) -> list[_Row]:
    if passing is None:
        return list(rows)
    kept = set(passing.keep([row.candidate_id for row in rows]))
    return [row for row in rows if row.candidate_id in kept]


def _page_among(
    session: Session,
    words: Sequence[Word],
    asked: Sequence[Tier],
    few: Sequence[UUID],
    *,
    after: Place | None,
    limit: int,
) -> FoundPage:
    """Return the page of a few candidates, all of whose rows are read instead of the index."""
    mark, held = mark_of(organization_of(session)), all_texts(session, few, Source)
    found = []
    for candidate_id, theirs in held.items():
        place = _first_place(asked, theirs)
        if place is None:
            continue
        at, number = place
        if asked[at].misspelt and not _alike(mark, words, theirs):
            continue
        row = _Row(number, candidate_id, candidate_id)
        found.append(_found(at, row, asked[at], _texts(asked[at], theirs)))
    found.sort(key=_order)
    if after is not None:
        found = [one for one in found if _order(one) > (after.tier, -after.number)]
    items = found[:limit]
    return FoundPage(items, items[-1].place if len(found) > limit else None)


def _order(found: Found) -> tuple[int, int]:
    return found.place.tier, -found.place.number


def _told(
    session: Session, words: Sequence[Word], asked: Sequence[Tier], rows: Sequence[_Row]
) -> list[Found]:
    """Return what to tell of each row that the last of the tiers has found.

    A row whose candidate stands in a better place is left out.
    """
    at, tier = len(asked) - 1, asked[-1]
    if tier.source is Source.PROFILE and not tier.misspelt:
        return [_found(at, row, tier) for row in rows]
    who = {row.candidate_id for row in rows}
    sources = [one.source for one in asked]
    if tier.misspelt:
        mark, held = mark_of(organization_of(session)), all_texts(session, who, sources)
        rows = [row for row in rows if _alike(mark, words, held.get(row.candidate_id, ()))]
        told = [_stand(asked, row, held[row.candidate_id]) for row in rows]
    else:
        held = newest_texts(session, who, sources, newest=NEWEST, of=tier.source)
        told = [_stand(asked, row, held.get(row.candidate_id, ()), read=NEWEST) for row in rows]
        unsettled = {row.candidate_id for row, one in zip(rows, told, strict=True) if one is None}
        if unsettled:
            held = all_texts(session, unsettled, sources)
            told = [
                _stand(asked, row, held.get(row.candidate_id, ())) if one is None else one
                for row, one in zip(rows, told, strict=True)
            ]
    return [one for one in told if isinstance(one, Found)]


def _stand(
    asked: Sequence[Tier], row: _Row, theirs: Sequence[Held], *, read: int | None = None
) -> Found | Literal[False] | None:
    """Return what to tell of a row that the last tier has found; False: they stand elsewhere.

    `read`: no more than so many of that tier's source were read; None is returned where it takes
    older ones to tell.
    """
    at, tier = len(asked) - 1, asked[-1]
    older = read is not None and sum(one.source == tier.source for one in theirs) >= read
    place = _first_place(asked, theirs)
    if place != (at, row.number):
        return None if older and place is None else False
    texts = _texts(tier, theirs)
    if older and len(texts) < MOST_TEXTS:
        return None
    return _found(at, row, tier, texts)


def _alike(mark: str, words: Sequence[Word], theirs: Sequence[Held]) -> bool:
    return any(
        names_alike(mark, words, one.terms) for one in theirs if one.source == Source.PROFILE
    )


def _first_place(asked: Sequence[Tier], theirs: Sequence[Held]) -> tuple[int, int] | None:
    """Return (tier, number) of the best of a candidate's rows, the newest ones first."""
    for at, tier in enumerate(asked):
        for one in theirs:
            if one.source == tier.source and fits(tier.condition, one.terms):
                return at, one.number
    return None


def _texts(tier: Tier, theirs: Sequence[Held]) -> list[UUID]:
    if tier.misspelt:
        return []
    standing = (
        as_id(one.subject_id)
        for one in theirs
        if one.source == tier.source and fits(tier.condition, one.terms)
    )
    return list(islice(standing, MOST_TEXTS))


def _found(at: int, row: _Row, tier: Tier, texts: Sequence[UUID] = ()) -> Found:
    return Found(
        Place(at, row.number, row.candidate_id),
        tier.misspelt,
        tuple(texts) if tier.source is Source.ADVICE else (),
        tuple(texts) if tier.source is Source.FOLLOW_UP else (),
    )
