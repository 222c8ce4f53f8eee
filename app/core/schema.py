"""The types of which every HTTP shape is made: what comes in is refused here or is fit to be kept.

    class CandidateCreate(Body):
        full_name: Line
        tags: list[Annotated[Line, Field(max_length=80)]] = []
        available_from: Day | None = None

    class CandidateRead(Read):
        full_name: str

Text is kept as it was sent. It is refused where it holds NUL or half of a surrogate pair, which no
store keeps, where a line holds line breaks or other control characters, and where it is blank.
A validator's message never repeats the input: it is shown to the client.
"""

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime
from typing import Annotated, Any, NoReturn
from uuid import UUID

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    Strict,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError
from starlette.requests import Request

from app.core.problems import Invalid, shown

FIRST_YEAR = 1900
LAST_YEAR = 2200
_FIRST_INSTANT = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
_END_OF_TIME = datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)


# More than any shape has, and few enough to say of each that it is unknown.
_MOST_FIELDS = 200


class Body(BaseModel):
    """What comes in: unknown fields, NaN and infinity are refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _has_no_crowd_of_fields(cls, data: Any) -> Any:
        if isinstance(data, dict) and len(data) > _MOST_FIELDS:
            _refuse(f"An object may have {_MOST_FIELDS} fields")
        return data


class Read(BaseModel):
    """What goes out. No field has a default, so OpenAPI calls each required; null is said aloud."""

    model_config = ConfigDict(from_attributes=True, allow_inf_nan=False, hide_input_in_errors=True)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        optional = [name for name, field in cls.model_fields.items() if not field.is_required()]
        if optional:
            message = f"{cls.__name__}: a field that is read has no default: {', '.join(optional)}"
            raise TypeError(message)


def _refuse(why: str) -> NoReturn:
    code = "refused"
    raise PydanticCustomError(code, "{why}", {"why": why})


# --------------------------------------------------------------------------------------------- text

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# What is white space for Python, and for JavaScript: OpenAPI's patterns are the latter's.
_BLANK = re.compile(r"[\s\ufeff]*")


def text_fault(text: str) -> str | None:
    """Say why a store could not keep this text, None if it can."""
    if "\x00" in text:
        return "Text may not hold the character NUL"
    if _SURROGATE.search(text):
        return "Text may not hold half of a surrogate pair"
    return None


def _storable(text: str) -> str:
    fault = text_fault(text)
    return text if fault is None else _refuse(fault)


def _filled(text: str) -> str:
    return _refuse("Text may not be blank") if _BLANK.fullmatch(text) else text


def _one_line(text: str) -> str:
    if _CONTROL.search(text):
        _refuse("Text may not hold line breaks or other control characters")
    return text


# How the validators read in OpenAPI: programs made from it send nothing that is refused.
CONTROLS = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
_NO_NUL = {"pattern": r"^[^\u0000]*$"}
_FILLED = rf"[^{CONTROLS}]*[^\s{CONTROLS}][^{CONTROLS}]*"
_NO_CONTROL = {"pattern": f"^{_FILLED}$"}
_NOT_BLANK = {"pattern": r"^[^\u0000]*[^\s\u0000\u001c-\u001f\u0085\ufeff][^\u0000]*$"}
_PART = rf"[^:{CONTROLS}]*[^:\s{CONTROLS}][^:{CONTROLS}]*"

Text = Annotated[
    str,
    StringConstraints(max_length=1_000_000),
    AfterValidator(_storable),
    Field(json_schema_extra=_NO_NUL),
]
"""Any text that can be kept, also none, up to 1,000,000 characters."""

Prose = Annotated[
    str,
    StringConstraints(max_length=50_000),
    AfterValidator(_storable),
    Field(json_schema_extra=_NO_NUL),
]
"""Text of several lines, up to 50,000 characters; may be empty."""

FilledProse = Annotated[
    Prose,
    StringConstraints(min_length=1),
    AfterValidator(_filled),
    Field(json_schema_extra=_NOT_BLANK),
]
"""Text of several lines that is not blank, up to 50,000 characters."""

Line = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200),
    AfterValidator(_storable),
    AfterValidator(_one_line),
    AfterValidator(_filled),
    Field(json_schema_extra=_NO_CONTROL),
]
"""One line, not blank, up to 200 characters; `Annotated[Line, Field(max_length=80)]` for less."""

LongLine = Annotated[
    str,
    StringConstraints(min_length=1, max_length=500),
    AfterValidator(_storable),
    AfterValidator(_one_line),
    AfterValidator(_filled),
    Field(json_schema_extra=_NO_CONTROL),
]
"""One line, not blank, up to 500 characters."""


# --------------------------------------------------------------------------------------- competency


def slug(text: str) -> str:
    """Return the one form in which a competency is named: `Customer Facing` is `customer-facing`.

    Lower case, words joined by hyphens; letters, their marks and digits of any script. `+` and `#`
    stay: C, C++ and C# are three things.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "-".join("".join(sign if _names(sign) else " " for sign in folded).split())


