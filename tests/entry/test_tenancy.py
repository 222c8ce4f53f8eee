"""No statement of one organization reaches another's rows: the session's half of the wall."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import (
    ForeignKeyConstraint,
    Index,
    Table,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from app.core.database import Database, Mode, TenantUnboundError, organization_of
from app.entry.tenancy import ForeignRowError
from app.models import Base
from app.models.base import BINDS_ITS_TENANT, TenantRow
from app.models.organization import RejectionReason, User, UserAddress
from tests.cast import Cast

GLOBAL = {"organizations", "key_lookups", "logins", "outbox"}
TENANT: list[Table] = [table for table in Base.metadata.sorted_tables if table.name not in GLOBAL]


def _reason(name: str) -> RejectionReason:
    return RejectionReason(name=name, type="other", never_reconsider=False)


def _add(session: Session, row: RejectionReason) -> None:
    session.add(row)
    session.flush()


UNBOUND: dict[str, Callable[[Session], Any]] = {
    "select rows": lambda session: session.scalars(select(User)).all(),
    "select columns": lambda session: session.execute(select(User.name)).all(),
    "select through an alias": lambda session: session.scalars(select(aliased(User))).all(),
    "count rows": lambda session: session.scalar(select(func.count()).select_from(User)),
    "a subquery": lambda session: session.scalar(
        select(select(func.count(User.id)).scalar_subquery())
    ),
    "get": lambda session: session.get(User, (UUID(int=1), UUID(int=2))),
    "update": lambda session: session.execute(update(User).values(name="Mine")),
    "delete": lambda session: session.execute(delete(UserAddress)),
    "add": lambda session: _add(session, _reason("x")),
    "organization_of": organization_of,
}


_BINDING = {BINDS_ITS_TENANT: True}
_USERS_OF = (
    select(User.name)
    .where(User.organization_id == bindparam("organization_id"))
    .execution_options(**_BINDING)
)


def test_a_statement_that_binds_its_tenant_is_given_the_sessions(
    cast: Cast, database: Database
) -> None:
    theirs, ours = ({"organization_id": one.organization_id} for one in (cast.ada, cast.cleo))
    with database.transaction(Mode.READ) as session, pytest.raises(TenantUnboundError):
        session.scalars(_USERS_OF, ours)
    with database.transaction(Mode.READ, cast.cleo.organization_id) as session:
        assert list(session.scalars(_USERS_OF, ours)) == ["Cleo"]
        for told in (theirs, {}, None):
            with pytest.raises(ForeignRowError):
                session.scalars(_USERS_OF, told)
        with pytest.raises(TenantUnboundError):
            session.scalars(select(User.name).execution_options(**_BINDING), ours)


@pytest.mark.parametrize("doing", UNBOUND)
def test_a_session_without_an_organization_refuses(
    cast: Cast, database: Database, doing: str
) -> None:
    with pytest.raises(TenantUnboundError), database.transaction(Mode.WRITE) as session:
        UNBOUND[doing](session)
    assert cast.ada.get("me")["user"]["name"] == "Ada"


def test_a_list_is_refused_without_an_organization(database: Database) -> None:
    with pytest.raises(TenantUnboundError), database.transaction(Mode.LIST) as session:
        session.scalars(select(User)).all()


def test_a_statement_without_a_tenant_is_given_it(cast: Cast, database: Database) -> None:
    with database.transaction(Mode.READ, cast.cleo.organization_id) as session:
        other = aliased(User)
        assert list(session.scalars(select(User.name))) == ["Cleo"]
        assert session.scalar(select(func.count()).select_from(User)) == 1
        assert session.scalar(select(select(func.count(User.id)).scalar_subquery())) == 1
        assert list(session.scalars(select(other.name))) == ["Cleo"]
        joined = select(User.name).join(UserAddress, UserAddress.user_id == User.id)
        assert list(session.scalars(joined)) == ["Cleo"]
        inside = select(User.name).where(User.id.in_(select(UserAddress.user_id)))
        assert list(session.scalars(inside)) == ["Cleo"]
        assert session.get(User, (cast.ada.organization_id, cast.ada.user_id)) is None


def test_another_organizations_rows_are_neither_changed_nor_deleted(
    cast: Cast, database: Database
) -> None:
    with database.transaction(Mode.WRITE, cast.cleo.organization_id) as session:
        session.execute(update(User).where(User.id == cast.ada.user_id).values(name="Mine"))
        session.execute(delete(UserAddress).where(UserAddress.user_id == cast.ada.user_id))
    me = cast.ada.get("me")["user"]
    assert (me["name"], me["emails"]) == ("Ada", ["ada@acme.example"])


def test_a_row_of_another_organization_is_not_written(cast: Cast, database: Database) -> None:
    row = _reason("Theirs")
    row.organization_id = cast.ada.organization_id
    with (
        pytest.raises(ForeignRowError),
        database.transaction(Mode.WRITE, cast.cleo.organization_id) as session,
    ):
        _add(session, row)
    assert cast.ada.get("rejection-reasons")["items"] == []


def test_a_new_row_is_the_bound_organizations(cast: Cast, database: Database) -> None:
    with database.transaction(Mode.WRITE, cast.cleo.organization_id) as session:
        session.add(_reason("Ours"))
    assert [row["name"] for row in cast.cleo.get("rejection-reasons")["items"]] == ["Ours"]
    assert cast.ada.get("rejection-reasons")["items"] == []


# ------------------------------------------------------------------------------- what metadata says


def test_every_table_is_a_tenants_or_known_to_be_global() -> None:
    marked = {
        mapper.local_table
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, TenantRow)
    }
    assert marked == set(TENANT)
    assert {table.name for table in Base.metadata.sorted_tables} - GLOBAL == {
        table.name for table in TENANT
    }


def leading(table: Table) -> dict[str, str]:
    """The first column of each of a table's keys and indexes."""
    columns: dict[str, list[str]] = {
        "primary key": [column.name for column in table.primary_key.columns]
    }
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            columns[f"unique {constraint.name}"] = [column.name for column in constraint.columns]
    for index in table.indexes:
        assert isinstance(index, Index)
        columns[f"index {index.name}"] = [column.name for column in index.columns]
    return {f"{table.name}: {what}": found[0] for what, found in columns.items()}


def test_the_organization_leads_every_key_and_index() -> None:
    found = {what: first for table in TENANT for what, first in leading(table).items()}
    assert len(found) >= len(TENANT) > 0
    # Each term begins with the organization.
    assert found.pop("search_texts: index ix_search_texts_terms") == "terms"
    assert {what: first for what, first in found.items() if first != "organization_id"} == {}


def loose_keys(table: Table) -> dict[str, object]:
    """What a table's foreign keys say that lets a row point elsewhere, or that shards refuse."""
    keys = [one for one in table.constraints if isinstance(one, ForeignKeyConstraint)]
    found: dict[str, object] = {}
    if not any(key.referred_table.name == "organizations" for key in keys):
        found[table.name] = "points to no organization"
    for key in keys:
        first = (key.elements[0].parent.name, key.elements[0].column.name)
        wanted = "id" if key.referred_table.name == "organizations" else "organization_id"
        # What happens on deletion or change is not to be had on a sharded store.
        if (first, key.ondelete, key.onupdate) != (("organization_id", wanted), None, None):
            found[f"{table.name}: {key.name}"] = (first, key.ondelete, key.onupdate)
    return found


def test_no_row_can_point_into_another_organization() -> None:
    assert {what: how for table in TENANT for what, how in loose_keys(table).items()} == {}
