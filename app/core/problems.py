"""Everything that can go wrong in a request, as RFC 9457 problem details.

Raise one of these anywhere below a route; the transaction rolls back and the client is answered
`application/problem+json`:

    Problem
    ├── Unreadable            400  the body is no JSON, the message cannot be taken apart
    ├── Unauthenticated       401  no key, or none that is valid; WWW-Authenticate
    ├── Forbidden             403  a valid key without the right
    ├── NotFound              404  absent, or another organization's: one answer for both
    ├── MethodNotAllowed      405  Allow
    ├── TooSlow               408  headers or body took too long to come
    ├── Conflict              409  the state forbids it: `current_status`, `existing_id`,
    │   │                          `conflicting_ids`
    │   └── InProgress        409  the same Idempotency-Key is being worked on; Retry-After
    ├── Gone                  410  it was here: deleted, erased; merged: `merged_into`
    ├── StaleVersion          412  If-Match names another version
    ├── TooLarge              413  the body is over the limit
    ├── UnsupportedMediaType  415
    ├── Invalid               422  readable, but not what is asked for; `errors`
    ├── TooMany               429  Retry-After
    ├── Internal              500  our fault; `request_id`
    └── Unavailable           503  try again; Retry-After

A problem never repeats what was sent: not a value, and of names only those of fields that look like
an identifier.

The pointer of an error in the body is an RFC 6901 JSON pointer into it (`/emails/0/address`; the
empty text is the whole body). Elsewhere it is `?limit` for a query parameter, `{candidate_id}` for
a part of the path, `If-Match` for a header and `cookie:session` for a cookie.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar
from uuid import UUID

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MEDIA_TYPE = "application/problem+json"
# A body may be wrong in more places than anybody will read.
MOST_ERRORS = 100
# Some of them say the same.
_LOOKED_AT = 1000


class Problem(Exception):  # noqa: N818 - in RFC 9457 these are problems, and so they are here
    """One problem; `detail` is a sentence for the reader, extensions are for programs."""

    type: ClassVar[str] = "about:blank"
    title: ClassVar[str] = "Problem"
    status: ClassVar[int] = 500

    def __init__(
        self,
        detail: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        **extensions: Any,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.headers = dict(headers or {})
        self.extensions = {name: value for name, value in extensions.items() if value is not None}

    def body(self) -> dict[str, Any]:
        """Return the members of the answer; absent ones are left out."""
        members = {"type": self.type, "title": self.title, "status": self.status}
        detail = {} if self.detail is None else {"detail": self.detail}
        return {**members, **detail, **self.extensions}

    def response(self) -> Response:
        """Return the answer."""
        return Response(
            to_json(self.body(), inf_nan_mode="null"),
            status_code=self.status,
            headers=self.headers,
            media_type=MEDIA_TYPE,
        )


class _Later(Problem):
    """A problem that time may mend: `retry_after` is in whole seconds."""

    def __init__(self, detail: str | None = None, *, retry_after: int = 1) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


class Unreadable(Problem):
    """The request cannot be taken apart."""

    type, title, status = "/problems/unreadable", "Unreadable request", 400


class Unauthenticated(Problem):
    """Nobody we know is asking."""

    type, title, status = "/problems/unauthenticated", "Authentication required", 401

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(Problem):
    """Whoever asks may not do this."""

    type, title, status = "/problems/forbidden", "Not allowed", 403


class NotFound(Problem):
    """It does not exist, or not for whoever asks."""

    type, title, status = "/problems/not-found", "Not found", 404


class MethodNotAllowed(Problem):
    """The address exists, the method on it does not."""

    type, title, status = "/problems/method-not-allowed", "Method not allowed", 405


class TooSlow(Problem):
    """The request did not arrive in time."""

    type, title, status = "/problems/too-slow", "Request came too slowly", 408


class Conflict(Problem):
    """The state forbids it; `current_status` or `existing_id` says what stands in the way."""

    type, title, status = "/problems/conflict", "Conflict with the present state", 409


class InProgress(_Later, Conflict):
    """The first request with this Idempotency-Key has not been answered yet."""

    type, title, status = "/problems/in-progress", "Still being worked on", 409


class Gone(Problem):
    """It was here and is no longer: deleted, or erased."""

    type, title, status = "/problems/gone", "No longer there", 410


class StaleVersion(Problem):
    """If-Match names a version that is no longer the present one."""

    type, title, status = "/problems/stale-version", "Changed in the meantime", 412


class TooLarge(Problem):
    """The body is larger than the service takes; `limit` is in bytes."""

    type, title, status = "/problems/too-large", "Request body too large", 413


class UnsupportedMediaType(Problem):
    """The body is not of a type that this address reads."""

    type, title, status = "/problems/unsupported-media-type", "Unsupported media type", 415


class Invalid(Problem):
    """The request was read and is not what is asked for."""

    type, title, status = "/problems/invalid", "Invalid request", 422

    def __init__(
        self, pointer: str, why: str, *more: tuple[str, str], merged_into: UUID | None = None
    ) -> None:
        """Say what is wrong where; `more` are further pairs. See the module for pointers.

        `merged_into`: who has everything of the candidate to whom the first pointer leads.
        """
        unlike = list(dict.fromkeys([(pointer, why), *more]))[:MOST_ERRORS]
        errors: list[dict[str, Any]] = [{"pointer": at, "detail": reason} for at, reason in unlike]
        if merged_into is not None:
            errors[0]["merged_into"] = merged_into
        super().__init__(errors=errors)

    @classmethod
    def of(cls, faults: Iterable[tuple[str, str]]) -> "Invalid":
        """Return the problem for the pairs `(pointer, why)` that a rule has found, at least one."""
        (pointer, why), *more = faults
        return cls(pointer, why, *more)

    def elsewhere(self, place: Callable[[str], str]) -> "Invalid":
        """Return the same problem with its pointers put where `place` says."""
        moved = Invalid("", "")
        moved.extensions["errors"] = [
            {**error, "pointer": place(error["pointer"])} for error in self.extensions["errors"]
        ]
        return moved


class TooMany(_Later):
    """Whoever asks, asks too often."""

    type, title, status = "/problems/too-many-requests", "Too many requests", 429


class Internal(Problem):
    """Our fault. The log tells more under the same `request_id`; the client is told no more."""

    type, title, status = "/problems/internal", "Internal error", 500


class Unavailable(_Later):
    """Not now: too many are waiting, or the database cannot be reached."""

    type, title, status = "/problems/unavailable", "Not available now", 503


_WITH_STATUS: dict[int, type[Problem]] = {
    kind.status: kind
    for kind in (
        Unreadable,
        Unauthenticated,
        Forbidden,
        NotFound,
        MethodNotAllowed,
        TooSlow,
        Conflict,
        Gone,
        StaleVersion,
        TooLarge,
        UnsupportedMediaType,
        TooMany,
        Internal,
        Unavailable,
    )
}


def from_status(status: int, headers: Mapping[str, str] | None = None) -> Problem:
    """Return the problem for a bare HTTP status, with its headers (`Allow`)."""
    kind = _WITH_STATUS.get(status)
    if kind is None:
        title = HTTPStatus(status).phrase
        kind = type("Other", (Problem,), {"title": title, "status": status})
    problem = kind()
    problem.headers |= headers or {}
    return problem


# ------------------------------------------------------------------------------- what pydantic says

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]{0,63}")
# Sentences of our own, where pydantic's would show the input or speak of Python.
_SENTENCES = {
    "missing": "Field required",
    "extra_forbidden": "Unknown field",
    "model_type": "Input should be an object",
    "model_attributes_type": "Input should be an object",
    "dict_type": "Input should be an object",
    "list_type": "Input should be an array",
    "tuple_type": "Input should be an array",
    "set_type": "Input should be an array",
    "string_unicode": "Input should be valid Unicode text",
    "union_tag_not_found": "Field required",
}


def _sentence(error: Mapping[str, Any]) -> str:
    kind = str(error["type"])
    if kind in _SENTENCES:
        return _SENTENCES[kind]
    if kind == "union_tag_invalid":
        return f"Input should be one of {error['ctx']['expected_tags']}"
    message = str(error["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    # "Input should be a valid UUID, invalid character: found `x` at 3": what follows the comma
    # quotes the input.
    return message.partition(",")[0] if kind.endswith("_parsing") else message


def _escaped(name: object) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")


def _body_pointer(path: Sequence[object], body: object, *, missing: bool) -> str:
    """Follow `path` into `body`; pydantic's labels for the branches of a union lead nowhere."""
    pointer = ""
    for at, step in enumerate(path):
        if isinstance(body, list) and isinstance(step, int) and 0 <= step < len(body):
            pointer, body = f"{pointer}/{step}", body[step]
        elif isinstance(body, dict) and step in body:
            if not shown(str(step)):
                return pointer
            pointer, body = f"{pointer}/{_escaped(step)}", body[step]
        elif missing and at == len(path) - 1:
            pointer = f"{pointer}/{_escaped(step)}"
    return pointer


