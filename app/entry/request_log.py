"""A log line for each request: what was asked by whom, how it was answered, how long it took.

Never the path, the query or the client's address: they name people. The route's template and the
ids of organization and key say enough to find the request in the audit log.
"""

import logging
import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_NAME = "firstinline.requests"
_log = structlog.get_logger(_NAME)
_level = logging.getLogger(_NAME)


class RequestLog:
    """ASGI middleware that writes a line when a request has been answered."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Asked of the standard library first: a line that nobody wants costs next to nothing.
        if scope["type"] != "http" or not _level.isEnabledFor(logging.INFO):
            await self.app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            _write(scope, status, time.perf_counter() - started)


def _write(scope: Scope, status: int, seconds: float) -> None:
    actor = scope.get("state", {}).get("actor")
    who = (
        {}
        if actor is None
        else {"organization_id": str(actor.organization_id), "api_key_id": str(actor.api_key_id)}
    )
    _log.info(
        "request",
        method=scope["method"],
        route=getattr(scope.get("route"), "path", "(none)"),
        status=status,
        duration_ms=round(seconds * 1000, 2),
        **who,
    )
