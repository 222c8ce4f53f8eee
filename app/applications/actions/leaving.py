"""The candidate leaves: withdraws, from a hire too, or declines an offer."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applications.actions.locking import Moment, lock_application, moment, move
from app.applications.rules import DECLINABLE, WITHDRAWABLE, days_to_start
from app.audit_log.actions import record_change
from app.core.database import organization_of
from app.entry.actor import Actor
from app.models.application import Application
from app.models.position import Position
from app.organizations.queries import current_policy
from app.positions.actions import give_opening_back, reopen_after_loss
from app.shortlists.actions import bring_up_to_date

HIRE_WITHDREW, OFFER_DECLINED = "hire_withdrew", "offer_declined"


class Left(NamedTuple):
    """An application withdrawn, and what the loss of a hire or an offer brought about.

    `trigger` is null where nothing was lost, `shortlist_id` also where the loss is older than a
    day; `days_to_start` counts from the day of the loss and is null for a position without a start.
    """

    application: Application
    shortlist_id: UUID | None
    trigger: str | None
    days_to_start: int | None


def withdraw_application(
    session: Session,
    actor: Actor,
    application_id: UUID,
    *,
    withdrawn_at: datetime | None = None,
    reason: str | None = None,
    effective_at: datetime | None = None,
    expected_version: int | None = None,
) -> Left:
    """Note that the candidate withdrew. A hire that withdraws re-opens the seat and makes a list.

    Needs a transaction of the mode LIST.

    Raises:
        NotFound, Gone, StaleVersion: see `lock_application`.
        Conflict: neither active nor hired; `current_status`.
        Invalid: an instant lies ahead, or before the application or its hire.
    """
    application, _ = lock_application(
        session,
        application_id,
        allowed=WITHDRAWABLE,
        expected_version=expected_version,
        with_position=True,
    )
    was_hired = application.status == "hired"
    when = moment(session, application, withdrawn_at, effective_at, pointer="/withdrawn_at")
    _withdraw(session, actor, application, when, reason=reason, event="application.withdrawn")
    if not was_hired:
        return Left(application, None, None, None)
    give_opening_back(session, actor, application.position_id, application.id, at=when.happened_at)
    return _lose(session, actor, application, HIRE_WITHDREW, when)


def decline_offer(
    session: Session,
    actor: Actor,
    application_id: UUID,
    *,
    declined_at: datetime | None = None,
    reason: str | None = None,
    effective_at: datetime | None = None,
    expected_version: int | None = None,
) -> Left:
    """Note that the candidate declined our offer: withdrawn, and the seat needs somebody else.

    Needs a transaction of the mode LIST.

    Raises:
        NotFound, Gone, StaleVersion: see `lock_application`.
        Conflict: the application is not active; `current_status`.
        Invalid: an instant lies ahead or before the application.
    """
    application, _ = lock_application(
        session,
        application_id,
        allowed=DECLINABLE,
        expected_version=expected_version,
        with_position=True,
    )
    when = moment(session, application, declined_at, effective_at, pointer="/declined_at")
    application.offer_declined_at = when.happened_at
    _withdraw(session, actor, application, when, reason=reason, event="application.offer_declined")
    return _lose(session, actor, application, OFFER_DECLINED, when)


def _withdraw(
    session: Session,
    actor: Actor,
    application: Application,
    when: Moment,
    *,
    reason: str | None,
    event: str,
) -> None:
    application.withdrawn_at = when.happened_at
    application.withdrawal_reason = reason
    move(session, application, "withdrawn", when.effective_at)
    record_change(
        session,
        actor,
        event,
        "application",
        application.id,
        candidate_id=application.candidate_id,
        changes={"reason": reason},
        data={"position_id": application.position_id},
    )
    bring_up_to_date(session, application.candidate_id)


def _lose(
    session: Session, actor: Actor, application: Application, trigger: str, when: Moment
) -> Left:
    shortlist = reopen_after_loss(
        session, actor, application.position_id, trigger=trigger, at=when.happened_at
    )
    starts_on = session.scalar(
        select(Position.starts_on).where(
            Position.organization_id == organization_of(session),
            Position.id == application.position_id,
        )
    )
    zone = current_policy(session).time_zone
    days = days_to_start(starts_on, when.happened_at, zone)
    return Left(application, shortlist.id if shortlist else None, trigger, days)
