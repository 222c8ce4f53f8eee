"""A search finds its own organization's rows alone, whatever it asks the index for."""

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from app.core.database import Database, Mode
from app.search.queries.finding import _matching
from app.search.rules.asked import asked_words, tiers
from app.search.rules.terms import mark_of
from tests import postgresql
from tests.cast import Cast


def test_the_terms_of_another_organization_find_nothing(cast: Cast, database: Database) -> None:
    sam = cast.ben.candidate("Sam Porter")
    # As if both organizations had the same mark.
    named = tiers(mark_of(cast.ben.organization_id), asked_words("porter"))[0]
    seen = []
    for organization_id in (cast.ben.organization_id, cast.cleo.organization_id):
        with database.transaction(Mode.READ, organization_id) as session:
            seen.append([str(row.candidate_id) for row in _matching(session, named, 9)])
    assert seen == [[sam], []]


def test_the_index_is_read_and_on_postgresql_by_its_owners_function_alone(
    cast: Cast, database: Database
) -> None:
    with database.transaction(Mode.READ, cast.ben.organization_id) as session:
        as_service = plan(session.connection())
    if database.is_sqlite:
        assert "search_index VIRTUAL TABLE INDEX" in as_service
        return
    engine = create_engine(database.engine.url.set(username=postgresql.OWNER), poolclass=NullPool)
    with engine.connect() as owner:
        assert "ix_search_texts_terms" in plan(owner)
    # Row-level security takes it away, which is why there is the function.
    assert "ix_search_texts_terms" not in as_service


def plan(connection: Connection) -> str:
    if connection.dialect.name == "sqlite":
        statement = "EXPLAIN QUERY PLAN SELECT rowid FROM search_index WHERE search_index MATCH 'a'"
    else:
        for way in ("seqscan", "indexscan", "indexonlyscan"):
            connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        statement = "EXPLAIN SELECT number FROM search_texts WHERE terms @@ '''12345nsam'''"
    return "\n".join(str(row[-1]) for row in connection.exec_driver_sql(statement))
