"""Taking hold of an application, and dating what happens to it."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.applications.rules import status_since
from app.core.clock import EVER
from app.core.database import organization_of
from app.core.problems import Conflict, Invalid, NotFound, StaleVersion
from app.facts.actions import amend_fact, effective, lock_candidate
from app.facts.queries import subject_facts
from app.facts.rules import FactRow, Kind, states
from app.models.application import Application
from app.models.base import BINDS_ITS_TENANT
from app.models.candidate import Candidate
from app.models.organization import User
from app.models.position import Position

EFFECTIVE_AT = "/effective_at"
_BECAME = {
    "active": "lies before the application was active",
    "rejected": "lies before the application was turned down",
    "hired": "lies before the candidate was hired",
    "withdrawn": "lies before the application was withdrawn",
}


_MINE = (
    Application.organization_id == bindparam("organization_id"),
    Application.id == bindparam("application_id"),
)
_BOUND = {BINDS_ITS_TENANT: True}
_WHOSE = (
    select(Application.candidate_id, Application.position_id)
    .where(*_MINE)
    .execution_options(**_BOUND)
)
_LOCKED = (
    select(Application)
    .where(*_MINE)
    .with_for_update()
    .execution_options(populate_existing=True, **_BOUND)
)
_POSITION_LOCKED = (
    select(Position.id)
    .where(
        Position.organization_id == bindparam("organization_id"),
        Position.id == bindparam("position_id"),
    )
    .with_for_update()
    .execution_options(**_BOUND)
)


class Held(NamedTuple):
    """An application and its candidate, both rows locked."""

    application: Application
    candidate: Candidate


class Moment(NamedTuple):
    """When something happened, and from when on it counts in the ledger."""

    happened_at: datetime
    effective_at: datetime


def lock_application(
    session: Session,
    application_id: UUID,
    *,
    allowed: tuple[str, ...] | None = None,
    expected_version: int | None = None,
    with_position: bool = False,
) -> Held:
    """Lock an application behind its candidate, and behind its position where seats may change.

    Raises:
        NotFound: there is none.
        Gone: its candidate was deleted.
        StaleVersion: its version is not the one expected.
        Conflict: its status is none of those allowed; `current_status` says which it is.
    """
    mine = {"organization_id": organization_of(session), "application_id": application_id}
    found = session.execute(_WHOSE, mine).one_or_none()
    if found is None:
        raise NotFound("No such application.")
    if with_position:
        session.execute(
            _POSITION_LOCKED,
            {"organization_id": mine["organization_id"], "position_id": found.position_id},
        )
    candidate = lock_candidate(session, found.candidate_id)
    application = session.scalar(_LOCKED, mine)
    if application is None:
        raise NotFound("No such application.")
    if expected_version is not None and expected_version != application.version:
        raise StaleVersion
    if allowed is not None and application.status not in allowed:
        raise Conflict(
            f"The application is {application.status}.", current_status=application.status
        )
    return Held(application, candidate)


def moment(
    session: Session,
    application: Application,
    told: datetime | None,
    effective_at: datetime | None,
    *,
    pointer: str,
) -> Moment:
    """Date an event of an application: each clock is by default the other, both by default now.

    Raises:
        Invalid: it lies ahead, or before the application came to the status it has.
    """
    happened = effective(
        session, told or effective_at, pointer=EFFECTIVE_AT if told is None else pointer
    )
    counts = effective(
        session, effective_at or told, pointer=pointer if effective_at is None else EFFECTIVE_AT
    )
    since = max(status_since(told_of(session, application)), application.applied_at or EVER)
    if happened < since:
        at = EFFECTIVE_AT if told is None else pointer
        raise Invalid(at, _BECAME[application.status])
    if counts < since:
        raise Invalid(EFFECTIVE_AT, _BECAME[application.status])
    return Moment(happened, counts)


def move(session: Session, application: Application, status: str, effective_at: datetime) -> None:
    """Give an application another status, from an instant on."""
    application.status = status
    application.touch()
    amend_fact(
        session,
        Kind.APPLICATION,
        application.id,
        {"status": status},
        candidate_id=application.candidate_id,
        effective_at=effective_at,
    )


def is_news(
    session: Session, application: Application, changes: dict[str, Any], at: datetime
) -> bool:
    """Tell whether the ledger does not say already that from `at` on the try is like that.

    It must have a fact, told of `at` or of an earlier instant.
    """
    told = told_of(session, application)
    instants = {at, *(row.effective_at for row in told if row.effective_at > at)}
    return any(
        states(told, instant)[Kind.APPLICATION, application.id].value[field] != value
        for instant in instants
        for field, value in changes.items()
    )


def refuse_unknown_user(session: Session, user_id: UUID | None, pointer: str) -> None:
    """Raise Invalid at `pointer` for an id that is no user's of this organization."""
    if user_id is None:
        return
    statement = select(User.id).where(
        User.organization_id == organization_of(session), User.id == user_id
    )
    if session.scalar(statement) is None:
        raise Invalid(pointer, "names no user of this organization")


def told_of(session: Session, application: Application) -> list[FactRow]:
    """Return what the ledger was told of a try."""
    return subject_facts(
        session, Kind.APPLICATION, application.id, candidate_id=application.candidate_id
    )
