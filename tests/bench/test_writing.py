"""What the benchmark writes past the service is found as if the service had written it."""

import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

from app.models.search import unpacked
from app.search.rules.terms import as_indexed
from bench.tables import Rows
from bench.writing import SqliteWriting
from tests.migrated import migrated_store


def test_texts_are_kept_and_indexed_as_the_service_does(tmp_path: Path) -> None:
    file = tmp_path / "made.db"
    migrated_store(file)
    terms = ["12345aexample", "12345nsam"]
    rows, somebody = Rows(uuid.uuid4()), uuid.uuid4()
    rows.add(
        "search_texts",
        source="profile",
        number=7,
        candidate_id=somebody,
        subject_id=somebody,
        terms=terms,
    )
    with SqliteWriting(file).opened() as writer:
        writer.write(rows)
    with closing(sqlite3.connect(file)) as connection:
        ((kept,),) = connection.execute("SELECT terms FROM search_texts").fetchall()
        words = connection.execute("SELECT term FROM search_index_words").fetchall()
    assert unpacked(kept) == terms
    assert {word for (word,) in words} == set(as_indexed(terms).split())
