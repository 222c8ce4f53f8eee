"""The document from which others generate their programs is the service's own, and committed."""

import json
from typing import Any

import pytest

from app.cli.openapi import FILE, document
from tests.house.addresses import ADDRESSES

TEXT = document()
DOCUMENT: dict[str, Any] = json.loads(TEXT)
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
every_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=list(OPERATIONS))


def test_the_committed_document_is_the_services() -> None:
    assert FILE.exists(), "run `make openapi`"
    assert FILE.read_text(encoding="utf-8") == TEXT, "run `make openapi`"


def test_every_address_is_in_the_document() -> None:
    assert {str(one) for one in ADDRESSES} - {"GET /v1/openapi.json"} == OPERATIONS.keys()


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() and "_v1_" not in name for name in names)


@every_operation
def test_an_operation_says_what_it_does_and_what_can_go_wrong(operation: dict[str, Any]) -> None:
    assert operation["description"].strip()
    problems = {
        status: answer
        for status, answer in operation["responses"].items()
        if status == "default" or status >= "400"
    }
    assert "default" in problems
    for status, answer in problems.items():
        assert list(answer["content"]) == ["application/problem+json"], status


def test_what_is_read_is_always_there() -> None:
    """A field that an answer may leave out would be a guess for whoever reads it."""
    missing = {
        name: sorted(set(schema.get("properties", {})) - set(schema.get("required", [])))
        for name, schema in DOCUMENT["components"]["schemas"].items()
        if name.endswith(("Read", "Created")) or name.startswith("Page_")
    }
    assert {name: fields for name, fields in missing.items() if fields} == {}


def test_what_is_sent_is_refused_where_it_has_unknown_fields() -> None:
    bodies = set()
    for operation in OPERATIONS.values():
        content = operation.get("requestBody", {}).get("content", {})
        reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
        if reference:
            bodies.add(reference.rpartition("/")[2])
    assert bodies
    schemas = DOCUMENT["components"]["schemas"]
    loose = {name for name in bodies if schemas[name].get("additionalProperties") is not False}
    assert loose == set()


def test_nothing_of_frameworks_shows() -> None:
    for word in ("HTTPValidationError", "fastapi", "pydantic", "-Input", "-Output"):
        assert word not in TEXT
