"""Two hundred clients who read and write as integrations do, and remember what they were told.

Each keeps one connection. A write carries an Idempotency-Key, and is sent again under the same key
until it is answered, whatever becomes of the connection: so at the end nothing is in doubt.
"""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.service.process import HOST

CLIENTS = 200
REJECTED_AT = datetime(2018, 10, 4, 16, tzinfo=UTC)
_FIRST_LETTER = datetime(2018, 10, 8, 9, tzinfo=UTC)
_CUT = (OSError, EOFError)
_WORDS = ["greeter", "waiter", "steakhouse", "grades", "marketing", "officer", "sales", "report"]
_NAMES = ["Sam", "Ada", "Ben", "Chris", "Dana", "Eli", "Fay", "Gus", "Hana", "Ivo"]
_PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body, read."""
        return json.loads(self.body)


class Line:
    """One connection, opened when it is needed; whoever asks hears of its end as a _CUT."""

    def __init__(self, port: int, key: str) -> None:
        self._port, self._key = port, key
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(
        self, method: str, path: str, body: Any = None, idempotency_key: str | None = None
    ) -> Answer:
        """Send a request and read its whole answer."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(HOST, self._port)
        reader, writer = self._streams
        try:
            writer.write(self._message(method, path, body, idempotency_key))
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return await _answer(reader)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None

    def _message(self, method: str, path: str, body: Any, idempotency_key: str | None) -> bytes:
        raw = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", f"Authorization: Bearer {self._key}"]
        if raw:
            lines += ["Content-Type: application/json", f"Content-Length: {len(raw)}"]
        if idempotency_key is not None:
            lines.append(f"Idempotency-Key: {idempotency_key}")
        return "\r\n".join([*lines, "", ""]).encode() + raw


