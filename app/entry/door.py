"""The door: so many requests are worked on at once, the others wait their turn in asyncio.

A route holds a thread and a database connection while it works. With as many places as there are
threads and connections, none that has come in ever waits inside for another one: without the door a
hundred clients starve the thread pool, which waits for connections held by those who wait for
threads.
"""

import asyncio
from collections import deque
from collections.abc import Collection

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.problems import Unavailable

# What of a waiting request's body is taken in: enough for nearly all, a bound for all of them.
MOST_READ_AHEAD = 65_536
# How long a client may take to read what fills its connection.
_STALLED_SECONDS = 60.0


class Door:
    """Admits `places` requests at once and lets `waiting` more wait, first come, first served.

    One more is answered 503 with Retry-After. Requests for a path in `outside` go past it. A client
    that goes away while it waits leaves the queue and is not worked for. One that stops reading its
    answer is hung up on after `stalled` seconds: it would keep its place from others.
    """

    def __init__(
        self,
        app: ASGIApp,
        places: int = 16,
        waiting: int = 1000,
        outside: Collection[str] = ("/healthz",),
        stalled: float = _STALLED_SECONDS,
    ) -> None:
        self.app = app
        self.waiting = waiting
        self.outside = frozenset(outside)
        self.stalled = stalled
        self._free = places
        self._queue: deque[asyncio.Future[None]] = deque()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in self.outside:
            await self.app(scope, receive, send)
            return
        ahead = _ReadAhead(receive)
        if _brings_a_body(scope):
            # Whoever sends a byte now and then keeps no place from others.
            await ahead.fill()
            receive = ahead.receive
        if self._free:
            self._free -= 1
            await self._work(scope, receive, send)
        elif len(self._queue) >= self.waiting:
            problem = Unavailable("Too many requests are waiting.", retry_after=1)
            await problem.response()(scope, receive, send)
        else:
            await self._wait_and_work(scope, ahead, send)

    async def _wait_and_work(self, scope: Scope, ahead: "_ReadAhead", send: Send) -> None:
        try:
            if await self._wait(ahead):
                await self._work(scope, ahead.receive, send)
        finally:
            ahead.close()

    async def _work(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Work in a place that is held already, and hand it on."""

        async def sending(message: Message) -> None:
            async with asyncio.timeout(self.stalled):
                await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            self._hand_on()

    async def _wait(self, ahead: "_ReadAhead") -> bool:
        """Wait for a place; False, holding none, if the client went away before."""
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            while not turn.done():
                message = ahead.reading()
                if message is None:
                    await turn
                    break
                await asyncio.wait({turn, message}, return_when=asyncio.FIRST_COMPLETED)
                if not turn.done() and ahead.gone():
                    self._give_up(turn)
                    return False
        except BaseException:
            self._give_up(turn)
            raise
        return True

    def _give_up(self, turn: asyncio.Future[None]) -> None:
        if turn.done() and not turn.cancelled():
            # The place had been handed over in the moment in which we were cancelled.
            self._hand_on()
            return
        turn.cancel()
        if turn in self._queue:
            self._queue.remove(turn)

    def _hand_on(self) -> None:
        """Give a place to whoever waits longest; free it if nobody does."""
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


def _brings_a_body(scope: Scope) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in scope["headers"]
    )


class _ReadAhead:
    """What a client sends while it waits, kept for the application; how we learn that it left."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._kept: deque[Message] = deque()
        self._size = 0
        self._pending: asyncio.Task[Message] | None = None

    async def fill(self) -> None:
        """Read a body that is yet to come, so much of it as is ever read ahead."""
        more = True
        while more and self._size < MOST_READ_AHEAD:
            message = await self._receive()
            self._kept.append(message)
            self._size += len(message.get("body", b""))
            more = message.get("more_body", False)

    def reading(self) -> asyncio.Task[Message] | None:
        """Return the reading of the next message; None once enough has been read ahead."""
        if self._pending is None and self._size < MOST_READ_AHEAD:
            self._pending = asyncio.ensure_future(self._next())
        return None if self._pending is None or self._pending.done() else self._pending

    async def _next(self) -> Message:
        return await self._receive()

    def gone(self) -> bool:
        """Keep the message if one has been read; tell whether it says that the client left."""
        if self._pending is None or not self._pending.done():
            return False
        if self._pending.cancelled() or self._pending.exception() is not None:
            # It is the application's to meet, when it reads.
            self._size = MOST_READ_AHEAD
            return False
        message = self._pending.result()
        self._pending = None
        self._kept.append(message)
        self._size += len(message.get("body", b""))
        return bool(message["type"] == "http.disconnect")

    async def receive(self) -> Message:
        """Give the application first what has been kept."""
        if self._kept:
            return self._kept.popleft()
        if self._pending is not None:
            pending, self._pending = self._pending, None
            return await pending
        return await self._receive()

    def close(self) -> None:
        """Stop reading; an error that nobody came to read is of no interest to anybody."""
        if self._pending is None:
            return
        if self._pending.done() and not self._pending.cancelled():
            self._pending.exception()
        self._pending.cancel()