def shown(name: str) -> str:
    """Return a name that was sent if it looks like an identifier, else nothing."""
    return name if _NAME.fullmatch(name) else ""


def _pointer(error: Mapping[str, Any], body: object) -> str:
    place, *path = error["loc"]
    if place == "body":
        pointer = _body_pointer(path, body, missing=error["type"] == "missing")
        # Whatever tells a union's kind is a field like others to who sends it.
        kind = str(error.get("ctx", {}).get("discriminator", "")).strip("'")
        return f"{pointer}/{kind}" if kind else pointer
    name = shown(str(path[0])) if path else ""
    forms = {"query": f"?{name}", "path": f"{{{name}}}", "header": name.title()}
    return forms.get(str(place), f"{place}:{name}")


def from_validation(error: RequestValidationError) -> Problem:
    """Return what a request that FastAPI has refused is answered."""
    errors = error.errors()
    if any(one["type"] == "json_invalid" and one["loc"][0] == "body" for one in errors):
        return Unreadable("The body is not valid JSON.")
    if isinstance(error.body, bytes) and any(one["loc"][0] == "body" for one in errors):
        return UnsupportedMediaType("This address reads application/json.")
    looked_at = errors[:_LOOKED_AT]
    return Invalid.of((_pointer(one, error.body), _sentence(one)) for one in looked_at)


