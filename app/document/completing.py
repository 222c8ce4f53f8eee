"""The document's head, and what is said once for all operations.

Headers that every write takes, and whatever may go wrong at every address, are put where they are
true; a program generated from the document can then send the one and read the other.
"""

from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from app.core.problems import (
    Forbidden,
    Gone,
    InProgress,
    Problem,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
    Unreadable,
    UnsupportedMediaType,
    responses,
)
from app.document.fields import describe_fields
from app.document.headers import add_headers, problem_answer
from app.document.links import add_links
from app.entry import asking

_SAFE = {"GET", "HEAD"}
_READERS = {asking.reading, asking.inspecting}

# What is asked for by what, in the order in which a newcomer meets it; every route's tag is here.
TAGS = {
    "candidates": "People who applied or were sourced, and how to find them.",
    "positions": "Jobs with their requirements and openings, from draft to filled or closed.",
    "applications": "A candidate's tries at positions: rejected with advice, hired, withdrawn.",
    "follow_ups": "Contact after a rejection, what it reports, and the timeline of a candidate.",
    "attachments": "Files handed in about a candidate: a résumé, evidence, a report card.",
    "custom fields": "Fields that an organization adds to candidates, positions, applications.",
    "intake": "E-mail as it arrives, and the messages of which nobody knows whose they are.",
    "saved searches": "What somebody looks for again and again, under a name.",
    "talent pools": "Named lists that candidates can be in.",
    "consent": "What a candidate allows, and the pauses in which their clock stands still.",
    "persistence": "The keep-in-touch record: the score and what it is made of.",
    "shortlists": "Who is first in line for a position, why, and what was decided.",
    "events": "What has changed, in one order, for whoever keeps a copy.",
    "upserts": "Rows of other systems, put under the names that those have for them.",
    "csv": "Candidates out of spreadsheets and back into one.",
    "duplicates": "Two records of one person: who may be one, and making one of them.",
    "retention": "Deleting a person.",
    "organizations": "The organization, its users, API keys, rejection reasons, scoring policies.",
    "sandboxes": "Organizations to try things in, with the story and a clock that can be moved.",
    "audit log": "Who changed what.",
    "health": "Whether the service is up, and how it does.",
}
_INFO = {
    "contact": {"name": "Whoever runs this service"},
    "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
}
_SERVERS = [{"url": "/", "description": "The service that this document was read from."}]
_WEBHOOKS = {
    "event": {
        "post": {
            "operationId": "receive_event",
            "tags": ["events"],
            "summary": "Receive an event",
            "description": "What a webhook will be sent: one change, the same shape and the same "
            "types as in `GET /v1/events`. This version sends none; until one does, follow that "
            "stream, from which a receiver can be written and tried already.",
            "security": [],
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/EventRead"}}
                },
            },
            "responses": {
                "204": {"description": "It was received; it is not sent again."},
                "4XX": {"description": "It was not received; it is sent again, later and later."},
            },
        }
    }
}

# What `Asked.expected_version` reads.
_IF_MATCH = r'^(\*|(W/)?"?[0-9]{1,18}"?)$'
_PARAMETERS: dict[str, dict[str, Any]] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "Any ASCII text of the client's own, up to 255 characters, new for each "
        "write: sent again within 24 hours, the write is not done again and the first answer is "
        "given.",
        "schema": {
            "type": "string",
            "minLength": 1,
            "maxLength": 255,
            "pattern": "^[ -~]*[!-~][ -~]*$",
        },
        "example": "5f0c3b1e-import-2019-05-13-17",
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "description": "The ETag of the answer that the change is based on; 412 where it has been "
        "changed since. Not given, or `*`: whatever it is by now.",
        "schema": {"type": "string", "pattern": _IF_MATCH},
        "example": '"3"',
    },
}
_ANYWHERE = (
    Unreadable,
    Unauthenticated,
    Forbidden,
    InProgress,
    Gone,
    TooLarge,
    UnsupportedMediaType,
    TooMany,
    Unavailable,
)


