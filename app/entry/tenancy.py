"""The tenant-bound session: no statement of ours reaches another organization's rows.

PostgreSQL holds the same wall a second time with row-level security; on SQLite this is the wall.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import Executable, Table, event
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, with_loader_criteria
from sqlalchemy.sql import visitors

from app.core.database import Database, TenantUnboundError, organization_of
from app.core.settings import Settings
from app.models.base import TenantRow


class TenantSession(Session):
    """A session that adds the tenant to every statement and refuses one without a tenant."""


class ForeignRowError(RuntimeError):
    """A row of another organization was about to be written."""


def open_database(settings: Settings, *, url: str | None = None) -> Database:
    """Return the store with tenant-bound sessions."""
    return Database(settings, url=url, session_class=TenantSession)


@event.listens_for(TenantSession, "do_orm_execute")
def _keep_to_the_tenant(state: ORMExecuteState) -> None:
    # Statements on tables alone are those of hot paths and name the tenant themselves.
    if not state.is_orm_statement or state.is_insert:
        return
    if state.is_column_load or state.is_relationship_load:
        return
    organization_id = state.session.info.get("organization_id")
    if organization_id is None:
        if _names_a_tenants_table(state.statement):
            raise TenantUnboundError
        return
    state.statement = state.statement.options(
        with_loader_criteria(
            TenantRow, lambda row: row.organization_id == organization_id, include_aliases=True
        )
    )


def _names_a_tenants_table(statement: Executable) -> bool:
    """Look at the whole statement: a count and a subquery name no entity that they return."""
    return any(
        isinstance(part, Table) and "organization_id" in part.primary_key.columns
        for part in visitors.iterate(statement)  # type: ignore[arg-type]
    )


@event.listens_for(TenantSession, "before_flush")
def _stamp_the_tenant(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    for row in session.new:
        if not isinstance(row, TenantRow):
            continue
        stamped: UUID | None = row.organization_id
        if stamped is None:
            row.organization_id = organization_of(session)
        elif stamped != session.info.get("organization_id"):
            raise ForeignRowError


__all__ = ["ForeignRowError", "TenantSession", "TenantUnboundError", "open_database"]
