"""Ids, limits and headers around each request; and a body behind an offer of HTTP/2 is not lost."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import structlog
import uvicorn
from fastapi import FastAPI, Request, Response

from app.core import problems
from app.core.http import MOST_HEAD_BYTES, BodyLimit, RequestId, SecurityHeaders, UvicornProtocol
from tests.client import Client

LIMIT = 1000
PATIENCE = 0.4


class Hurried(UvicornProtocol):
    head_seconds = PATIENCE


def application() -> FastAPI:
    app = FastAPI()
    problems.install(app)
    app.add_middleware(BodyLimit, limit=LIMIT, patience=PATIENCE)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestId)

    @app.post("/echo")
    async def echo(request: Request) -> dict[str, Any]:
        body = await request.body()
        return {"body": body.decode(), "headers": dict(request.headers)}

    @app.post("/json")
    def parsed(body: dict[str, str]) -> dict[str, str]:
        return body

    @app.get("/id")
    def bound() -> dict[str, Any]:
        return structlog.contextvars.get_contextvars()

    @app.get("/page")
    def page() -> Response:
        return Response("<p>", headers={"Content-Security-Policy": "default-src 'self'"})

    return app


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with Client(application()) as client:
        yield client


def test_every_request_has_an_id_that_log_lines_carry(client: Client) -> None:
    answers = [client.get("/id") for _ in range(2)]
    ids = [answer.headers["X-Request-Id"] for answer in answers]
    assert ids == [answer.json()["request_id"] for answer in answers]
    assert len(set(ids)) == 2


def test_a_callers_own_id_is_kept_if_it_is_a_word(client: Client) -> None:
    assert client.get("/id", headers={"X-Request-Id": "a1:b-2"}).json() == {"request_id": "a1:b-2"}
    for odd in ("a b", "", "x" * 101, '{"a":1}'):
        assert client.get("/id", headers={"X-Request-Id": odd}).headers["X-Request-Id"] != odd


def test_headers_for_browsers_unless_the_answer_has_its_own(client: Client) -> None:
    headers = client.get("/nowhere").headers
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["Cache-Control"] == "no-store"
    page = client.get("/page").headers
    assert page["Content-Security-Policy"] == "default-src 'self'"
    assert page["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("path", ["/echo", "/json"])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_answered_413(client: Client, path: str, *, chunked: bool) -> None:
    body = json.dumps({"a": "x" * LIMIT}).encode()
    answer = client.post(
        path,
        content=iter([body[:500], body[500:]]) if chunked else body,
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 413
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["limit"] == LIMIT
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_body_of_just_the_limit_is_taken(client: Client) -> None:
    assert client.post("/echo", content=b"x" * LIMIT).status_code == 200
    assert client.post("/echo", content=iter([b"x" * 600, b"y" * 400])).status_code == 200


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    """A real server on a real socket."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(application(), http=Hurried, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield listening.getsockname()
    server.should_exit = True
    thread.join()


OFFER = (
    b"POST /echo?n=%d HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings, keep-alive\r\n"
    b"Upgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n"
    b"X-Kept: yes\r\n"
)


def answers(address: tuple[str, int], *pieces: bytes, most: int = 1) -> list[dict[str, Any]]:
    """Send raw bytes, a packet for each piece; return the JSON bodies of the answers."""
    with socket.create_connection(address, timeout=5) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(0.02)
        stream = connection.makefile("rb")
        return [_answer(stream) for _ in range(most)]


def _answer(stream: Any) -> dict[str, Any]:
    status = stream.readline()
    assert status.startswith(b"HTTP/1.1 200"), status
    length = 0
    while (line := stream.readline()) != b"\r\n":
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    found: dict[str, Any] = json.loads(stream.read(length))
    return found


SIZED = b"Content-Length: 11\r\n\r\nhello=world"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n=world\r\n0\r\n\r\n"


