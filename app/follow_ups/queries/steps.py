"""What the ledger alone tells of: settings that a row shows only as they are now."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Subquery, and_, false, func, or_, select

from app.core.clock import EVER
from app.facts.rules import Kind
from app.models.application import Advice, Application
from app.models.position import Position
from app.models.ranking import Fact

_BEFORE_A_HIRE = ("active", "rejected")


def hires_taken_back(organization_id: UUID, candidate_id: UUID) -> Select[*tuple[Any, ...]]:
    """Return the hires that do not stand, and what took each back, by `status`: hired or not.

    A hire that stands, or that the candidate left, is in the application's own row.
    """
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
    return (
        select(
            Fact.effective_at.label("at"),
            Fact.id,
            changes.c.so.label("status"),
            Application.id.label("application_id"),
            Application.position_id,
            Position.title,
        )
        .join(changes, changes.c.id == Fact.id)
        .join(Application, Application.id == Fact.subject_id)
        .join(Position, Position.id == Application.position_id)
        .where(Fact.organization_id == organization_id, or_(hire, end))
    )


def advice_set(organization_id: UUID, candidate_id: UUID) -> Select[*tuple[Any, ...]]:
    """Return the states of advice that were set, not those that follow-ups moved it to."""
    told = _told(organization_id, candidate_id, Kind.ADVICE, Fact.value["state"].as_string())
    # What was told of advice later than its withdrawal is withdrawn with it.
    withdrawn_again = and_(
        told.c.so == "withdrawn", told.c.before.is_not_distinct_from("withdrawn")
    )
    return (
        select(
            Fact.effective_at.label("at"),
            Fact.id,
            told.c.so.label("state"),
            Advice.id.label("advice_id"),
            Advice.number,
            Advice.text,
            Advice.rejection_id,
            Advice.application_id,
        )
        .join(told, told.c.id == Fact.id)
        .join(Advice, Advice.id == Fact.subject_id)
        .where(Fact.organization_id == organization_id, told.c.so.is_not(None), ~withdrawn_again)
    )


def contact_forbidden(organization_id: UUID, candidate_id: UUID) -> Select[*tuple[Any, ...]]:
    """Return when `do_not_contact` was set and lifted; what holds from ever happened at no time."""
    flag = Fact.value["flag"].as_boolean()
    told = _told(organization_id, candidate_id, Kind.DO_NOT_CONTACT, flag)
    return (
        select(Fact.effective_at.label("at"), Fact.id, told.c.so.label("flag"))
        .join(told, told.c.id == Fact.id)
        .where(
            Fact.organization_id == organization_id,
            Fact.effective_at > EVER,
            told.c.so.is_distinct_from(func.coalesce(told.c.before, false())),
        )
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
