"""A live service to be attacked: a process, and an organization with one of everything."""

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx

from app.core.migration import migrate
from app.core.settings import Settings
from app.entry.tenancy import open_database
from tests import postgresql
from tests.cast import Person
from tests.client import Http
from tests.house.acme import furnish
from tests.mould import Member, found
from tests.service.process import Service

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "openapi" / "openapi.json"
# As often as a client likes, and nothing that answers 429 in the place of what is looked for.
_UNLIMITED = {"FIRSTINLINE_RATE_LIMIT": "0", "FIRSTINLINE_WRONG_KEYS": "0"}
# The variable that names the ids of who asks: changed or revoked, all the rest would be 401.
KEPT = "FIRSTINLINE_FUZZ_KEPT"
# A request that takes longer is a finding too.
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Ground:
    """Where the service is asked, with whose key, the ids of what is there and of who asks."""

    service: Service
    key: str
    ids: dict[str, str]
    own: dict[str, str]
    organization_id: UUID

    def person(self, http: Http) -> Person:
        """Return whose key it is."""
        return Person(http, "Ada", self.organization_id, UUID(self.own["user_id"]), self.key)

    @property
    def headers(self) -> dict[str, str]:
        """The headers with which everything is allowed."""
        return {"Authorization": f"Bearer {self.key}"}


@contextmanager
def ground(*, on_postgresql: bool = False) -> Iterator[Ground]:
    """Serve a new store with one organization in it."""
    with tempfile.TemporaryDirectory(prefix="firstinline-", dir=postgresql.memory()) as name:
        folder = Path(name)
        with _postgresql() if on_postgresql else _sqlite(folder) as store:
            member = _founded(store)
            attachments = str(folder / "attachments")
            service = Service(store, folder, FIRSTINLINE_ATTACHMENTS=attachments, **_UNLIMITED)
            service.start()
            try:
                with httpx.Client(base_url=service.address, timeout=PATIENCE_SECONDS) as http:
                    person = Person(http, "Ada", member.organization_id, member.user_id, member.key)
                    ids = furnish(person)
                    me = person.get("me")
                own = {"api_key_id": me["key"]["id"], "user_id": str(member.user_id)}
                yield Ground(service, member.key, ids, own, member.organization_id)
            finally:
                service.stop()


@contextmanager
def _sqlite(folder: Path) -> Iterator[str]:
    url = f"sqlite:///{folder}/firstinline.db"
    migrate(Settings(), url=url)
    yield url


@contextmanager
def _postgresql() -> Iterator[str]:
    programs = postgresql.binaries()
    if programs is None:
        raise RuntimeError("PostgreSQL's programs (initdb, pg_ctl) are not installed")
    starting = postgresql.Starting(programs)
    try:
        server = postgresql.running()
        name = f"f{uuid.uuid4().hex}"
        server.run(f"CREATE DATABASE {name} TEMPLATE template OWNER {postgresql.OWNER}")
        yield server.url(postgresql.SERVICE, name)
    finally:
        starting.stop()


def _founded(store: str) -> Member:
    database = open_database(Settings(), url=store)
    try:
        (member,) = found(database, "Acme", {"Ada": "admin"})
        return member
    finally:
        database.close()
