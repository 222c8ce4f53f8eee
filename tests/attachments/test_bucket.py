"""Attachments in a bucket: against a server of S3's kind in this process, over a real socket."""

import logging
import urllib.request
import uuid
from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from app.attachments.clients.folder import Folder
from app.attachments.clients.opening import open_storage
from app.core.problems import NotFound, Unavailable
from app.core.settings import Settings

# More than one part, so that it goes up in several.
CONTENT = bytes(range(256)) * 24_000


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    urllib.request.urlopen(
        urllib.request.Request(f"http://{host}:{port}/papers", method="PUT")
    ).close()
    yield f"http://{host}:{port}"
    server.stop()


def settings(endpoint: str, bucket: str = "papers") -> Settings:
    return Settings(
        attachments=f"s3://{bucket}/first/line",
        s3_endpoint_url=endpoint,
        s3_access_key_id="key",
        s3_secret_access_key="secret",  # type: ignore[arg-type]
    )


def test_a_file_goes_up_comes_down_and_is_removed(endpoint: str) -> None:
    storage = open_storage(settings(endpoint))
    organization_id, blob_id = uuid.uuid4(), uuid.uuid4()
    arrival = storage.begin(organization_id, blob_id)
    for start in range(0, len(CONTENT), 1_000_000):
        arrival.write(CONTENT[start : start + 1_000_000])
    arrival.keep()
    arrival.drop()
    assert b"".join(storage.read(organization_id, blob_id)) == CONTENT
    with pytest.raises(NotFound):
        storage.read(uuid.uuid4(), blob_id)

    for _ in range(2):
        storage.remove(organization_id, blob_id)
    with pytest.raises(NotFound):
        storage.read(organization_id, blob_id)


def test_what_is_dropped_never_goes_up(endpoint: str) -> None:
    storage = open_storage(settings(endpoint))
    organization_id, blob_id = uuid.uuid4(), uuid.uuid4()
    arrival = storage.begin(organization_id, blob_id)
    arrival.write(b"%PDF-")
    arrival.drop()
    with pytest.raises(NotFound):
        storage.read(organization_id, blob_id)


def test_a_bucket_that_is_not_there_is_our_trouble_not_the_clients(endpoint: str) -> None:
    arrival = open_storage(settings(endpoint, "nowhere")).begin(uuid.uuid4(), uuid.uuid4())
    arrival.write(b"%PDF-")
    with pytest.raises(Unavailable):
        arrival.keep()


@pytest.mark.parametrize(
    ("told", "folder"),
    [
        ({"attachments": "papers"}, "papers"),
        ({"database_url": "sqlite:////data/first.db"}, "/data/attachments"),
        ({"database_url": "sqlite:///first.db"}, "attachments"),
        ({"database_url": "postgresql+psycopg://host/name"}, "attachments"),
    ],
)
def test_a_folder_is_beside_the_file_where_none_is_told(told: dict[str, str], folder: str) -> None:
    storage = open_storage(Settings(**told))  # type: ignore[arg-type]
    assert isinstance(storage, Folder)
    assert str(storage.folder) == folder


@pytest.mark.parametrize("place", ["s3://", "s3://UPPER", "https://bucket/x", "s3://b/\nx"])
def test_a_place_that_is_none_is_refused(place: str) -> None:
    with pytest.raises(ValueError, match="BUCKET/PREFIX"):
        Settings(attachments=place)
