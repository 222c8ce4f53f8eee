"""Reading the lists that candidates stand in: several at once, each in its order and to its bound.

A statement is built and compiled once for each shape of question. It is handed to the driver as it
is, and gives plain values: of the thousands of rows that are looked at, a hundred are kept.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Dialect,
    Integer,
    Table,
    Text,
    bindparam,
    case,
    column,
    func,
    literal_column,
    null,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.models.base import table_of
from app.models.ranking import QuietPosting, RankedPosting
from app.organizations.rules import ScoringPolicy
from app.shortlists.rules.judging import Row
from app.shortlists.rules.match import Section
from app.shortlists.rules.question import Question
from app.shortlists.rules.search import Span

_SLACK = 1e-9
# What a statement is told of each piece of a list.
_SPAN: Final = ("at", "list", "least", "after", "alike", "id", "until")
# Before the first place and after the last one; by whether they are of the quiet.
_PLACES: Final = {False: (-math.inf, math.inf), True: (-(2**63), 2**63 - 1)}
_FIRST_ID: Final = UUID(int=0)
_LAST_ID: Final = UUID(int=2**128 - 1)
# By place, by what the rows hold, by id.
_ORDER = itemgetter(1, -1, 0)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What makes one statement another than the next.

    `needed` counts the must-haves that the levels are searched for, `weighed` the competencies
    whose shares are added up, `pieces` the lists that it names one by one: 0 where it takes any
    number of them.
    """

    section: Section
    starts: bool
    needed: int
    weighed: int
    pieces: int


class Lists:
    """The lists of one organization under one policy, read for one section of one question."""

    def __init__(
        self, session: Session, policy: ScoringPolicy, question: Question, section: Section
    ) -> None:
        self._connection = session.connection()
        self._dialect = self._connection.dialect
        self._section = section
        self._starts = question.latest_start is not None
        self._needed = _needed(question, section)
        weights: dict[str, float] = {}
        for each in question.position.requirements if section is Section.QUIET else ():
            share = each.weight / question.total_weight if question.total_weight else 0.0
            weights[each.competency] = weights.get(each.competency, 0.0) + share
        self._weights = {name: share for name, share in weights.items() if share}
        self._asked: dict[str, Any] = {
            "organization_id": self.raw(organization_of(session)),
            "policy_version": policy.version,
            "today": question.today.toordinal(),
        }
        if question.latest_start is not None:
            self._asked["latest"] = question.latest_start.toordinal()
        for at, name in enumerate(self._needed):
            self._asked[f"needed_{at}"] = f" {name}:"

    def raw(self, id_: UUID) -> Any:
        """Return an id as the rows give it."""
        return id_.bytes if self._dialect.name == "sqlite" else id_

    def fetch(self, spans: Sequence[Span]) -> list[list[Row]]:
        """Read pieces of lists."""
        least_fit = spans[0].least_fit
        weights = self._weights if least_fit > 0.0 else {}
        by_name = self._dialect.name == "sqlite"
        shape = _Shape(
            self._section,
            self._starts,
            len(self._needed),
            len(weights),
            len(spans) if by_name else 0,
        )
        asked = {**self._asked, "size": spans[0].size, "least_fit": least_fit - _SLACK}
        for at, (name, share) in enumerate(weights.items()):
            asked[f"weighed_{at}"], asked[f"share_{at}"] = f" {name}:", share
        told = zip(*(self._told(at, each) for at, each in enumerate(spans)), strict=True)
        for name, values in zip(_SPAN, told, strict=True):
            if by_name:
                asked |= {f"{name}_{at}": value for at, value in enumerate(values)}
            else:
                asked[name] = list(values)
        statement, names, fixed = _compiled(shape, self._dialect)
        asked |= fixed
        handed: Any = (
            tuple([asked[each] for each in names])
            if by_name
            else {each: asked[each] for each in names}
        )
        found: list[list[Row]] = [[] for _ in spans]
        for row in self._connection.exec_driver_sql(statement, handed).all():
            found[row[0]].append(row[1:])
        for rows in found:
            # Each piece is in order, but no store promises it of pieces put together.
            rows.sort(key=_ORDER)
        return found

    def _told(self, at: int, span: Span) -> tuple[Any, ...]:
        """Return what a statement is told of a piece, in the order of `_SPAN`."""
        first, last = _PLACES[self._section is Section.QUIET]
        before_all = self.raw(_FIRST_ID)
        after, alike, id_ = span.after or (first, before_all, before_all)
        id_ = self.raw(_LAST_ID) if id_ is None else id_
        until = last if span.until is None else span.until
        return (at, span.source.name, span.source.least_level, after, alike, id_, until)


