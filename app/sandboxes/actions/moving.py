"""Moving a sandbox's clock, forward alone.

Facts are appended in the order in which they are told, and stamped with when that was. What was
told yesterday must lie before what is told today, or a list made yesterday would hold what nobody
knew then, and could never be run again to the same digits. So the clock goes back only where
nothing has been written under it.
"""

from datetime import datetime, timedelta

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from app.audit_log.actions import record_change
from app.core.clock import move_ahead, now, real_now
from app.core.database import organization_of
from app.core.problems import Conflict
from app.entry.actor import Actor
from app.entry.sandbox_clock import lead_of
from app.models.organization import AuditRow, Sandbox

_MOVED = "test_clock.moved"
_MICROSECOND = timedelta(microseconds=1)


def move_clock(session: Session, actor: Actor, to: datetime) -> None:
    """Let it be `to` in the sandbox, and go on from there. Needs a transaction of the mode ALONE.

    Raises Conflict where the organization is no sandbox, and where its clock is past `to`.
    """
    _refuse_others(session)
    if to < now():
        raise Conflict("The clock only moves forward, and it is past that instant.")
    _set(session, actor, to - real_now())


def put_clock_back(session: Session, actor: Actor) -> None:
    """Let the sandbox go by the real time again. Needs a transaction of the mode ALONE.

    Raises Conflict where it is no sandbox, and where anything has been written ahead of that time.
    """
    if not _refuse_others(session):
        return
    written_ahead = select(
        exists().where(
            AuditRow.organization_id == organization_of(session),
            AuditRow.at > real_now(),
            AuditRow.action != _MOVED,
        )
    )
    if session.scalar(written_ahead):
        raise Conflict("Something has been written under this clock, which cannot go back past it.")
    _set(session, actor, timedelta(0))


def _refuse_others(session: Session) -> timedelta:
    lead = lead_of(session)
    if lead is None:
        raise Conflict("Only a sandbox has a clock that can be moved: POST /v1/sandboxes.")
    return lead


def _set(session: Session, actor: Actor, lead: timedelta) -> None:
    session.execute(
        update(Sandbox)
        .where(Sandbox.organization_id == organization_of(session))
        .values(microseconds_ahead=lead // _MICROSECOND)
        .execution_options(synchronize_session=False)
    )
    move_ahead(lead)
    record_change(
        session,
        actor,
        _MOVED,
        "organization",
        organization_of(session),
        changes={"now": now()},
    )
