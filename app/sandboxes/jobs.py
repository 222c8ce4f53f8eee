"""Removing a sandbox with everything in it, which no other organization can be."""

from typing import Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.attachments.clients.opening import open_storage
from app.core.database import Database, Mode, organization_of
from app.core.problems import Conflict
from app.entry.sandbox_clock import lead_of
from app.models.attachment import Blob
from app.models.base import Base, table_of
from app.models.candidate import Candidate
from app.models.organization import Organization
from app.search.actions import forget_person

_ORGANIZATIONS: Final = table_of(Organization)
_BLOBS: Final = table_of(Blob).c
_CANDIDATES: Final = table_of(Candidate).c


def remove_sandbox(database: Database, organization_id: UUID) -> None:
    """Remove a sandbox: its files first, then all its rows and keys in one transaction.

    Broken off in between it is there still, without files; done again, it goes on. Raises Conflict
    where the organization is no sandbox.
    """
    with database.transaction(Mode.READ, organization_id) as session:
        _refuse_others(session)
        blobs = session.scalars(
            select(_BLOBS.id).where(_BLOBS.organization_id == organization_id)
        ).all()
    storage = open_storage(database.settings)
    for blob_id in blobs:
        storage.remove(organization_id, blob_id)
    with database.transaction(Mode.ALONE, organization_id) as session:
        _refuse_others(session)
        _remove_rows(session)


def _refuse_others(session: Session) -> None:
    if lead_of(session) is None:
        raise Conflict("This is no sandbox: what an organization has written stays.")


def _remove_rows(session: Session) -> None:
    tenant = organization_of(session)
    # SQLite's index of words is no table of ours: it is told of each text that goes.
    people = select(_CANDIDATES.id).where(_CANDIDATES.organization_id == tenant)
    for candidate_id in session.scalars(people).all():
        forget_person(session, candidate_id)
    for table in reversed(Base.metadata.sorted_tables):
        if table is not _ORGANIZATIONS:
            session.execute(delete(table).where(table.c.organization_id == tenant))
    session.execute(delete(_ORGANIZATIONS).where(_ORGANIZATIONS.c.id == tenant))
