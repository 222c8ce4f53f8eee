"""Files in a bucket of an S3-compatible storage."""

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import IO
from uuid import UUID

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from app.attachments.clients.storage import CHUNK, Arrival, found, reached
from app.core.settings import Settings

# Two parts at a time: what a transfer to a bucket holds in memory.
_PART = 5 * 1024 * 1024
_PARTS = 2


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
        with reached(BaseError):
            return _ObjectArriving(self.store, _key(organization_id, blob_id))

    def read(self, organization_id: UUID, blob_id: UUID) -> Iterator[bytes]:
        with reached(BaseError), found():
            kept = obstore.get(self.store, _key(organization_id, blob_id))
            return iter(kept.stream(min_chunk_size=CHUNK))

    def remove(self, organization_id: UUID, blob_id: UUID) -> None:
        with reached(BaseError), suppress(FileNotFoundError):
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
        with reached(BaseError):
            self.file.write(chunk)

    def keep(self) -> None:
        with reached(BaseError), self.file:
            self.file.seek(0)
            obstore.put(self.store, self.key, self.file, chunk_size=_PART, max_concurrency=_PARTS)

    def drop(self) -> None:
        self.file.close()
