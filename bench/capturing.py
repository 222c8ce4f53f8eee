"""What the service says to its driver for a request, written down so that a bare driver can say it.

A request is sent to the service in this process twice, and the second time every statement is noted
as the driver gets it: the text, its values, BEGIN and all. In a write, ids that were made for the
request are replaced by places for new ones, so that it can be said again and again.
"""

import contextlib
import json
import pickle
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import event

from app.core.clock import now
from app.core.database import Database
from app.core.settings import Settings
from app.main import create_app
from bench.loading import Request
from bench.numbering import milliseconds_of

with warnings.catch_warnings():
    # Starlette would have its client speak through another library.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

_VERSION_7: Final = 7
# The numbers of texts hold an instant in milliseconds.
_SMALLEST_DRAWN: Final = 1 << 32


class NewId(NamedTuple):
    """The place of the n-th id that is made for a request; `packed` in 16 bytes."""

    number: int
    packed: bool


class NewNumber(NamedTuple):
    """The place of a number that a text has in the index of words, which only one may have."""

    drawn: int


class DocumentValue(NamedTuple):
    """A JSON document on its way to PostgreSQL."""

    value: Any


@dataclass(frozen=True, slots=True)
class Step:
    """One statement. `many` has a sequence of values; `reads` has rows to fetch."""

    sql: str
    values: Any
    many: bool
    reads: bool


@dataclass(frozen=True, slots=True)
class Script:
    """All that one request says to the driver, and the answer to encode at its end."""

    steps: list[Step]
    status: int
    answer: Any
    writes: bool


@dataclass(slots=True)
class _Notes:
    """What the driver was told since `on` was set."""

    on: bool = False
    steps: list[Step] = field(default_factory=list)


class FailedError(RuntimeError):
    """The service refused a request that the benchmark was to measure."""


@dataclass(slots=True)
class Stenographer:
    """Sends requests to the service in this process and notes what it says to the driver."""

    http: TestClient
    notes: _Notes
    key: str

    def script(self, request: Request) -> Script:
        """Send the request twice; return what was said the second time. Raises FailedError."""
        self._send(request)
        self.notes.steps = []
        since = int(now().timestamp() * 1000)
        self.notes.on = True
        try:
            status, answer = self._send(request)
        finally:
            self.notes.on = False
        writes = request.method != "GET"
        steps = _with_places(self.notes.steps, since) if writes else self.notes.steps
        return Script(steps, status, answer, writes)

    def send(self, request: Request) -> Any:
        """Send a request and return what the answer's JSON says."""
        return self._send(request)[1]

    def _send(self, request: Request) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.key}"}
        if request.body:
            headers["Content-Type"] = "application/json"
        answer = self.http.request(
            request.method, request.path, content=request.body or None, headers=headers
        )
        if not answer.is_success:
            message = f"{request.method} {request.path}: {answer.status_code} {answer.text}"
            raise FailedError(message)
        return answer.status_code, answer.json()


@contextlib.contextmanager
def stenographer(database: Database, key: str) -> Iterator[Stenographer]:
    """Yield one that listens to this store."""
    notes = _Notes()

    def note(_connection: Any, cursor: Any, statement: str, values: Any, *told: Any) -> None:
        if notes.on:
            many, reads = told[-1], cursor.description is not None
            notes.steps.append(Step(statement, _plain(values), many, reads))

    event.listen(database.engine, "after_cursor_execute", note)
    try:
        with TestClient(create_app(Settings(), database)) as http:
            yield Stenographer(http, notes, key)
    finally:
        event.remove(database.engine, "after_cursor_execute", note)


def keep_scripts(file: Path, store: str, url: str, scripts: dict[str, Script]) -> None:
    """Write the scripts down for the floor, by `METHOD path`."""
    file.write_bytes(pickle.dumps((store, url, scripts)))


def size_of(script: Script) -> int:
    """Return how many bytes the answer's JSON has."""
    return len(json.dumps(script.answer))


def _plain(values: Any) -> Any:
    if isinstance(values, dict):
        return {name: _plain(value) for name, value in values.items()}
    if isinstance(values, (list, tuple)):
        return type(values)(_plain(value) for value in values)
    if isinstance(values, memoryview):
        return bytes(values)
    return DocumentValue(values.obj) if isinstance(values, Jsonb) else values


def _with_places(steps: Sequence[Step], since: int) -> list[Step]:
    """Replace ids that were made at `since` (Unix milliseconds) or later, and numbers of texts."""
    numbers: dict[UUID, int] = {}
    drawn: set[int] = set()

    def placed(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: placed(inner) for name, inner in value.items()}
        if isinstance(value, DocumentValue):
            return value
        if isinstance(value, (list, tuple)):
            return type(value)(placed(inner) for inner in value)
        if isinstance(value, int) and value in drawn:
            return NewNumber(value)
        id_ = _id_in(value)
        if id_ is None or id_.version != _VERSION_7 or milliseconds_of(id_) < since:
            return value
        return NewId(numbers.setdefault(id_, len(numbers)), packed=isinstance(value, bytes))

    for each in steps:
        if "search_texts" in each.sql or "search_index" in each.sql:
            drawn.update(_large_numbers(each.values))
    return [Step(each.sql, placed(each.values), each.many, each.reads) for each in steps]


def _id_in(value: Any) -> UUID | None:
    if isinstance(value, bytes) and len(value) == 16:
        return UUID(bytes=value)
    return value if isinstance(value, UUID) else None


def _large_numbers(values: Any) -> Iterator[int]:
    """Yield the numbers that were drawn: all others in these statements are small."""
    if isinstance(values, int) and values >= _SMALLEST_DRAWN:
        yield values
    inner = values.values() if isinstance(values, dict) else values
    if isinstance(inner, (list, tuple)) or isinstance(values, dict):
        for value in inner:
            yield from _large_numbers(value)