def _needed(question: Question, section: Section) -> list[str]:
    """Return the competencies that rows are searched for before they are looked at.

    In to_check something has to be unknown; a level that has to be verified is told from the row
    alone, so where one is asked for nothing can be left out.
    """
    musts = question.must_haves
    if section is Section.QUIET or (
        section is Section.TO_CHECK and any(each.verified_only for each in musts)
    ):
        return []
    return [each.competency for each in musts]


@lru_cache(maxsize=512)
def _compiled(shape: _Shape, dialect: Dialect) -> tuple[str, tuple[str, ...], dict[str, Any]]:
    """Return a statement as the driver takes it, what it is given, in order, and what of it always.

    Numbers in the statement are handed to the driver like all else.
    """
    if shape.pieces:
        parts = [_part(shape, _named(at), dialect.name).subquery() for at in range(shape.pieces)]
        selects = [select(each) for each in parts]
        statement: Any = union_all(*selects) if len(selects) > 1 else selects[0]
    else:
        spans = _listed(shape)
        statement = select(_part(shape, spans.c, dialect.name).lateral()).select_from(spans)
    compiled = statement.compile(dialect=dialect)
    # By position where the driver counts, by name where it does not.
    names = getattr(compiled, "positiontup", None) or list(compiled.params)
    fixed = {name: value for name, value in compiled.params.items() if value is not None}
    return str(compiled), tuple(names), fixed


def _table(shape: _Shape) -> Table:
    return table_of(QuietPosting if shape.section is Section.QUIET else RankedPosting)


def _named(at: int) -> Any:
    """Return what a part is told of its piece, as parameters of its own."""
    return SimpleNamespace(
        **{name: bindparam(f"{name}_{at}") for name in _SPAN[1:]}, at=literal_column(str(at))
    )


def _listed(shape: _Shape) -> Any:
    """Return what is told of all pieces, as rows: one part is planned in a tenth of the time."""
    place, id_ = _table(shape).c.place.type, _table(shape).c.candidate_id.type
    types: tuple[Any, ...] = (Integer(), Text(), Integer(), place, id_, id_, place)
    columns: list[Any] = [column(name, type_) for name, type_ in zip(_SPAN, types, strict=True)]
    arrays = [bindparam(each.name, type_=ARRAY(each.type)) for each in columns]
    return func.unnest(*arrays).table_valued(*columns).render_derived(name="spans")


def _part(shape: _Shape, span: Any, dialect: str) -> Any:
    row = _table(shape).c
    quiet = shape.section is Section.QUIET
    size: Any = bindparam("size")
    return (
        select(
            span.at.label("span"),
            row.candidate_id,
            row.place,
            row.opens_on,
            row.closes_on,
            row.available_from,
            row.levels,
            row.tried,
            (null() if quiet else row.momentum).label("momentum"),
            (literal_column("0.0") if quiet else row.progress).label("progress"),
            (null() if quiet else row.pauses).label("pauses"),
            row.alike,
        )
        .where(
            row.organization_id == bindparam("organization_id"),
            row.policy_version == bindparam("policy_version"),
            row.list == span.list,
            tuple_(row.place, row.alike, row.candidate_id)
            > tuple_(span.after, span.alike, span.id),
            row.place <= span.until,
            row.level >= span.least,
            row.opens_on <= bindparam("today"),
            row.closes_on >= bindparam("today"),
            *_section_conditions(shape, row, dialect),
        )
        .order_by(row.place, row.alike, row.candidate_id)
        .limit(size)
    )


def _section_conditions(shape: _Shape, row: Any, dialect: str) -> list[ColumnElement[bool]]:
    in_text = func.instr if dialect == "sqlite" else func.strpos
    untold = row.available_from.is_(None)
    in_time = row.available_from <= bindparam("latest")
    lacks = [in_text(row.levels, bindparam(f"needed_{at}")) for at in range(shape.needed)]
    found: list[ColumnElement[bool]] = []
    if shape.section is Section.ENTRIES:
        found += [in_time] if shape.starts else []
        found += [each > 0 for each in lacks]
    elif shape.starts:
        found.append(or_(untold, in_time))
    if shape.section is Section.TO_CHECK and shape.needed:
        found.append(or_(*([untold] if shape.starts else []), *[each == 0 for each in lacks]))
    if shape.weighed:
        shares = [
            case(
                (in_text(row.levels, bindparam(f"weighed_{at}")) > 0, bindparam(f"share_{at}")),
                else_=literal_column("0.0"),
            )
            for at in range(shape.weighed)
        ]
        total: Any = shares[0]
        for each in shares[1:]:
            total = total + each
        found.append(total >= bindparam("least_fit"))
    return found
