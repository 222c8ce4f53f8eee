"""What is answered 2xx has been committed; what could not be is answered as a problem.

The database itself is made to fail at COMMIT, by constraints and triggers that wait for it.
"""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from app.core.database import Database
from app.core.settings import Settings
from app.entry.tenancy import open_database
from app.main import create_app
from tests import postgresql
from tests.cast import Cast, assemble
from tests.client import Client
from tests.migrated import migrated_store

# Reasons of the type `other` break a rule that is looked at when the transaction commits.
SQLITE_FAILS_LATE = (
    "CREATE TABLE parents (id INTEGER PRIMARY KEY)",
    "CREATE TABLE children (id INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)",
    (
        "CREATE TRIGGER late AFTER INSERT ON rejection_reasons WHEN new.type = 'other' "
        "BEGIN INSERT INTO children VALUES (1); END"
    ),
)
POSTGRESQL_FAILS_LATE = (
    (
        "CREATE FUNCTION fail_late() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'late' USING ERRCODE = 'foreign_key_violation'; END $$"
    ),
    (
        "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON rejection_reasons "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (new.type = 'other') "
        "EXECUTE FUNCTION fail_late()"
    ),
    # And those of `they_withdrew` lose their connection at that moment.
    (
        "CREATE FUNCTION vanish() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$"
    ),
    (
        "CREATE CONSTRAINT TRIGGER vanish AFTER INSERT ON rejection_reasons "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (new.type = 'they_withdrew') "
        "EXECUTE FUNCTION vanish()"
    ),
)


def _failing_sqlite(folder: Path) -> str:
    url = migrated_store(folder / "late.db")
    _execute(url, SQLITE_FAILS_LATE)
    return url


def _execute(url: str, statements: tuple[str, ...]) -> None:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def _failing_postgresql() -> tuple[postgresql.Server, str]:
    server, name = postgresql.running(), f"late{uuid.uuid4().hex}"
    server.run(f"CREATE DATABASE {name} TEMPLATE template OWNER {postgresql.OWNER}")
    _execute(server.url(postgresql.OWNER, name), POSTGRESQL_FAILS_LATE)
    return server, name


@pytest.fixture(params=["sqlite", "postgresql"])
def failing(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A store whose commits fail for some rows."""
    if request.param == "sqlite":
        database = open_database(Settings(), url=_failing_sqlite(tmp_path))
        yield database
        database.close()
        return
    server, name = _failing_postgresql()
    database = open_database(Settings(), url=server.url(postgresql.SERVICE, name))
    yield database
    database.close()
    server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def people(failing: Database) -> Iterator[Cast]:
    """The cast, on that store."""
    app = create_app(Settings(), failing)
    with Client(app) as client:
        yield assemble(client, failing)


# SQLite has no connection that could be lost.
ON_POSTGRESQL = pytest.mark.parametrize("failing", ["postgresql"], indirect=True)


def names(people: Cast) -> list[str]:
    return [row["name"] for row in people.ben.get("rejection-reasons")["items"]]


def test_what_fails_at_the_commit_is_not_answered_as_done(people: Cast) -> None:
    body = {"name": "Late", "type": "other"}
    for headers in ({}, {"Idempotency-Key": "k"}):
        answer = people.ben.call("POST", "rejection-reasons", json=body, headers=headers)
        assert answer.status_code == 409
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert "id" not in answer.json()
        assert "Location" not in answer.headers
    assert names(people) == []
    log = people.ada.get("audit-log", params={"action": "rejection_reason.created"})
    assert log["items"] == []
    # The key was rolled back with the rest, and the connection is as good as new.
    answer = people.ben.call(
        "POST", "rejection-reasons", json={"name": "Fine"}, headers={"Idempotency-Key": "k"}
    )
    assert answer.status_code == 201
    assert names(people) == ["Fine"]


@ON_POSTGRESQL
def test_a_connection_lost_at_the_commit_is_not_answered_as_done(people: Cast) -> None:
    answer = people.ben.call(
        "POST", "rejection-reasons", json={"name": "Lost", "type": "they_withdrew"}
    )
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 1
    assert names(people) == []
    people.ben.post("rejection-reasons", {"name": "Fine"})
    assert names(people) == ["Fine"]


@ON_POSTGRESQL
def test_connections_cut_while_idle_are_a_problem_once_at_the_most(
    people: Cast, failing: Database
) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: people.ben.get("me"), range(40)))
    admin = failing.engine.url.set(username="postgres")
    with create_engine(admin, poolclass=NullPool).connect() as connection:
        cut = connection.scalars(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        ).all()
    assert cut
    answers = [people.ben.call("GET", "me") for _ in range(4)]
    assert {answer.status_code for answer in answers[:1]} <= {200, 503}
    assert [answer.status_code for answer in answers[1:]] == [200] * 3
