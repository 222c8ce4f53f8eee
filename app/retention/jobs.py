"""What the worker does once an erasure is committed, so that no byte of it is left in the file."""

from typing import Final
from uuid import UUID

from app.core.database import Database, Mode
from app.outbox.actions import waits
from app.search.jobs import drop_marked_words

ERASURES: Final = ("candidate.deleted", "candidate.erased")
_TRIES: Final = 5


class LogInUseError(RuntimeError):
    """SQLite's write-ahead log was being read all the time; the worker tries again later."""


def finish_erasure(database: Database, _organization_id: UUID) -> None:
    """Drop erased words from SQLite's full-text index, and the pages of before from its log.

    Of several erasures the last one does it for all, whosever they are: index and log are the
    whole file's. On PostgreSQL there is nothing to do.
    """
    with database.transaction(Mode.READ) as session:
        if not database.is_sqlite or waits(session, ERASURES):
            return
    drop_marked_words(database)
    if not any(database.empty_log() for _ in range(_TRIES)):
        raise LogInUseError
