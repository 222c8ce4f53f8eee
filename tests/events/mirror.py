"""A copy of an organization kept by one who only follows events, and writers who give it work."""

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from app.core.database import Database
from app.entry.tenancy import TenantSession
from tests.cast import Json, Person

# What each id of an event leads to; those that are left out show nothing of their own.
ADDRESSES = {
    "advice": ("advice/{}",),
    "application": ("applications/{}",),
    "candidate": ("candidates/{}",),
    "duplicate_candidate": ("candidates/{}",),
    "from_candidate": ("candidates/{}",),
    "follow_up": ("follow-ups/{}",),
    "milestone": ("milestones/{}",),
    "position": ("positions/{}", "positions/{}/openings"),
    "rejection_reason": ("rejection-reasons/{}",),
    "shortlist": ("shortlists/{}",),
    "superseded_by": ("shortlists/{}",),
    "user": ("users/{}",),
}


class Mirror:
    """What is known by following: every answer, by its address."""

    def __init__(self, person: Person, after: int = 0) -> None:
        self.person, self.after = person, after
        self.copies: dict[str, Json] = {}

    def catch_up(self) -> int:
        """Follow until nothing more has happened; return how many events that were."""
        followed = 0
        while True:
            items, self.after = follow_on(self.person, self.after)
            for address in sorted({one for item in items for one in named(item["ids"])}):
                self.read(address)
            followed += len(items)
            if not items:
                return followed

    def read(self, address: str) -> None:
        """Read anew what an event has named."""
        answer = self.person.call("GET", address)
        if answer.status_code == 200:
            self.copies[address] = answer.json()
        else:
            assert answer.status_code in {404, 410}, answer.text
            self.copies.pop(address, None)


def follow_on(person: Person, after: int) -> tuple[list[Json], int]:
    """Return the events that follow one, and the last of them; no number is left out."""
    found = person.get("events", params={"after": after, "limit": 1000})
    items = found["items"]
    assert [one["sequence"] for one in items] == [*range(after + 1, after + 1 + len(items))]
    return items, found["next_after"]


def named(ids: dict[str, Any]) -> Iterator[str]:
    """Yield the addresses to which the ids of an event lead."""
    for name, value in ids.items():
        kind = name.removesuffix("s").removesuffix("_id")
        for id_ in value if isinstance(value, list) else [value]:
            for address in ADDRESSES.get(kind, ()):
                yield address.format(id_)


def differences(mirror: Mirror) -> dict[str, tuple[Json | None, Json | None]]:
    """Return where the copy and the service differ: what is copied, and what is there."""
    now = dict(there(mirror.person))
    for address in mirror.copies.keys() - now.keys():
        answer = mirror.person.call("GET", address)
        if answer.status_code == 200:
            now[address] = answer.json()
    return {
        address: (mirror.copies.get(address), now.get(address))
        for address in now.keys() | mirror.copies.keys()
        if mirror.copies.get(address) != now.get(address)
    }


def there(person: Person) -> Iterator[tuple[str, Json]]:
    """Yield all that the lists show, by address."""
    for row in everything(person, "candidates"):
        # The list tells a little more of each than the candidate's own address.
        yield f"candidates/{row['id']}", person.get(f"candidates/{row['id']}")
        for kind in ("follow-ups", "advice"):
            for below in everything(person, f"candidates/{row['id']}/{kind}"):
                yield f"{kind}/{below['id']}", below
                for milestone in below.get("milestones", ()):
                    yield f"milestones/{milestone['id']}", milestone
    for row in everything(person, "positions"):
        yield f"positions/{row['id']}", row
        for below in everything(person, f"positions/{row['id']}/shortlists"):
            yield f"shortlists/{below['id']}", person.get(f"shortlists/{below['id']}")
    for row in everything(person, "applications"):
        yield f"applications/{row['id']}", row


def everything(person: Person, path: str) -> Iterator[Json]:
    """Yield all items of a list."""
    cursor: dict[str, str] = {}
    while True:
        page = person.get(path, params={"limit": 200, **cursor})
        yield from page["items"]
        if page["next_cursor"] is None:
            return
        cursor = {"cursor": page["next_cursor"]}


@contextmanager
def slow_commits(longest: float) -> Iterator[None]:
    """Let every transaction wait at random, `longest` seconds at most, before it commits."""

    def wait(_session: object) -> None:
        time.sleep(random.random() * longest)

    event.listen(TenantSession, "before_commit", wait)
    try:
        yield
    finally:
        event.remove(TenantSession, "before_commit", wait)


