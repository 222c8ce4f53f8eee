"""When a message was written: the date in a quoted header block, and the instant that counts."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone

from app.intake.email.labels import MONTHS, WEEKDAYS

TRUSTED_BEFORE_RECEIPT = timedelta(hours=48)
PLAUSIBLE_YEARS = range(1980, 2201)
_SAME_MOMENT = timedelta(hours=15)
_FARTHEST_ZONE = timedelta(hours=14)
_NOON = 12

_MONTH = "|".join(sorted((re.escape(name) for name in MONTHS), key=len, reverse=True))
_DAY_MONTH_YEAR = re.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?[\s-]{{1,3}}(?:de\s|of\s)?({_MONTH})\b[.,]?[\s-]{{0,3}}"
    r"(?:de[l]?\s)?(\d{4})(?!\d)"
)
_MONTH_DAY_YEAR = re.compile(
    rf"\b({_MONTH})\b\.?\s{{1,3}}(\d{{1,2}})(?:st|nd|rd|th)?,?\s{{1,3}}(\d{{4}})(?!\d)"
)
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_CJK = re.compile(r"(?<!\d)(\d{4})\s?年\s?(\d{1,2})\s?月\s?(\d{1,2})\s?日")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)")
_TIME = re.compile(
    r"(?<![\d:])(\d{1,2})(?:[:h]|\.(?=\d\d\s?(?:$|[ap]\.?m|uhr|\()))(\d{2})(?::(\d{2}))?(?![\d:])"
)
_AFTERNOON = re.compile(r"(?<![a-z])p\.?\s?m\b|下午|午後|晚上|오후")
_FORENOON = re.compile(r"(?<![a-z])a\.?\s?m\b|上午|午前|早上|凌晨|오전")
_OFFSET = re.compile(
    r"(?:(?:gmt|utc)\s?|\s|(?<=\d))([+\N{MINUS SIGN}-])(\d{1,2})(?::?(\d{2}))?(?!\d)"
)
_ZONE = re.compile(
    r"\b(utc|gmt|z|cet|cest|mez|mesz|eet|eest|wet|west|msk|jst"
    r"|est|edt|cst|cdt|mst|mdt|pst|pdt)\b(?!\s?[+\N{MINUS SIGN}-]\d)"
)
_ZONES = {
    "utc": 0, "gmt": 0, "z": 0, "cet": 1, "cest": 2, "mez": 1, "mesz": 2, "eet": 2, "eest": 3,
    "wet": 0, "west": 1, "msk": 3, "jst": 9,
    # As RFC 5322 names them for the Date header.
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_][^\W\d_-]*(?:-feira)?")


def occurred_at(sent_at: datetime | None, received_at: datetime) -> datetime:
    """When a live message happened (design, section 4 point 1).

    By its receipt, or by its Date header where that lies within the 48 hours before. A Date ahead
    of the receipt, be it by the five minutes' grace or by years, is taken as the receipt. Both
    aware; the answer is in UTC.
    """
    if sent_at is not None and received_at - TRUSTED_BEFORE_RECEIPT <= sent_at <= received_at:
        return sent_at.astimezone(UTC)
    return received_at.astimezone(UTC)


def same_moment(first: datetime | None, second: datetime | None) -> bool:
    """Whether two dates may be one instant told in two zones: at most 15 hours apart, or unknown.

    Pass the caller's reading of a `sent_local`; zones of the earth differ from it by no more.
    """
    if first is None or second is None:
        return True
    return abs(first - second) <= _SAME_MOMENT


def written_date(text: str) -> tuple[datetime | None, datetime | None]:
    """The date in a header block: (aware in UTC, None), (None, naive as written), or (None, None).

    Nothing is guessed: a numeric date that could be read two ways counts only if its weekday
    settles which; a date without a time is none. An abbreviated zone that several zones share
    (IST, BST) leaves the date naive.
    """
    folded = " ".join(text[:200].replace(",", ", ").casefold().split())
    day = _calendar_day(folded)
    hour = _time_of_day(folded)
    if day is None or hour is None or day.year not in PLAUSIBLE_YEARS:
        return None, None
    local = datetime.combine(day, hour)
    offset = _offset(folded)
    if offset is None:
        return None, local
    return local.replace(tzinfo=timezone(offset)).astimezone(UTC), None


def _calendar_day(text: str) -> date | None:
    if match := _DAY_MONTH_YEAR.search(text):
        return _day(match[3], MONTHS[match[2]], match[1])
    if match := _MONTH_DAY_YEAR.search(text):
        return _day(match[3], MONTHS[match[1]], match[2])
    if match := _CJK.search(text):
        return _day(match[1], match[2], match[3])
    if match := _YEAR_FIRST.search(text):
        return _day(match[1], match[3], match[4])
    if match := _YEAR_LAST.search(text):
        return _year_last(text, match[1], match[2], match[3], match[4])
    return None


def _year_last(text: str, first: str, sign: str, second: str, year: str) -> date | None:
    day_first, month_first = _day(year, second, first), _day(year, first, second)
    if sign == "." or day_first == month_first:
        # With dots, the day stands first in every language that writes so.
        return day_first
    readings = [day for day in (day_first, month_first) if day is not None]
    named = {WEEKDAYS[word] for word in _WORD.findall(text) if word in WEEKDAYS}
    if len(readings) > 1:
        readings = [day for day in readings if day.weekday() in named]
    return readings[0] if len(readings) == 1 else None


def _day(year: str, month: str | int, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _time_of_day(text: str) -> time | None:
    match = _TIME.search(text)
    if match is None:
        return None
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if _AFTERNOON.search(text) and hour < _NOON:
        hour += _NOON
    elif _FORENOON.search(text) and hour == _NOON:
        hour = 0
    try:
        return time(hour, minute, second)
    except ValueError:
        return None


def _offset(text: str) -> timedelta | None:
    clock = _TIME.search(text)
    after = text[clock.end() :] if clock else text
    if match := _OFFSET.search(after):
        hours, minutes = int(match[2]), int(match[3] or 0)
        size = timedelta(hours=hours, minutes=minutes)
        if size > _FARTHEST_ZONE:
            return None
        return size if match[1] == "+" else -size
    if match := _ZONE.search(after):
        return timedelta(hours=_ZONES[match[1]])
    return None