def _names(sign: str) -> bool:
    return sign in "+#" or unicodedata.category(sign)[0] in "LMN"


def _slug(text: str) -> str:
    made = slug(_storable(text))
    return made or _refuse("A competency is named with letters or digits")


Slug = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100),
    AfterValidator(_slug),
    Field(json_schema_extra=_NO_NUL),
]
"""A competency's name in the form that `slug` gives."""


# ------------------------------------------------------------------------------------------ numbers


def _number(value: object) -> object:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else _refuse("Input should be a number")


def _no_endless_number(value: object) -> object:
    number = _number(value)
    if isinstance(number, int):
        try:
            return float(number)
        except OverflowError:
            _refuse("Input should be a finite number")
    return number


Flag = Annotated[bool, Strict()]
"""True or false in a body; no number and no word stands for either."""

Int64 = Annotated[int, BeforeValidator(_number), Field(ge=-(2**63), le=2**63 - 1)]
"""A whole number in a body that fits 64 bits; no text and no truth value stands for one."""

Number = Annotated[float, BeforeValidator(_no_endless_number), Field(allow_inf_nan=False)]
"""A finite number in a body; no text and no truth value stands for one."""


# --------------------------------------------------------------------------------------------- time

_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)([Zz]|[+\- ]\d\d:?\d\d)", re.ASCII
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT_WANTED = "Input should be a date and time with an offset, such as 2019-05-13T09:00:00Z"
_DAY_WANTED = "Input should be a date, such as 2019-05-13"
_YEARS = f"Years from {FIRST_YEAR} to {LAST_YEAR} are taken"


def _instant_text(value: object) -> object:
    if isinstance(value, datetime):
        return value
    found = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        _refuse(_INSTANT_WANTED)
    # An unescaped + in an address arrives as a blank; before an offset it can be nothing else.
    return found[1] + found[2].replace(" ", "+")


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None or value.utcoffset() is None:
        _refuse(_INSTANT_WANTED)
    if not _FIRST_INSTANT <= value < _END_OF_TIME:
        _refuse(_YEARS)
    return value.astimezone(UTC)


def _day_text(value: object) -> object:
    is_day = isinstance(value, date) and not isinstance(value, datetime)
    if is_day or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    return _refuse(_DAY_WANTED)


def _known_year(value: date) -> date:
    return value if FIRST_YEAR <= value.year <= LAST_YEAR else _refuse(_YEARS)


Instant = Annotated[datetime, BeforeValidator(_instant_text), AfterValidator(_in_utc)]
"""An instant, RFC 3339 with its offset (seconds may be left out), given in UTC."""

Day = Annotated[date, BeforeValidator(_day_text), AfterValidator(_known_year)]
"""A day, YYYY-MM-DD."""


# ------------------------------------------------------------------------ addresses, phones, links

_NOT_AN_ADDRESS = "Input should be an e-mail address"
# Whether a domain can be reached is not asked: data of tests and of former employers is full of
# reserved and dead ones. Put below another, a domain is checked for its spelling alone.
_BELOW = ".example.com"


def _email(text: str) -> str:
    squeezed = "".join(_storable(text).split()).strip("<>")
    try:
        checked = validate_email(squeezed + _BELOW, check_deliverability=False)
    except EmailNotValidError:
        _refuse(_NOT_AN_ADDRESS)
    return checked.normalized.removesuffix(_BELOW)


EmailText = Annotated[
    str,
    StringConstraints(min_length=3, max_length=254),
    AfterValidator(_email),
    Field(json_schema_extra={"format": "email"}),
]
"""An e-mail address: without white space, the domain in lower case, the name before @ as sent."""

_LEAST_DIGITS = 3


def _phone(text: str) -> str:
    try:
        number = phonenumbers.parse(_storable(text), None)
        if phonenumbers.is_possible_number(number):
            e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            return f"{e164};ext={number.extension}" if number.extension else e164
    except phonenumbers.NumberParseException:
        pass
    # A number without its country: only whoever dials it knows more.
    digits = "".join(str(unicodedata.digit(sign)) for sign in text if sign.isdecimal())
    if len(digits) < _LEAST_DIGITS:
        _refuse("Input should be a telephone number")
    return ("+" if text.lstrip().startswith("+") else "") + digits


PhoneText = Annotated[
    str,
    StringConstraints(min_length=3, max_length=60),
    AfterValidator(_phone),
    Field(json_schema_extra=_NO_NUL),
]
"""A telephone number: E.164 (and `;ext=`) where its country is told, else its digits."""

