"""Pauses alone: which days they hold, how long those last, and which may be declared."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.persistence_scores.rules import (
    Pause,
    merge_pauses,
    pause_faults,
    paused_seconds_after,
)

ZONES = ("UTC", "Europe/Berlin", "America/Sao_Paulo", "America/Havana", "Australia/Lord_Howe")

minutes = st.integers(0, 6 * 366 * 24 * 60)
pause_lists = st.lists(
    st.builds(
        lambda first, days: Pause(first, first + timedelta(days=days)),
        st.dates(date(2012, 1, 1), date(2016, 12, 31)),
        st.sampled_from((0, 1, 6, 27, 58, 365)) | st.integers(0, 400),
    ),
    max_size=4,
).map(tuple)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class TestPausedDays:
    def test_days_that_overlap_or_touch_merge(self) -> None:
        assert merge_pauses(
            [
                Pause(date(2019, 3, 1), date(2019, 3, 31)),
                Pause(date(2019, 1, 1), date(2019, 1, 31)),
                Pause(date(2019, 1, 10), date(2019, 1, 12)),
                Pause(date(2019, 2, 1), date(2019, 2, 3)),
                Pause(date(2019, 6, 2), date(2019, 6, 1)),
            ]
        ) == (
            Pause(date(2019, 1, 1), date(2019, 2, 3)),
            Pause(date(2019, 3, 1), date(2019, 3, 31)),
        )

    @pytest.mark.parametrize(
        ("zone", "day", "hours"),
        [
            ("UTC", date(2019, 3, 31), 24),
            ("Europe/Berlin", date(2019, 3, 30), 24),
            ("Europe/Berlin", date(2019, 3, 31), 23),
            ("Europe/Berlin", date(2019, 10, 27), 25),
            ("Australia/Lord_Howe", date(2019, 10, 6), 23.5),
            # Midnight itself is skipped, or comes twice.
            ("America/Sao_Paulo", date(2018, 11, 4), 23),
            ("America/Sao_Paulo", date(2019, 2, 16), 25),
            ("America/Havana", date(2019, 3, 10), 23),
            ("America/Havana", date(2019, 11, 3), 25),
            # A day that Samoa never had.
            ("Pacific/Apia", date(2011, 12, 30), 0),
        ],
    )
    def test_a_day_is_as_long_as_its_zone_makes_it(
        self, zone: str, day: date, hours: float
    ) -> None:
        before = datetime(2000, 1, 1, tzinfo=UTC)
        assert paused_seconds_after(before, [Pause(day, day)], zone) == hours * 3600

    @pytest.mark.parametrize(
        ("instant", "seconds"),
        [
            ("2019-03-29T00:00", 47 * 3600),
            ("2019-03-29T23:00", 47 * 3600),
            ("2019-03-30T00:00", 46 * 3600),
            ("2019-03-31T21:59:59.5", 0.5),
            ("2019-03-31T22:00", 0),
            ("2020-01-01T00:00", 0),
        ],
    )
    def test_paused_time_after_an_instant(self, instant: str, seconds: float) -> None:
        weekend = [Pause(date(2019, 3, 30), date(2019, 3, 31))]
        assert paused_seconds_after(at(instant), weekend, "Europe/Berlin") == seconds

    def test_two_pauses_of_the_same_days_stop_the_clock_once(self) -> None:
        twice = [
            Pause(date(2019, 3, 1), date(2019, 3, 2)),
            Pause(date(2019, 3, 2), date(2019, 3, 3)),
        ]
        assert paused_seconds_after(at("2019-01-01"), twice, "UTC") == 3 * 86400


class TestPauseFaults:
    TODAY = date(2026, 3, 10)

    def test_a_pause_within_the_rules(self) -> None:
        assert pause_faults([], Pause(self.TODAY, self.TODAY), self.TODAY) == []
        year = Pause(date(2026, 3, 11), date(2027, 3, 10))
        assert pause_faults([], year, self.TODAY) == []

    def test_the_end_may_not_lie_before_the_start(self) -> None:
        ((field, _),) = pause_faults([], Pause(date(2026, 4, 2), date(2026, 4, 1)), self.TODAY)
        assert field == "last_day"

    def test_at_most_twelve_months_ahead(self) -> None:
        late = Pause(date(2027, 3, 1), date(2027, 3, 11))
        assert [field for field, _ in pause_faults([], late, self.TODAY)] == ["last_day"]
        leap_day = date(2028, 2, 29)
        assert pause_faults([], Pause(leap_day, date(2029, 2, 28)), leap_day) == []
        assert pause_faults([], Pause(leap_day, date(2029, 3, 1)), leap_day) != []

    def test_at_most_twelve_months_at_once(self) -> None:
        # 366 days with the leap day are twelve months; one more is not.
        today = date(2024, 2, 20)
        assert pause_faults([], Pause(date(2023, 3, 1), date(2024, 2, 29)), today) == []
        assert pause_faults([], Pause(date(2023, 2, 28), date(2024, 2, 29)), today) != []

    def test_at_most_twelve_months_in_any_twenty_four(self) -> None:
        taken = [Pause(date(2025, 1, 1), date(2025, 12, 31))]
        # 365 days are taken: one more fits until the first ones are 731 days away.
        assert pause_faults(taken, Pause(date(2026, 6, 1), date(2026, 6, 1)), self.TODAY) == []
        assert pause_faults(taken, Pause(date(2026, 6, 1), date(2026, 6, 2)), self.TODAY) != []
        year = Pause(date(2027, 1, 1), date(2027, 12, 31))
        assert pause_faults(taken, year, date(2027, 1, 1)) == []
        assert (
            pause_faults(taken, replace(year, first_day=date(2026, 12, 30)), year.first_day) != []
        )

    def test_days_paused_twice_count_once(self) -> None:
        taken = [Pause(date(2026, 1, 1), date(2026, 12, 31))]
        again = Pause(date(2026, 3, 1), date(2026, 12, 31))
        assert pause_faults(taken, again, self.TODAY) == []

    def test_the_end_of_a_longer_pause_counts_as_far_as_a_run_reaches(self) -> None:
        # Two years, imported; the last 366 days of them lie within 731 of the new day.
        taken = [Pause(date(2024, 3, 1), date(2026, 2, 28))]
        assert pause_faults(taken, Pause(date(2027, 2, 28), date(2027, 2, 28)), self.TODAY) != []
        assert pause_faults(taken, Pause(date(2027, 3, 1), date(2027, 3, 1)), self.TODAY) == []

    def test_what_went_wrong_long_ago_stops_no_new_pause(self) -> None:
        old = [Pause(date(2015, 1, 1), date(2016, 12, 31))]
        assert pause_faults(old, Pause(self.TODAY, self.TODAY), self.TODAY) == []


@given(pause_lists, st.sampled_from(ZONES), minutes, minutes)
def test_the_clock_stands_still_or_runs_with_the_world(
    pauses: tuple[Pause, ...], zone: str, start: int, length: int
) -> None:
    one = datetime(2012, 1, 1, tzinfo=UTC) + timedelta(minutes=start)
    two = one + timedelta(minutes=length)
    passed = paused_seconds_after(one, pauses, zone) - paused_seconds_after(two, pauses, zone)
    assert 0 <= passed <= length * 60
    assert paused_seconds_after(one, merge_pauses(pauses), zone) == paused_seconds_after(
        one, pauses, zone
    )


@given(pause_lists)
def test_merged_pauses_hold_the_same_days_once(pauses: tuple[Pause, ...]) -> None:
    def days(of: tuple[Pause, ...]) -> list[int]:
        return [
            day
            for pause in of
            for day in range(pause.first_day.toordinal(), pause.last_day.toordinal() + 1)
        ]

    merged = merge_pauses(pauses)
    assert days(merged) == sorted(set(days(pauses)))
    for one, two in pairwise(merged):
        assert (two.first_day - one.last_day).days > 1


@given(pause_lists, st.dates(date(2012, 1, 1), date(2017, 12, 31)), st.integers(0, 400))
def test_a_pause_is_refused_exactly_where_some_731_days_hold_more_than_366(
    existing: tuple[Pause, ...], first: date, days: int
) -> None:
    new = Pause(first, first + timedelta(days=days))
    paused = {
        day
        for pause in (*existing, new)
        for day in range(pause.first_day.toordinal(), pause.last_day.toordinal() + 1)
    }
    start = new.first_day.toordinal() - 730
    count = sum(day in paused for day in range(start, start + 731))
    most = count
    while start < new.last_day.toordinal():
        count += (start + 731 in paused) - (start in paused)
        start += 1
        most = max(most, count)
    # Today is the last day itself, so that it never lies too far ahead.
    assert (pause_faults(existing, new, new.last_day) != []) == (most > 366)
