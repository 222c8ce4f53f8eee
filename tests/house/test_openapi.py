"""The document from which others generate their programs is the service's own, and committed."""

import json
import re
from functools import cache
from typing import Any

from app.cli.openapi import FILE, document
from app.document.fields import is_described_below
from tests.house.addresses import ADDRESSES
from tests.house.test_addresses import PAGES


@cache
def read() -> dict[str, Any]:
    """The document as others read it: the committed one, for generating it takes a while."""
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def operations() -> dict[str, dict[str, Any]]:
    """What can be asked, by method and path."""
    return {
        f"{method.upper()} {path}": operation
        for path, methods in read()["paths"].items()
        for method, operation in methods.items()
    }


def test_the_committed_document_is_the_services() -> None:
    assert FILE.exists(), "run `make openapi`"
    assert FILE.read_text(encoding="utf-8") == document(), "run `make openapi`"


def test_every_address_is_in_the_document() -> None:
    assert {str(one) for one in ADDRESSES} - PAGES - {"GET /v1/openapi.json"} == operations().keys()


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for operation in operations().values()]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() and "_v1_" not in name for name in names)


def test_every_tag_is_described_and_in_use() -> None:
    """app/document.py lists them in the order of reading."""
    used = {tag for operation in operations().values() for tag in operation["tags"]}
    assert used == {tag["name"] for tag in read()["tags"] if tag["description"]}


def untold(operation: dict[str, Any]) -> list[str]:
    """What an operation leaves out of what it does and what can go wrong."""
    shared = read()["components"]["responses"]
    problems = {
        status: shared[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
        for status, answer in operation["responses"].items()
        if status == "default" or status >= "400"
    }
    return [
        *(["what it does"] if not operation.get("description", "").strip() else []),
        *(["whatever else goes wrong"] if "default" not in problems else []),
        *(
            f"the shape of {status}"
            for status, answer in problems.items()
            if list(answer.get("content", {})) != ["application/problem+json"]
        ),
    ]


def test_an_operation_says_what_it_does_and_what_can_go_wrong() -> None:
    found = {place: untold(operation) for place, operation in operations().items()}
    assert found
    assert {place: faults for place, faults in found.items() if faults} == {}


def unsaid() -> dict[str, list[str]]:
    """Fields and parameters that leave open what they mean, or how they may look."""
    found: dict[str, list[str]] = {}
    for shape, schema in read()["components"]["schemas"].items():
        for name, field in schema.get("properties", {}).items():
            has_example = "examples" in field or is_described_below(field)
            found[f"{shape}.{name}"] = untold_of(field, has_example=has_example)
    for place, operation in operations().items():
        for parameter in operation.get("parameters", []):
            if "$ref" not in parameter:
                schema = parameter["schema"]
                has_example = "example" in parameter or "examples" in schema or "$ref" in schema
                name = f"{place} {parameter['name']}"
                found[name] = untold_of(parameter, has_example=has_example)
    return found


def untold_of(field: dict[str, Any], *, has_example: bool) -> list[str]:
    described = bool(field.get("description", "").strip())
    return [*([] if described else ["a description"]), *([] if has_example else ["an example"])]


def test_every_field_and_parameter_says_what_it_means_and_how_it_may_look() -> None:
    """Say it with Field(description=..., examples=[...]), or in app/document/words.py for all."""
    found = unsaid()
    assert len(found) > 500
    assert {place: missing for place, missing in found.items() if missing} == {}


def is_free(field: Any) -> bool:
    """Whether a schema, or one in it, lets anything in."""
    if not isinstance(field, dict):
        return any(map(is_free, field)) if isinstance(field, list) else False
    says = field.keys() - {"title", "description", "examples", "default"}
    is_open = field.get("additionalProperties") is True or not says
    return is_open or any(is_free(below) for key, below in field.items() if key in NESTING)


NESTING = {"anyOf", "oneOf", "allOf", "items", "additionalProperties", "if", "then", "else"}


def test_no_field_is_free_form() -> None:
    loose = {
        f"{shape}.{name}"
        for shape, schema in read()["components"]["schemas"].items()
        for name, field in schema.get("properties", {}).items()
        if is_free(field)
    }
    assert loose == set()


def test_what_is_read_is_always_there() -> None:
    """A field that an answer may leave out would be a guess for whoever reads it."""
    missing = {
        name: sorted(set(schema.get("properties", {})) - set(schema.get("required", [])))
        for name, schema in read()["components"]["schemas"].items()
        if name.endswith(("Read", "Created")) or name.startswith("Page_")
    }
    assert {name: fields for name, fields in missing.items() if fields} == {}


def test_what_is_sent_is_refused_where_it_has_unknown_fields() -> None:
    bodies = set()
    for operation in operations().values():
        content = operation.get("requestBody", {}).get("content", {})
        reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
        if reference:
            bodies.add(reference.rpartition("/")[2])
    assert bodies
    schemas = read()["components"]["schemas"]
    loose = {name for name in bodies if schemas[name].get("additionalProperties") is not False}
    assert loose == set()


def test_nothing_of_frameworks_shows() -> None:
    # Of two shapes with one name the modules' names show: `app__rooms__schemas__RoomRead`.
    text = FILE.read_text(encoding="utf-8")
    for word in ("HTTPValidationError", "fastapi", "pydantic", "-Input", "-Output", "__schemas__"):
        assert word not in text


def is_a_list(operation: dict[str, Any]) -> bool:
    """Whether an operation answers with items."""
    answer = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
    shape = answer.get("schema", {}).get("$ref", "").rpartition("/")[2]
    return "items" in read()["components"]["schemas"].get(shape, {}).get("properties", {})


def test_a_list_tells_what_has_changed_or_the_guide_says_what_does() -> None:
    asked = {
        place.removeprefix("GET "): {each.get("name") for each in operation.get("parameters", [])}
        for place, operation in operations().items()
        if place.startswith("GET ") and is_a_list(operation)
    }
    assert len(asked) > 20
    guide = (FILE.parents[1] / "docs" / "integrators.md").read_text(encoding="utf-8")
    argued = set(re.findall(r"^\| `(/v1/[^`]+)` \|", guide, re.MULTILINE))
    assert {place for place, names in asked.items() if "updated_since" not in names} == argued
