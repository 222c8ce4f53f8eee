"""What stands around every request: its id, the limit of its body, headers that browsers obey.

All plain ASGI. In `create_app`, after `problems.install`, the last that is added is the outermost:

    app.add_middleware(BodyLimit, limit=settings.body_limit)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestId)
"""

import asyncio
import re
import secrets
from collections.abc import Mapping
from http import HTTPStatus

import httptools
import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.core.problems import Problem, TooLarge, TooSlow, Unreadable, from_status

_log = structlog.get_logger()

REQUEST_ID = "x-request-id"
_ID_BYTES = 8
_SANE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:\-]{0,99}", re.ASCII)
TEN_MEGABYTES = 10_000_000
# What a refused client may still send, and for how long, so that it is ready to read the answer.
_DRAINED_BYTES = 64_000_000
_DRAINED_SECONDS = 10
# How long a body may keep us waiting in all, and what it must bring for each second beyond that.
_PATIENCE_SECONDS = 10.0
_LEAST_BYTES_A_SECOND = 10_000
# A request line and its headers: how many bytes they may have, and how long they may take.
MOST_HEAD_BYTES = 65_536
_HEAD_SECONDS = 10.0
_OFFERS = {b"upgrade", b"http2-settings"}

SECURITY_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class RequestId:
    """Gives each request an id: in every log line, in the answer's X-Request-Id, in `state`.

    A caller's own X-Request-Id is kept if it is a short plain word: one id then follows a request
    through several services.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        told = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = told if _SANE_ID.fullmatch(told) else secrets.token_hex(_ID_BYTES)
        scope.setdefault("state", {})["request_id"] = request_id
        # Not unbound afterwards: the server's own line about a failure comes later still, and the
        # next request binds its own.
        structlog.contextvars.bind_contextvars(request_id=request_id)
        await self.app(scope, receive, _with_headers(send, {REQUEST_ID: request_id}))


class SecurityHeaders:
    """Sets headers on every answer without its own: a page may allow what JSON need not."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str] = SECURITY_HEADERS) -> None:
        self.app = app
        self.headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            send = _with_headers(send, self.headers)
        await self.app(scope, receive, send)


def _with_headers(send: Send, headers: Mapping[str, str]) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = MutableHeaders(scope=message)
            for name, value in headers.items():
                present.setdefault(name, value)
        await send(message)

    return sending


class _RefusedError(Exception):
    """More of a body has come than may, or it comes too slowly."""


class BodyLimit:
    """Answers 413 to a body over `limit` bytes; the application sees none of it beyond that.

    A path that matches one of `others`, whole, has the limit that stands there. A body that keeps
    us waiting for more than `patience` seconds, and one more for each 10,000 bytes that have come,
    is answered 408: whoever sends a byte now and then would hold a place for ever.
    """

    def __init__(
        self,
        app: ASGIApp,
        limit: int = TEN_MEGABYTES,
        others: Mapping[re.Pattern[str], int] | None = None,
        patience: float = _PATIENCE_SECONDS,
    ) -> None:
        self.app = app
        self.limit = limit
        self.others = others or {}
        self.patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        limit = next((most for at, most in self.others.items() if at.fullmatch(path)), self.limit)
        told = Headers(scope=scope).get("content-length", "")
        if told.isdecimal() and int(told) > limit:
            await self._refuse(scope, receive, send, _too_large(limit))
        else:
            await self._count(scope, receive, send, limit)

    async def _refuse(
        self, scope: Scope, receive: Receive, send: Send, problem: Problem, *, more: bool = True
    ) -> None:
        if more and "expect" not in Headers(scope=scope):
            await _drain(receive)
        # What may be left of the body is not the next request.
        problem.headers["Connection"] = "close"
        await problem.response()(scope, receive, send)

    async def _count(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        size, waited = 0, 0.0
        more = True
        started = False
        problem: Problem | None = None
        clock = asyncio.get_running_loop().time

        async def counted() -> Message:
            nonlocal size, waited, more, problem
            if not more:
                # Now it is the client's leaving that is waited for.
                return await receive()
            asked = clock()
            try:
                async with asyncio.timeout(self.patience + size / _LEAST_BYTES_A_SECOND - waited):
                    message = await receive()
            except TimeoutError:
                more, problem = False, TooSlow("The request's body came too slowly.")
                raise _RefusedError from None
            waited += clock() - asked
            size += len(message.get("body", b""))
            more = message.get("more_body", False)
            if size > limit:
                problem = _too_large(limit)
                raise _RefusedError
            return message

        async def sending(message: Message) -> None:
            nonlocal started
            # Whatever a framework makes of an error in the middle of reading, we answer.
            if problem is not None and not started:
                raise _RefusedError
            started = True
            await send(message)

        try:
            await self.app(scope, counted, sending)
        except Exception:
            if problem is None or started:
                raise
            await self._refuse(scope, receive, send, problem, more=more)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"A request body may have {limit} bytes.", limit=limit)


