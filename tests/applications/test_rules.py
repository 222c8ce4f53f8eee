from datetime import UTC, date, datetime

import pytest

from app.applications.rules import days_to_start, status_since
from app.core.ids import new_id
from app.facts.rules import FactRow, Kind

SUBJECT = new_id()


def day(number: int) -> datetime:
    return datetime(2019, 5, number, tzinfo=UTC)


def told(effective: int, recorded: int, status: str) -> FactRow:
    value = {"status": status}
    return FactRow(new_id(), SUBJECT, Kind.APPLICATION, day(effective), day(recorded), value)


@pytest.mark.parametrize(
    ("facts", "since"),
    [
        ([(1, 1, "active")], 1),
        ([(1, 1, "active"), (5, 5, "active")], 1),
        ([(1, 1, "active"), (5, 5, "rejected")], 5),
        ([(1, 1, "active"), (5, 9, "rejected"), (7, 9, "rejected")], 5),
        ([(1, 1, "active"), (5, 5, "active"), (3, 9, "rejected"), (5, 9, "rejected")], 3),
        ([(1, 1, "active"), (3, 3, "rejected"), (8, 8, "active")], 8),
        ([(1, 1, "active"), (3, 3, "rejected"), (8, 8, "active"), (8, 9, "rejected")], 3),
    ],
)
def test_a_status_holds_since_it_last_changed(
    facts: list[tuple[int, int, str]], since: int
) -> None:
    assert status_since(told(*fact) for fact in reversed(facts)) == day(since)


@pytest.mark.parametrize(
    ("starts_on", "at", "zone", "days"),
    [
        (None, day(13), "UTC", None),
        (date(2019, 5, 27), day(13), "UTC", 14),
        (date(2019, 5, 27), day(27), "UTC", 0),
        (date(2019, 5, 27), day(28), "UTC", -1),
        (date(2019, 5, 27), datetime(2019, 5, 13, 23, tzinfo=UTC), "Asia/Tokyo", 13),
        (date(2019, 5, 27), day(13), "America/New_York", 15),
    ],
)
def test_days_to_the_start_are_counted_where_the_organization_is(
    starts_on: date | None, at: datetime, zone: str, days: int | None
) -> None:
    assert days_to_start(starts_on, at, zone) == days
