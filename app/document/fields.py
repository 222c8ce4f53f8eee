"""Every field and parameter with what it means and how it may look.

What a shape's own field says stands; the rest is filled in from `words`.
"""

import hashlib
from typing import Any

from app.document.words import WORDS
from app.document.words_of_lists import WORDS_OF_LISTS
from app.document.words_of_shapes import PARAMETERS, WORDS_OF_SHAPES

Told = tuple[str | None, Any]
_EVERYWHERE: dict[str, Told] = WORDS | WORDS_OF_LISTS
_UNSAID: Told = (None, None)


def describe_fields(document: dict[str, Any]) -> None:
    """Fill in the fields of every shape, and the parameters of every operation."""
    for shape, schema in document["components"]["schemas"].items():
        for name, field in schema.get("properties", {}).items():
            told = WORDS_OF_SHAPES.get(f"{shape}.{name}") or _EVERYWHERE.get(name) or _UNSAID
            _fill_field(field, name, told)
    for methods in document["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", []):
                name = parameter.get("name", "")
                told = PARAMETERS.get(name) or _EVERYWHERE.get(name) or _UNSAID
                if "$ref" not in parameter:
                    _fill_parameter(parameter, name, told)


def _fill_field(field: dict[str, Any], name: str, told: Told) -> None:
    description, example = told
    if description is not None:
        field.setdefault("description", description)
    made = _example(field, name)
    found = example if made is None else made
    if found is not None and not is_described_below(field):
        field.setdefault("examples", [found])


def _fill_parameter(parameter: dict[str, Any], name: str, told: Told) -> None:
    description, example = told
    if description is not None:
        parameter.setdefault("description", description)
    made = _example(parameter["schema"], name)
    found = example if made is None else made
    if found is not None and "examples" not in parameter["schema"]:
        parameter.setdefault("example", found)


def _branches(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a schema may be besides null."""
    return [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]


def is_described_below(schema: dict[str, Any]) -> bool:
    """Tell whether a field holds shapes, whose own fields have their examples."""
    held = [each.get("items", each) for each in _branches(schema)]
    return all("$ref" in each for one in held for each in one.get("oneOf", [one]))


def _example(schema: dict[str, Any], name: str) -> Any:
    """Return what a field's type alone tells of how it may look, null where it tells nothing."""
    if "default" in schema and schema["default"] not in (None, [], ""):
        return schema["default"]
    branch = _branches(schema)[0]
    if branch.get("type") == "array":
        inner = _example(branch["items"], name)
        return None if inner is None else [inner]
    if "const" in branch or "enum" in branch:
        return branch.get("const") or branch["enum"][0]
    if branch.get("format") == "uuid":
        return _id_of(name)
    return True if branch.get("type") == "boolean" else None


def _id_of(name: str) -> str:
    """Return the id that stands for this name in all examples, in the form of a version 7."""
    digest = hashlib.sha256(name.removesuffix("s").encode()).hexdigest()
    return f"019a2f6e-4b7c-7d15-8e3a-{digest[:12]}"
