"""The score's examples: every number here was worked out by hand or stands in the design."""

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.organizations.rules import VERSION_1, ScoringPolicy, policy_faults
from app.persistence_scores.rules import (
    CountedFollowUp,
    Pause,
    PeriodCredit,
    best_so_far,
    consistency,
    counts,
    effective_momentum,
    ideal,
    momentum,
    period_credits,
    period_of,
    period_starts_on,
    persistence_at,
    reading,
)

T = datetime(2019, 5, 13, 9, tzinfo=UTC)
REJECTED_AT = datetime(2018, 10, 4, 16, tzinfo=UTC)
BERLIN = replace(VERSION_1, time_zone="Europe/Berlin")
SPRING_2019 = Pause(date(2019, 2, 1), date(2019, 3, 31))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def full(text: str) -> CountedFollowUp:
    return CountedFollowUp(
        at(text), addresses_advice=True, reports_milestone=True, advice_given_before=True
    )


def plain(when: datetime, *, advised: bool = True) -> CountedFollowUp:
    return CountedFollowUp(
        when, addresses_advice=False, reports_milestone=False, advice_given_before=advised
    )


STORY = (
    full("2018-10-25T15:00"),
    full("2018-11-26T15:00"),
    full("2019-01-07T15:00"),
    full("2019-02-11T15:00"),
    full("2019-03-11T15:00"),
    replace(full("2019-04-08T15:00"), addresses_advice=False),
)


def six(value: float | None) -> str:
    assert value is not None
    return f"{value:.6f}"


