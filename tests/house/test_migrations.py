"""The migrations make what the models say, from nothing, and can be taken back."""

import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.pool import NullPool

from app.core.migration import ServiceRoleMissingError, configuration, is_current, migrate
from app.core.settings import Settings
from app.models import Base
from tests import postgresql
from tests.migrated import migrated_store

TABLES = {table.name for table in Base.metadata.sorted_tables} | {"alembic_version"}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def empty(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a migrated store with nothing in it, as the owner of what will be in it."""
    if request.param == "sqlite":
        yield migrated_store(tmp_path_factory.mktemp("empty") / "empty.db")
        return
    server, name = postgresql.running(), f"empty{uuid.uuid4().hex}"
    server.run(f"CREATE DATABASE {name} TEMPLATE template OWNER {postgresql.OWNER}")
    yield server.url(postgresql.OWNER, name)
    server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def connection(empty: str) -> Iterator[Connection]:
    """A connection to the store, as each test leaves it: migrated.

    Autocommitting: Alembic leaves a transaction that it finds open to whoever began it.
    """
    engine = create_engine(empty, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection


def tables(connection: Connection) -> set[str]:
    """Return every table but those that SQLite's full-text index keeps its own things in."""
    found = inspect(connection).get_table_names()
    return {name for name in found if not name.startswith("search_index")}


def test_the_migrations_make_what_the_models_say(connection: Connection) -> None:
    assert tables(connection) == TABLES
    assert is_current(connection)


def test_migrating_again_changes_nothing(connection: Connection, empty: str) -> None:
    insert = "INSERT INTO organizations (id, name, version, created_at) VALUES (:id, 'A', 1, :at)"
    values = {"id": bytes(16) if "sqlite" in empty else uuid.UUID(int=0), "at": "2019-05-13"}
    connection.execute(text(insert), values)
    migrate(Settings(), url=empty)
    assert tables(connection) == TABLES
    assert connection.scalar(text("SELECT name FROM organizations")) == "A"
    connection.execute(text("DELETE FROM organizations"))


def test_the_migrations_can_be_taken_back_and_run_again(connection: Connection) -> None:
    command.downgrade(configuration(Settings(), connection), "base")
    assert tables(connection) == {"alembic_version"}
    assert not is_current(connection)
    command.upgrade(configuration(Settings(), connection), "head")
    assert tables(connection) == TABLES
    # Raises where one more migration would be needed.
    command.check(configuration(Settings(), connection))


def test_every_constraint_has_the_name_that_the_models_give_it(connection: Connection) -> None:
    """A later migration speaks of a constraint by its name, on both stores."""
    # PostgreSQL has a longest name, and longer ones end in a digest there.
    name_of = connection.dialect.identifier_preparer.format_constraint
    there = inspect(connection)
    for table in Base.metadata.sorted_tables:
        found = {
            str(one["name"])
            for kind in (
                there.get_unique_constraints(table.name),
                there.get_check_constraints(table.name),
                there.get_foreign_keys(table.name),
            )
            for one in kind
        }
        assert found == {name_of(one) for one in table.constraints - {table.primary_key}}


def test_nothing_is_made_for_a_role_that_does_not_exist() -> None:
    server, name = postgresql.running(), f"empty{uuid.uuid4().hex}"
    server.run(f"CREATE DATABASE {name} OWNER {postgresql.OWNER}")
    url = server.url(postgresql.OWNER, name)
    try:
        with pytest.raises(ServiceRoleMissingError, match="CREATE ROLE nobody_here LOGIN"):
            migrate(Settings(service_role="nobody_here"), url=url)
        with create_engine(url, poolclass=NullPool).connect() as connection:
            assert tables(connection) == set()
    finally:
        server.run(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_revision_does_not_import_the_application() -> None:
    """It must make in ten years what it made today."""
    revisions = sorted((Path(__file__).parents[2] / "migrations" / "versions").glob("*.py"))
    assert revisions
    importing = re.compile(r"^\s*(from|import) app\b", re.MULTILINE)
    assert [path.name for path in revisions if importing.search(path.read_text())] == []


def test_the_migrations_are_found_from_any_folder(tmp_path: Path) -> None:
    """Whatever they import too: a service is rarely started in the folder of its code."""
    asked = (
        "from sqlalchemy import create_engine; from app.core.migration import is_current\n"
        "print(is_current(create_engine('sqlite://').connect()))"
    )
    told = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.stdout, told.stderr) == ("False\n", "")
