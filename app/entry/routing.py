"""The route class of every room: unknown query parameters are refused, keyed writes done once."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from app.core.schema import refuse_unknown_query
from app.entry.idempotency import HEADER, AnsweredBefore, fingerprint, keep


class Route(APIRoute):
    """A route whose transaction also holds the answer to an Idempotency-Key."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's handler with the two duties around it."""
        handle = super().get_route_handler()

        async def handle_once(request: Request) -> Response:
            refuse_unknown_query(request)
            if HEADER in request.headers:
                request.state.fingerprint = fingerprint(request, await request.body())
            try:
                response = await handle(request)
            except AnsweredBefore as answered:
                return answered.response
            if hasattr(request.state, "idempotency_key"):
                await run_in_threadpool(keep, request.state.session, request, response)
            return response

        return handle_once
