"""What every storage of files can do, and how it says that it cannot.

A file is known by two ids of ours and by nothing that was sent, so no name leads anywhere else.
Nothing here opens a transaction, and none may be open while this works.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol
from uuid import UUID

import structlog

from app.core.problems import NotFound, Unavailable

CHUNK = 256 * 1024
_log = structlog.get_logger()


class Arrival(Protocol):
    """A file on its way in: written bit by bit, then kept or dropped."""

    def write(self, chunk: bytes) -> None:
        """Add what has come."""

    def keep(self) -> None:
        """Keep it, so that it outlives the loss of power."""

    def drop(self) -> None:
        """Throw it away; nothing happens where it is kept or dropped already."""


class Storage(Protocol):
    """Files by organization and id; raises Unavailable where the place cannot be reached."""

    def begin(self, organization_id: UUID, blob_id: UUID) -> Arrival:
        """Begin a new file."""

    def read(self, organization_id: UUID, blob_id: UUID) -> Iterator[bytes]:
        """Open a file and return what is in it, bit by bit; raises NotFound."""

    def remove(self, organization_id: UUID, blob_id: UUID) -> None:
        """Remove a file; one that is not there is removed already."""


@contextmanager
def reached(*errors: type[Exception]) -> Iterator[None]:
    """Say that the storage cannot be used, whatever it is that is wrong with it."""
    expected: tuple[type[Exception], ...] = (OSError, *errors)
    try:
        yield
    except expected as error:
        _log.exception("storage.failed")
        raise Unavailable("The storage of attachments cannot be used now.") from error


@contextmanager
def found() -> Iterator[None]:
    """Say that a file is not there; what lies deeper is `reached`'s to say."""
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound("The file is no longer there.") from error
