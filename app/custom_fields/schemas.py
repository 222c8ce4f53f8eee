"""HTTP shapes of custom fields and of their values."""

import math
import re
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, PlainValidator, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.core.problems import Invalid
from app.core.schema import CONTROLS, Body, Flag, Line, LongLine, Read, text_fault
from app.models.custom_field import CustomField

AppliesTo = Literal["candidate", "position", "application"]
FieldType = Literal["text", "number", "boolean", "date", "select", "multi_select", "url"]
_KEY = r"^[a-z][a-z0-9_]{0,49}$"
_Key = Annotated[str, StringConstraints(pattern=_KEY)]
_Options = Annotated[
    list[Line], Field(max_length=100, description="What a select or multi_select takes.")
]

_LONGEST = 5000
_MOST = 100
_NO_NUL = r"^[^\u0000]*$"
# Which branch it is, is said by the value's kind, in place of `anyOf`: of a union of a scalar and
# an array generators of Java and Go make programs that do not compile.
_VALUE: dict[str, Any] = {
    "if": {"type": "array", "items": {"type": "string"}},
    "then": {
        "type": "array",
        "items": {"type": "string", "maxLength": _LONGEST, "pattern": _NO_NUL},
        "maxItems": _MOST,
    },
    "else": {
        "type": ["string", "number", "boolean", "null"],
        "maxLength": _LONGEST,
        "pattern": _NO_NUL,
    },
}


def _value(value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, list) and len(value) <= _MOST and {type(one) for one in value} <= {str}:
        return [_text(one) for one in value]
    if isinstance(value, str):
        return _text(value)
    code, why = "custom_value", "Input should be text, a number, true, false or an array of texts"
    raise PydanticCustomError(code, "{why}", {"why": why})


def _number(value: float) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        code = "custom_value"
        raise PydanticCustomError(code, "Input should be a finite number")
    return number


def _text(text: str) -> str:
    fault = text_fault(text) if len(text) <= _LONGEST else f"Text may have {_LONGEST} characters"
    if fault is not None:
        code = "custom_value"
        raise PydanticCustomError(code, "{why}", {"why": fault})
    return text


_Value = Annotated[Any, PlainValidator(_value), WithJsonSchema(_VALUE)]


def _known_form(key: str) -> str:
    if not re.fullmatch(_KEY, key):
        code = "custom_key"
        raise PydanticCustomError(code, "There is no such field")
    return key


# Which keys of this form there are, the organization has said; of another form there is none.
_BY_KEY: dict[str, Any] = {"propertyNames": {"pattern": _KEY}}
CustomValues = Annotated[
    dict[Annotated[str, AfterValidator(_known_form)], _Value],
    Field(
        max_length=200,
        json_schema_extra=_BY_KEY,
        description="Values of the organization's own fields, by key: what is not given stays, "
        "null clears. See `/v1/custom-fields`.",
        examples=[{"shirt_size": "M", "languages": ["de", "en"]}],
    ),
]
CustomValuesRead = Annotated[
    dict[str, Annotated[Any, WithJsonSchema(_VALUE)]],
    Field(
        json_schema_extra=_BY_KEY,
        description="Values of the organization's own fields, by key; those without one are left "
        "out.",
        examples=[{"shirt_size": "M", "languages": ["de", "en"]}],
    ),
]
_KeyAndValue = Annotated[
    LongLine, Field(json_schema_extra={"pattern": rf"{_KEY.removesuffix('$')}:[^{CONTROLS}]*$"})
]
CustomFilter = Annotated[
    _KeyAndValue | None,
    Field(description="`key:value`: whose custom field has this value, or has it among others."),
]


def custom_filter(text: str | None) -> tuple[str, str] | None:
    """Read `key:value`, the form in which a filter names a value; raises Invalid."""
    if text is None:
        return None
    key, colon, value = text.partition(":")
    if not colon or not re.fullmatch(_KEY, key):
        raise Invalid("?custom_field", "Input should be key:value")
    return key, value


class CustomFieldCreate(Body):
    """A field of the organization's own."""

    applies_to: AppliesTo
    key: _Key = Field(description="By what it is named in `custom_fields`; never changes.")
    name: Line = Field(description="What people call it.")
    type: FieldType = Field(description="Which values it takes; never changes.")
    options: _Options = Field(default=[])
    required: Flag = Field(
        default=False, description="A new row is refused without it, and nobody can clear it."
    )


class CustomFieldUpdate(Body):
    """What may be changed of a field: what is not given stays, options are replaced."""

    name: Line = Field(default_factory=str, description="What people call it.")
    options: _Options = Field(default_factory=list)
    required: Flag = Field(default_factory=bool)
    archived: Flag = Field(
        default_factory=bool,
        description="An archived field takes no values any more; those there are stay, and can be "
        "cleared.",
    )


class CustomFieldRead(Read):
    """A field of the organization's own."""

    id: UUID
    applies_to: AppliesTo
    key: str
    name: str
    type: FieldType
    options: list[str]
    required: bool
    archived_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


def custom_field_read(row: CustomField) -> CustomFieldRead:
    """Return the shape of a field."""
    return CustomFieldRead.model_validate(row)