# ----------------------------------------------------------------------------------------- handlers


async def _answer_problem(request: Request, error: Exception) -> Response:  # noqa: ARG001
    assert isinstance(error, Problem)
    return error.response()


async def _answer_validation(request: Request, error: Exception) -> Response:  # noqa: ARG001
    assert isinstance(error, RequestValidationError)
    return from_validation(error).response()


async def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    problem = from_status(error.status_code, error.headers)
    if isinstance(problem, MethodNotAllowed):
        problem.headers["Allow"] = ", ".join(sorted(_methods(request)))
    return problem.response()


def _methods(request: Request) -> Iterator[str]:
    """Yield what can be done at an address: each route knows of its own method alone."""
    asked = request.scope["path"]
    routes = [each for each in iter_route_contexts(request.app.routes) if each.methods]
    found = [each for each in routes if each.path_regex.match(asked)]
    # A word of an address may be an id of another one's: the word goes first.
    path = next((each.path for each in found if each.path == asked), found[0].path)
    for each in found:
        if each.path == path:
            yield from each.methods or ()


async def _answer_nobody(request: Request, error: Exception) -> Response:  # noqa: ARG001
    """Answer who hung up while sending: nobody reads it, but it is no fault of ours either."""
    return Unreadable("The request was broken off.").response()


async def _answer_unhandled(request: Request, error: Exception) -> Response:  # noqa: ARG001
    return _internal(request.scope).response()


def _internal(scope: Scope) -> Internal:
    return Internal(request_id=scope.get("state", {}).get("request_id"))


class _Unhandled:
    """Answers 500 inside all middlewares, so that what they add is on that answer too.

    Starlette's own place for it is outside them. The error goes on to the server, which logs it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception:
            if scope["type"] == "http" and not started:
                await _internal(scope).response()(scope, receive, send)
            raise


def install(app: FastAPI) -> None:
    """Answer every error of `app` with a problem, and say so in its OpenAPI document.

    Call it before any other middleware is added.
    """
    app.add_exception_handler(Problem, _answer_problem)
    app.add_exception_handler(RequestValidationError, _answer_validation)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(ClientDisconnect, _answer_nobody)
    app.add_exception_handler(Exception, _answer_unhandled)
    app.add_middleware(_Unhandled)
    _document(app)


# ------------------------------------------------------------------------------------------ OpenAPI


def _optional(description: str) -> Any:
    """Return a member that is left out where it is null."""
    return Field(default=None, description=description, exclude_if=lambda value: value is None)


class ErrorBody(BaseModel):
    """One thing that is wrong with a request."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)

    pointer: str = Field(
        description="A JSON pointer into the body (RFC 6901; empty: the body itself), `?name` for "
        "a query parameter, `{name}` for a part of the path, `Name` for a header."
    )
    detail: str
    merged_into: str | None = _optional(
        "The candidate into whom the one that is named here was merged."
    )


class ProblemBody(BaseModel):
    """Problem details (RFC 9457); absent members are left out."""

    model_config = ConfigDict(extra="allow", json_schema_serialization_defaults_required=False)

    type: str = Field(description="Which problem it is: a stable address relative to the service.")
    title: str = Field(description="The problem's name, the same each time.")
    status: int = Field(description="The HTTP status.")
    detail: str | None = _optional("What is the matter this time.")
    errors: list[ErrorBody] | None = _optional("422: what is wrong where.")
    current_status: str | None = _optional("409: the state in the way.")
    existing_id: str | None = _optional("409: who has that already.")
    conflicting_ids: list[str] | None = _optional("409: what cannot stand beside each other.")
    merged_into: str | None = _optional(
        "410, 409: the candidate into whom that one was merged, whose everything is now."
    )
    oldest_sequence: int | None = _optional("410: the oldest event that is still kept.")
    request_id: str | None = _optional("500: name it when you report it.")


_CONTENT = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemBody"}}}


def responses(*problems: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """Return a route's `responses=` for the problems that it may answer with."""
    titles: dict[int, list[str]] = {}
    for problem in problems:
        titles.setdefault(problem.status, []).append(f"{problem.title} (`{problem.type}`)")
    return {
        status: {"description": "; ".join(texts), "content": _CONTENT}
        for status, texts in sorted(titles.items())
    }


def _document(app: FastAPI) -> None:
    """Put the shape into the document, and where FastAPI declares its own 422, ours."""
    made_by_fastapi = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _with_problems(made_by_fastapi())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _with_problems(document: dict[str, Any]) -> dict[str, Any]:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    shape = ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= shape.pop("$defs")
    schemas["ProblemBody"] = shape
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    for path in document.get("paths", {}).values():
        for operation in path.values():
            answers = operation.setdefault("responses", {})
            if "application/json" in answers.get("422", {}).get("content", {}):
                answers["422"] = responses(Invalid)[Invalid.status]
            answers.setdefault("default", {"description": "A problem", "content": _CONTENT})
    return document
