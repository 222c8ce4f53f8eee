"""What the ledger alone tells of: settings that a row shows only as they are now."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    union_all,
)

from app.core.clock import EVER
from app.facts.rules import Kind
from app.models.application import Advice, Application
from app.models.base import table_of
from app.models.position import Position
from app.models.ranking import Fact

_BEFORE_A_HIRE = ("active", "rejected")
_FACTS, _APPLICATIONS = table_of(Fact).c, table_of(Application)
_ADVICE, _POSITIONS = table_of(Advice), table_of(Position)


def _told(kind: Kind, value: ColumnElement[Any]) -> Subquery:
    """Return what was so (`so`) from each instant on, as told last, and what was `before` it."""
    facts = (
        select(
            _FACTS.id,
            _FACTS.kind,
            _FACTS.subject_id,
            _FACTS.effective_at.label("at"),
            value.label("so"),
            func.row_number()
            .over(
                partition_by=(_FACTS.subject_id, _FACTS.effective_at),
                order_by=(_FACTS.recorded_at.desc(), _FACTS.id.desc()),
            )
            .label("nth"),
        )
        .where(
            _FACTS.organization_id == bindparam("organization_id"),
            _FACTS.candidate_id == bindparam("candidate_id"),
            _FACTS.kind == kind,
        )
        .subquery()
    )
    before = func.lag(facts.c.so).over(partition_by=facts.c.subject_id, order_by=facts.c.at)
    return select(facts, before.label("before")).where(facts.c.nth == 1).subquery()


def _step(told: Subquery) -> Select[*tuple[Any, ...]]:
    return select(told.c.id, told.c.kind, told.c.subject_id, told.c.at, told.c.so)


def _hires() -> Select[*tuple[Any, ...]]:
    told = _told(Kind.APPLICATION, _FACTS.value["status"].as_string())
    after = func.lead(told.c.so).over(partition_by=told.c.subject_id, order_by=told.c.at)
    changes = (
        select(told, after.label("after"))
        .where(told.c.so.is_distinct_from(told.c.before))
        .subquery()
    )
    hire = and_(changes.c.so == "hired", changes.c.after.in_(_BEFORE_A_HIRE))
    end = and_(changes.c.before == "hired", changes.c.so.in_(_BEFORE_A_HIRE))
    return _step(changes).where(or_(hire, end))


def _advice_set() -> Select[*tuple[Any, ...]]:
    told = _told(Kind.ADVICE, _FACTS.value["state"].as_string())
    # What was told of advice later than its withdrawal is withdrawn with it.
    withdrawn_again = and_(
        told.c.so == "withdrawn", told.c.before.is_not_distinct_from("withdrawn")
    )
    return _step(told).where(told.c.so.is_not(None), ~withdrawn_again)


def _contact() -> Select[*tuple[Any, ...]]:
    flag = case((_FACTS.value["flag"].as_boolean(), "set"), else_="lifted")
    told = _told(Kind.DO_NOT_CONTACT, flag)
    return _step(told).where(
        told.c.at > EVER, told.c.so.is_distinct_from(func.coalesce(told.c.before, "lifted"))
    )


_FOUND = union_all(_hires(), _advice_set(), _contact()).subquery()
AT, ID = _FOUND.c.at, _FOUND.c.id

# Each step as `kind` of fact and what was so from then on: `so`. Of an application, a hire that
# does not stand (hired), and what took it back (active, rejected); one that stands, or that the
# candidate left, is in the application's own row. Of advice, the state that was set, not those that
# follow-ups moved it to. Of the candidate, whether `do_not_contact` was set or lifted; what holds
# from ever happened at no time.
STEPS: Select[*tuple[Any, ...]] = (
    select(
        AT,
        ID,
        _FOUND.c.kind,
        _FOUND.c.so,
        func.coalesce(_APPLICATIONS.c.id, _ADVICE.c.application_id).label("application_id"),
        _APPLICATIONS.c.position_id,
        _POSITIONS.c.title,
        _ADVICE.c.id.label("advice_id"),
        _ADVICE.c.rejection_id,
        _ADVICE.c.number,
        _ADVICE.c.text,
    )
    .select_from(_FOUND)
    .outerjoin(
        _APPLICATIONS,
        (_APPLICATIONS.c.organization_id == bindparam("organization_id"))
        & (_APPLICATIONS.c.id == _FOUND.c.subject_id),
    )
    .outerjoin(
        _POSITIONS,
        (_POSITIONS.c.organization_id == bindparam("organization_id"))
        & (_POSITIONS.c.id == _APPLICATIONS.c.position_id),
    )
    .outerjoin(
        _ADVICE,
        (_ADVICE.c.organization_id == bindparam("organization_id"))
        & (_ADVICE.c.id == _FOUND.c.subject_id),
    )
)
