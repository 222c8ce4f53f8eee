"""Keeping the full-text index up to date, in the transaction of the change that it speaks of.

The index of SQLite is contentless: what is taken out must be said once more, word for word, which
is why `search_texts` keeps the terms. PostgreSQL's is an index of that table.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, select, text
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.models.base import table_of
from app.models.search import SearchText
from app.search.rules.terms import (
    RANDOM_BITS,
    Profile,
    Source,
    Text,
    as_indexed,
    mark_of,
    number_at,
    profile_terms,
    renamed,
    retagged,
    text_terms,
)

_TEXTS = table_of(SearchText)
_ADD = insert(_TEXTS)
_OF_CANDIDATE = select(_TEXTS.c.source, _TEXTS.c.number, _TEXTS.c.subject_id, _TEXTS.c.terms).where(
    _TEXTS.c.organization_id == bindparam("tenant"),
    _TEXTS.c.candidate_id == bindparam("candidate"),
)
_OF_SUBJECT = _OF_CANDIDATE.where(_TEXTS.c.subject_id == bindparam("subject"))
_REMOVE = delete(_TEXTS).where(
    _TEXTS.c.organization_id == bindparam("tenant"),
    _TEXTS.c.source == bindparam("old_source"),
    _TEXTS.c.number == bindparam("old_number"),
)
_TAKEN = select(_TEXTS.c.number).where(
    _TEXTS.c.organization_id == bindparam("tenant"),
    _TEXTS.c.source == bindparam("new_source"),
    _TEXTS.c.number == bindparam("new_number"),
)
# A rowid of SQLite's index is unique in the file, whoever's it is.
_TAKEN_IN_SQLITE = text("SELECT id FROM search_index_docsize WHERE id = :new_number")
_TAKEN_OF = select(_TEXTS.c.number).where(
    _TEXTS.c.organization_id == bindparam("tenant"),
    _TEXTS.c.number.in_(bindparam("numbers", expanding=True)),
)
_TAKEN_OF_SQLITE = text("SELECT id FROM search_index_docsize WHERE id IN :numbers").bindparams(
    bindparam("numbers", expanding=True)
)
# As many numbers as one statement names.
_AT_ONCE: Final = 1000
_INDEX = text("INSERT INTO search_index (rowid, terms) VALUES (:number, :terms)")
_UNINDEX = text(
    "INSERT INTO search_index (search_index, rowid, terms) VALUES ('delete', :number, :terms)"
)
_TRIES: Final = 12


class _Row(NamedTuple):
    source: str
    number: int
    subject_id: UUID
    terms: list[str]


class NumbersTakenError(RuntimeError):
    """No free number was found for a text: more of them are of one instant than fit."""


def index_profile(session: Session, profile: Profile, *, new: bool = False) -> None:
    """Let a candidate be found by name, addresses and tags as they are now.

    `new`: there is no row to take out. The candidate itself must have been written.
    """
    terms = profile_terms(mark_of(organization_of(session)), profile)
    number = _number_at(session, Source.PROFILE, profile.at)
    row = _Row(Source.PROFILE, number, profile.candidate_id, terms)
    _put(session, profile.candidate_id, row, new=new)


def index_text(session: Session, told: Text, *, new: bool = False) -> None:
    """Let a candidate be found by a piece of advice or a follow-up as it is now."""
    terms = text_terms(mark_of(organization_of(session)), told)
    number = _number_at(session, told.source, told.at)
    _put(session, told.candidate_id, _Row(told.source, number, told.subject_id, terms), new=new)


def index_at_once(session: Session, profiles: Iterable[Profile], texts: Iterable[Text]) -> None:
    """Let many candidates be found, of whom there is no row: in a few statements for them all."""
    mark = mark_of(organization_of(session))
    told = [
        (one.candidate_id, Source.PROFILE, one.at, one.candidate_id, profile_terms(mark, one))
        for one in profiles
    ]
    told += [
        (one.candidate_id, one.source, one.at, one.subject_id, text_terms(mark, one))
        for one in texts
    ]
    told = [one for one in told if one[-1]]
    numbers = _free_numbers(session, [(source, at) for _, source, at, _, _ in told])
    _add_all(
        session,
        [
            (candidate_id, _Row(source, number, subject_id, terms))
            for (candidate_id, source, _, subject_id, terms), number in zip(
                told, numbers, strict=True
            )
        ],
    )


def forget_text(session: Session, candidate_id: UUID, subject_id: UUID) -> None:
    """Let a candidate be found by a piece of advice or a follow-up no more."""
    for row in _rows(session, candidate_id, subject_id):
        _remove(session, row)


def forget_person(session: Session, candidate_id: UUID) -> None:
    """Take out all that a candidate is found by."""
    for row in _rows(session, candidate_id):
        _remove(session, row)


def hand_texts_over(
    session: Session, from_candidate_id: UUID, to_candidate_id: UUID, full_name: str
) -> None:
    """Let somebody, by this name, be found by the texts of another, whom nothing finds any more."""
    mark = mark_of(organization_of(session))
    for row in _rows(session, from_candidate_id):
        _remove(session, row)
        if row.source != Source.PROFILE:
            terms = renamed(mark, row.terms, full_name)
            _add(session, to_candidate_id, row._replace(terms=terms))


def retag_profile(session: Session, candidate_id: UUID, tags: Iterable[str]) -> None:
    """Let a candidate be found by these tags, all else of the profile being as it was."""
    mark = mark_of(organization_of(session))
    for row in _rows(session, candidate_id, candidate_id):
        terms = retagged(mark, row.terms, tags)
        if terms != row.terms:
            _remove(session, row)
            _add(session, candidate_id, row._replace(terms=terms))


def rename_texts(session: Session, candidate_id: UUID, full_name: str) -> None:
    """Say in a candidate's texts whose they are, after the name has changed."""
    mark = mark_of(organization_of(session))
    for row in _rows(session, candidate_id):
        if row.source == Source.PROFILE:
            continue
        terms = renamed(mark, row.terms, full_name)
        if terms != row.terms:
            _remove(session, row)
            _add(session, candidate_id, row._replace(terms=terms))


