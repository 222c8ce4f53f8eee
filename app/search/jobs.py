"""Indexing anew what was written before there was an index, or past the actions by a bulk load.

And dropping from the index what was erased, where SQLite itself would do so some time or other.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.orm import Session

from app.core.database import Database, Mode, organization_of
from app.models.application import Advice
from app.models.base import table_of
from app.models.candidate import Candidate, CandidateEmail, CandidatePhone, CandidateTag
from app.models.follow_up import FollowUp, Milestone
from app.search.actions import forget_person, index_at_once
from app.search.rules.terms import Profile, Source, Text, follow_up_text

_BATCH: Final = 100
_BEFORE_ALL: Final = UUID(int=0)
_CANDIDATES = table_of(Candidate).c
_NEXT = (
    select(_CANDIDATES.id, _CANDIDATES.full_name, _CANDIDATES.location, _CANDIDATES.created_at)
    .where(
        _CANDIDATES.organization_id == bindparam("organization_id"),
        _CANDIDATES.deleted_at.is_(None),
        _CANDIDATES.id > bindparam("after"),
    )
    .order_by(_CANDIDATES.id)
    .limit(_BATCH)
    .with_for_update()
)

# Whether SQLite, from 3.42 on, takes words out of this index at once.
_AT_ONCE = text("SELECT v FROM search_index_config WHERE k = 'secure-delete'")
_MERGE = text("INSERT INTO search_index (search_index, rank) VALUES ('merge', :pages)")
_CHANGES = text("SELECT total_changes()")
# Half a megabyte is written at a time, so that no other writer waits long.
_PAGES: Final = 100
# A step that changes less has found nothing to merge.
_LEAST_CHANGES: Final = 2


def drop_marked_words(database: Database) -> int:
    """Write SQLite's index anew without the words that are only marked as gone; return the steps.

    Each step is a short transaction of its own. It is the whole file's index, and on a large one
    takes minutes; where words go at once, and on PostgreSQL, there is nothing to do.
    """
    if not database.is_sqlite:
        return 0
    with database.transaction(Mode.READ) as session:
        if session.scalar(_AT_ONCE):
            return 0
    # Below zero: all parts of the index are to become one. Further steps only go on with that.
    steps, pages = 0, -_PAGES
    while True:
        with database.transaction(Mode.ASIDE) as session:
            before = session.scalars(_CHANGES).one()
            session.execute(_MERGE, {"pages": pages})
            changes = session.scalars(_CHANGES).one() - before
        steps, pages = steps + 1, _PAGES
        if changes < _LEAST_CHANGES:
            return steps


def count_candidates(database: Database, organization_id: UUID) -> int:
    """Return how many candidates there are to index."""
    with database.transaction(Mode.READ, organization_id) as session:
        counted = select(func.count()).where(
            _CANDIDATES.organization_id == organization_id, _CANDIDATES.deleted_at.is_(None)
        )
        return session.scalar(counted) or 0


def index_everyone(database: Database, organization_id: UUID) -> Iterator[int]:
    """Index every candidate of an organization anew; yield how many, batch by batch.

    Each batch is a short transaction of its own, so readers and writers go on meanwhile. Killed and
    started again it begins anew, which is harmless.
    """
    after = _BEFORE_ALL
    while True:
        with database.transaction(Mode.WRITE, organization_id) as session:
            asked = {"organization_id": organization_id, "after": after}
            people = session.execute(_NEXT, asked).all()
            _index(session, people)
        if not people:
            return
        after = people[-1].id
        yield len(people)


def _index(session: Session, people: Sequence[Any]) -> None:
    ids = [person.id for person in people]
    emails = _grouped(session, CandidateEmail, ids, "address")
    phones = _grouped(session, CandidatePhone, ids, "number")
    tags = _grouped(session, CandidateTag, ids, "tag")
    profiles = []
    for person in people:
        forget_person(session, person.id)
        places = [] if person.location is None else [(person.location,)]
        told = [*emails.get(person.id, ()), *phones.get(person.id, ()), *places]
        profiles.append(
            Profile(
                person.id,
                person.full_name,
                tuple(text for (text,) in told),
                tuple(tag for (tag,) in tags.get(person.id, ())),
                person.created_at,
            )
        )
    names = {person.id: person.full_name for person in people}
    index_at_once(session, profiles, (*_advice(session, names), *_follow_ups(session, names)))


def _advice(session: Session, names: dict[UUID, str]) -> Iterator[Text]:
    given = _grouped(session, Advice, list(names), "id", "text", "given_at", "state")
    for candidate_id, rows in given.items():
        for id_, words, at, state in rows:
            if state != "withdrawn":
                yield Text(Source.ADVICE, id_, candidate_id, names[candidate_id], words, at)


def _follow_ups(session: Session, names: dict[UUID, str]) -> Iterator[Text]:
    ids = list(names)
    reported: dict[UUID, list[str | None]] = {}
    for rows in _grouped(session, Milestone, ids, "follow_up_id", "title", "quote").values():
        for follow_up_id, *texts in rows:
            reported.setdefault(follow_up_id, []).extend(texts)
    columns = ("id", "subject", "body", "occurred_at", "deleted_at")
    for candidate_id, rows in _grouped(session, FollowUp, ids, *columns).items():
        for id_, subject, body, at, deleted_at in rows:
            if deleted_at is None:
                words = follow_up_text(subject, body, reported.get(id_, ()))
                yield Text(Source.FOLLOW_UP, id_, candidate_id, names[candidate_id], words, at)


def _grouped(
    session: Session, model: Any, candidate_ids: Sequence[UUID], *columns: str
) -> dict[UUID, list[Any]]:
    """Return some columns of a table's rows by candidate."""
    table = table_of(model).c
    statement = select(table.candidate_id, *(table[name] for name in columns)).where(
        table.organization_id == organization_of(session), table.candidate_id.in_(candidate_ids)
    )
    grouped: dict[UUID, list[Any]] = {}
    for candidate_id, *row in session.execute(statement):
        grouped.setdefault(candidate_id, []).append(row)
    return grouped
