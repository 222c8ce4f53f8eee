"""The processes that are measured: started on loopback, ended by their own ids."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from bench.plan import DATA, ROOT

_STARTS_WITHIN: Final = 60.0
_ENDS_WITHIN: Final = 30.0


class StartError(RuntimeError):
    """A process did not answer in time."""


@dataclass(frozen=True, slots=True)
class Served:
    """A process that answers; `started_in` is from its start to its first 200, in seconds."""

    pid: int
    port: int
    started_in: float

    def peak_megabytes(self) -> float | None:
        """Return the most memory it has held at once; None where the system does not tell."""
        return _status(self.pid, "VmHWM")

    def megabytes(self) -> float | None:
        """Return the memory it holds now."""
        return _status(self.pid, "VmRSS")


@contextmanager
def the_service(url: str, *, with_worker: bool = False) -> Iterator[Served]:
    """Yield `firstinline serve` on a store: its defaults, but no limit, for one key asks all."""
    command = ["-m", "app.cli", "serve", "--with-worker" if with_worker else "--no-with-worker"]
    with _served(
        command, {"FIRSTINLINE_DATABASE_URL": url, "FIRSTINLINE_RATE_LIMIT": "0"}, "/readyz"
    ) as found:
        yield found


@contextmanager
def the_floor(plans: Path, places: int | None = None) -> Iterator[Served]:
    """Yield the bare driver behind the same server, with as many places as the service's usual."""
    told = {} if places is None else {"FIRSTINLINE_PLACES": str(places)}
    with _served(["-m", "bench.floor", str(plans)], told, "/readyz") as found:
        yield found


@contextmanager
def the_worker(url: str) -> Iterator[None]:
    """Run `firstinline worker` on a store."""
    with (DATA / "worker.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "worker"],
            env=_environment({"FIRSTINLINE_DATABASE_URL": url}),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            yield
        finally:
            _end(process)


def _environment(told: Mapping[str, str]) -> dict[str, str]:
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith("FIRSTINLINE_")
    }
    return {**clean, **told}


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def _served(
    arguments: Sequence[str], environment: Mapping[str, str], ready: str
) -> Iterator[Served]:
    port = _free_port()
    with (DATA / "server.log").open("w") as log:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env=_environment({**environment, "FIRSTINLINE_PORT": str(port)}),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            _wait(process, port, ready)
            yield Served(process.pid, port, time.perf_counter() - started)
        finally:
            _end(process)


def _wait(process: "subprocess.Popen[bytes]", port: int, path: str) -> None:
    ends_at = time.perf_counter() + _STARTS_WITHIN
    while time.perf_counter() < ends_at and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}{path}", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.02)
    raise StartError((DATA / "server.log").read_text()[-2000:])


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _status(pid: int, name: str) -> float | None:
    file = Path(f"/proc/{pid}/status")
    if not file.exists():
        return None
    for line in file.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    return None
