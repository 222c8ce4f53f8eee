"""The tenant-bound session: no statement of ours reaches another organization's rows.

PostgreSQL holds the same wall a second time with row-level security; on SQLite this is the wall.
"""

from typing import Any
from uuid import UUID
from weakref import WeakSet

from sqlalchemy import BindParameter, Executable, Select, Table, bindparam, event, select
from sqlalchemy.orm import (
    LoaderCriteriaOption,
    ORMExecuteState,
    RelationshipProperty,
    Session,
    UOWTransaction,
    with_loader_criteria,
)
from sqlalchemy.sql import visitors

from app.core.database import Database, TenantUnboundError, organization_of
from app.core.settings import Settings
from app.models.base import BINDS_ITS_TENANT, TenantRow, table_of
from app.models.organization import ApiKey

_KNOWN_TO_BIND: WeakSet[Executable] = WeakSet()
_KEYS = table_of(ApiKey).c
_ANYTHING = select(_KEYS.id).where(_KEYS.organization_id == bindparam("organization_id")).limit(1)


class TenantSession(Session):
    """A session that adds the tenant to every statement and refuses one without a tenant."""


class ForeignRowError(RuntimeError):
    """A row of another organization was about to be read or written."""


def open_database(settings: Settings, *, url: str | None = None) -> Database:
    """Return the store with tenant-bound sessions."""
    return Database(settings, url=url, session_class=TenantSession, first_read=_ANYTHING)


@event.listens_for(TenantSession, "do_orm_execute")
def _keep_to_the_tenant(state: ORMExecuteState) -> None:
    # Statements on tables alone are those of hot paths and name the tenant themselves.
    if not state.is_orm_statement or state.is_insert:
        return
    if state.is_relationship_load:
        _name_the_parents(state)
        return
    if state.is_column_load:
        return
    organization_id = state.session.info.get("organization_id")
    if state.execution_options.get(BINDS_ITS_TENANT):
        _check_the_tenant_bound(state, organization_id)
        return
    if organization_id is None:
        if _names_a_tenants_table(state.statement):
            raise TenantUnboundError
        return
    state.statement = state.statement.options(_wall_around(state.session, organization_id))


def _check_the_tenant_bound(state: ORMExecuteState, organization_id: UUID | None) -> None:
    told, statement = state.parameters, state.statement
    if organization_id is None:
        raise TenantUnboundError
    if statement not in _KNOWN_TO_BIND:
        if not any(_is_the_tenant(part) for part in visitors.iterate(statement)):  # type: ignore[arg-type]
            raise TenantUnboundError
        _KNOWN_TO_BIND.add(statement)
    if not isinstance(told, dict) or told.get("organization_id") != organization_id:
        raise ForeignRowError


def _is_the_tenant(part: Any) -> bool:
    return isinstance(part, BindParameter) and part.key == "organization_id"


def _wall_around(session: Session, organization_id: UUID) -> LoaderCriteriaOption:
    """Return the session's criterion for every tenant's table, built once."""
    wall = session.info.get("wall")
    if wall is None:
        wall = session.info["wall"] = with_loader_criteria(
            TenantRow, lambda row: row.organization_id == organization_id, include_aliases=True
        )
    assert isinstance(wall, LoaderCriteriaOption)
    return wall


def _name_the_parents(state: ORMExecuteState) -> None:
    """Let SQLite find the children of many parents by their index.

    They are asked for as (organization_id, parent_id) IN (VALUES ...), for which it knows no better
    than to read everybody's; said once more as parent_id IN (...), it does.
    """
    told, path, statement = state.parameters, state.loader_strategy_path, state.statement
    if not isinstance(told, dict) or path is None or not isinstance(statement, Select):
        return
    keys = told.get("primary_keys", ())
    if len(keys) > 1 and state.session.get_bind().dialect.name == "sqlite":
        joined: Any = next(part for part in reversed(path.path) if _is_relationship(part))
        for parent, child in joined.local_remote_pairs:
            if parent.name == "id":
                statement = statement.where(child.in_([id_ for _, id_ in keys]))
        state.statement = statement


def _is_relationship(part: Any) -> bool:
    return isinstance(part, RelationshipProperty)


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
