"""Where limits are held: outside the door, so that who is refused costs no thread or connection.

A key over its limit is answered 429 with Retry-After. A wrong key is answered 401; from a client
address that has sent too many of them, 429, a second late. Every key is looked at all the same: a
good one is never refused for what others of its address have sent.
"""

import asyncio
import hashlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.problems import TooMany, Unauthenticated
from app.entry.limits import Limits, Quota

HELD_SECONDS = 1.0
# Each one held keeps a connection open; further ones are answered at once.
MOST_HELD = 500


def too_many(quota: Quota) -> TooMany:
    """Return the problem of a key whose window is used up."""
    problem = TooMany(
        f"This key may make {quota.limit} requests a minute.", retry_after=quota.seconds_left
    )
    problem.headers |= quota.headers()
    return problem


class Limited:
    """ASGI middleware that counts requests by key, and wrong keys by client address."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self.app = app
        self.limits = limits
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        told = Headers(scope=scope).get("authorization") if scope["type"] == "http" else None
        if told is None:
            await self.app(scope, receive, send)
            return
        digest = hashlib.sha256(told.partition(" ")[2].strip().encode()).digest()
        quota = self.limits.take(digest)
        scope.setdefault("state", {})["counted"] = quota is not None
        if quota is not None and quota.refused:
            await too_many(quota).response()(scope, receive, send)
            return
        refused_for = 0

        async def sending(message: Message) -> None:
            nonlocal refused_for
            if message["type"] == "http.response.start":
                if message["status"] == Unauthenticated.status:
                    refused_for = self.limits.wrong_key(_address(scope))
                left = self.limits.quota(digest)
                if left is not None:
                    headers = MutableHeaders(scope=message)
                    for name, value in left.headers().items():
                        headers[name] = value
            if not refused_for:
                await send(message)

        await self.app(scope, receive, sending)
        if refused_for:
            await self._hold()
            problem = TooMany("Too many wrong API keys.", retry_after=refused_for)
            await problem.response()(scope, receive, send)

    async def _hold(self) -> None:
        if self._held >= MOST_HELD:
            return
        self._held += 1
        try:
            await asyncio.sleep(HELD_SECONDS)
        finally:
            self._held -= 1


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""
