"""When a pause takes effect and when it may end."""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from app.consent.rules import day_of, early_end_faults, pause_counts_from

NOW = datetime(2019, 5, 13, 9, tzinfo=UTC)


def test_a_day_is_the_organizations() -> None:
    late = datetime(2019, 5, 13, 23, 30, tzinfo=UTC)
    assert day_of(late, "UTC") == date(2019, 5, 13)
    assert day_of(late, "Europe/Berlin") == date(2019, 5, 14)


def test_a_pause_told_late_counts_from_its_beginning() -> None:
    began = pause_counts_from(date(2019, 5, 1), NOW, "Europe/Berlin")
    assert began == datetime(2019, 4, 30, 22, tzinfo=UTC)


def test_a_pause_ahead_is_known_from_now() -> None:
    assert pause_counts_from(date(2019, 6, 1), NOW, "UTC") == NOW


@given(*[st.dates(date(2019, 1, 1), date(2019, 12, 31)) for _ in range(4)])
def test_an_early_end_is_within_what_is_left(
    first: date, last: date, new: date, today: date
) -> None:
    fine = max(first, today) <= new <= last
    assert (not early_end_faults(first, last, new, today)) == fine