class Writer:
    """Somebody who does at random what recruiters do, to what all of them share."""

    def __init__(self, person: Person, positions: list[str], seed: int) -> None:
        self.person, self.positions, self.random = person, positions, random.Random(seed)
        self.candidates: list[str] = []

    def write(self, shared: list[str]) -> None:
        """Do one thing."""
        act = self.random.choice(
            (
                self.turn_down,
                self.keep_in_touch,
                self.keep_in_touch,
                self.correct,
                self.take_away,
                self.move,
                self.merge,
                self.hire,
            )
        )
        if not shared or self.random.random() < 0.3:
            shared.append(self.person.candidate(f"Somebody {self.random.random()}"))
        act(self.random.choice(shared), shared)

    def send(self, method: str, path: str, body: Json | None = None) -> Json:
        """Send a request that others may have made impossible meanwhile."""
        answer = self.person.call(method, path, json=body)
        assert answer.status_code in {200, 201, 204, 404, 409, 410, 422}, answer.text
        found: Json = answer.json() if answer.status_code in {200, 201} else {}
        return found

    def turn_down(self, candidate: str, _shared: list[str]) -> None:
        """Let a candidate apply, and turn them down with advice."""
        body = {"candidate_id": candidate, "position_id": self.random.choice(self.positions)}
        made = self.send("POST", "applications", body)
        if made:
            advice = [{"text": "Sell.", "competency": "sales", "target_level": 3}]
            reject = {"reason": "Not yet", "advice": advice, "keep_in_touch": {"granted": True}}
            self.send("POST", f"applications/{made['id']}/reject", reject)

    def keep_in_touch(self, candidate: str, _shared: list[str]) -> None:
        """Let a candidate report on their advice."""
        listed = self.send("GET", f"candidates/{candidate}/advice").get("items", [])
        advice = [one["id"] for one in listed if one["state"] != "withdrawn"][:1]
        body = {
            "channel": "email",
            "advice_ids": advice,
            "milestones": [{"kind": "job", "title": "Waiter", "advice_id": one} for one in advice],
        }
        self.send("POST", f"candidates/{candidate}/follow-ups", body)

    def correct(self, candidate: str, _shared: list[str]) -> None:
        """Change a candidate's profile."""
        tags = [str(self.random.randrange(5))]
        self.send("PATCH", f"candidates/{candidate}", {"tags": tags, "location": tags[0]})

    def take_away(self, candidate: str, shared: list[str]) -> None:
        """Delete a follow-up; a candidate who has none is deleted."""
        listed = self.send("GET", f"candidates/{candidate}/follow-ups").get("items", [])
        if listed:
            self.send("DELETE", f"follow-ups/{listed[0]['id']}")
        else:
            self.send("DELETE", f"candidates/{candidate}")
            shared[:] = [one for one in shared if one != candidate]

    def move(self, candidate: str, shared: list[str]) -> None:
        """Say that a follow-up was another candidate's."""
        listed = self.send("GET", f"candidates/{candidate}/follow-ups").get("items", [])
        if listed:
            body = {"candidate_id": self.random.choice(shared)}
            self.send("POST", f"follow-ups/{listed[0]['id']}/reassign", body)

    def merge(self, candidate: str, shared: list[str]) -> None:
        """Say that another of them is the same person."""
        other = self.random.choice(shared)
        self.send("POST", f"candidates/{candidate}/merge", {"duplicate_candidate_id": other})

    def hire(self, candidate: str, _shared: list[str]) -> None:
        """Hire somebody for a seat, and let them withdraw from it, for which a list is made."""
        listed = self.send("GET", f"applications?candidate_id={candidate}").get("items", [])
        if listed and self.send("POST", f"applications/{listed[0]['id']}/hire", {}):
            self.send("POST", f"applications/{listed[0]['id']}/withdraw", {})


def follow(
    database: Database, ada: Person, *, seconds: float, writes: int, writers: int = 16
) -> Mirror:
    """Let writers write beside one who follows; return the follower when all is quiet.

    Each writer ends after so many writes, and after so many seconds.
    """
    mirror = Mirror(ada)
    positions = [ada.position(f"Position {number}", openings=3) for number in range(2)]
    for position in positions:
        ada.post(f"positions/{position}/open", expect=200)
    shared: list[str] = []
    until, done = time.monotonic() + seconds, threading.Event()

    def write(seed: int) -> None:
        writer = Writer(ada, positions, seed)
        for _ in range(writes):
            if time.monotonic() > until:
                return
            writer.write(shared)

    def poll() -> None:
        mirror.catch_up()
        while not done.wait(0.25):
            mirror.catch_up()

    def number() -> None:
        """Follow beside the mirror, without reading anything: both give numbers at once."""
        after = 0
        while not done.wait(0.05):
            after = follow_on(ada, after)[1]

    with (
        slow_commits(0.004 if database.is_sqlite else 0.03),
        ThreadPoolExecutor(writers + 2) as pool,
    ):
        polling, numbering = pool.submit(poll), pool.submit(number)
        try:
            list(pool.map(write, range(writers)))
        finally:
            done.set()
        numbering.result()
        polling.result()
    mirror.catch_up()
    return mirror
