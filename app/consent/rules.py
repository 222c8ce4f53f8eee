"""When a pause takes effect, and when it may be ended or taken back. Pure."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo


def day_of(instant: datetime, zone: str) -> date:
    """Return the day on which an instant lies in the time zone."""
    return instant.astimezone(ZoneInfo(zone)).date()


def pause_counts_from(first_day: date, now: datetime, zone: str) -> datetime:
    """Return when a pause takes effect: from its first day, or at once where that lies ahead.

    A pause told of late counts from its beginning; one declared ahead is known from now on.
    """
    begins_at = datetime.combine(first_day, time.min, ZoneInfo(zone))
    return min(now, begins_at.astimezone(now.tzinfo))


def early_end_faults(
    first_day: date, last_day: date, new_last_day: date, today: date
) -> list[tuple[str, str]]:
    """Return why a pause cannot end on `new_last_day` as (field, why); none where it can."""
    if new_last_day < first_day:
        return [("last_day", "must not lie before first_day")]
    if new_last_day < today:
        return [("last_day", "must not lie in the past")]
    if new_last_day > last_day:
        return [("last_day", "must not lie after the present last_day; declare another pause")]
    return []
