"""What holds of tries, rejections and advice. Pure: values in, values out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from app.facts.rules import FactRow

# How far a try has come, by status: what each event may start from.
REJECTABLE: Final = ("active",)
HIRABLE: Final = ("active", "rejected")
WITHDRAWABLE: Final = ("active", "hired")
DECLINABLE: Final = ("active",)


@dataclass(frozen=True, slots=True)
class Giver:
    """Who decided or advised: one of our users by id, or somebody else by name."""

    user_id: UUID | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class AdviceItem:
    """One thing to work on; `target_level` is 1 to 5 in `competency`."""

    text: str
    competency: str | None = None
    target_level: int | None = None
    evidence_expected: str | None = None


@dataclass(frozen=True, slots=True)
class KeepInTouch:
    """What the candidate answered when asked whether we may contact them."""

    granted: bool
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """The re-apply contract: what was said at a rejection.

    `never_reconsider` left None is what the rejection's reason says; `keep_in_touch` left None was
    not asked. `follow_ups_invited` is yes, no or unknown.
    """

    never_reconsider: bool | None = None
    reconsider_on: date | None = None
    preferred_channel: str | None = None
    follow_ups_invited: str = "unknown"
    keep_in_touch: KeepInTouch | None = None


def status_since(facts: Iterable[FactRow]) -> datetime:
    """Return since when an application has had the status it has, by its own facts, at least one.

    No later event may be dated before it: the ledger would go on believing the earlier one.
    """
    by_instant: dict[datetime, FactRow] = {}
    for row in facts:
        last = by_instant.get(row.effective_at)
        if last is None or (row.recorded_at, row.id) > (last.recorded_at, last.id):
            by_instant[row.effective_at] = row
    newest_first = sorted(by_instant.values(), key=lambda row: row.effective_at, reverse=True)
    status, since = newest_first[0].value["status"], newest_first[0].effective_at
    for row in newest_first:
        if row.value["status"] != status:
            break
        since = row.effective_at
    return since


def days_to_start(starts_on: date | None, at: datetime, time_zone: str) -> int | None:
    """Return the days from the day of an event, in this time zone, to the start; None without one.

    Negative where the start has passed.
    """
    if starts_on is None:
        return None
    return (starts_on - at.astimezone(ZoneInfo(time_zone)).date()).days
