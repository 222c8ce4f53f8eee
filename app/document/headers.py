"""Which headers an answer has.

`required` is what each such answer has; the others may be there. Left out are those that HTTP
itself gives every answer, and those that browsers are told to obey (docs/security.md).
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any


def _header(description: str, example: str, *, required: bool = False) -> dict[str, Any]:
    return {
        "description": description,
        "required": required,
        "schema": {"type": "string"},
        "example": example,
    }


HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-Id": _header(
        "The request's id, which is in every line of our log about it: the one that was sent, or "
        "one of ours.",
        "9f86d081884c7d65",
        required=True,
    ),
    "RateLimit": _header(
        "Where the key has a limit: how many requests are left (`r`), and for how many seconds "
        "(`t`).",
        '"per-key";r=5990;t=42',
    ),
    "RateLimit-Policy": _header(
        "Where the key has a limit: how many requests (`q`) in how many seconds (`w`).",
        '"per-key";q=6000;w=60',
    ),
    "Idempotent-Replayed": _header(
        "`true`: the write was done before, under the same Idempotency-Key; this is what was "
        "answered then.",
        "true",
    ),
    "ETag": _header("The version of what was read or changed, for If-Match.", '"3"', required=True),
    "Location": _header(
        "The address of what was made, relative to the service.",
        "/v1/candidates/019a2f6e-4b7c-7d15-8e3a-a83bfd2b7ed3",
        required=True,
    ),
    "Link": _header(
        'Where another page follows: its address, with `rel="next"`. Of an address that will go: '
        'what to do instead, with `rel="deprecation"`.',
        '</v1/candidates?limit=50&cursor=WyI5ZDdmIiwiMDE5YTJmNmUiXQ>; rel="next"',
    ),
    "Content-Disposition": _header(
        "Under which name to save it.", 'attachment; filename="card.pdf"', required=True
    ),
    "WWW-Authenticate": _header("How to say who is asking.", "Bearer", required=True),
    "Retry-After": _header(
        "Whole seconds after which to send the same again, or to ask how far it is.",
        "1",
        required=True,
    ),
    "Deprecation": _header(
        "Since when the address is discouraged (RFC 9745).", "@1798761600", required=True
    ),
    "Sunset": _header(
        "From when on the address may be gone (RFC 8594).", "Thu, 01 Jul 2027 00:00:00 GMT"
    ),
}
# What stands in the way may be another one's work on the same thing, which time mends.
_SOMETIMES = "Retry-After-Sometimes"
_NAMED: dict[str, dict[str, Any]] = {
    **HEADERS,
    _SOMETIMES: {**HEADERS["Retry-After"], "required": False},
}
_ALWAYS = ("X-Request-Id", "RateLimit", "RateLimit-Policy")
_OF_PROBLEMS = {
    "401": ("WWW-Authenticate",),
    "409": (_SOMETIMES,),
    "429": ("Retry-After",),
    "503": ("Retry-After",),
}
# They answer without a version, and tell that of what the thing belongs to.
_VERSION_OF_THE_ROOT = {
    "create_milestone",
    "decide_entry",
    "give_advice",
    "read_milestone",
    "update_milestone",
}
# Theirs is no version of something that changes.
_NEVER_CHANGED = {"create_scoring_policy", "read_scoring_policy"}
# They make several things, or one whose address was known before, or that has none.
_WITHOUT_LOCATION = {
    "add_candidate_to_talent_pool",
    "create_sandbox",
    "dismiss_duplicate",
    "give_advice",
}
_FILES = {"download_attachment", "export_candidates"}
_FIRST_PROBLEM = "400"


def add_headers(document: dict[str, Any]) -> None:
    """Tell the headers of every answer; a problem that several operations have is told once."""
    shared = document["components"]["responses"]
    for methods in document["paths"].values():
        for operation in methods.values():
            answers = operation["responses"]
            for status, answer in answers.items():
                if status < _FIRST_PROBLEM:
                    answer["headers"] = _references(_of_success(document, operation, status))
                elif "$ref" not in answer:
                    answers[status] = _shared(shared, status, answer)
            if operation.get("deprecated"):
                operation["responses"] = _discouraged(shared, answers)
    used = set(re.findall(r"#/components/headers/([\w-]+)", str(document)))
    document["components"]["headers"] = {
        name: header for name, header in _NAMED.items() if name in used
    }


def _references(names: Iterable[str]) -> dict[str, Any]:
    return {
        name.removesuffix("-Sometimes"): {"$ref": f"#/components/headers/{name}"} for name in names
    }


def _of_success(document: dict[str, Any], operation: dict[str, Any], status: str) -> Iterator[str]:
    yield from _ALWAYS
    name = operation["operationId"]
    taken = [each.get("name", each.get("$ref", "")) for each in operation.get("parameters", [])]
    if "#/components/parameters/IdempotencyKey" in taken:
        yield "Idempotent-Replayed"
    tells_version = _tells_version(document, operation["responses"][status])
    if name in _VERSION_OF_THE_ROOT or (tells_version and name not in _NEVER_CHANGED):
        yield "ETag"
    if status in {"201", "202"} and name not in _WITHOUT_LOCATION:
        yield "Location"
    if status == "202":
        yield "Retry-After"
    if "cursor" in taken:
        yield "Link"
    if name in _FILES:
        yield "Content-Disposition"


def _tells_version(document: dict[str, Any], answer: dict[str, Any]) -> bool:
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    shape = schema.get("$ref", "").rpartition("/")[2]
    found = document["components"]["schemas"].get(shape, {}).get("properties", {})
    return "version" in found


def _shared(shared: dict[str, Any], status: str, answer: dict[str, Any]) -> dict[str, str]:
    """Put a problem among those told once, and return what refers to it."""
    told = answer["description"]
    for name, other in shared.items():
        if other["description"] == told:
            return {"$ref": f"#/components/responses/{name}"}
    slugs = re.findall(r"/problems/([a-z-]+)", told)
    name = "Or".join(slug.title().replace("-", "") for slug in slugs) or "AnyProblem"
    shared[name] = problem_answer(status, answer)
    return {"$ref": f"#/components/responses/{name}"}


def problem_answer(status: str, answer: dict[str, Any]) -> dict[str, Any]:
    """Return what a problem of this status is told as, with its headers."""
    return {**answer, "headers": _references((*_ALWAYS, *_OF_PROBLEMS.get(status, ())))}


def _discouraged(shared: dict[str, Any], answers: dict[str, Any]) -> dict[str, Any]:
    """Return the answers of an address that will go: each of them says so."""
    found = {}
    for status, answer in answers.items():
        whole = shared[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
        names = ("Deprecation", "Sunset", "Link")
        found[status] = {**whole, "headers": {**whole["headers"], **_references(names)}}
    return found
