"""Turning an application down, and taking that back."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.applications.actions.advising import add_advice, withdraw_advice
from app.applications.actions.locking import (
    lock_application,
    moment,
    move,
    refuse_unknown_user,
)
from app.applications.queries import find_active, standing_rejection
from app.applications.rules import REJECTABLE, AdviceItem, Contract, Giver
from app.audit_log.actions import record_change
from app.consent.actions import note_consent
from app.consent.rules import day_of
from app.core.database import organization_of
from app.core.ids import new_id
from app.core.problems import Conflict, Invalid
from app.entry.actor import Actor
from app.facts.actions import amend_fact, record_fact, recorded_at
from app.facts.rules import Kind
from app.models.application import Advice, Application, Rejection
from app.models.base import BINDS_ITS_TENANT
from app.models.organization import RejectionReason
from app.organizations.actions import create_rejection_reason
from app.organizations.queries import current_policy
from app.shortlists.actions import bring_up_to_date

_REASONS = (
    select(RejectionReason)
    .where(RejectionReason.organization_id == bindparam("organization_id"))
    .execution_options(**{BINDS_ITS_TENANT: True})
)
_REASON = _REASONS.where(RejectionReason.id == bindparam("reason_id"))
_REASON_NAMED = _REASONS.where(RejectionReason.name == bindparam("name"))


class Rejected(NamedTuple):
    """An application turned down, and the advice given at it."""

    application: Application
    advice: list[Advice]


def reject_application(
    session: Session,
    actor: Actor,
    application_id: UUID,
    *,
    rejected_at: datetime | None = None,
    reason_id: UUID | None = None,
    reason: str | None = None,
    details: str | None = None,
    decided_by: Giver | None = None,
    contract: Contract | None = None,
    advice: Sequence[AdviceItem] = (),
    effective_at: datetime | None = None,
    expected_version: int | None = None,
) -> Rejected:
    """Turn an active application down, with the re-apply contract and advice on what to work on.

    A `reason` told by its name is found on the organization's list or added to it.

    Raises:
        NotFound, Gone, StaleVersion: see `lock_application`.
        Conflict: the application is not active; `current_status`.
        Invalid: an instant lies ahead or before the application, no such reason or user.
    """
    held = lock_application(
        session, application_id, allowed=REJECTABLE, expected_version=expected_version
    )
    application, contract = held.application, contract or Contract()
    refuse_unknown_user(session, decided_by.user_id if decided_by else None, "/decided_by/user_id")
    when = moment(session, application, rejected_at, effective_at, pointer="/rejected_at")
    _refuse_ended_consent(session, contract, when.effective_at)
    listed = _listed_reason(session, actor, reason_id, reason)
    never = contract.never_reconsider
    rejection = Rejection(
        id=new_id(),
        application_id=application.id,
        candidate_id=application.candidate_id,
        rejected_at=when.happened_at,
        rejection_reason_id=listed.id if listed else None,
        details=details,
        decided_by_user_id=decided_by.user_id if decided_by else None,
        decided_by_name=decided_by.name if decided_by else None,
        never_reconsider=bool(listed and listed.never_reconsider) if never is None else never,
        reconsider_on=contract.reconsider_on,
        preferred_channel=contract.preferred_channel,
        follow_ups_invited=contract.follow_ups_invited,
        undone_at=None,
        recorded_at=recorded_at(session),
    )
    session.add(rejection)
    session.flush()
    move(session, application, "rejected", when.effective_at)
    _tell(session, rejection, when.effective_at)
    record_change(
        session,
        actor,
        "application.rejected",
        "application",
        application.id,
        candidate_id=application.candidate_id,
        changes={"reason": listed.name if listed else None, "details": details},
        data={"position_id": application.position_id, "rejection_id": rejection.id},
    )
    rows = add_advice(session, actor, held, rejection, advice, given_by=decided_by, when=when)
    _keep_in_touch(session, actor, application.candidate_id, contract, when.effective_at)
    bring_up_to_date(session, application.candidate_id)
    return Rejected(application, rows)


def unreject_application(
    session: Session,
    actor: Actor,
    application_id: UUID,
    *,
    effective_at: datetime | None = None,
    expected_version: int | None = None,
) -> Application:
    """Take a rejection back: the application is active again, the advice given is withdrawn.

    What was so before `effective_at` (default: now) stays in the ledger.

    Raises:
        NotFound, Gone, StaleVersion: see `lock_application`.
        Conflict: the application is not rejected (`current_status`), or another one of the
            candidate's to the position is active by now (`existing_id`).
        Invalid: `effective_at` lies ahead or before the rejection.
    """
    application, _ = lock_application(
        session, application_id, allowed=("rejected",), expected_version=expected_version
    )
    refuse_rival(session, application)
    when = moment(session, application, None, effective_at, pointer="/effective_at")
    rejection = standing_rejection(session, application.id)
    assert rejection is not None
    _undo(session, rejection, when.effective_at)
    withdraw_advice(session, rejection, when.effective_at)
    move(session, application, "active", when.effective_at)
    record_change(
        session,
        actor,
        "application.unrejected",
        "application",
        application.id,
        candidate_id=application.candidate_id,
        data={"position_id": application.position_id, "rejection_id": rejection.id},
    )
    bring_up_to_date(session, application.candidate_id)
    return application


def _undo(session: Session, rejection: Rejection, at: datetime) -> None:
    """Let a rejection no longer stand, from an instant on."""
    rejection.undone_at = at
    amend_fact(
        session,
        Kind.REJECTION,
        rejection.id,
        {"stands": False},
        candidate_id=rejection.candidate_id,
        effective_at=at,
    )


def refuse_rival(session: Session, application: Application) -> None:
    """Raise Conflict where another application of the candidate to the position is active."""
    rival = find_active(session, application.candidate_id, application.position_id)
    if rival is not None:
        raise Conflict(
            "Another application of the candidate to this position is active.",
            current_status=application.status,
            existing_id=rival,
        )


def _tell(session: Session, rejection: Rejection, at: datetime) -> None:
    record_fact(
        session,
        Kind.REJECTION,
        rejection.id,
        {
            "application_id": rejection.application_id,
            "rejected_at": rejection.rejected_at,
            "stands": True,
            "never_reconsider": rejection.never_reconsider,
            "reconsider_on": rejection.reconsider_on,
            "follow_ups_invited": rejection.follow_ups_invited,
        },
        candidate_id=rejection.candidate_id,
        effective_at=at,
    )


def _refuse_ended_consent(session: Session, contract: Contract, at: datetime) -> None:
    ends_on = contract.keep_in_touch.expires_on if contract.keep_in_touch else None
    if ends_on is not None and ends_on < day_of(at, current_policy(session).time_zone):
        raise Invalid("/keep_in_touch/expires_on", "must not lie before the rejection")


def _keep_in_touch(
    session: Session, actor: Actor, candidate_id: UUID, contract: Contract, at: datetime
) -> None:
    if contract.keep_in_touch is None:
        return
    note_consent(
        session,
        actor,
        candidate_id,
        purpose="contact",
        granted=contract.keep_in_touch.granted,
        basis="consent",
        granted_at=at,
        expires_on=contract.keep_in_touch.expires_on,
        source="rejection",
        effective_at=at,
    )


def _listed_reason(
    session: Session, actor: Actor, reason_id: UUID | None, name: str | None
) -> RejectionReason | None:
    if reason_id is not None:
        asked = {"organization_id": organization_of(session), "reason_id": reason_id}
        found = session.scalar(_REASON, asked)
        if found is None:
            raise Invalid("/rejection_reason_id", "names no reason of this organization")
        return found
    return None if name is None else _reason_named(session, actor, name.strip())


def _reason_named(session: Session, actor: Actor, name: str) -> RejectionReason:
    asked = {"organization_id": organization_of(session), "name": name}
    found = session.scalar(_REASON_NAMED, asked)
    if found is not None:
        return found
    try:
        with session.begin_nested():
            return create_rejection_reason(
                session, actor, name=name, reason_type="we_rejected", never_reconsider=False
            )
    except (Conflict, IntegrityError):
        # Another rejection added it a moment ago: before we looked a second time, or after.
        return session.scalars(_REASON_NAMED, asked).one()
