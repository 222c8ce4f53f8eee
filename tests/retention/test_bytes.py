"""Once the worker has done an erasure's job, no byte of the person is left in SQLite's file."""

import secrets
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from app.core.database import Database
from app.retention.jobs import finish_erasure
from tests.cast import Cast
from tests.worker.outbox import empty, until_idle

# What PostgreSQL keeps in its files is PostgreSQL's affair.
pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True, scope="session")


@pytest.fixture
def file(database: Database) -> Path:
    return Path(str(database.engine.url.database))


def left(file: Path, word: str) -> int:
    """Return how often a word stands in the file and its log."""
    log = file.with_name(f"{file.name}-wal")
    return sum(one.read_bytes().lower().count(word.encode()) for one in (file, log) if one.exists())


def test_no_byte_of_an_erased_person_is_left(cast: Cast, database: Database, file: Path) -> None:
    empty(database)
    name, advice, mail, note = (f"zy{secrets.token_hex(6)}" for _ in range(4))
    sam = cast.ben.candidate(f"Sam {name}", emails=[{"address": f"{mail}@mail.example"}])
    application = cast.ben.application(sam, cast.ben.position())
    cast.ben.reject(application, advice=[{"text": f"Join the {advice}."}])
    cast.ben.follow_up(sam, "2019-01-07T15:00:00Z", body=f"I joined the {note}.")
    # The ends of words: an index does not repeat how they begin.
    ends = [word[-8:] for word in (name, advice, mail, note)]
    assert all(left(file, end) for end in ends)
    cast.ben.delete(f"candidates/{sam}", params={"reason": "erased"})
    assert until_idle(database) == 1
    assert {end: left(file, end) for end in ends} == dict.fromkeys(ends, 0)


def test_of_several_erasures_the_last_does_it_for_all(
    cast: Cast, database: Database, file: Path
) -> None:
    empty(database)
    marked = f"zy{secrets.token_hex(6)}"
    sam = cast.ben.candidate(marked)
    cast.ben.delete(f"candidates/{sam}")
    finish_erasure(database, cast.ben.organization_id)
    # That erasure's own event waits, and will be followed by all of this again.
    assert left(file, marked[-8:])
    assert until_idle(database) == 1
    assert not left(file, marked[-8:])


def test_a_log_that_is_being_read_is_not_emptied(
    cast: Cast, database: Database, file: Path
) -> None:
    with closing(sqlite3.connect(file)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM candidates").fetchone()
        cast.ben.candidate()
        assert not database.empty_log(seconds=0)
    assert database.empty_log()
