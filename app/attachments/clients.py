"""Where files lie: in a folder, or in a bucket of an S3-compatible storage.

Both know a file by two ids of ours and by nothing that was sent, so no name leads anywhere else.
Nothing here opens a transaction, and none may be open while this works.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import IO, Protocol
from uuid import UUID

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import S3Store
from sqlalchemy import make_url

from app.core.problems import NotFound, Unavailable
from app.core.settings import Settings

CHUNK = 256 * 1024
# Two parts at a time: what a transfer to a bucket holds in memory.
_PART = 5 * 1024 * 1024
_PARTS = 2
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


def open_storage(settings: Settings) -> Storage:
    """Return the storage that the settings name; nothing is made or reached yet."""
    place = settings.attachments
    if place is not None and place.startswith("s3://"):
        return Bucket(place, settings)
    if place is not None:
        return Folder(Path(place))
    url = make_url(settings.database_url.get_secret_value())
    file = url.database if url.drivername == "sqlite" else None
    return Folder(Path(file or ".").parent / "attachments")


@contextmanager
def _reached() -> Iterator[None]:
    """Say that the storage cannot be used, whatever it is that is wrong with it."""
    try:
        yield
    except (OSError, BaseError) as error:
        _log.exception("storage.failed")
        raise Unavailable("The storage of attachments cannot be used now.") from error


@contextmanager
def _found() -> Iterator[None]:
    """Say that a file is not there; what lies deeper is `_reached`'s to say."""
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound("The file is no longer there.") from error


# ------------------------------------------------------------------------------------------- folder


class Folder:
    """A folder on a disk, with one in it for each organization."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, organization_id: UUID, blob_id: UUID) -> Arrival:
        with _reached():
            path = self._path(organization_id, blob_id)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            return _FileArriving(path)

    def read(self, organization_id: UUID, blob_id: UUID) -> Iterator[bytes]:
        with _reached(), _found():
            file = self._path(organization_id, blob_id).open("rb")
        return _read_on(file)

    def remove(self, organization_id: UUID, blob_id: UUID) -> None:
        with _reached():
            self._path(organization_id, blob_id).unlink(missing_ok=True)

    def _path(self, organization_id: UUID, blob_id: UUID) -> Path:
        return self.folder / organization_id.hex / blob_id.hex


def _read_on(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk


class _FileArriving:
    """Written where it will lie: until a row names it, the row of its id says that it arrives."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def write(self, chunk: bytes) -> None:
        with _reached():
            self.file.write(chunk)

    def keep(self) -> None:
        with _reached():
            self.file.flush()
            os.fsync(self.file.fileno())
            self.file.close()
            for folder in self.path.parents[:3]:
                _sync_names(folder)

    def drop(self) -> None:
        if not self.file.closed:
            with suppress(OSError):
                self.file.close()
            with suppress(OSError):
                self.path.unlink(missing_ok=True)


def _sync_names(folder: Path) -> None:
    """A file's name is kept by its folder, which is written by itself."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# ------------------------------------------------------------------------------------------- bucket


class Bucket:
    """A bucket of an S3-compatible storage, named `s3://BUCKET/PREFIX`."""

    def __init__(self, place: str, settings: Settings) -> None:
        bucket, _, prefix = place.removeprefix("s3://").partition("/")
        secret = settings.s3_secret_access_key
        told = {
            "endpoint": settings.s3_endpoint_url,
            "access_key_id": settings.s3_access_key_id,
            "secret_access_key": secret.get_secret_value() if secret else None,
        }
        self.store = S3Store(
            bucket,
            prefix=prefix.strip("/") or None,
            region=settings.s3_region,
            client_options={
                "allow_http": (settings.s3_endpoint_url or "").startswith("http://"),
                "connect_timeout": timedelta(seconds=5),
                "read_timeout": timedelta(seconds=30),
                # As long as a slow client takes to read a large file.
                "timeout": timedelta(hours=1),
            },
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=30)},
            **{name: value for name, value in told.items() if value is not None},  # type: ignore[arg-type]
        )

    def begin(self, organization_id: UUID, blob_id: UUID) -> Arrival:
        with _reached():
            return _ObjectArriving(self.store, _key(organization_id, blob_id))

    def read(self, organization_id: UUID, blob_id: UUID) -> Iterator[bytes]:
        with _reached(), _found():
            found = obstore.get(self.store, _key(organization_id, blob_id))
            return iter(found.stream(min_chunk_size=CHUNK))

    def remove(self, organization_id: UUID, blob_id: UUID) -> None:
        with _reached(), suppress(FileNotFoundError):
            obstore.delete(self.store, _key(organization_id, blob_id))


def _key(organization_id: UUID, blob_id: UUID) -> str:
    return f"{organization_id.hex}/{blob_id.hex}"


class _ObjectArriving:
    """Written to a nameless file of this machine first: a slow sender holds no connection open."""

    def __init__(self, store: S3Store, key: str) -> None:
        self.store = store
        self.key = key
        self.file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by keep or drop

    def write(self, chunk: bytes) -> None:
        with _reached():
            self.file.write(chunk)

    def keep(self) -> None:
        with _reached(), self.file:
            self.file.seek(0)
            obstore.put(self.store, self.key, self.file, chunk_size=_PART, max_concurrency=_PARTS)

    def drop(self) -> None:
        self.file.close()
