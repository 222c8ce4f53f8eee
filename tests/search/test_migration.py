"""SQLite's texts of before are kept packed after a migration, and found by the same words."""

import importlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from app.models.search import packed, unpacked
from app.search.rules.terms import as_indexed
from tests.migrated import migrated_store

migration = importlib.import_module("migrations.versions.0024_packed_terms")
PROFILE = ["12345aexample", "12345asam", "12345dprter", "12345nporter", "12345nsam", "12345n東京"]
LETTER = ["12345fsteakhouse", "12345wporter"]
TOLD = {7: ("profile", PROFILE), 8: ("follow_up", LETTER), 9: ("profile", ["12345nsam"])}


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    """A store with texts of two organizations as they are kept now."""
    file = tmp_path / "texts.db"
    engine = create_engine(migrated_store(file), poolclass=NullPool)
    with sqlite3.connect(file) as driver:
        for number, (source, terms) in TOLD.items():
            row = (bytes([number % 2] * 16), source, number, b"", b"", packed(terms))
            driver.execute("INSERT INTO search_texts VALUES (?, ?, ?, ?, ?, ?)", row)
            index = "INSERT INTO search_index (rowid, terms) VALUES (?, ?)"
            driver.execute(index, (number, as_indexed(terms)))
    driver.close()
    with engine.connect() as connection:
        yield connection


def found(connection: Connection, *queries: str) -> list[list[int]]:
    """Return the numbers that each query of FTS5's finds."""
    asked = "SELECT rowid FROM search_index WHERE search_index MATCH ? ORDER BY rowid"
    return [list(connection.exec_driver_sql(asked, (one,)).scalars()) for one in queries]


def test_texts_of_before_are_packed_and_found_by_beginnings(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So that a page ends between two rows of one organization.
    monkeypatch.setattr(migration, "NEXT", migration.NEXT.replace("2000", "1"))
    asked = ('"12345nsam"', '"12345fsteakhouse"', '"12345xnpor"', '"12345xn東"', '"12345fsteak"*')
    kept = "SELECT number, source, terms FROM search_texts ORDER BY number"
    with Operations.context(MigrationContext.configure(connection)):
        migration.downgrade()
        rows = connection.exec_driver_sql(kept).all()
        before = [(number, source, " ".join(terms)) for number, (source, terms) in TOLD.items()]
        assert [tuple(row) for row in rows] == before
        assert found(connection, *asked) == [[7, 9], [8], [], [], [8]]

        migration.upgrade()
    rows = connection.exec_driver_sql(kept).all()
    assert {row.number: (row.source, unpacked(row.terms)) for row in rows} == TOLD
    assert found(connection, *asked) == [[7, 9], [8], [7], [7], [8]]
    words = connection.exec_driver_sql("SELECT DISTINCT term FROM search_index_words").scalars()
    indexed = {word for _, terms in TOLD.values() for word in as_indexed(terms).split()}
    assert set(words) == indexed
