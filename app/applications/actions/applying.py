"""Applying, and correcting what is known of an application."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.applications.actions.locking import EFFECTIVE_AT, is_news, lock_application, told_of
from app.applications.queries import find_active
from app.audit_log.actions import record_change
from app.core.clock import EVER
from app.core.database import organization_of
from app.core.ids import new_id
from app.core.problems import Conflict, Gone, Invalid, NotFound
from app.custom_fields.queries import checked_values
from app.entry.actor import Actor
from app.external_ids.actions import name_new_row, refuse_taken_names, set_external_ids
from app.external_ids.queries import external_ids_of
from app.external_ids.rules import Name
from app.facts.actions import amend_fact, effective, lock_candidate, record_fact
from app.facts.queries import no_candidate
from app.facts.rules import Kind
from app.models.application import Application, Rejection
from app.models.base import table_of
from app.models.position import Position
from app.shortlists.actions import bring_up_to_date

_POSITIONS = table_of(Position).c
_HELD = (
    select(_POSITIONS.id)
    .where(
        _POSITIONS.organization_id == bindparam("organization_id"),
        _POSITIONS.id == bindparam("position_id"),
    )
    .with_for_update(read=True, key_share=True)
)
_STAGE = ("furthest_stage", "is_finalist")


def create_application(
    session: Session,
    actor: Actor,
    *,
    candidate_id: UUID,
    position_id: UUID,
    applied_at: datetime | None = None,
    furthest_stage: str | None = None,
    is_finalist: bool = False,
    external_ids: Sequence[Name] = (),
    custom_fields: Mapping[str, Any] | None = None,
    effective_at: datetime | None = None,
) -> Application:
    """Let a candidate try at a position; a try whose day nobody told holds from ever.

    Raises:
        Conflict: an active one exists for both, or an external id is known; `existing_id`.
        Invalid: no such candidate or position, an instant that lies ahead, or a custom field that
            is not told as it should be.
    """
    refuse_taken_names(session, external_ids, None)
    _hold_position(session, position_id)
    _lock_candidate(session, candidate_id)
    if applied_at is not None:
        applied_at = effective(session, applied_at, pointer="/applied_at")
    if effective_at is not None:
        effective_at = effective(session, effective_at, pointer=EFFECTIVE_AT)
    existing = find_active(session, candidate_id, position_id)
    if existing is not None:
        raise Conflict(
            "The candidate has an active application to this position.",
            existing_id=existing,
            current_status="active",
        )
    application = Application(
        id=new_id(),
        candidate_id=candidate_id,
        position_id=position_id,
        status="active",
        applied_at=applied_at,
        furthest_stage=furthest_stage,
        is_finalist=is_finalist,
        custom_fields=checked_values(session, "application", custom_fields or {}),
    )
    session.add(application)
    session.flush()
    name_new_row(session, "application", application.id, external_ids)
    record_fact(
        session,
        Kind.APPLICATION,
        application.id,
        {
            "position_id": position_id,
            "status": "active",
            "applied_at": applied_at,
            "furthest_stage": furthest_stage,
            "is_finalist": is_finalist,
        },
        candidate_id=candidate_id,
        effective_at=effective_at or applied_at or EVER,
    )
    record_change(
        session,
        actor,
        "application.created",
        "application",
        application.id,
        candidate_id=candidate_id,
        data={"position_id": position_id},
    )
    bring_up_to_date(session, candidate_id)
    return application


def update_application(
    session: Session,
    actor: Actor,
    application_id: UUID,
    changes: Mapping[str, Any],
    *,
    external_ids: Sequence[Name] | None = None,
    effective_at: datetime | None = None,
    expected_version: int | None = None,
) -> Application:
    """Change `furthest_stage`, `is_finalist`, `applied_at` and `custom_fields`, whichever is given.

    The stage and the final hold from `effective_at` (default: now). Another `applied_at` is a
    correction: it never was otherwise. Nothing new: nothing is recorded and the version stays.

    Raises:
        NotFound, Gone, StaleVersion: see `lock_application`.
        Conflict: an external id is another's.
        Invalid: an instant lies ahead, or before or after what it must not.
    """
    application, _ = lock_application(session, application_id, expected_version=expected_version)
    at = effective(session, effective_at, pointer=EFFECTIVE_AT)
    if "custom_fields" in changes:
        values = checked_values(
            session, "application", changes["custom_fields"], before=application.custom_fields
        )
        changes = {**changes, "custom_fields": values}
    changed: dict[str, Any] = {
        field: value for field, value in changes.items() if value != getattr(application, field)
    }
    for field, value in changed.items():
        setattr(application, field, value)
    if "applied_at" in changed:
        _correct_applied_at(session, application)
    stage = {field: value for field, value in changes.items() if field in _STAGE}
    if stage:
        if at < _first_told_at(session, application):
            raise Invalid(EFFECTIVE_AT, "lies before the application")
        if is_news(session, application, stage, at):
            _amend(session, application, stage, at)
            changed |= stage
    if external_ids is not None and _rename(session, application, external_ids):
        changed["external_ids"] = external_ids
    if not changed:
        return application
    application.touch()
    record_change(
        session,
        actor,
        "application.updated",
        "application",
        application.id,
        candidate_id=application.candidate_id,
        changes=changed,
        data={"position_id": application.position_id},
    )
    bring_up_to_date(session, application.candidate_id)
    return application


def _correct_applied_at(session: Session, application: Application) -> None:
    applied_at = application.applied_at
    if applied_at is not None:
        applied_at = application.applied_at = effective(session, applied_at, pointer="/applied_at")
        if applied_at > _first_event_at(session, application, applied_at):
            raise Invalid("/applied_at", "lies after what became of the application")
    since = min(_first_told_at(session, application), applied_at or EVER)
    _amend(session, application, {"applied_at": applied_at}, since)


def _rename(session: Session, application: Application, names: Sequence[Name]) -> bool:
    """Replace the external ids; tell whether they are others now."""
    if set(names) == set(external_ids_of(session, [application.id])[application.id]):
        return False
    set_external_ids(session, "application", application.id, names)
    return True


def _amend(
    session: Session, application: Application, changes: dict[str, Any], at: datetime
) -> None:
    amend_fact(
        session,
        Kind.APPLICATION,
        application.id,
        changes,
        candidate_id=application.candidate_id,
        effective_at=at,
    )


def _first_told_at(session: Session, application: Application) -> datetime:
    return min(row.effective_at for row in told_of(session, application))


def _first_event_at(session: Session, application: Application, otherwise: datetime) -> datetime:
    rejected = session.scalars(
        select(Rejection.rejected_at).where(
            Rejection.organization_id == organization_of(session),
            Rejection.application_id == application.id,
        )
    )
    ends = (application.hired_at, application.withdrawn_at)
    return min([*rejected, *(end for end in ends if end is not None)], default=otherwise)


def _hold_position(session: Session, position_id: UUID) -> None:
    """Keep the position in place; taken before the candidate, as everybody takes the two."""
    asked = {"organization_id": organization_of(session), "position_id": position_id}
    if session.scalar(_HELD, asked) is None:
        raise Invalid("/position_id", "names no position of this organization")


def _lock_candidate(session: Session, candidate_id: UUID) -> None:
    try:
        lock_candidate(session, candidate_id)
    except (NotFound, Gone) as problem:
        merged_into = problem.extensions.get("merged_into")
        raise no_candidate("/candidate_id", merged_into) from problem