_URL = TypeAdapter(HttpUrl)


def _link(text: str) -> str:
    _one_line(_storable(text))
    try:
        _URL.validate_python(text)
    except ValidationError:
        _refuse("Input should be an address that begins with http:// or https://")
    return text


HttpUrlText = Annotated[
    str,
    StringConstraints(min_length=8, max_length=2000),
    AfterValidator(_link),
    Field(json_schema_extra={"format": "uri", "pattern": f"^{_FILLED}$"}),
]
"""A link that a browser may be given: http or https; kept as it was sent."""


def _no_colon(text: str) -> str:
    return _refuse("May not hold a colon") if ":" in text else text


ExternalIdPart = Annotated[
    Line,
    Field(max_length=100, json_schema_extra={"pattern": f"^{_PART}$"}),
    AfterValidator(_no_colon),
]
"""A system's name, or what it calls a kind of thing: a line without a colon."""


class ExternalId(Body):
    """By what another system knows something; comes in and goes out in this one shape."""

    model_config = ConfigDict(from_attributes=True, frozen=True)

    source: ExternalIdPart = Field(description="The system: `greenhouse`.")
    type: ExternalIdPart = Field(description="What it calls the thing: `candidate`.")
    id: Line = Field(description="Its id there.")

    @classmethod
    def parse(cls, text: str, pointer: str = "?external_id") -> "ExternalId":
        """Read `source:type:id`, the form in which a filter names one; the id may hold colons.

        Raises:
            Invalid: it is none, at `pointer`.
        """
        parts = text.split(":", 2)
        try:
            source, kind, id_ = parts
            return cls(source=source, type=kind, id=id_)
        except ValueError as error:
            raise Invalid(pointer, "Input should be source:type:id") from error


# --------------------------------------------------------------------------------- query parameters

MOST_IDS = 200
_UUID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_UUIDS = re.compile(f"{_UUID}( *, *{_UUID}){{0,{MOST_IDS - 1}}}", re.ASCII)

IdsText = Annotated[str, Field(json_schema_extra={"pattern": f"^{_UUIDS.pattern}$"})]
"""What `id_list` reads: how many there may be is in the pattern; a request's line is bounded."""

ExternalIdText = Annotated[
    str,
    StringConstraints(min_length=5, max_length=402),
    Field(json_schema_extra={"pattern": f"^{_PART}:{_PART}:{_FILLED}$"}),
]
"""What `ExternalId.parse` reads."""


def id_list(text: str | None, pointer: str = "?ids") -> list[UUID] | None:
    """Read ids separated by commas, at most 200; None where the filter is not given.

    Raises:
        Invalid: one is no id, or there are too many, at `pointer`.
    """
    if text is None:
        return None
    if not _UUIDS.fullmatch(text):
        raise Invalid(pointer, f"Input should be ids separated by commas, at most {MOST_IDS}")
    return [UUID(part.strip()) for part in text.split(",")]


def _query_names(dependant: Dependant) -> Iterator[str]:
    for field in dependant.query_params:
        shape = field.field_info.annotation
        if isinstance(shape, type) and issubclass(shape, BaseModel):
            yield from (one.alias or name for name, one in shape.model_fields.items())
        else:
            yield field.alias
    for below in dependant.dependencies:
        yield from _query_names(below)


_UNKNOWN = "Unknown query parameter"
_LONGEST_NAME = 40


def refuse_unknown_query(request: Request) -> None:
    """Refuse a query parameter that the request's route, or a dependency of it, does not declare.

    Those that `include_router(dependencies=...)` adds are not seen.

    Raises:
        Invalid: a misspelled filter would otherwise answer with everything.
    """
    given = request.query_params.keys()
    route = request.scope.get("route")
    if not given or not isinstance(route, APIRoute):
        return
    known = set(_query_names(route.dependant))
    unknown = [name for name in dict.fromkeys(given) if name not in known]
    if unknown:
        raise Invalid.of((f"?{shown(name)}", _unknown(name, known)) for name in unknown)


# What people look for somebody by, where a list has one parameter for all of it.
_LOOKED_FOR = {"name", "full_name", "search", "query", "text", "phone", "address", "keyword"}


def _unknown(name: str, known: Collection[str]) -> str:
    """Say that a parameter is unknown, and which one may have been meant."""
    if "q" in known and name.lower() in _LOOKED_FOR:
        return "Unknown query parameter: q= looks in names, addresses and texts"
    near = difflib.get_close_matches(name[:_LONGEST_NAME].lower(), known, n=1)
    return f"Unknown query parameter: did you mean {near[0]}=?" if near else _UNKNOWN