async def _answer(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {}
    for line in head[1:-2]:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Answer(int(head[0].split()[1]), headers, body)


@dataclass(frozen=True)
class Written:
    """A write that was acknowledged: how it was sent, and the id that was answered."""

    path: str
    body: Any
    id: str


@dataclass
class Told:
    """What the service has acknowledged, by the keys under which it was sent."""

    candidates: dict[str, Written] = field(default_factory=dict)
    applications: dict[str, Written] = field(default_factory=dict)
    rejections: dict[str, Written] = field(default_factory=dict)
    follow_ups: dict[str, Written] = field(default_factory=dict)
    shortlists: dict[str, Written] = field(default_factory=dict)

    def count(self) -> int:
        """Return how many writes that are."""
        kinds = (self.candidates, self.applications, self.rejections, self.follow_ups)
        return sum(map(len, kinds)) + len(self.shortlists)

    def all(self) -> dict[str, Written]:
        """Return every acknowledged write."""
        return {
            **self.candidates,
            **self.applications,
            **self.rejections,
            **self.follow_ups,
            **self.shortlists,
        }


class WrongAnswerError(AssertionError):
    """An answer that a correct request may not get."""


class Crowd:
    """The clients, and what they share.

    `statuses` counts answers by method; `refused` counts the answers that asked a client to come
    again, `cut` the requests of which no answer came, `redone` the writes that had been done when
    the answer was lost.
    """

    def __init__(self, port: int, key: str, positions: list[str]) -> None:
        self.port, self.key, self.positions = port, key, positions
        self.told = Told()
        self.statuses: Counter[tuple[str, int]] = Counter()
        self.refused: Counter[int] = Counter()
        self.cut = 0
        self.redone = 0
        # 409 is what a rival gets for a second: on PostgreSQL, a killed service's own transaction.
        self.may_refuse = frozenset({409})
        self.followed: list[Any] = []
        self._over = False

    def run(self, disturb: Callable[["Crowd"], Awaitable[None]]) -> None:
        """Let all of them go on until `disturb` is done, and finish what they have begun."""
        asyncio.run(self._run(disturb))

    async def _run(self, disturb: Callable[["Crowd"], Awaitable[None]]) -> None:
        async with asyncio.TaskGroup() as together:
            together.create_task(self._follow())
            for number in range(CLIENTS):
                together.create_task(Client(self, number).live())
            try:
                await disturb(self)
            finally:
                self._over = True

    def is_over(self) -> bool:
        """Tell whether nothing new should be begun."""
        return self._over

    async def insist(
        self, line: Line, method: str, path: str, body: Any = None, key: str | None = None
    ) -> Answer:
        """Ask until there is an answer that is not 'come again'; raises WrongAnswerError."""
        while True:
            try:
                answer = await line.ask(method, path, body, key)
            except ConnectionRefusedError:
                # Nobody is there: the request was not sent.
                await asyncio.sleep(random.uniform(0.1, 0.4))
                continue
            except _CUT:
                self.cut += 1
                await asyncio.sleep(random.uniform(0.02, 0.2))
                continue
            self.statuses[method, answer.status] += 1
            if answer.status in {200, 201}:
                self.redone += "idempotent-replayed" in answer.headers
                return answer
            if answer.status not in self.may_refuse or "retry-after" not in answer.headers:
                said = f"{method} {path}: {answer.status} {answer.body[:500]!r}"
                raise WrongAnswerError(said)
            self.refused[answer.status] += 1
            await asyncio.sleep(int(answer.headers["retry-after"]) * random.uniform(0.5, 1))

    async def _follow(self) -> None:
        """Follow the events from the first on, as one who mirrors the organization does."""
        line, after = Line(self.port, self.key), 0
        while not self._over:
            answer = await self.insist(line, "GET", f"/v1/events?after={after}&limit=1000")
            page = answer.json()
            self.followed += page["items"]
            after = page["next_after"]
            await asyncio.sleep(0.5)
        line.close()


class Client:
    """One of them: half of what it asks is a write."""

    def __init__(self, crowd: Crowd, number: int) -> None:
        self.crowd, self.number = crowd, number
        self._line = Line(crowd.port, crowd.key)
        self._random = random.Random(number)
        self._sent = 0
        self._own: list[str] = []

    async def live(self) -> None:
        """Read and write until all is over."""
        await self.somebody_new()
        while not self.crowd.is_over():
            await self._random.choices(
                (self.follow_up, self.read, self.somebody_new, self.shortlist), (40, 48, 8, 0.5)
            )[0]()
        self._line.close()

    async def _write(self, kept: dict[str, Written], path: str, body: Any) -> str:
        key = f"{self.number}-{self._sent}"
        self._sent += 1
        if "external_ids" in body:
            body["external_ids"] = [{"source": "soak", "type": "row", "id": key}]
        answer = await self.crowd.insist(self._line, "POST", path, body, key)
        kept[key] = Written(path, body, answer.json()["id"])
        return kept[key].id

    async def somebody_new(self) -> None:
        """A candidate applies and is turned down."""
        told, name = self.crowd.told, self._random.choice(_NAMES)
        body = {
            "full_name": f"{name} {self._random.choice(_WORDS).title()}",
            "emails": [{"address": f"{name}.{self.number}.{self._sent}@mail.example"}],
            "tags": [self._random.choice(_WORDS)],
            "available_from": "2019-01-01",
            "external_ids": [],
        }
        candidate = await self._write(told.candidates, "/v1/candidates", body)
        position = self._random.choice(self.crowd.positions)
        body = {"candidate_id": candidate, "position_id": position, "external_ids": []}
        application = await self._write(
            told.applications,
            "/v1/applications",
            {**body, "applied_at": "2018-09-15T09:00:00Z"},
        )
        await self._write(
            told.rejections,
            f"/v1/applications/{application}/reject",
            {
                "rejected_at": REJECTED_AT.isoformat(),
                "reason": "Not yet",
                "follow_ups_invited": "yes",
                "keep_in_touch": {"granted": True},
            },
        )
        self._own.append(candidate)

    async def follow_up(self) -> None:
        """A candidate writes, every third time of something achieved."""
        candidate = self._random.choice(self._own)
        at = _FIRST_LETTER + timedelta(hours=self._random.randrange(24 * 7 * 30))
        words = " ".join(self._random.choices(_WORDS, k=40))
        milestones = [{"kind": "job", "title": "Waiter"}] if self._random.random() < 0.3 else []
        body = {
            "occurred_at": at.isoformat(),
            "direction": "inbound",
            "channel": "email",
            "subject": words[:40],
            "body": words,
            "milestones": milestones,
            "external_ids": [],
        }
        path = f"/v1/candidates/{candidate}/follow-ups"
        await self._write(self.crowd.told.follow_ups, path, body)

    async def shortlist(self) -> None:
        """Somebody wants to know who is first in line."""
        path = f"/v1/positions/{self._random.choice(self.crowd.positions)}/shortlists"
        await self._write(self.crowd.told.shortlists, path, {"limit": 20})

    async def read(self) -> None:
        """Somebody looks something up."""
        candidate = self._random.choice(self._own)
        paths = [
            f"/v1/candidates/{candidate}",
            f"/v1/candidates/{candidate}/timeline",
            f"/v1/candidates/{candidate}/persistence",
            f"/v1/candidates/{candidate}/advice",
            f"/v1/candidates?limit=50&tag={self._random.choice(_WORDS)}",
            f"/v1/candidates?q={self._random.choice(_NAMES)}%20{self._random.choice(_WORDS)}",
            f"/v1/applications?candidate_id={candidate}",
            f"/v1/events?after={max(len(self.crowd.followed) - 50, 0)}&limit=50",
            "/v1/follow-ups?limit=50",
            "/v1/positions",
        ]
        lists = list(self.crowd.told.shortlists.values())
        if lists:
            paths.append(f"/v1/shortlists/{self._random.choice(lists).id}")
        await self.crowd.insist(self._line, "GET", self._random.choice(paths))
