"""What stands around every request: its id, the limit of its body, headers that browsers obey.

All plain ASGI. In `create_app`, after `problems.install`, the last that is added is the outermost:

    app.add_middleware(BodyLimit, limit=settings.body_limit)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestId)
"""

import asyncio
import json
import re
import secrets
from collections.abc import Mapping

import httptools
import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.core.problems import MEDIA_TYPE, TooLarge, Unreadable

REQUEST_ID = "x-request-id"
_SANE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:\-]{0,99}", re.ASCII)
TEN_MEGABYTES = 10_000_000
# What a refused client may still send, and for how long, so that it is ready to read the answer.
_DRAINED_BYTES = 64_000_000
_DRAINED_SECONDS = 10
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
        request_id = told if _SANE_ID.fullmatch(told) else secrets.token_hex(8)
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


class _OverLimitError(Exception):
    """More of a body has come than may."""


class BodyLimit:
    """Answers 413 to a body over `limit` bytes; the application sees none of it beyond that.

    A path that matches one of `others`, whole, has the limit that stands there.
    """

    def __init__(
        self,
        app: ASGIApp,
        limit: int = TEN_MEGABYTES,
        others: Mapping[re.Pattern[str], int] | None = None,
    ) -> None:
        self.app = app
        self.limit = limit
        self.others = others or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        limit = next((most for at, most in self.others.items() if at.fullmatch(path)), self.limit)
        told = Headers(scope=scope).get("content-length", "")
        if told.isdecimal() and int(told) > limit:
            await self._refuse(scope, receive, send, limit)
        else:
            await self._count(scope, receive, send, limit)

    async def _refuse(
        self, scope: Scope, receive: Receive, send: Send, limit: int, *, more: bool = True
    ) -> None:
        if more and "expect" not in Headers(scope=scope):
            await _drain(receive)
        problem = TooLarge(
            f"A request body may have {limit} bytes.",
            limit=limit,
            # What may be left of the body is not the next request.
            headers={"Connection": "close"},
        )
        await problem.response()(scope, receive, send)

    async def _count(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        size = 0
        more = True
        over = started = False

        async def counted() -> Message:
            nonlocal size, over, more
            message = await receive()
            size += len(message.get("body", b""))
            more = message.get("more_body", False)
            if size > limit:
                over = True
                raise _OverLimitError
            return message

        async def sending(message: Message) -> None:
            nonlocal started
            # Whatever a framework makes of an error in the middle of reading, we answer.
            if over and not started:
                raise _OverLimitError
            started = True
            await send(message)

        try:
            await self.app(scope, counted, sending)
        except Exception:
            if not over or started:
                raise
            await self._refuse(scope, receive, send, limit, more=more)


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


class UvicornProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 protocol, without the offers to change it.

    Java's HttpClient offers `Upgrade: h2c` with its first request. The parser then takes what
    follows the headers for another protocol, and the request's body is lost. An offer may be
    ignored
    (RFC 9110, 7.8): so such a request is parsed anew as if none had been made.
    """

    _offer = False

    def on_message_begin(self) -> None:
        self._offer = False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
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
        while data:
            data = self._read(data)

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

    def send_400_response(self, msg: str) -> None:
        """Answer what cannot be parsed with a problem too, and hang up."""
        body = json.dumps(Unreadable("The request is not valid HTTP.").body()).encode()
        head = (
            f"HTTP/1.1 400 Bad Request\r\ncontent-type: {MEDIA_TYPE}\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()

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