@pytest.mark.parametrize("rest", [SIZED, CHUNKED], ids=["sized", "chunked"])
@pytest.mark.parametrize("cut", [1, 60, len(OFFER), len(OFFER) + 30, -3, 10_000])
def test_a_body_behind_an_offer_of_http2_arrives(
    address: tuple[str, int], rest: bytes, cut: int
) -> None:
    request = OFFER % 1 + rest
    (found,) = answers(address, *filter(None, [request[:cut], request[cut:]]))
    assert found["body"] == "hello=world"
    assert found["headers"]["x-kept"] == "yes"
    assert found["headers"]["connection"].strip() == "keep-alive"
    assert not {"upgrade", "http2-settings"} & found["headers"].keys()


def test_the_connection_goes_on_after_an_offer(address: tuple[str, int]) -> None:
    plain = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nagain"
    stream = (OFFER % 1 + SIZED) + plain + (OFFER % 2 + CHUNKED) + plain
    found = answers(address, stream, most=4)
    assert [one["body"] for one in found] == ["hello=world", "again", "hello=world", "again"]


def test_a_thousand_offers_at_once_are_no_deep_matter(address: tuple[str, int]) -> None:
    found = answers(address, (OFFER % 1 + SIZED) * 1000, most=1000)
    assert {one["body"] for one in found} == {"hello=world"}


def test_the_server_goes_on_after_nonsense(address: tuple[str, int]) -> None:
    for nonsense in (
        b"\x16\x03\x01\r\n\r\n",
        b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
        OFFER[:40],
    ):
        with socket.create_connection(address, timeout=5) as connection:
            connection.sendall(nonsense)
    assert httpx.post(f"http://{address[0]}:{address[1]}/echo", content=b"x").json()["body"] == "x"


def test_what_is_no_http_is_answered_with_a_problem(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(b"GET / HTTP/9.9\r\nHost: a\r\n\r\n")
        answer = connection.recv(4096)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/problem+json" in answer
    assert b"\r\nx-request-id: " in answer
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["type"] == "/problems/unreadable"


def test_a_client_reads_the_413_that_it_was_answered(address: tuple[str, int]) -> None:
    url = f"http://{address[0]}:{address[1]}/echo"
    assert httpx.post(url, content=b"x" * 5_000_000).status_code == 413
    pieces = (b"x" * 100_000 for _ in range(50))
    assert httpx.post(url, content=pieces).status_code == 413


def refused(address: tuple[str, int], *pieces: bytes) -> tuple[int, dict[str, Any]]:
    """Send raw bytes; return status and problem of the answer after which the server hangs up."""
    with socket.create_connection(address, timeout=5) as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(0.01)
        head, _, body = connection.makefile("rb").read().partition(b"\r\n\r\n")
    status, *headers = head.decode().lower().split("\r\n")
    assert {"content-type: application/problem+json", "connection: close"} <= set(headers)
    assert "x-content-type-options: nosniff" in headers
    return int(status.split()[1]), json.loads(body)


START = b"GET /id HTTP/1.1\r\nHost: x\r\n"


def test_headers_without_end_are_refused(address: tuple[str, int]) -> None:
    large = b"X-A: " + b"a" * MOST_HEAD_BYTES
    ways = {
        "at once": (START + large + b"\r\n\r\n",),
        "many": (START + b"X-A: a\r\n" * (MOST_HEAD_BYTES // 6) + b"\r\n",),
        "one that never ends": (START, large[: MOST_HEAD_BYTES - 9], b"a" * 10),
        "an address": (b"GET /" + b"a" * 65_530 + b" HTTP/1.1\r\nX-A: aaaaaaa\r\n\r\n",),
    }
    assert {way: refused(address, *sent)[0] for way, sent in ways.items()} == dict.fromkeys(
        ways, 431
    )


def test_whoever_sends_a_byte_now_and_then_is_refused(address: tuple[str, int]) -> None:
    post = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhello"
    for sent in (START, post):
        status, problem = refused(address, sent)
        assert (status, problem["type"]) == (408, "/problems/too-slow")
    with socket.create_connection(address, timeout=5) as silent:
        assert silent.recv(1) == b""
