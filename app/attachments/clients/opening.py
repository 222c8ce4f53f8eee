"""The storage that the settings name."""

from pathlib import Path

from sqlalchemy import make_url

from app.attachments.clients.folder import Folder
from app.attachments.clients.storage import Storage
from app.core.settings import Settings


def open_storage(settings: Settings) -> Storage:
    """Return the storage that the settings name; nothing is made or reached yet."""
    place = settings.attachments
    if place is not None and place.startswith("s3://"):
        # What speaks to buckets takes a tenth of a second to import, and memory.
        from app.attachments.clients.bucket import Bucket  # noqa: PLC0415

        return Bucket(place, settings)
    if place is not None:
        return Folder(Path(place))
    url = make_url(settings.database_url.get_secret_value())
    file = url.database if url.drivername == "sqlite" else None
    return Folder(Path(file or ".").parent / "attachments")