class TestTheWorkedExample:
    def test_credit_and_decay_of_each_period(self) -> None:
        found = reading(STORY, REJECTED_AT, (), VERSION_1, T)
        assert [
            (str(each.starts_on), six(each.credit), six(each.decay)) for each in found.periods
        ] == [
            ("2018-10-01", "1.000000", "0.468535"),
            ("2018-11-01", "1.000000", "0.529041"),
            ("2019-01-01", "1.000000", "0.620469"),
            ("2019-02-01", "1.000000", "0.708618"),
            ("2019-03-01", "1.000000", "0.788072"),
            ("2019-04-01", "0.600000", "0.876435"),
        ]
        assert [each.last_at for each in found.periods] == [each.occurred_at for each in STORY]

    def test_its_four_numbers(self) -> None:
        found = reading(STORY, REJECTED_AT, (), VERSION_1, T)
        assert six(found.momentum) == "37.394130"
        assert six(found.persistence) == "0.397194"
        assert six(found.best_so_far) == "0.639994"
        assert six(found.consistency) == "0.620621"
        assert found.score == pytest.approx(39.7194, abs=5e-5)
        assert (found.policy_version, found.as_of) == (1, T)

    def test_contributions_add_up_to_persistence(self) -> None:
        found = reading(STORY, REJECTED_AT, (), VERSION_1, T)
        total = sum(each.contribution for each in found.periods)
        assert total == pytest.approx(found.persistence, rel=1e-13)

    def test_only_the_first_row(self) -> None:
        assert six(reading(STORY[:1], REJECTED_AT, (), VERSION_1, T).persistence) == "0.051118"

    def test_forty_plain_mails(self) -> None:
        mails = [plain(at("2019-05-01T09:00") + timedelta(hours=6 * n)) for n in range(40)]
        assert six(reading(mails, REJECTED_AT, (), VERSION_1, T).persistence) == "0.032452"

    def test_twenty_four_plain_monthly_mails(self) -> None:
        months = [(2017 + n // 12, n % 12 + 1) for n in range(24)]
        mails = [
            plain(datetime(year, month, 15, tzinfo=UTC), advised=False) for year, month in months
        ]
        score = reading(mails, at("2017-01-01"), (), VERSION_1, mails[-1].occurred_at).persistence
        # 0.3 of what a full credit in each of 24 months, four half-lives, would have come to.
        assert score == pytest.approx(0.3 * (1 - 2**-4), abs=0.001)

    def test_a_pause_stops_the_clock(self) -> None:
        once = [full("2019-01-07T15:00")]
        paused = reading(once, REJECTED_AT, (SPRING_2019,), VERSION_1, T)
        assert six(paused.persistence) == "0.084684"
        assert six(reading(once, REJECTED_AT, (), VERSION_1, T).persistence) == "0.067694"

    def test_ideal(self) -> None:
        assert six(ideal(VERSION_1)) == "9.165795"
        assert ideal(replace(VERSION_1, cadence_months=6)) == 2.0
        # Twice the half-life is half the cadence.
        slow = replace(VERSION_1, cadence_months=6, half_life_days=365.25)
        assert ideal(slow) == ideal(replace(VERSION_1, cadence_months=3))


class TestWhatCounts:
    @pytest.mark.parametrize(
        ("direction", "automated", "occurred_at", "first_rejected_at", "expected"),
        [
            ("inbound", False, T, REJECTED_AT, True),
            ("inbound", False, REJECTED_AT, REJECTED_AT, True),
            ("inbound", False, REJECTED_AT - timedelta(microseconds=1), REJECTED_AT, False),
            ("inbound", False, T, None, False),
            ("inbound", True, T, REJECTED_AT, False),
            ("outbound", False, T, REJECTED_AT, False),
        ],
    )
    def test_counts(
        self,
        *,
        direction: str,
        automated: bool,
        occurred_at: datetime,
        first_rejected_at: datetime | None,
        expected: bool,
    ) -> None:
        assert counts(direction, automated, occurred_at, first_rejected_at) is expected

    def test_the_hour_that_comes_twice_is_told_apart(self) -> None:
        # Both at 02:30 on the wall in Berlin; the first is an hour before the second.
        first = datetime(2018, 10, 28, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
        second = first.replace(fold=1)
        assert counts("inbound", automated=False, occurred_at=second, first_rejected_at=first)
        assert not counts("inbound", automated=False, occurred_at=first, first_rejected_at=second)

    def test_nothing_counts_is_null_not_zero(self) -> None:
        found = reading((), REJECTED_AT, (), VERSION_1, T)
        assert (found.score, found.persistence, found.momentum, found.consistency) == (None,) * 4
        assert six(found.best_so_far) == "0.639994"
        assert found.periods == ()
        assert momentum((), None, (), VERSION_1) is None
        assert persistence_at(None, T, (), VERSION_1) is None

    def test_without_a_standing_rejection_there_is_nothing(self) -> None:
        found = reading(STORY, None, (), VERSION_1, T)
        assert (found.persistence, found.best_so_far, found.periods) == (None, None, ())
        assert best_so_far(T + timedelta(1), T, (), VERSION_1) is None

    def test_only_what_happened_from_the_rejection_to_t(self) -> None:
        before, later = full("2018-10-04T15:59"), full("2019-05-13T09:01")
        found = reading((before, *STORY, later), REJECTED_AT, (), VERSION_1, T)
        assert found == reading(STORY, REJECTED_AT, (), VERSION_1, T)

    def test_a_follow_up_within_the_grace_does_not_pass_one(self) -> None:
        monthly = [full(f"2018-{month:02}-28T12:00") for month in range(1, 13)]
        each = period_credits([*monthly, full("2019-01-01T00:00")], VERSION_1)
        # So often that the cap bites: exactly 1 at the last of them.
        last = max(credit.last_at for credit in each)
        stored = momentum(each * 3, last, (), VERSION_1)
        assert persistence_at(stored, last, (), VERSION_1) == 1.0
        assert persistence_at(stored, last - timedelta(minutes=5), (), VERSION_1) == 1.0


class TestPeriods:
    @pytest.mark.parametrize(
        ("cadence", "period", "starts_on"),
        [
            (1, 12 * 2019 + 4, date(2019, 5, 1)),
            (2, (12 * 2019 + 4) // 2, date(2019, 5, 1)),
            (3, (12 * 2019 + 4) // 3, date(2019, 4, 1)),
            (6, (12 * 2019 + 4) // 6, date(2019, 1, 1)),
        ],
    )
    def test_cadences(self, cadence: int, period: int, starts_on: date) -> None:
        policy = replace(VERSION_1, cadence_months=cadence)
        assert period_of(T, policy) == period
        assert period_starts_on(period, policy) == starts_on

    @pytest.mark.parametrize(
        ("zone", "instant", "starts_on"),
        [
            ("UTC", "2019-02-28T23:59:59.999999", date(2019, 2, 1)),
            ("UTC", "2019-03-01T00:00", date(2019, 3, 1)),
            # One hour ahead in winter, two in summer.
            ("Europe/Berlin", "2019-02-28T22:59:59", date(2019, 2, 1)),
            ("Europe/Berlin", "2019-02-28T23:00", date(2019, 3, 1)),
            ("Europe/Berlin", "2019-06-30T21:59:59", date(2019, 6, 1)),
            ("Europe/Berlin", "2019-06-30T22:00", date(2019, 7, 1)),
            ("Pacific/Kiritimati", "2018-12-31T09:59:59", date(2018, 12, 1)),
            ("Pacific/Kiritimati", "2018-12-31T10:00", date(2019, 1, 1)),
            ("America/New_York", "2019-01-01T04:59:59", date(2018, 12, 1)),
            ("Asia/Kathmandu", "2019-01-31T18:15", date(2019, 2, 1)),
        ],
    )
    def test_boundaries_lie_in_the_zone(self, zone: str, instant: str, starts_on: date) -> None:
        policy = replace(VERSION_1, time_zone=zone)
        assert period_starts_on(period_of(at(instant), policy), policy) == starts_on

    def test_two_mails_a_second_apart_may_fall_in_two_periods(self) -> None:
        mails = [plain(at("2019-02-28T22:59:59")), plain(at("2019-02-28T23:00"))]
        assert len(period_credits(mails, BERLIN)) == 2
        assert len(period_credits(mails, VERSION_1)) == 1

    def test_a_period_is_dated_by_its_latest(self) -> None:
        early, late = full("2019-02-02T10:00"), plain(at("2019-02-27T10:00"))
        (credit,) = period_credits([late, early], VERSION_1)
        assert credit.last_at == late.occurred_at
        assert credit.credit == 1.0

    def test_the_later_of_a_repeated_hour_dates_the_period(self) -> None:
        first = datetime(2018, 10, 28, 2, 40, tzinfo=ZoneInfo("Europe/Berlin"))
        second = datetime(2018, 10, 28, 2, 20, fold=1, tzinfo=ZoneInfo("Europe/Berlin"))
        (credit,) = period_credits([plain(first), plain(second)], BERLIN)
        assert credit.last_at == at("2018-10-28T01:20")


class TestCredit:
    @pytest.mark.parametrize(
        ("follow_ups", "parts", "credit"),
        [
            ([(False, False, True)], (0.3, 0.0, 0.0), 0.3),
            ([(True, False, True)], (0.3, 0.4, 0.0), 0.7),
            ([(False, True, True)], (0.3, 0.0, 0.3), 0.6),
            ([(True, True, True)], (0.3, 0.4, 0.3), 1.0),
            # No advice had been given: the milestone earns what both would.
            ([(False, True, False)], (0.3, 0.0, 0.7), 1.0),
            ([(False, False, False)], (0.3, 0.0, 0.0), 0.3),
            # Advice came between the two: the better one stands, and 1 is the most.
            ([(False, True, False), (True, True, True)], (0.3, 0.4, 0.7), 1.0),
            # The union of what single mails bring.
            ([(True, False, True), (False, True, True)], (0.3, 0.4, 0.3), 1.0),
            ([(False, False, True)] * 10, (0.3, 0.0, 0.0), 0.3),
            # A milestone after advice is 0.3, though an earlier plain mail preceded the advice.
            ([(False, False, False), (False, True, True)], (0.3, 0.0, 0.3), 0.6),
        ],
    )
    def test_a_period_earns_the_best_union(
        self,
        follow_ups: list[tuple[bool, bool, bool]],
        parts: tuple[float, float, float],
        credit: float,
    ) -> None:
        given = [
            CountedFollowUp(at("2019-02-02T10:00") + timedelta(days=n), *each)
            for n, each in enumerate(follow_ups)
        ]
        (found,) = period_credits(given, VERSION_1)
        assert (found.touch, found.advice, found.milestone) == parts
        assert found.credit == pytest.approx(credit, rel=1e-15)

    def test_a_stored_row_comes_back_with_the_same_credit(self) -> None:
        for each in period_credits(STORY, VERSION_1):
            parts = (each.period, each.touch, each.advice, each.milestone, each.last_at)
            assert PeriodCredit.from_parts(*parts) == each


class TestPausedScores:
    def test_stored_momentum_is_above_the_effective_one_until_the_pause_is_over(self) -> None:
        half = VERSION_1.half_life_days
        pauses = (SPRING_2019,)
        for day, left in [("2019-01-20", 59), ("2019-02-01", 59), ("2019-03-31", 1)]:
            found = effective_momentum(37.0, at(day), pauses, VERSION_1)
            assert found == pytest.approx(37.0 - left / half, rel=1e-14)
        assert effective_momentum(37.0, at("2019-04-01"), pauses, VERSION_1) == 37.0

    def test_the_score_stands_still_in_a_pause(self) -> None:
        once = [full("2019-01-07T15:00")]
        scores = {
            reading(once, REJECTED_AT, (SPRING_2019,), VERSION_1, at(day)).persistence
            for day in ("2019-02-01T00:00", "2019-02-17T03:00", "2019-03-31T23:59")
        }
        assert len(scores) == 1

    def test_wholly_paused_periods_are_left_out_of_the_best(self) -> None:
        # Full credits of October to January at the pause's start, none for February and March.
        now = at("2019-04-01T00:00")
        found = best_so_far(REJECTED_AT, now, (SPRING_2019,), VERSION_1)
        half = VERSION_1.half_life_days
        # April's own credit is dated now; so is January's, whose end the pause has frozen.
        ages = [0, 0, 31, 62, 92]
        expected = sum(2 ** (-age / half) for age in ages) / ideal(VERSION_1)
        assert found == pytest.approx(expected, rel=1e-12)

    def test_a_period_paused_in_part_stays_among_the_best(self) -> None:
        part = Pause(date(2019, 2, 2), date(2019, 3, 31))
        now = at("2019-04-01T00:00")
        found = best_so_far(REJECTED_AT, now, (part,), VERSION_1)
        ages = [0, 0, 1, 32, 63, 93]
        expected = sum(2 ** (-age / VERSION_1.half_life_days) for age in ages) / ideal(VERSION_1)
        assert found == pytest.approx(expected, rel=1e-12)

    def test_no_best_where_every_period_is_paused(self) -> None:
        pause = Pause(date(2018, 10, 1), date(2018, 12, 31))
        assert best_so_far(REJECTED_AT, at("2018-12-05"), (pause,), VERSION_1) is None

    def test_consistency_stops_at_one_where_only_paused_months_were_written_in(self) -> None:
        # The law "at most 1" needs its own cap here: these months are not among the best.
        pause = Pause(date(2018, 11, 1), date(2019, 4, 30))
        mails = [
            full(f"{month}T12:00")
            for month in ("2018-11-15", "2018-12-15", "2019-01-15", "2019-02-15", "2019-03-15")
        ]
        found = reading(mails, REJECTED_AT, (pause,), VERSION_1, at("2019-04-10"))
        assert found.persistence is not None
        assert found.best_so_far is not None
        assert found.persistence > 4 * found.best_so_far
        assert found.consistency == 1.0

    def test_the_cap_bites_where_a_year_is_written_within_a_pause(self) -> None:
        pause = Pause(date(2018, 11, 1), date(2019, 10, 31))
        months = [*range(2018 * 12 + 10, 2018 * 12 + 22)]
        mails = [full(f"{month // 12}-{month % 12 + 1:02}-15T12:00") for month in months]
        found = reading(mails, REJECTED_AT, (pause,), VERSION_1, at("2019-10-31"))
        assert found.persistence == 1.0
        assert sum(each.contribution for each in found.periods) == pytest.approx(12 / 9.165795)
        # The cap is part of momentum, not of the reading: a half-life later it is a half.
        later = at("2019-11-01") + timedelta(days=VERSION_1.half_life_days)
        assert reading(mails, REJECTED_AT, (pause,), VERSION_1, later).persistence == 0.5

    def test_consistency_is_null_where_either_is(self) -> None:
        assert consistency(None, 0.5) is None
        assert consistency(0.5, None) is None
        assert consistency(0.25, 0.5) == 0.5


class TestScoringPolicy:
    def test_version_1_is_the_design_and_has_no_fault(self) -> None:
        assert ScoringPolicy(1, 0.3, 0.4, 0.3, 0.7, 182.625, 1, "UTC", 0.4, 0.4, 0.2) == VERSION_1
        assert policy_faults(VERSION_1) == []

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"version": 0}, "version"),
            ({"credit_touch": 0.0}, "credit_touch"),
            ({"credit_touch": 0.31}, "credit_touch"),
            ({"credit_advice": -0.1}, "credit_advice"),
            ({"credit_milestone": float("nan")}, "credit_milestone"),
            ({"credit_milestone_without_advice": 1.1}, "credit_milestone_without_advice"),
            ({"credit_milestone_without_advice": 0.6}, "credit_milestone_without_advice"),
            ({"half_life_days": 0.0}, "half_life_days"),
            ({"half_life_days": float("inf")}, "half_life_days"),
            ({"half_life_days": float("nan")}, "half_life_days"),
            ({"cadence_months": 4}, "cadence_months"),
            ({"cadence_months": 0}, "cadence_months"),
            ({"time_zone": "Europe/Atlantis"}, "time_zone"),
            ({"time_zone": ""}, "time_zone"),
            ({"time_zone": "../UTC"}, "time_zone"),
            ({"time_zone": "America"}, "time_zone"),
            ({"weight_base": 0.5}, "weight_base"),
            ({"weight_fit": -0.4, "weight_base": 1.0, "weight_progress": 0.4}, "weight_fit"),
            ({"weight_progress": float("nan")}, "weight_progress"),
        ],
    )
    def test_each_fault_names_its_field(self, changes: dict[str, Any], field: str) -> None:
        assert [name for name, _ in policy_faults(replace(VERSION_1, **changes))] == [field]

    def test_decimals_that_miss_one_by_a_last_bit_are_no_fault(self) -> None:
        policy = replace(VERSION_1, weight_base=0.94, weight_fit=0.059, weight_progress=0.001)
        assert math.fsum((0.94, 0.059, 0.001)) != 1
        assert policy_faults(policy) == []

    def test_faults_of_several_fields_come_together(self) -> None:
        policy = replace(VERSION_1, cadence_months=5, half_life_days=-1.0, weight_fit=2.0)
        fields = [field for field, _ in policy_faults(policy)]
        assert fields == ["half_life_days", "cadence_months", "weight_fit"]
