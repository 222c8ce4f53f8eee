"""The people of the tests, and short ways to say what they do; all of it over HTTP."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

import httpx

from app.core.database import Database
from tests.client import Http
from tests.mould import Member, Mould, found
from tests.openings import Opening, copied

Json = dict[str, Any]


def changes_of(row: Json) -> dict[str, Any]:
    """Return what a row of the audit log says was changed, by field."""
    return {each["field"]: json.loads(each["value"]) for each in row["changes"]}


@dataclass(frozen=True)
class Person:
    """Somebody with a key."""

    http: Http
    name: str
    organization_id: UUID
    user_id: UUID
    key: str
    opening: Opening | None = None

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request with this person's key; a path without a slash is below /v1."""
        if self.opening is not None:
            self.opening.note(method)
        headers = {"Authorization": f"Bearer {self.key}", **options.pop("headers", {})}
        full = path if path.startswith("/") else f"/v1/{path}"
        response: httpx.Response = self.http.request(method, full, headers=headers, **options)
        return response

    def get(self, path: str, expect: int = 200, **options: Any) -> Json:
        """GET, with the status that is expected."""
        return self._read(self.call("GET", path, **options), expect)

    def post(self, path: str, body: Any = None, expect: int = 201, **options: Any) -> Json:
        """POST a JSON body."""
        return self._read(self.call("POST", path, json=body or {}, **options), expect)

    def put(self, path: str, body: Any, expect: int = 200, **options: Any) -> Json:
        """PUT a JSON body."""
        return self._read(self.call("PUT", path, json=body, **options), expect)

    def patch(self, path: str, body: Any, expect: int = 200, **options: Any) -> Json:
        """PATCH with a JSON body."""
        return self._read(self.call("PATCH", path, json=body, **options), expect)

    def delete(self, path: str, expect: int = 204, **options: Any) -> Json:
        """DELETE."""
        return self._read(self.call("DELETE", path, **options), expect)

    @staticmethod
    def _read(response: httpx.Response, expect: int) -> Json:
        assert response.status_code == expect, (response.status_code, response.text)
        found: Json = response.json() if response.content else {}
        return found

    # What recruiters do, with what a test does not care about filled in. What is tested itself is
    # asked of the service: these may be copied.

    @copied
    def candidate(self, name: str = "Sam Porter", **fields: Any) -> str:
        """Create a candidate, available from ever unless told otherwise; return its id."""
        body = {"full_name": name, "available_from": "2019-01-01", **fields}
        return str(self.post("candidates", body)["id"])

    @copied
    def position(self, title: str = "Sales internship", **fields: Any) -> str:
        """Create a position with one opening; return its id."""
        body = {"title": title, "job_family": "sales", "openings": 1, **fields}
        return str(self.post("positions", body)["id"])

    @copied
    def application(self, candidate: str, position: str, **fields: Any) -> str:
        """Let a candidate apply; return the application's id."""
        body = {
            "candidate_id": candidate,
            "position_id": position,
            "applied_at": "2018-09-15T09:00:00Z",
            **fields,
        }
        return str(self.post("applications", body)["id"])

    @copied
    def reject(self, application: str, **fields: Any) -> Json:
        """Turn an application down on 4 October 2018 and invite the candidate to keep in touch."""
        body = {
            "rejected_at": "2018-10-04T16:00:00Z",
            "reason": "Not yet",
            "follow_ups_invited": "yes",
            "keep_in_touch": {"granted": True},
            **fields,
        }
        return self.post(f"applications/{application}/reject", body, expect=200)

    @copied
    def follow_up(self, candidate: str, at: str, **fields: Any) -> Json:
        """Record that the candidate wrote."""
        body = {"occurred_at": at, "direction": "inbound", "channel": "email", **fields}
        return self.post(f"candidates/{candidate}/follow-ups", body)

    @copied
    def follow_ups(self, candidate: str, *wrote: Json) -> None:
        """Record at once that the candidate wrote so many times."""
        usual = {"candidate": {"id": candidate}, "direction": "inbound", "channel": "email"}
        self.batch("follow-ups", *({**usual, **each} for each in wrote))

    def batch(self, place: str, *items: Json) -> list[str]:
        """Create so many rows at once; return their ids."""
        found = self.post(f"{place}/batch", {"items": items}, expect=200)["items"]
        assert [row["outcome"] for row in found] == ["created"] * len(items), found
        return [row["id"] for row in found]


@dataclass(frozen=True)
class Cast:
    """Ada owns Acme, Ben recruits there, Rita may only read there; Cleo works at Globex."""

    ada: Person
    ben: Person
    rita: Person
    found_globex: Callable[[], Person]

    @cached_property
    def cleo(self) -> Person:
        """Cleo, whose organization is founded when a test first speaks of her."""
        return self.found_globex()


ACME = {"Ada": "admin", "Ben": "write", "Rita": "read"}
GLOBEX = {"Cleo": "admin"}


def assemble(http: Http, database: Database) -> Cast:
    """Create Acme, and Globex when it is wanted, and give everybody a key."""
    ada, ben, rita = people(http, found(database, "Acme", ACME))

    def found_globex() -> Person:
        (cleo,) = people(http, found(database, "Globex", GLOBEX))
        return cleo

    return Cast(ada, ben, rita, found_globex)


class Casting:
    """The same by the hundred in one store: copies of an Acme and of a Globex."""

    def __init__(self, http: Http, database: Database) -> None:
        self._http = http
        self._acme = Mould(database, "Acme", ACME)
        self._globex = Mould(database, "Globex", GLOBEX)

    def assemble(self) -> Cast:
        """Write another Acme, and another Globex when it is wanted."""
        ada, ben, rita = people(self._http, *self._acme.cast())
        return Cast(ada, ben, rita, lambda: people(self._http, *self._globex.cast())[0])


def people(http: Http, members: Sequence[Member], opening: Opening | None = None) -> list[Person]:
    """Let members ask over HTTP."""
    return [Person(http, *member, opening) for member in members]
