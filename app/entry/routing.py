"""The route class of every room: unknown query parameters are refused, keyed writes done once.

A request is worked on in one go of one thread: let in, its transaction opened, the route's function
called, the answer written down and the transaction committed. FastAPI by itself takes a thread for
each of these, and each handing over costs a tenth of a millisecond.
"""

import inspect
from collections.abc import Callable, Coroutine
from functools import wraps
from operator import attrgetter
from typing import Annotated, Any, get_args, get_origin

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError, ResponseValidationError
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from app.core.clock import own_clock
from app.core.problems import Problem
from app.core.replicas import ReplicaFailedError
from app.core.schema import refuse_unknown_query
from app.core.threads import in_thread
from app.entry.asking import Asked, Entrance
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
        # Programs generated from the document name their calls so: `create_candidate`.
        options["generate_unique_id_function"] = attrgetter("name")
        asker = _asker_of(endpoint)
        worked = endpoint if asker is None else self._in_one_go(endpoint, asker)
        super().__init__(path, worked, **options)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, by the asker's clock; an address that will go says so, also in errors."""
        if self.deprecation is not None:
            send = self.deprecation.sending(send)
        with own_clock():
            await super().handle(scope, receive, send)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's handler with the duties around it."""
        handle = super().get_route_handler()

        async def handle_once(request: Request) -> Response:
            refuse_unknown_query(request)
            if is_large(request):
                await in_thread(knock, request)
            if HEADER in request.headers and not self.reads_its_body:
                request.state.fingerprint = fingerprint(request, await request.body())
            try:
                return await handle(request)
            except AnsweredBefore as answered:
                return answered.response
            except (RequestValidationError, Problem):
                # What is wrong with a request is told to those alone who may make it.
                entrance: Entrance | None = getattr(request.state, "entrance", None)
                if entrance is not None and not entrance.used:
                    await in_thread(entrance.try_key)
                raise

        return handle_once

    def _in_one_go(
        self, endpoint: Callable[..., Any], asker: str
    ) -> Callable[..., Coroutine[Any, Any, Response]]:
        def work(entrance: Entrance, values: dict[str, Any]) -> Response:
            try:
                return answer(entrance, values)
            except ReplicaFailedError:
                entrance.go_to_primary()
                return answer(entrance, values)

        def answer(entrance: Entrance, values: dict[str, Any]) -> Response:
            with entrance.open() as asked:
                response = self._written(endpoint(**{**values, asker: asked}), values)
                if hasattr(entrance.request.state, "idempotency_key"):
                    keep(asked.session, entrance.request, response)
            return response

        @wraps(endpoint)
        async def worked(**values: Any) -> Response:
            return await in_thread(work, values[asker], values)

        return worked

    def _written(self, told: Any, values: dict[str, Any]) -> Response:
        """Write down what a route's function returned, as FastAPI does between two threads."""
        if isinstance(told, Response):
            return told
        said = next((one for one in values.values() if isinstance(one, Response)), None)
        status = (None if said is None else said.status_code) or self.status_code or 200
        if self.response_field is None:
            response = Response(status_code=status)
        else:
            value, errors = self.response_field.validate(told, {}, loc=("response",))
            if errors:
                raise ResponseValidationError(errors=errors, body=told)
            written = self.response_field.serialize_json(value)
            response = Response(written, status, media_type="application/json")
        if said is not None:
            response.headers.raw.extend(said.headers.raw)
        return response


def _asker_of(endpoint: Callable[..., Any]) -> str | None:
    """Return the name of the parameter by which a route's function learns who asks."""
    for parameter in inspect.signature(endpoint).parameters.values():
        annotation = parameter.annotation
        if get_origin(annotation) is Annotated and get_args(annotation)[0] is Asked:
            return parameter.name
    return None


class StreamingRoute(Route):
    """A route that takes a body too large to hold, and sets `request.state.fingerprint`."""

    reads_its_body = True
