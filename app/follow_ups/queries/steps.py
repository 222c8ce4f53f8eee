"""What the ledger alone tells of: settings that a row shows only as they are now."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, or_, select, union_all

from app.core.clock import EVER
from app.facts.rules import Kind
from app.models.application import Advice, Application
from app.models.position import Position
from app.models.ranking import Fact

_BEFORE_A_HIRE = ("active", "rejected")


def steps(organization_id: UUID, candidate_id: UUID) -> Select[*tuple[Any, ...]]:
    """Return each step as `kind` of fact and what was so from then on: `so`.

    Of an application, a hire that does not stand (hired), and what took it back (active, rejected);
    one that stands, or that the candidate left, is in the application's own row. Of advice, the
    state that was set, not those that follow-ups moved it to. Of the candidate, whether
    `do_not_contact` was set or lifted; what holds from ever happened at no time.
    """
    mine = organization_id, candidate_id
    found = union_all(_hires(*mine), _advice(*mine), _contact(*mine)).subquery()
    return (
        select(
            Fact.effective_at.label("at"),
            Fact.id,
            Fact.kind,
            found.c.so,
            func.coalesce(Application.id, Advice.application_id).label("application_id"),
            Application.position_id,
            Position.title,
            Advice.id.label("advice_id"),
            Advice.rejection_id,
            Advice.number,
            Advice.text,
        )
        .join(found, found.c.id == Fact.id)
        .outerjoin(Application, Application.id == Fact.subject_id)
        .outerjoin(Position, Position.id == Application.position_id)
        .outerjoin(Advice, Advice.id == Fact.subject_id)
        .where(Fact.organization_id == organization_id, Fact.candidate_id == candidate_id)
    )


def _hires(organization_id: UUID, candidate_id: UUID) -> Select[*tuple[Any, ...]]:
    told = _told(organization_id, candidate_id, Kind.APPLICATION, Fact.value["status"].as_string())
    changes = (
        select(
            told,
            func.lead(told.c.so)
            .over(partition_by=told.c.subject_id, order_by=told.c.effective_at)
            .label("after"),
        )
        .where(told.c.so.is_distinct_from(told.c.before))
        .subquery()
    )
    hire = and_(changes.c.so == "hired", changes.c.after.in_(_BEFORE_A_HIRE))
    end = and_(changes.c.before == "hired", changes.c.so.in_(_BEFORE_A_HIRE))
    return select(changes.c.id, changes.c.so).where(or_(hire, end))


def _advice(organization_id: UUID, candidate_id: UUID) -> Select[*tuple[Any, ...]]:
    told = _told(organization_id, candidate_id, Kind.ADVICE, Fact.value["state"].as_string())
    # What was told of advice later than its withdrawal is withdrawn with it.
    withdrawn_again = and_(
        told.c.so == "withdrawn", told.c.before.is_not_distinct_from("withdrawn")
    )
    return select(told.c.id, told.c.so).where(told.c.so.is_not(None), ~withdrawn_again)


def _contact(organization_id: UUID, candidate_id: UUID) -> Select[*tuple[Any, ...]]:
    flag = case((Fact.value["flag"].as_boolean(), "set"), else_="lifted")
    told = _told(organization_id, candidate_id, Kind.DO_NOT_CONTACT, flag)
    return select(told.c.id, told.c.so).where(
        told.c.effective_at > EVER,
        told.c.so.is_distinct_from(func.coalesce(told.c.before, "lifted")),
    )


def _told(
    organization_id: UUID, candidate_id: UUID, kind: Kind, value: ColumnElement[Any]
) -> Subquery:
    """Return what was so (`so`) from each instant on, as told last, and what was `before` it."""
    facts = (
        select(
            Fact.id,
            Fact.subject_id,
            Fact.effective_at,
            value.label("so"),
            func.row_number()
            .over(
                partition_by=(Fact.subject_id, Fact.effective_at),
                order_by=(Fact.recorded_at.desc(), Fact.id.desc()),
            )
            .label("nth"),
        )
        .where(
            Fact.organization_id == organization_id,
            Fact.candidate_id == candidate_id,
            Fact.kind == kind,
        )
        .subquery()
    )
    return (
        select(
            facts.c.id,
            facts.c.subject_id,
            facts.c.effective_at,
            facts.c.so,
            func.lag(facts.c.so)
            .over(partition_by=facts.c.subject_id, order_by=facts.c.effective_at)
            .label("before"),
        )
        .where(facts.c.nth == 1)
        .subquery()
    )
