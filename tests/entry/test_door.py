"""The door lets so many in at once, in order, and never loses a place."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from app.entry.door import MOST_READ_AHEAD, Door


class Room:
    """An application that works until it is told to stop, and remembers who was in it."""

    def __init__(self) -> None:
        self.inside = 0
        self.most = 0
        self.came: list[str] = []
        self.bodies: dict[str, bytes] = {}
        self.finish = asyncio.Semaphore(0)
        self.failing = False
        self.leaving: Callable[[], object] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.came.append(scope["path"])
        try:
            await self.finish.acquire()
            body, more = b"", True
            while more:
                message = await receive()
                body += message.get("body", b"")
                more = message.get("more_body", False)
            self.bodies[scope["path"]] = body
            if self.failing:
                raise RuntimeError
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b""})
        finally:
            self.inside -= 1
            if self.leaving is not None:
                asyncio.get_running_loop().call_soon(self.leaving)
                self.leaving = None

    def let_out(self, count: int = 1) -> None:
        for _ in range(count):
            self.finish.release()


class Client:
    """One request: what it sends, what it was answered."""

    def __init__(self, door: Door, path: str, *body: bytes) -> None:
        pieces = body or (b"",)
        self.sent: deque[Message] = deque(
            {"type": "http.request", "body": piece, "more_body": number < len(pieces)}
            for number, piece in enumerate(pieces, 1)
        )
        self.left = asyncio.Event()
        self.answered: list[Message] = []
        headers = [(b"transfer-encoding", b"chunked")] if body else []
        scope = {"type": "http", "path": path, "headers": headers, "method": "GET"}
        self.task = asyncio.create_task(door(scope, self.receive, self.send))

    async def receive(self) -> Message:
        if self.sent:
            return self.sent.popleft()
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.answered.append(message)

    @property
    def status(self) -> int:
        return int(self.answered[0]["status"])


class Deaf(Client):
    """One that takes nothing of its answer, so that it fills the connection."""

    async def send(self, message: Message) -> None:
        await self.left.wait()


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def run(test: Any) -> None:
    asyncio.run(asyncio.wait_for(test(), 10))


def test_so_many_are_inside_and_the_others_follow_in_order() -> None:
    async def test() -> None:
        room = Room()
        door = Door(room, places=2, waiting=100)
        clients = [Client(door, f"/{n}") for n in range(10)]
        await settle()
        assert room.came == ["/0", "/1"]
        for n in range(8):
            room.let_out()
            await settle()
            assert room.came[-1] == f"/{n + 2}"
        room.let_out(2)
        await asyncio.gather(*(client.task for client in clients))
        assert room.most == 2
        assert [client.status for client in clients] == [200] * 10

    run(test)


def test_whoever_sends_a_byte_now_and_then_keeps_no_place_from_others() -> None:
    async def test() -> None:
        room = Room()
        door = Door(room, places=1, waiting=1)
        slow = Client(door, "/slow", b"a", b"b")
        slow.sent.pop()
        await settle()
        room.let_out(2)
        quick = Client(door, "/quick", b"c")
        await quick.task
        assert (room.came, room.bodies) == (["/quick"], {"/quick": b"c"})
        slow.left.set()
        await slow.task
        assert room.came == ["/quick", "/slow"]

    run(test)


def test_whoever_reads_no_answer_keeps_no_place_from_others() -> None:
    async def test() -> None:
        room = Room()
        door = Door(room, places=1, waiting=1, stalled=0.05)
        deaf = Deaf(door, "/deaf")
        room.let_out(2)
        with pytest.raises(TimeoutError):
            await deaf.task
        quick = Client(door, "/quick")
        await quick.task
        assert quick.status == 200

    run(test)


def test_past_the_bound_it_is_503_and_the_health_check_gets_through() -> None:
    async def test() -> None:
        room = Room()
        door = Door(room, places=1, waiting=1)
        working, waiting = Client(door, "/1"), Client(door, "/2")
        await settle()
        refused, healthy = Client(door, "/3"), Client(door, "/healthz")
        await refused.task
        assert refused.status == 503
        headers = dict(refused.answered[0]["headers"])
        assert headers[b"retry-after"] == b"1"
        assert headers[b"content-type"] == b"application/problem+json"
        await settle()
        assert room.came == ["/1", "/healthz"]
        room.let_out(3)
        await asyncio.gather(working.task, waiting.task, healthy.task)

    run(test)


async def whole(door: Door, room: Room, places: int) -> None:
    """Check that the door has all its places."""
    room.failing = False
    clients = [Client(door, f"/check/{n}") for n in range(places + 1)]
    await settle()
    assert room.inside == places
    room.let_out(places + 1)
    await asyncio.gather(*(client.task for client in clients))
    assert room.inside == 0


def test_a_client_that_leaves_while_it_waits_is_not_worked_for() -> None:
    async def test() -> None:
        room = Room()
        door = Door(room, places=1, waiting=2)
        working, leaving, staying = (Client(door, f"/{n}") for n in range(3))
        await settle()
        leaving.left.set()
        await leaving.task
        assert leaving.answered == []
        # Its place in the queue is free as well.
        fourth = Client(door, "/3")
        await settle()
        room.let_out(3)
        await asyncio.gather(working.task, staying.task, fourth.task)
        assert room.came == ["/0", "/2", "/3"]
        await whole(door, room, 1)

    run(test)


def test_a_request_cancelled_while_it_waits_or_works_leaks_no_place() -> None:
    async def test() -> None:
        room = Room()
        door = Door(room, places=2, waiting=10)
        clients = [Client(door, f"/{n}") for n in range(5)]
        await settle()
        clients[3].task.cancel()
        clients[0].task.cancel()
        await settle()
        # The place of one who was cancelled inside has gone to the next.
        assert room.came == ["/0", "/1", "/2"]
        room.let_out(3)
        results = await asyncio.gather(*(one.task for one in clients), return_exceptions=True)
        assert [isinstance(one, asyncio.CancelledError) for one in results] == [
            True, False, False, True, False,
        ]  # fmt: skip
        await whole(door, room, 2)

    run(test)


def test_a_request_cancelled_in_the_moment_of_its_turn_hands_it_on() -> None:
    async def test() -> None:
        for body in ((b"",), (b"x" * MOST_READ_AHEAD, b"")):
            room = Room()
            door = Door(room, places=1, waiting=10)
            working = Client(door, "/0")
            unlucky, next_one = Client(door, "/1", *body), Client(door, "/2")
            await settle()
            # The place is handed over, and before the waiting task runs again it is cancelled.
            room.leaving = unlucky.task.cancel
            room.let_out(2)
            results = await asyncio.gather(
                working.task, unlucky.task, next_one.task, return_exceptions=True
            )
            assert isinstance(results[1], asyncio.CancelledError)
            assert room.came == ["/0", "/2"]
            await whole(door, room, 1)

    run(test)


def test_an_application_that_fails_leaks_no_place() -> None:
    async def test() -> None:
        room = Room()
        door = Door(room, places=1, waiting=10)
        room.failing = True
        clients = [Client(door, f"/{n}") for n in range(3)]
        room.let_out(3)
        results = await asyncio.gather(*(one.task for one in clients), return_exceptions=True)
        assert all(isinstance(one, RuntimeError) for one in results)
        await whole(door, room, 1)

    run(test)


@pytest.mark.parametrize(
    "pieces",
    [
        (b"",),
        (b"one", b"two", b"three"),
        (b"a" * MOST_READ_AHEAD, b"b" * MOST_READ_AHEAD, b"c"),
    ],
)
def test_a_body_sent_while_waiting_arrives_whole(pieces: tuple[bytes, ...]) -> None:
    async def test() -> None:
        room = Room()
        door = Door(room, places=1, waiting=10)
        first, second = Client(door, "/1"), Client(door, "/2", *pieces)
        await settle()
        read_ahead = sum(map(len, pieces)) - sum(len(one["body"]) for one in second.sent)
        assert read_ahead <= 2 * MOST_READ_AHEAD
        room.let_out(2)
        await asyncio.gather(first.task, second.task)
        assert room.bodies["/2"] == b"".join(pieces)

    run(test)


def test_a_body_that_fails_while_waiting_fails_for_whoever_reads_it() -> None:
    async def test() -> None:
        room = Room()
        door = Door(room, places=1, waiting=10)
        first, broken = Client(door, "/1"), Client(door, "/2")

        async def fail() -> Message:
            raise ConnectionError

        broken.receive = fail  # type: ignore[method-assign]
        broken.task.cancel()
        broken.task = asyncio.create_task(
            door({"type": "http", "path": "/2", "headers": []}, fail, broken.send)
        )
        await settle()
        assert not broken.task.done()
        room.let_out(2)
        await first.task
        with pytest.raises(ConnectionError):
            await broken.task
        await whole(door, room, 1)

    run(test)


def test_what_is_no_request_passes() -> None:
    async def test() -> None:
        seen = []

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            seen.append(scope["type"])

        door = Door(app, places=1, waiting=0)

        async def never() -> Message:
            raise AssertionError

        async def nothing(message: Message) -> None: ...

        await door({"type": "lifespan"}, never, nothing)
        assert seen == ["lifespan"]

    run(test)


def test_a_storm_of_clients_that_come_and_go() -> None:
    async def test() -> None:
        room = Room()
        door = Door(room, places=4, waiting=1000)
        clients = [Client(door, f"/{n}", b"x") for n in range(400)]
        for n, client in enumerate(clients):
            room.let_out()
            if n % 3 == 0:
                client.left.set()
            if n % 7 == 0:
                client.task.cancel()
            if n % 5 == 0:
                await asyncio.sleep(0)
        room.let_out(400)
        await asyncio.gather(*(one.task for one in clients), return_exceptions=True)
        assert room.most <= 4
        room.finish = asyncio.Semaphore(0)
        await whole(door, room, 4)

    run(test)
