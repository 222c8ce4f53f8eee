"""Founding a sandbox: an organization of its own, with the story, a recruiter and a test key."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit_log.actions import record_change
from app.core.clock import now
from app.core.database import organization_of, write_appended
from app.core.ids import new_id
from app.core.problems import Conflict
from app.entry.actor import Actor
from app.entry.sandbox_clock import lead_of
from app.models.organization import AuditRow, Organization, Sandbox
from app.organizations.actions import create_api_key, create_organization, create_user
from app.sandboxes.actions.story import Story

# Each holds a few hundred rows.
MOST = 20
_CREATED = "sandbox.created"


@dataclass(frozen=True, slots=True)
class Founded:
    """A new sandbox, and the only showing of its key."""

    organization_id: UUID
    name: str
    key: str
    user_id: UUID
    position_id: UUID
    shortlist_id: UUID | None
    now: datetime


def create_sandbox(session: Session, actor: Actor, *, name: str) -> Founded:
    """Found a sandbox beside the asker's organization, and leave the session bound to it.

    Needs a transaction of the mode LIST, for the story ends with a shortlist. Raises Conflict in a
    sandbox, and where there are too many.
    """
    if lead_of(session) is not None:
        raise Conflict("A sandbox has no sandboxes of its own.")
    if count_sandboxes(session) >= MOST:
        raise Conflict(f"An organization has at most {MOST} sandboxes.")
    own, sandbox_id = organization_of(session), new_id()
    changes = {"name": name, "sandbox_id": sandbox_id}
    record_change(session, actor, _CREATED, "organization", own, changes=changes)
    # Before the session is bound to the other organization, to which these rows do not belong.
    session.flush()
    write_appended(session)
    create_organization(session, name=name, organization_id=sandbox_id)
    mark_sandbox(session)
    return furnish(session, name=name)


def count_sandboxes(session: Session) -> int:
    """Return how many sandboxes the organization has founded that are there still."""
    created = select(AuditRow.changes).where(
        AuditRow.organization_id == organization_of(session), AuditRow.action == _CREATED
    )
    ids = [UUID(changes["sandbox_id"]) for changes in session.scalars(created)]
    there = select(func.count()).where(Organization.id.in_(ids))
    return session.scalar(there) or 0


def mark_sandbox(session: Session) -> None:
    """Make the bound organization, which nobody has worked in yet, a sandbox."""
    session.add(Sandbox(organization_id=organization_of(session), microseconds_ahead=0))
    session.flush()


def furnish(session: Session, *, name: str) -> Founded:
    """Give the bound sandbox a recruiter, a key and the story; in the mode LIST."""
    organization_id = organization_of(session)
    system = Actor(organization_id, "admin")
    address = f"ben@{organization_id}.example"
    ben = create_user(session, system, name="Ben Recruiter", emails=[address], role="admin")
    key, shown = create_api_key(session, system, name=name, scope="admin", user_id=ben.id)
    actor = Actor(organization_id, "admin", user_id=ben.id, user_name=ben.name, api_key_id=key.id)
    loaded = Story(session, actor, now().date()).tell()
    return Founded(
        organization_id, name, shown, ben.id, loaded.position_id, loaded.shortlist_id, now()
    )
