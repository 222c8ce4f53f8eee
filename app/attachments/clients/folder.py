"""Files in a folder of this machine."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO
from uuid import UUID

from app.attachments.clients.storage import CHUNK, Arrival, found, reached


class Folder:
    """A folder on a disk, with one in it for each organization."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, organization_id: UUID, blob_id: UUID) -> Arrival:
        with reached():
            path = self._path(organization_id, blob_id)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            return _FileArriving(path)

    def read(self, organization_id: UUID, blob_id: UUID) -> Iterator[bytes]:
        with reached(), found():
            file = self._path(organization_id, blob_id).open("rb")
        return _read_on(file)

    def remove(self, organization_id: UUID, blob_id: UUID) -> None:
        with reached():
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
        with reached():
            self.file.write(chunk)

    def keep(self) -> None:
        with reached():
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
