"""Hiring, and taking a hire back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.applications.actions.locking import lock_application, moment, move
from app.applications.actions.rejecting import refuse_rival
from app.applications.queries import standing_rejection
from app.applications.rules import HIRABLE
from app.audit_log.actions import record_change
from app.entry.actor import Actor
from app.models.application import Application
from app.positions.actions import fill_opening, give_opening_back
from app.shortlists.actions import bring_up_to_date


def hire_application(
    session: Session,
    actor: Actor,
    application_id: UUID,
    *,
    hired_at: datetime | None = None,
    opening_id: UUID | None = None,
    effective_at: datetime | None = None,
    expected_version: int | None = None,
) -> Application:
    """Let an application fill an opening of its position, the oldest open one unless one is named.

    A rejected application may be hired as it is: for the very position that turned the candidate
    down. Its rejection stands, as history: so the gate `hired` is what keeps the candidate out of
    shortlists, and nothing of the keep-in-touch record is lost.

    Raises:
        NotFound, Gone, StaleVersion: see `lock_application`.
        Conflict: hired or withdrawn already (`current_status`), or no opening is open.
        Invalid: an instant lies ahead or before the application or its rejection.
    """
    application, _ = lock_application(
        session,
        application_id,
        allowed=HIRABLE,
        expected_version=expected_version,
        with_position=True,
    )
    when = moment(session, application, hired_at, effective_at, pointer="/hired_at")
    opening = fill_opening(
        session,
        actor,
        application.position_id,
        application.id,
        opening_id=opening_id,
        at=when.happened_at,
    )
    application.hired_at = when.happened_at
    move(session, application, "hired", when.effective_at)
    record_change(
        session,
        actor,
        "application.hired",
        "application",
        application.id,
        candidate_id=application.candidate_id,
        data={"position_id": application.position_id, "opening_id": opening.id},
    )
    bring_up_to_date(session, application.candidate_id)
    return application


def unhire_application(
    session: Session,
    actor: Actor,
    application_id: UUID,
    *,
    effective_at: datetime | None = None,
    expected_version: int | None = None,
) -> Application:
    """Take a hire back: the opening is free, and the application what it was before the hire.

    One hired as rejected is rejected again, for its rejection stands until somebody undoes it; any
    other is active, as if still being decided.

    Raises:
        NotFound, Gone, StaleVersion: see `lock_application`.
        Conflict: not hired (`current_status`), or another application of the candidate's to the
            position is active by now, where this one would be too (`existing_id`).
        Invalid: `effective_at` lies ahead or before the hire.
    """
    application, _ = lock_application(
        session,
        application_id,
        allowed=("hired",),
        expected_version=expected_version,
        with_position=True,
    )
    before = "active" if standing_rejection(session, application.id) is None else "rejected"
    if before == "active":
        refuse_rival(session, application)
    when = moment(session, application, None, effective_at, pointer="/effective_at")
    opening = give_opening_back(
        session, actor, application.position_id, application.id, at=when.happened_at
    )
    application.hired_at = None
    move(session, application, before, when.effective_at)
    record_change(
        session,
        actor,
        "application.unhired",
        "application",
        application.id,
        candidate_id=application.candidate_id,
        data={
            "position_id": application.position_id,
            "opening_id": opening.id if opening else None,
        },
    )
    bring_up_to_date(session, application.candidate_id)
    return application
