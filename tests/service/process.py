"""The service as an operator starts it: a process of its own, on a port."""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
_PATIENCE_SECONDS = 60


class Service:
    """`firstinline serve` on a store; may be killed and started again on the same port."""

    def __init__(self, store: str, folder: Path, **settings: str) -> None:
        """`settings` are those of the service, by the names of their variables."""
        self.store, self._settings = store, settings
        self.port = _free_port()
        self.log = folder / "service.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Return the id of the process that runs now."""
        assert self._process is not None
        return self._process.pid

    @property
    def address(self) -> str:
        """Return where it is asked."""
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        environment = {**os.environ, **self._settings, "FIRSTINLINE_DATABASE_URL": self.store}
        command = [sys.executable, "-m", "app.cli", "serve", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        until = time.monotonic() + _PATIENCE_SECONDS
        while not self._answers():
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            return self.ask("GET", "/healthz")[0] == 200
        except OSError:
            return False

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """Ask it to end, as a supervisor does; return its status."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(_PATIENCE_SECONDS)

    def is_running(self) -> bool:
        """Tell whether it has neither ended nor been ended."""
        return self._process is not None and self._process.poll() is None

    def connection(self) -> HTTPConnection:
        """Return a client's connection, to be closed by whoever asked for it."""
        return HTTPConnection(HOST, self.port, timeout=_PATIENCE_SECONDS)

    def ask(self, method: str, path: str, key: str | None = None) -> tuple[int, str]:
        """Ask once, on a connection of its own; return status and text."""
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        with closing(self.connection()) as connection:
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            return response.status, response.read().decode()


def send(
    connection: HTTPConnection,
    key: str,
    method: str,
    path: str,
    body: Any = None,
    *,
    idempotency_key: str | None = None,
) -> tuple[int, dict[str, str], Any]:
    """Ask with a key over a connection that is kept; return status, headers and body."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    if idempotency_key is not None:
        headers["Idempotency-Key"] = idempotency_key
    raw = None if body is None else json.dumps(body).encode()
    connection.request(method, path, raw, headers)
    response = connection.getresponse()
    text = response.read()
    return response.status, dict(response.getheaders()), json.loads(text) if text else None


def _free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind((HOST, 0))
        port: int = one.getsockname()[1]
        return port
