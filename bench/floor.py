"""The floor: the same SQL on the bare driver, behind the same server, with as many threads.

`python -m bench.floor SCRIPTS` serves the scripts that bench.capturing wrote down. A request is
looked up by its method and path; a thread says the script to the driver on a connection of its own
and fetches every row; the answer has the same content, encoded by the standard library's json. A
body that comes is decoded. Nothing is authenticated, validated, mapped or counted. Writers on
SQLite queue for a lock in the process, as the service's own do.
"""

import asyncio
import json
import pickle
import secrets
import sqlite3
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg
import uvicorn
from psycopg.types.json import Jsonb
from sqlalchemy.engine import make_url
from starlette.types import Receive, Scope, Send

from app.core.http import UvicornProtocol
from app.core.ids import new_id
from app.core.settings import Settings
from bench.capturing import DocumentValue, NewId, NewNumber, Script

_HEADERS: Final = [(b"content-type", b"application/json")]


class Floor:
    """An ASGI application that says scripts to a driver."""

    def __init__(self, scripts: dict[str, Script], say: Callable[[Script], None]) -> None:
        self._scripts = scripts
        self._say = say
        self._threads = ThreadPoolExecutor(Settings().places)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        status, answer = await asyncio.get_running_loop().run_in_executor(
            self._threads, self._answer, scope, body
        )
        await send({"type": "http.response.start", "status": status, "headers": _HEADERS})
        await send({"type": "http.response.body", "body": answer})

    def _answer(self, scope: Scope, body: bytes) -> tuple[int, bytes]:
        if scope["path"] == "/readyz":
            return 200, b"{}"
        query = scope["query_string"].decode()
        path = f"{scope['path']}?{query}" if query else scope["path"]
        script = self._scripts[f"{scope['method']} {path}"]
        if body:
            json.loads(body)
        self._say(script)
        return script.status, json.dumps(script.answer).encode()


def _filled(values: Any, made: dict[int, UUID], drawn: dict[int, int]) -> Any:
    """Put new ids and numbers into their places."""
    if isinstance(values, NewNumber):
        return drawn.setdefault(values.drawn, secrets.randbits(62))
    if isinstance(values, NewId):
        id_ = made.get(values.number)
        if id_ is None:
            id_ = made[values.number] = new_id()
        return id_.bytes if values.packed else id_
    if isinstance(values, DocumentValue):
        return Jsonb(values.value)
    if isinstance(values, dict):
        return {name: _filled(value, made, drawn) for name, value in values.items()}
    if isinstance(values, (list, tuple)):
        return [_filled(value, made, drawn) for value in values]
    return values


def _speaker_to_sqlite(url: str) -> Callable[[Script], None]:
    own = threading.local()
    writer = threading.Lock()

    def connection() -> sqlite3.Connection:
        if not hasattr(own, "connection"):
            file = make_url(url).database
            assert file is not None
            own.connection = sqlite3.connect(file, isolation_level=None, timeout=30)
            for pragma in (
                "journal_mode=WAL",
                "synchronous=FULL",
                "foreign_keys=ON",
                "cache_size=-16000",
            ):
                own.connection.execute(f"PRAGMA {pragma}")
        found: sqlite3.Connection = own.connection
        return found

    def say(script: Script) -> None:
        store = connection()
        try:
            _say_all(store.cursor(), script)
        finally:
            if store.in_transaction:
                store.execute("COMMIT")

    def say_in_turn(script: Script) -> None:
        if any(step.sql == "BEGIN IMMEDIATE" for step in script.steps):
            with writer:
                say(script)
        else:
            say(script)

    return say_in_turn


def _speaker_to_postgresql(url: str) -> Callable[[Script], None]:
    own = threading.local()
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)

    def say(script: Script) -> None:
        if not hasattr(own, "connection"):
            own.connection = psycopg.connect(address, options="-c timezone=UTC")
        store: psycopg.Connection[Any] = own.connection
        with store.cursor() as cursor:
            _say_all(cursor, script)
        store.commit()

    return say


def _say_all(cursor: Any, script: Script) -> None:
    made: dict[int, UUID] = {}
    drawn: dict[int, int] = {}
    for step in script.steps:
        values = _filled(step.values, made, drawn) if script.writes else step.values
        if step.many:
            cursor.executemany(step.sql, values)
        elif values:
            cursor.execute(step.sql, values)
        else:
            cursor.execute(step.sql)
        if step.reads:
            cursor.fetchall()


def _main() -> None:
    # Written by this benchmark a moment ago.
    store, url, scripts = pickle.loads(Path(sys.argv[1]).read_bytes())  # noqa: S301
    speaker = _speaker_to_sqlite if store == "sqlite" else _speaker_to_postgresql
    uvicorn.run(
        Floor(scripts, speaker(url)),
        host="127.0.0.1",
        port=Settings().port,
        http=UvicornProtocol,
        lifespan="off",
        server_header=False,
    )


if __name__ == "__main__":
    _main()