def _put(session: Session, candidate_id: UUID, row: _Row, *, new: bool) -> None:
    """Write a row in the place of the one that its subject has, unless it says the same."""
    for there in [] if new else _rows(session, candidate_id, row.subject_id):
        same_instant = there.number >> RANDOM_BITS == row.number >> RANDOM_BITS
        if there.terms == row.terms and same_instant:
            return
        _remove(session, there)
    if row.terms:
        _add(session, candidate_id, row)


def _rows(session: Session, candidate_id: UUID, subject_id: UUID | None = None) -> Sequence[_Row]:
    asked = {"tenant": organization_of(session), "candidate": candidate_id}
    if subject_id is None:
        return [_Row(*row) for row in session.execute(_OF_CANDIDATE, asked)]
    return [_Row(*row) for row in session.execute(_OF_SUBJECT, {**asked, "subject": subject_id})]


def _free_numbers(session: Session, at: Sequence[tuple[Source, datetime]]) -> list[int]:
    """Return a number of each instant which no row has, nor another one of these."""
    drawn = [number_at(when, secrets.randbits(RANDOM_BITS)) for _, when in at]
    # Of whatever source: a number that another source has is passed over, and none is missed.
    taken = _TAKEN_OF_SQLITE if _in_sqlite(session) else _TAKEN_OF
    used: set[int] = set()
    for start in range(0, len(drawn), _AT_ONCE):
        asked: dict[str, Any] = {"numbers": drawn[start : start + _AT_ONCE]}
        if taken is _TAKEN_OF:
            asked["tenant"] = organization_of(session)
        used.update(session.scalars(taken, asked))
    free: list[int] = []
    for (source, when), number in zip(at, drawn, strict=True):
        found = number
        while found in used:
            found = _number_at(session, source, when)
        used.add(found)
        free.append(found)
    return free


def _number_at(session: Session, source: Source, at: datetime) -> int:
    """Return a number of that instant which no row has."""
    taken = _TAKEN_IN_SQLITE if _in_sqlite(session) else _TAKEN
    asked: dict[str, Any] = {"tenant": organization_of(session), "new_source": source.value}
    for tried in range(_TRIES):
        # Where a load has filled a millisecond, among those after it, ever more of them.
        later = timedelta(milliseconds=2**tried - 1)
        number = number_at(at + later, secrets.randbits(RANDOM_BITS))
        asked["new_number"] = number
        told = {"new_number": number} if taken is _TAKEN_IN_SQLITE else asked
        if session.scalar(taken, told) is None:
            return number
    raise NumbersTakenError


def _add(session: Session, candidate_id: UUID, row: _Row) -> None:
    _add_all(session, [(candidate_id, row)])


def _add_all(session: Session, rows: Sequence[tuple[UUID, _Row]]) -> None:
    if not rows:
        return
    session.execute(
        _ADD,
        [
            {
                "organization_id": organization_of(session),
                "source": str(row.source),
                "number": row.number,
                "candidate_id": candidate_id,
                "subject_id": row.subject_id,
                "terms": row.terms,
            }
            for candidate_id, row in rows
        ],
    )
    if _in_sqlite(session):
        session.execute(
            _INDEX, [{"number": row.number, "terms": as_indexed(row.terms)} for _, row in rows]
        )


def _remove(session: Session, row: _Row) -> None:
    if _in_sqlite(session):
        session.execute(_UNINDEX, {"number": row.number, "terms": as_indexed(row.terms)})
    session.execute(
        _REMOVE,
        {
            "tenant": organization_of(session),
            "old_source": row.source,
            "old_number": row.number,
        },
    )


def _in_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
