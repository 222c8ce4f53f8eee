"""On PostgreSQL a search reads its own organization's rows by an index, whoever asks."""

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from app.core.database import Database, Mode
from tests import postgresql
from tests.cast import Cast

CALL = text("SELECT candidate_id FROM search_texts_matching('profile', :query, 9e18::bigint, 10)")


def test_the_function_asks_for_the_organization_itself(cast: Cast, database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has no such function")
    sam = cast.ben.candidate("Sam Porter")
    words = {"query": f"'{cast.ben.organization_id.hex[-5:]}nporter'"}
    seen = []
    for organization_id in (cast.ben.organization_id, cast.cleo.organization_id, None):
        with database.transaction(Mode.READ, organization_id) as session:
            seen.append([str(row[0]) for row in session.connection().execute(CALL, words)])
    assert seen == [[sam], [], []]


def test_the_owner_may_use_the_index_of_terms_and_the_service_may_not(
    cast: Cast, database: Database
) -> None:
    """Which is why the function is its owner's."""
    if database.is_sqlite:
        pytest.skip("SQLite has no such function")
    engine = create_engine(database.engine.url.set(username=postgresql.OWNER), poolclass=NullPool)
    with engine.connect() as owner:
        assert "ix_search_texts_terms" in plan(owner)
    with database.transaction(Mode.READ, cast.ben.organization_id) as session:
        assert "ix_search_texts_terms" not in plan(session.connection())


def plan(connection: Connection) -> str:
    for way in ("seqscan", "indexscan", "indexonlyscan"):
        connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
    rows = connection.exec_driver_sql(
        "EXPLAIN SELECT number FROM search_texts WHERE terms @@ '''12345nsam'''::tsquery"
    )
    return "\n".join(row[0] for row in rows)
