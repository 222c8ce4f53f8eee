"""What a custom field may be, and which values it takes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlsplit

OPTIONAL_TYPES = frozenset({"select", "multi_select"})
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LONGEST_URL = 2000
_BLANK = re.compile(r"[\s\x00-\x20\x7f]")


class Field(NamedTuple):
    """A field as its values are checked by it."""

    key: str
    type: str
    options: Sequence[str]
    required: bool
    archived: bool
    name: str = ""


def options_fault(kind: str, options: Sequence[str]) -> str | None:
    """Say what is wrong with the options of a field of this type, None where nothing is."""
    if kind not in OPTIONAL_TYPES:
        return f"A field of type {kind} has no options" if options else None
    if not options:
        return "There is nothing to select from"
    return "An option is named twice" if len(set(options)) < len(options) else None


def value_fault(field: Field, value: object) -> str | None:
    """Say what is wrong with a value of the field, None where nothing is."""
    wanted = _WANTED[field.type]
    if not wanted.fits(value):
        return f"Input should be {wanted.words}"
    chosen = {"select": [value], "multi_select": value}.get(field.type, [])
    assert isinstance(chosen, list)
    if not set(chosen) <= set(field.options):
        return "Input should be of the field's options"
    return "An option is chosen twice" if len(set(chosen)) < len(chosen) else None


def merged(
    fields: Mapping[str, Field], before: Mapping[str, Any], told: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the values after `told`: what is not told stays, null clears."""
    after = {**before, **told}
    return {key: value for key, value in after.items() if value is not None and key in fields}


def value_faults(
    fields: Mapping[str, Field], told: Mapping[str, Any], *, new: bool
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the values told, as (key, why); `new` rows want what is required."""
    for key, value in told.items():
        field = fields.get(key)
        if field is None:
            yield key, "There is no such field"
        elif value is None:
            if field.required and not field.archived:
                yield key, "The field is required"
        elif field.archived:
            yield key, "The field is archived"
        elif fault := value_fault(field, value):
            yield key, fault
    if new:
        for key, field in fields.items():
            if field.required and not field.archived and key not in told:
                yield key, "The field is required"


class _Wanted(NamedTuple):
    words: str
    fits: Any


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_day(value: object) -> bool:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_link(value: object) -> bool:
    if not isinstance(value, str) or len(value) > _LONGEST_URL or _BLANK.search(value):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


_WANTED = {
    "text": _Wanted("text that is not blank", _is_text),
    "number": _Wanted("a number", _is_number),
    "boolean": _Wanted("true or false", lambda value: isinstance(value, bool)),
    "date": _Wanted("a date, such as 2019-05-13", _is_day),
    "select": _Wanted("one of the field's options", lambda value: isinstance(value, str)),
    "multi_select": _Wanted("an array of options", lambda value: isinstance(value, list)),
    "url": _Wanted("an address that begins with http:// or https://", _is_link),
}