async def _drain(receive: Receive) -> None:
    """Throw away a body: closing with bytes unread would reset the connection, answer and all."""
    size = 0
    try:
        async with asyncio.timeout(_DRAINED_SECONDS):
            while size < _DRAINED_BYTES:
                message = await receive()
                size += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return
    except TimeoutError:
        return


_ON_REFUSALS = {**SECURITY_HEADERS, "Connection": "close"}


def _head_too_large() -> Problem:
    return from_status(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)


class UvicornProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 protocol, without the offers to change it.

    Java's HttpClient offers `Upgrade: h2c` with its first request. The parser then takes what
    follows the headers for another protocol, and the request's body is lost. An offer may be
    ignored
    (RFC 9110, 7.8): so such a request is parsed anew as if none had been made.

    And with bounds that uvicorn does not have with this parser: a request's line and headers have
    64 KiB and ten seconds, or are answered 431 and 408.
    """

    head_seconds = _HEAD_SECONDS
    _offer = False
    _in_head = False
    _head_size = _unended = 0
    _head_timer: asyncio.TimerHandle | None = None
    _refusal: Problem | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._time_the_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timing()
        super().connection_lost(exc)

    def _time_the_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self.head_seconds, self._give_up_on_the_head)

    def _stop_timing(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _give_up_on_the_head(self) -> None:
        if self._in_head:
            self._refuse(TooSlow("The request's headers came too slowly."))
        else:
            # Nothing was ever asked.
            self.transport.close()

    def _refuse(self, problem: Problem) -> None:
        """Answer what never becomes a request, and close the connection."""
        if self.transport.is_closing():
            return
        # It is no request of the application's, which has no line of its own in the log.
        request_id = secrets.token_hex(_ID_BYTES)
        _log.info("request.refused", status=problem.status, request_id=request_id)
        problem.headers[REQUEST_ID] = request_id
        answer = problem.response()
        lines = [b"HTTP/1.1 %d %s" % (answer.status_code, problem.title.encode())]
        lines += [name + b": " + value for name, value in answer.raw_headers]
        lines += [name.encode() + b": " + value.encode() for name, value in _ON_REFUSALS.items()]
        self.transport.write(b"\r\n".join([*lines, b"", bytes(answer.body)]))
        self.transport.close()

    def send_400_response(self, msg: str) -> None:
        self._refuse(self._refusal or Unreadable("The request is not valid HTTP."))

    def on_message_begin(self) -> None:
        self._offer = False
        self._in_head, self._head_size = True, 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._measure(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._measure(len(name) + len(value) + len(": \r\n"))
        super().on_header(name, value)

    def _measure(self, size: int) -> None:
        self._head_size += size
        if self._head_size > MOST_HEAD_BYTES:
            self._refusal = _head_too_large()
            raise ValueError

    def on_headers_complete(self) -> None:
        self._in_head = False
        named = any(name == b"upgrade" for name, _ in self.headers)
        self._offer = named and self.parser.should_upgrade() and not self._should_upgrade()
        if not self._offer:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._offer:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._offer:
            super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        in_head, size = self._in_head, len(data)
        while data and not self.transport.is_closing():
            data = self._read(data)
        if not self._in_head:
            self._stop_timing()
            return
        self._time_the_head()
        # A header that never ends is told to nobody until it does.
        self._unended = self._unended + size if in_head else 0
        if self._unended > MOST_HEAD_BYTES:
            self._refuse(_head_too_large())

    def _read(self, data: bytes) -> bytes:
        """Feed the parser; return what is to be read anew, a request freed of its offer."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")
        except httptools.HttpParserUpgrade as stopped:
            if self._offer:
                plain = self._head_without_offer() + data[stopped.args[0] :]
                self._start_parser()
                return plain
            if self._should_upgrade():
                self.handle_websocket_upgrade()
        return b""

    def _head_without_offer(self) -> bytes:
        version = self.parser.get_http_version().encode()
        lines = [self.parser.get_method() + b" " + self.url + b" HTTP/" + version]
        for name, value in self.headers:
            if name == b"connection":
                kept = [
                    token for token in value.split(b",") if token.strip().lower() not in _OFFERS
                ]
                lines += [name + b": " + b",".join(kept)] if kept else []
            elif name not in _OFFERS:
                lines.append(name + b": " + value)
        return b"\r\n".join([*lines, b"", b""])

    def _start_parser(self) -> None:
        self.parser = httptools.HttpRequestParser(self)
        # As uvicorn sets up its own: an answer is still owed for what was sent before a close.
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
