"""PostgreSQL holds the wall a second time, whatever statement our code or an intruder sends."""

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    Connection,
    Engine,
    Executable,
    Insert,
    Table,
    create_engine,
    insert,
    text,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool
from sqlalchemy.types import TypeEngine

from app.core.database import Database, Mode
from app.core.settings import Settings
from app.entry.tenancy import open_database
from app.models.search import Terms
from app.models.types import Id, UtcDateTime
from tests import postgresql
from tests.entry.test_tenancy import GLOBAL, TENANT

ACME, GLOBEX = uuid.uuid4(), uuid.uuid4()
SUPERUSER = "postgres"

# Read past its wall by a function of its owner, which asks for the organization itself.
OWNERS_FUNCTION = {"search_texts"}

OF_OUR_TYPES: dict[type, object] = {
    Id: uuid.UUID(int=1),
    UtcDateTime: datetime(2019, 5, 13, 9, tzinfo=UTC),
    JSON: {},
    Terms: ["x"],
}
OF_PYTHON_TYPES: dict[type, object] = {
    str: "x",
    int: 1,
    float: 1.0,
    bool: False,
    bytes: b"x",
    date: date(2019, 5, 13),
}


@pytest.fixture(scope="module")
def server() -> postgresql.Server:
    return postgresql.running()


@pytest.fixture(scope="module")
def name(server: postgresql.Server) -> Iterator[str]:
    """A database with one row of Acme's in every tenant table, and nothing of anybody else's."""
    name = f"wall{uuid.uuid4().hex}"
    server.run(f"CREATE DATABASE {name} TEMPLATE template OWNER {postgresql.OWNER}")
    engine = create_engine(server.url(SUPERUSER, name), poolclass=NullPool)
    with engine.begin() as connection:
        # Rows of no meaning: what they would have to point to, or to say, is not at issue.
        connection.execute(text("SET session_replication_role = replica"))
        for table in TENANT:
            _without_checks(connection, table)
            connection.execute(_row(table, ACME))
    yield name
    server.run(f"DROP DATABASE {name} WITH (FORCE)")


def _without_checks(connection: Connection, table: Table) -> None:
    checks = connection.scalars(
        text(
            "SELECT conname FROM pg_constraint "
            "WHERE contype = 'c' AND conrelid = CAST(:name AS regclass)"
        ),
        {"name": table.name},
    )
    for check in checks.all():
        connection.execute(text(f'ALTER TABLE {table.name} DROP CONSTRAINT "{check}"'))


def _row(table: Table, organization_id: uuid.UUID) -> Insert:
    values = {column.name: _value(column.type) for column in table.columns}
    return insert(table).values({**values, "organization_id": organization_id})


def _value(kind: TypeEngine[Any]) -> object:
    for ours, value in OF_OUR_TYPES.items():
        if isinstance(kind, ours):
            return value
    return OF_PYTHON_TYPES[kind.python_type]


@pytest.fixture(scope="module")
def service(server: postgresql.Server, name: str) -> Iterator[Engine]:
    """The service's own role, without any of our code."""
    engine = create_engine(server.url(postgresql.SERVICE, name))
    yield engine
    engine.dispose()


def count(connection: Connection, table: Table) -> int:
    found = connection.scalar(text(f"SELECT count(*) FROM {table.name}"))  # noqa: S608
    assert isinstance(found, int)
    return found


def become(connection: Connection, organization_id: uuid.UUID | str) -> None:
    connection.execute(text(f"SET LOCAL app.organization_id = '{organization_id}'"))


def counts(connection: Connection) -> dict[str, int]:
    """How many rows of each tenant table are seen."""
    return {table.name: count(connection, table) for table in TENANT}


def refused(connection: Connection, statement: Executable) -> bool:
    """Whether the wall refuses a statement; nothing of it is kept."""
    tried = connection.begin_nested()
    try:
        connection.execute(statement)
    except DBAPIError as error:
        return "row-level security" in str(error)
    finally:
        tried.rollback()
    return False


NOTHING, ONE_EACH = (dict.fromkeys((table.name for table in TENANT), rows) for rows in (0, 1))


def test_whoever_names_no_organization_sees_nothing(
    server: postgresql.Server, name: str, service: Engine
) -> None:
    superuser = create_engine(server.url(SUPERUSER, name), poolclass=NullPool)
    with superuser.connect() as connection:
        assert counts(connection) == ONE_EACH
    with service.connect() as connection:
        assert counts(connection) == NOTHING
        become(connection, "")
        assert counts(connection) == NOTHING


def test_an_organization_sees_its_own_rows_alone(service: Engine) -> None:
    with service.connect() as connection:
        become(connection, GLOBEX)
        assert counts(connection) == NOTHING
        become(connection, ACME)
        assert counts(connection) == ONE_EACH


def taking_over(table: Table) -> Executable:
    """Say that all rows of a table are Globex's."""
    return text(f"UPDATE {table.name} SET organization_id = '{GLOBEX}'")  # noqa: S608


def test_nobody_changes_or_takes_over_anothers_rows(service: Engine) -> None:
    with service.connect() as connection:
        become(connection, GLOBEX)
        taken = {table.name: connection.execute(taking_over(table)).rowcount for table in TENANT}
        assert taken == NOTHING
        deleted = {
            table.name: connection.execute(text(f"DELETE FROM {table.name}")).rowcount  # noqa: S608
            for table in TENANT
        }
        assert deleted == NOTHING
    with service.connect() as connection:
        become(connection, ACME)
        given = [one.name for one in TENANT if not refused(connection, taking_over(one))]
        assert given == []


def test_nobody_writes_rows_for_another(service: Engine) -> None:
    with service.connect() as connection:
        become(connection, GLOBEX)
        written = [one.name for one in TENANT if not refused(connection, _row(one, ACME))]
        assert written == []


def test_the_wall_stands_around_every_tenant_table(service: Engine) -> None:
    with service.connect() as connection:
        walls = connection.execute(
            text(
                "SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, p.permissive, p.cmd, "
                "p.qual, p.with_check FROM pg_class c "
                "LEFT JOIN pg_policies p ON p.tablename = c.relname "
                "WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"
            )
        ).all()
    found = {wall.relname: wall for wall in walls}
    assert len(found) == len(walls), "a table has more than one policy"
    assert found.keys() - {table.name for table in TENANT} == GLOBAL | {"alembic_version"}
    for table in TENANT:
        wall = found[table.name]
        assert wall.relrowsecurity, table.name
        assert wall.relforcerowsecurity == (table.name not in OWNERS_FUNCTION), table.name
        assert (wall.permissive, wall.cmd) == ("PERMISSIVE", "ALL"), table.name
        assert wall.qual == wall.with_check, table.name
        assert "current_setting('app.organization_id'" in wall.qual, table.name


def test_the_services_role_stands_inside_the_wall(service: Engine) -> None:
    with service.connect() as connection:
        role = connection.execute(
            text("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        ).one()
        owned = connection.scalar(
            text("SELECT count(*) FROM pg_tables WHERE tableowner = current_user")
        )
    assert (*role, owned) == (False, False, 0)


def test_a_transaction_leaves_no_organization_behind(server: postgresql.Server, name: str) -> None:
    """The next one to be given the connection starts with none."""
    database: Database = open_database(Settings(places=1), url=server.url(postgresql.SERVICE, name))
    try:
        for mode in Mode:
            with database.transaction(mode, ACME) as session:
                assert count(session.connection(), TENANT[0]) == 1
            with database.engine.connect() as connection:
                assert count(connection, TENANT[0]) == 0
    finally:
        database.close()
