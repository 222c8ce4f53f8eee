"""Whether an answer has the headers that the OpenAPI document says of it: no other, and no less."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import httpx

from app.cli.openapi import FILE

# What each answer of HTTP has, and what stands on all of ours whatever was asked: docs/security.md.
_EVERYWHERE = {
    "cache-control",
    "connection",
    "content-length",
    "content-security-policy",
    "content-type",
    "cross-origin-resource-policy",
    "referrer-policy",
    "vary",
    "x-content-type-options",
    "x-frame-options",
}
_ANOTHER_ORIGIN = "access-control-"


def header_faults(response: httpx.Response) -> list[str]:
    """Return what is wrong with an answer's headers; nothing where the address is not of ours."""
    answers = _answers(response.request.method, response.request.url.path)
    if answers is None:
        return []
    told = answers.get(str(response.status_code), answers["default"])
    sent = {
        name
        for name in response.headers
        if name not in _EVERYWHERE and not name.startswith(_ANOTHER_ORIGIN)
    }
    return [
        *(f"{name} is sent, and not in the document" for name in sorted(sent - told.keys())),
        *(f"{name} is missing" for name, must in told.items() if must and name not in sent),
    ]


Answers = Mapping[str, Mapping[str, bool]]


def _answers(method: str, path: str) -> Answers | None:
    for pattern, answers in _operations().get((method, path.count("/")), ()):
        if pattern.fullmatch(path):
            return answers
    return None


@cache
def _operations() -> Mapping[tuple[str, int], list[tuple[re.Pattern[str], Answers]]]:
    """Return what each operation may answer, by method and depth of path; words go before ids."""
    document = json.loads(FILE.read_text(encoding="utf-8"))
    found: dict[tuple[str, int], list[tuple[re.Pattern[str], Answers]]] = {}
    for path, methods in sorted(document["paths"].items(), key=lambda one: one[0].count("{")):
        pattern = re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))
        for method, operation in methods.items():
            answers = {
                status: _headers(document, answer)
                for status, answer in operation["responses"].items()
            }
            found.setdefault((method.upper(), path.count("/")), []).append((pattern, answers))
    return found


def _headers(document: Any, answer: Any) -> dict[str, bool]:
    """Return the names of an answer's headers, and whether each has to be there."""
    told = _resolved(document, answer).get("headers", {})
    return {
        name.lower(): _resolved(document, header).get("required", False)
        for name, header in told.items()
    }


def _resolved(document: Any, found: Any) -> Any:
    if "$ref" in found:
        _, *steps = found["$ref"].split("/")
        for step in steps:
            document = document[step]
        return document
    return found