def describe(app: FastAPI) -> None:
    """Have `app` say it in its document; call it when every room is included."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _complete(app, made())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(app: FastAPI, document: dict[str, Any]) -> dict[str, Any]:
    document["info"] |= _INFO
    document |= {
        "servers": _SERVERS,
        "tags": [{"name": name, "description": told} for name, told in TAGS.items()],
        "webhooks": _WEBHOOKS,
    }
    document["components"] |= {
        "parameters": _PARAMETERS,
        "responses": {
            each.__name__: problem_answer(str(each.status), responses(each)[each.status])
            for each in _ANYWHERE
        },
    }
    _spell_numbers(document)
    for context in iter_route_contexts(app.routes):
        path = document["paths"].get(str(context.path_format), {})
        for method in (context.methods or set()) & {name.upper() for name in path}:
            _complete_operation(path[method.lower()], context, method)
    describe_fields(document)
    add_links(document)
    add_headers(document)
    return document


def _complete_operation(operation: dict[str, Any], context: RouteContext, method: str) -> None:
    assert isinstance(context.original_route, APIRoute)
    asks = set(_calls(context.dependant)) & _who_asks()
    is_keyed = bool(asks - _READERS) and method not in _SAFE
    answers = operation["responses"]
    headers = [
        *(["IdempotencyKey"] if is_keyed else []),
        *(["IfMatch"] if "412" in answers else []),
    ]
    operation.setdefault("security", [])
    if headers:
        taken = [{"$ref": f"#/components/parameters/{name}"} for name in headers]
        operation["parameters"] = [*operation.get("parameters", []), *taken]
    for problem in _problems(operation, asks, is_keyed=is_keyed):
        shared = {"$ref": f"#/components/responses/{problem.__name__}"}
        answers.setdefault(str(problem.status), shared)
    operation["responses"] = dict(sorted(answers.items()))


def _problems(
    operation: dict[str, Any], asks: set[Callable[..., Any]], *, is_keyed: bool
) -> Iterator[type[Problem]]:
    """Name what may go wrong whatever an operation is about."""
    yield TooMany
    if "requestBody" in operation:
        yield from (Unreadable, TooLarge, UnsupportedMediaType)
    if asks:
        yield from (Unauthenticated, Unavailable)
    if asks - {asking.reading, asking.browsing}:
        yield Forbidden
    if is_keyed:
        yield from (InProgress, Gone)


_BOUNDS: dict[str, tuple[str, Callable[[list[float]], float]]] = {
    "ge": ("minimum", max),
    "gt": ("exclusiveMinimum", max),
    "le": ("maximum", min),
    "lt": ("exclusiveMaximum", min),
}
_INT32 = 2**31 - 1


def _spell_numbers(found: Any) -> None:
    """Give bounds their names in JSON Schema, and numbers the width that programs must have.

    Behind a validator pydantic leaves its own names; and of a number without a format programs in
    Go and Java make one of 32 bits, which rounds a score and cannot count events.
    """
    if isinstance(found, dict) and "type" in found:
        for ours, (spelled, narrower) in _BOUNDS.items():
            if ours in found:
                told = [found[name] for name in (ours, spelled) if name in found]
                found[spelled] = narrower(told)
                del found[ours]
        if found["type"] == "number":
            found.setdefault("format", "double")
        elif found["type"] == "integer":
            found |= {name: int(found[name]) for name in ("minimum", "maximum") if name in found}
            is_small = found.get("maximum", _INT32 + 1) <= _INT32
            found.setdefault("format", "int32" if is_small else "int64")
    for below in found.values() if isinstance(found, dict) else found:
        if isinstance(below, dict | list):
            _spell_numbers(below)


def _who_asks() -> set[Callable[..., Any]]:
    return {
        found
        for name, found in vars(asking).items()
        if callable(found) and getattr(found, "__module__", "") == asking.__name__
        if not name.startswith("_") and name != asking.Asked.__name__
    }


def _calls(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    if dependant.call is not None:
        yield dependant.call
    for below in dependant.dependencies:
        yield from _calls(below)
