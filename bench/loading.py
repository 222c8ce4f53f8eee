"""A load generator in a process of its own: `python -m bench.loading SPEC.json` prints the result.

So many connections each send a request, read the whole answer, and send the next. HTTP is parsed by
httptools, so that the generator is not what is measured.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import httptools
import uvloop

from bench.plan import DATA, ROOT
from bench.timing import latency

# A client's last request is waited for: its latency counts, however long it took.
_GRACE_SECONDS: Final = 90.0


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `body` is JSON, empty where there is none."""

    method: str
    path: str
    body: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """What to send to 127.0.0.1, from how many clients, for how long."""

    port: int
    key: str
    clients: int
    seconds: float
    warm_seconds: float
    requests: Sequence[Request]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a load.

    `per_second` counts the answers of the time that is measured; the latencies, in milliseconds,
    are of these and of the requests under way at its end. `statuses` counts all answers, `lost`
    cut connections.
    """

    per_second: float
    p50: float
    p95: float
    p99: float
    statuses: dict[str, int]
    lost: int

    @property
    def server_errors(self) -> int:
        """Answers of 5xx, and connections that were cut."""
        return self.lost + sum(n for status, n in self.statuses.items() if status >= "500")

    @property
    def refusals(self) -> int:
        """Answers of 4xx: the benchmark asked for something wrong."""
        return sum(n for status, n in self.statuses.items() if "400" <= status < "500")


def load(spec: Load) -> Outcome:
    """Run a load generator and return what came of it."""
    file = DATA / "load.json"
    file.write_text(json.dumps(asdict(spec)))
    done = subprocess.run(
        [sys.executable, "-m", "bench.loading", str(file)],
        check=True,
        capture_output=True,
        cwd=ROOT,
        timeout=spec.seconds + spec.warm_seconds + 2 * _GRACE_SECONDS,
    )
    return Outcome(**json.loads(done.stdout))


class _Run:
    """What all connections share."""

    def __init__(self, spec: Load) -> None:
        self.spec = spec
        self.messages = cycle([_message(request, spec.key) for request in spec.requests])
        self.counts_from = time.perf_counter() + spec.warm_seconds
        self.ends_at = self.counts_from + spec.seconds
        self.latencies: list[float] = []
        self.in_time = 0
        self.statuses: Counter[str] = Counter()
        self.lost = 0

    def answered(self, status: int, took: float, at: float) -> None:
        self.statuses[str(status)] += 1
        if at >= self.counts_from:
            self.latencies.append(took)
            self.in_time += at <= self.ends_at


def _message(request: Request, key: str) -> bytes:
    body = request.body.encode()
    lines = [
        f"{request.method} {request.path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Accept: application/json",
        f"Authorization: Bearer {key}",
    ]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


class _Client(asyncio.Protocol):
    """One connection; httptools calls `on_message_complete` at the end of each answer."""

    def __init__(self, run: _Run, over: asyncio.Future[None]) -> None:
        self._run = run
        self._over = over
        self._parser = httptools.HttpResponseParser(self)
        self._sent_at = 0.0
        # uvloop's transports are no subclass of asyncio's.
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        at = time.perf_counter()
        self._run.answered(self._parser.get_status_code(), at - self._sent_at, at)
        if at < self._run.ends_at:
            self._parser = httptools.HttpResponseParser(self)
            self._send()
        else:
            self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._over.done():
            self._run.lost += 1
            self._end()

    def _send(self) -> None:
        self._sent_at = time.perf_counter()
        self._transport.write(next(self._run.messages))

    def _end(self) -> None:
        if not self._over.done():
            self._over.set_result(None)
        if self._transport is not None:
            self._transport.close()


async def _generate(spec: Load) -> Outcome:
    loop = asyncio.get_running_loop()
    run = _Run(spec)
    ends = [loop.create_future() for _ in range(spec.clients)]
    for over in ends:
        await loop.create_connection(partial(_Client, run, over), "127.0.0.1", spec.port)
    await asyncio.wait(ends, timeout=spec.seconds + spec.warm_seconds + _GRACE_SECONDS)
    run.lost += sum(not over.done() for over in ends)
    found = latency(run.latencies)
    return Outcome(
        per_second=run.in_time / spec.seconds,
        p50=found.p50,
        p95=found.p95,
        p99=found.p99,
        statuses=dict(run.statuses),
        lost=run.lost,
    )


def _main() -> None:
    told = json.loads(Path(sys.argv[1]).read_text())
    requests = [Request(**each) for each in told.pop("requests")]
    outcome = uvloop.run(_generate(Load(requests=requests, **told)))
    print(json.dumps(asdict(outcome)))


if __name__ == "__main__":
    _main()
