r"""One cell to a value and back.

Several values stand in one cell, separated by `;` or a line break. In a value `\` goes before `\`,
`;`, a line break and a blank at its beginning or end.

    emails         sam@home.example (personal); sam@work.example
    phones         +17035550100 (mobile)
    tags           sales; intern 2019
    competencies   academics=2; customer-facing=3 (assessed)
    external_ids   greenhouse:candidate:17

A cell that a spreadsheet would take for a formula (it begins with = + - @, a tab or a line break)
gets an apostrophe before it when it goes out, and loses it when it comes in.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from app.candidates.rules import Address, Level, Phone
from app.core.schema import (
    Day,
    EmailText,
    ExternalIdPart,
    Instant,
    Line,
    PhoneText,
    Prose,
    Slug,
    Text,
)
from app.external_ids.rules import Name

_FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_ITEM = re.compile(r"((?:\\.|\\\Z|[^;\n\\])*)(?:[;\n]|\Z)", re.DOTALL)
_OUTER_BLANKS = re.compile(r"^ | \Z")
# A number may hold brackets as people write it, a kind as we wrote it.
_KINDS = (re.compile(r"(.*\S) \(([^()]+)\)"), re.compile(r"(\S+) \((.+)\)"))
_LEVEL = re.compile(r"(.+?)\s*[=:]\s*([1-5])(?: \((declared|assessed)(?:, (\S+))?\))?")
YES, NO = {"true", "yes", "y", "1", "x", "ja", "oui"}, {"false", "no", "n", "0", "nein", "non"}


class CellError(ValueError):
    """Why a cell cannot be taken; the sentence repeats nothing of it."""


def guarded(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """Return a cell as it was before it was guarded."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


# ------------------------------------------------------------------------------------------ lists


def joined(items: Iterable[str]) -> str:
    """Return several values in one cell."""
    return "; ".join(_OUTER_BLANKS.sub(r"\\ ", _escaped(item)) for item in items)


def _escaped(item: str) -> str:
    return re.sub(r"([\\;\n])", r"\\\1", item)


def split(text: str) -> list[str]:
    """Return the values in a cell."""
    items = [found[1] for found in _ITEM.finditer(text.replace("\r\n", "\n"))]
    return [re.sub(r"\\(.)", r"\1", bare, flags=re.DOTALL) for bare in map(_bare, items) if bare]


def _bare(item: str) -> str:
    """Strip blanks, but none that a backslash keeps."""
    kept = item.strip(" ")
    return f"{kept} " if re.search(r"(?<!\\)(?:\\\\)*\\\Z", kept) else kept


def _with_kind(item: str) -> tuple[str, str | None]:
    found = next(filter(None, (form.fullmatch(item) for form in _KINDS)), None)
    return (item, None) if found is None else (found[1], found[2])


def _and_kind(value: str, kind: str | None) -> str:
    return value if kind is None else f"{value} ({kind})"


# -------------------------------------------------------------------------------------- coming in


def _checked(kind: Any) -> Callable[[Any], Any]:
    adapter: TypeAdapter[Any] = TypeAdapter(kind)

    def check(value: Any) -> Any:
        try:
            return adapter.validate_python(value)
        except ValidationError as error:
            why = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
            raise CellError(why[:1].lower() + why[1:]) from error

    return check


line = _checked(Line)
prose = _checked(Prose)
text_ = _checked(Text)
day_ = _checked(Day)
slug = _checked(Slug)
_address, _phone = _checked(EmailText), _checked(PhoneText)
_part, _short, _instant = _checked(ExternalIdPart), _checked(Line), _checked(Instant)


def emails(text: str) -> list[Address]:
    """Read e-mail addresses; a comma separates them too."""
    separated = text if ";" in text or "(" in text else text.replace(",", ";")
    told = (_with_kind(item) for item in split(separated))
    return [Address(_address(address), kind and _short(kind)) for address, kind in told]


def phones(text: str) -> list[Phone]:
    """Read telephone numbers."""
    told = (_with_kind(item) for item in split(text))
    return [Phone(_phone(number), kind and _short(kind)) for number, kind in told]


def tags(text: str) -> list[str]:
    """Read tags."""
    return [line(item) for item in split(text)]


def competencies(text: str) -> list[Level]:
    """Read levels in competencies: `academics=2 (assessed)`; declared unless told otherwise."""
    return [_level(item) for item in split(text)]


def _level(item: str) -> Level:
    found = _LEVEL.fullmatch(item)
    if found is None:
        raise CellError("a level is written academics=2, from 1 to 5")
    at = None if found[4] is None else _instant(found[4])
    return Level(slug(found[1]), int(found[2]), found[3] or "declared", at)


def external_ids(text: str) -> list[Name]:
    """Read what other systems call the row."""
    return [external_id(item) for item in split(text)]


def external_id(item: str) -> Name:
    """Read one `source:type:id`."""
    try:
        source, kind, id_ = item.split(":", 2)
    except ValueError as error:
        raise CellError("an external id is written source:type:id") from error
    return Name(_part(source), _part(kind), line(id_))


