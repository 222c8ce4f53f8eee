from typing import Any

import pytest

from app.custom_fields.rules import Field, merged, options_fault, value_fault, value_faults


def field(kind: str, **told: Any) -> Field:
    usual = {"key": "f", "options": ["a", "b"], "required": False, "archived": False}
    return Field(type=kind, **{**usual, **told})


GOOD: dict[str, list[object]] = {
    "text": ["x", "a\nb"],
    "number": [0, -1.5, 2019],
    "boolean": [True, False],
    "date": ["2019-05-13", "2020-02-29"],
    "select": ["a"],
    "multi_select": [["a"], ["b", "a"], []],
    "url": ["https://zyx.example/card?a=1", "http://[::1]:80"],
}
BAD: dict[str, list[object]] = {
    "text": ["", "  ", 1, True, ["x"]],
    "number": ["1", True, [1]],
    "boolean": [1, 0, "true"],
    "date": ["2019-5-13", "2019-02-29", "13.05.2019", "2019-05-13T00:00:00Z", 20190513],
    "select": ["c", "A", ["a"], 1, ""],
    "multi_select": ["a", ["a", "c"], ["a", "a"], True],
    "url": ["javascript:alert(1)", "zyx.example", "https://", "https://a b", "ftp://x", 1],
}


@pytest.mark.parametrize("kind", GOOD)
def test_a_field_takes_values_of_its_type_alone(kind: str) -> None:
    assert [value for value in GOOD[kind] if value_fault(field(kind), value)] == []
    assert [value for value in BAD[kind] if not value_fault(field(kind), value)] == []


@pytest.mark.parametrize(
    ("kind", "options", "fits"),
    [
        ("select", ["a"], True),
        ("multi_select", ["a", "b"], True),
        ("select", [], False),
        ("select", ["a", "a"], False),
        ("text", [], True),
        ("text", ["a"], False),
    ],
)
def test_options_belong_to_what_is_selected(kind: str, options: list[str], *, fits: bool) -> None:
    assert (options_fault(kind, options) is None) is fits


def test_what_is_required_is_wanted_of_new_rows_and_stays() -> None:
    fields = {
        "must": field("text", key="must", required=True),
        "may": field("text", key="may"),
        "old": field("text", key="old", required=True, archived=True),
    }
    assert [key for key, _ in value_faults(fields, {"may": "x"}, new=True)] == ["must"]
    assert list(value_faults(fields, {"may": "x"}, new=False)) == []
    assert [key for key, _ in value_faults(fields, {"must": None}, new=False)] == ["must"]
    assert [key for key, _ in value_faults(fields, {"old": "x"}, new=False)] == ["old"]
    assert list(value_faults(fields, {"old": None}, new=False)) == []
    assert [key for key, _ in value_faults(fields, {"none": 1}, new=False)] == ["none"]
    assert merged(fields, {"must": "x", "may": "y"}, {"may": None}) == {"must": "x"}
