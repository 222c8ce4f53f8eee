"""The route class of every room: unknown query parameters are refused, keyed writes done once."""

import inspect
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from app.core.clock import own_clock
from app.core.schema import refuse_unknown_query
from app.entry.deprecation import deprecation_of
from app.entry.idempotency import HEADER, AnsweredBefore, fingerprint, keep
from app.entry.knocking import is_large, knock


class Route(APIRoute):
    """A route whose transaction also holds the answer to an Idempotency-Key."""

    # A route that reads its body bit by bit tells what makes two of its requests the same itself.
    reads_its_body = False

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self.deprecation = deprecation_of(endpoint)
        if self.deprecation is not None:
            said = options.get("description") or inspect.cleandoc(endpoint.__doc__ or "")
            options["deprecated"] = True
            options["description"] = f"{said}\n\n{self.deprecation.sentence()}".strip()
        super().__init__(path, endpoint, **options)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, by the asker's clock; an address that will go says so, also in errors."""
        if self.deprecation is not None:
            send = self.deprecation.sending(send)
        with own_clock():
            await super().handle(scope, receive, send)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's handler with the two duties around it."""
        handle = super().get_route_handler()

        async def handle_once(request: Request) -> Response:
            refuse_unknown_query(request)
            if is_large(request):
                await run_in_threadpool(knock, request)
            if HEADER in request.headers and not self.reads_its_body:
                request.state.fingerprint = fingerprint(request, await request.body())
            try:
                response = await handle(request)
            except AnsweredBefore as answered:
                return answered.response
            if hasattr(request.state, "idempotency_key"):
                await run_in_threadpool(keep, request.state.session, request, response)
            return response

        return handle_once


class StreamingRoute(Route):
    """A route that takes a body too large to hold, and sets `request.state.fingerprint`."""

    reads_its_body = True
