"""Both stores, one application on each, and the cast.

One migrated database per worker and store; a fresh pair of organizations per test; nothing is ever
truncated.
"""

import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from app.core.database import Database
from app.core.logging import set_up
from app.core.settings import Settings
from app.entry.tenancy import open_database
from app.main import create_app
from tests import cluster, postgresql
from tests.cast import Cast, Casting
from tests.client import Client
from tests.migrated import migrated_store

# A busy machine is no fault, so there is no deadline; derandomized, no run would find what is new.
_laws = hypothesis.settings(deadline=None, derandomize=False, print_blob=True)
hypothesis.settings.register_profile("usual", _laws, max_examples=40)
hypothesis.settings.register_profile("deep", _laws, max_examples=2_000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))

# Ten thousand requests, each with a line that nobody reads; what fails is still told.
set_up("console", "WARNING")


@pytest.fixture(
    scope="session",
    params=["sqlite", "postgresql", *(["citus"] if cluster.is_there() else [])],
)
def store(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a migrated, empty database of this worker's own, as the service's role."""
    if request.param == "sqlite":
        with tempfile.TemporaryDirectory(prefix="firstinline-", dir=postgresql.memory()) as folder:
            yield migrated_store(Path(folder) / "firstinline.db")
        return
    if request.param == "citus":
        yield cluster.prepared()
        return
    server = postgresql.running()
    name = f"w{uuid.uuid4().hex}"
    server.run(f"CREATE DATABASE {name} TEMPLATE template OWNER {postgresql.OWNER}")
    yield server.url(postgresql.SERVICE, name)


@pytest.fixture(scope="session")
def database(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The store, opened as the service opens it."""
    folder = tmp_path_factory.mktemp("attachments")
    # All tests come from one address, and some ask with one key as often as they can.
    settings = Settings(attachments=str(folder), rate_limit=0, wrong_keys=0)
    opened = open_database(settings, url=store)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def http(database: Database) -> Iterator[Client]:
    """The service, in this process."""
    app = create_app(database.settings, database)
    with Client(app) as client:
        yield client


@pytest.fixture(scope="session")
def casting(http: Client, database: Database) -> Casting:
    """The organizations that are copied for each test."""
    return Casting(http, database)


@pytest.fixture
def cast(casting: Casting) -> Cast:
    """Ada owns Acme, Ben recruits there, Cleo works at Globex and must see nothing."""
    return casting.assemble()
