"""How one answer leads to the next request: what was created can be read, changed and removed.

OpenAPI's `links`, made from the paths: whatever creates a row of its own leads to every operation
at that row's address, and right below it, of which it knows all ids.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_CREATED = "201"
_METHODS = ("get", "put", "post", "patch", "delete")


def add_links(document: dict[str, Any]) -> None:
    """Give what is answered to a creation the links to what can be done next."""
    operations = list(_operations(document))
    for path, operation in operations:
        answer = operation["responses"].get(_CREATED)
        name = _named_after(path, operations)
        if answer is None or name is None or not _has_id(document, answer):
            continue
        # What was put under a name of the client's own has it still.
        known = {each: f"$request.path.{each}" for each in _parameters(path)}
        known[name] = "$response.body#/id"
        links = dict(_links(operations, name, known))
        if links:
            answer["links"] = links


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method in _METHODS:
                yield path, operation


def _parameters(path: str) -> list[str]:
    return re.findall(r"\{(\w+)\}", path)


def _named_after(path: str, operations: list[tuple[str, dict[str, Any]]]) -> str | None:
    """Return the parameter that has its name from the last word of `path`: `users`, `user_id`."""
    words = [word for word in path.split("/") if word and not word.startswith("{")]
    kinds = words[1:2] if "by-external-id" in words else words[-1:]
    names = {each for other, _ in operations for each in _parameters(other)}
    for kind in kinds:
        for name in sorted(names):
            if name.endswith("_id") and kind.startswith(name.removesuffix("_id").replace("_", "-")):
                return name
    return None


def _has_id(document: Mapping[str, Any], answer: Mapping[str, Any]) -> bool:
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    return "id" in document["components"]["schemas"].get(name, {}).get("properties", {})


def _links(
    operations: list[tuple[str, dict[str, Any]]], name: str, known: Mapping[str, str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, operation in operations:
        needed = _parameters(path)
        _, _, below = path.partition(f"{{{name}}}")
        if name in needed and below.count("/") <= 1 and set(needed) <= known.keys():
            yield (
                operation["operationId"],
                {
                    "operationId": operation["operationId"],
                    "parameters": {each: known[each] for each in needed},
                },
            )