def flag(text: str) -> bool:
    """Read yes or no."""
    word = text.strip().casefold()
    if word in YES | NO:
        return word in YES
    raise CellError("is neither yes nor no")


_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3},\d{3}", re.ASCII)
_LONGEST_OWN = 5000


def number(text: str) -> float:
    """Read a number, with a point or a comma; `1,000` could be two."""
    told = text.strip()
    if not _NUMBER.fullmatch(told):
        raise CellError("is a number, such as 43 or 1.5")
    if _GROUPED.fullmatch(told):
        raise CellError("could be two numbers: write 1000 or 1.0")
    found = float(told.replace(",", "."))
    if not isfinite(found):
        raise CellError("is a number of any usual size")
    return found


def own_value(kind: str) -> Callable[[str], Any]:
    """Return how a value is read of a field of the organization's own of this type."""
    return _OWN_VALUES[kind]


def _own_text(text: str) -> str:
    if len(text) > _LONGEST_OWN:
        raise CellError(f"text may have {_LONGEST_OWN} characters")
    found: str = text_(text.strip())
    return found


_OWN_VALUES: dict[str, Callable[[str], Any]] = {
    "text": _own_text,
    "number": number,
    "boolean": flag,
    "date": lambda text: day(text).isoformat(),
    "select": _own_text,
    "multi_select": lambda text: [_own_text(item) for item in split(text)],
    "url": _own_text,
}

_FORMS = ("%Y/%m/%d", "%d.%m.%Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y")
_SLASHED = re.compile(r"(\d\d?)/(\d\d?)/(\d{4})(?: .*)?")
_CLOCK = re.compile(
    r"(?P<day>.*\d{4}),?[ T](?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d))?"
    r"(?: ?(?P<half>[ap])\.?m\.?| Uhr)?",
    re.IGNORECASE,
)
_OFFSET = re.compile(r" (?:(?:UTC|GMT|Z)|([+-]\d\d:?\d\d))$")
_NOON = 12
_ISO_START = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]|$)")
_MONTHS = 12


def day(text: str) -> date:
    """Read a day: 2019-05-13, 13.05.2019, 13 May 2019; with slashes where there is no doubt."""
    told = text.strip()
    clock = _CLOCK.fullmatch(told)
    found: date = day_(_iso(told if clock is None else clock["day"]))
    return found


def _iso(told: str) -> str:
    if _ISO_START.match(told):
        return told[:10]
    for form in _FORMS:
        try:
            return datetime.strptime(told, form).date().isoformat()  # noqa: DTZ007 - a day has none
        except ValueError:
            continue
    slashed = _SLASHED.fullmatch(told)
    if slashed is None:
        return told
    first, second, year = int(slashed[1]), int(slashed[2]), slashed[3]
    if first <= _MONTHS and second <= _MONTHS and first != second:
        raise CellError("could be two days: write 2019-05-13")
    month, of_month = (second, first) if first > _MONTHS else (first, second)
    return f"{year}-{month:02}-{of_month:02}"


def instant(text: str, zone: ZoneInfo) -> datetime:
    """Read an instant; without an offset it is the zone's, and a day alone is its beginning."""
    told = _OFFSET.sub(lambda offset: offset[1] or "+00:00", text.strip())
    try:
        found = datetime.fromisoformat(told)
    except ValueError:
        found = datetime.combine(day(told), _time_of_day(told))
    if found.tzinfo is None:
        found = found.replace(tzinfo=zone)
    checked: datetime = _instant(found.astimezone(UTC))
    return checked


def _time_of_day(told: str) -> time:
    clock = _CLOCK.fullmatch(told)
    if clock is None:
        return time()
    hour, minute, second = (int(clock[part] or 0) for part in ("hour", "minute", "second"))
    if clock["half"] is not None:
        hour = hour % _NOON + (_NOON if clock["half"].lower() == "p" else 0)
    try:
        return time(hour, minute, second)
    except ValueError as error:
        raise CellError("there is no such time of day") from error


# ---------------------------------------------------------------------------------------- going out


def of_emails(values: Iterable[Address]) -> str:
    """Write e-mail addresses."""
    return joined(_and_kind(each.address, each.type) for each in values)


def of_phones(values: Iterable[Phone]) -> str:
    """Write telephone numbers."""
    return joined(_and_kind(each.number, each.type) for each in values)


def of_competencies(values: Iterable[Level]) -> str:
    """Write levels in competencies, with since when where that was told."""
    return joined(
        f"{each.competency}={each.level} ({each.source}{_since(each.effective_at)})"
        for each in values
    )


def of_own_value(value: Any) -> str:
    """Write a value of a field of the organization's own."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return joined(value)
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def _since(at: datetime | None) -> str:
    return "" if at is None else f", {at.isoformat()}"


def of_external_ids(values: Iterable[Name]) -> str:
    """Write what other systems call the row."""
    return joined(":".join(name) for name in values)
