"""The score's laws, for any policy, pauses, zones and times.

Where a law says "never", it is held to the last bit; tolerances are for sums that are written in
two ways.
"""

import dataclasses
import inspect
import math
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.organizations.rules import VERSION_1, ScoringPolicy, policy_faults
from app.persistence_scores import rules
from app.persistence_scores.rules import (
    CountedFollowUp,
    Pause,
    best_so_far,
    effective_momentum,
    ideal,
    merge_pauses,
    momentum,
    paused_seconds_after,
    period_credits,
    period_of,
    period_starts_on,
    persistence_at,
    reading,
)
from tests.dear import dear

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Havana",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kiritimati",
)
MINUTES_IN_DAY = 24 * 60
YEARS = 6 * 366 * MINUTES_IN_DAY


def instants(first_year: int, last_year: int) -> st.SearchStrategy[datetime]:
    earliest = datetime(first_year, 1, 1, tzinfo=UTC)
    minutes = (datetime(last_year, 1, 1, tzinfo=UTC) - earliest) // timedelta(minutes=1)
    return st.integers(0, minutes).map(lambda n: earliest + timedelta(minutes=n))


@st.composite
def policies(draw: st.DrawFn) -> ScoringPolicy:
    touch = draw(st.integers(1, 100))
    advice = draw(st.integers(0, 100 - touch))
    milestone = draw(st.integers(0, 100 - touch - advice))
    without = draw(st.integers(advice + milestone, 100))
    other = ScoringPolicy(
        version=2,
        credit_touch=touch / 100,
        credit_advice=advice / 100,
        credit_milestone=milestone / 100,
        credit_milestone_without_advice=without / 100,
        half_life_days=draw(st.sampled_from((1.0, 30.1, 182.625, 365.25, 36525.0))),
        cadence_months=draw(st.sampled_from((1, 2, 3, 6))),
        time_zone=draw(st.sampled_from(ZONES)),
    )
    usual = replace(VERSION_1, cadence_months=other.cadence_months, time_zone=other.time_zone)
    return draw(st.sampled_from((usual, other)))


spans = (
    st.integers(0, 3 * MINUTES_IN_DAY)
    | st.integers(0, 400 * MINUTES_IN_DAY)
    | st.integers(0, YEARS)
)


@dataclass(frozen=True)
class Case:
    """What was heard from one candidate, in any order, up to `t`."""

    policy: ScoringPolicy
    pauses: tuple[Pause, ...]
    rejected_at: datetime
    follow_ups: tuple[CountedFollowUp, ...]
    t: datetime

    def persistence(self, follow_ups: tuple[CountedFollowUp, ...], t: datetime) -> float | None:
        return reading(follow_ups, self.rejected_at, self.pauses, self.policy, t).persistence


@st.composite
def follow_up_lists(
    draw: st.DrawFn, rejected_at: datetime, min_size: int = 0
) -> tuple[CountedFollowUp, ...]:
    one = st.builds(
        CountedFollowUp,
        occurred_at=spans.map(lambda minutes: rejected_at + timedelta(minutes=minutes)),
        addresses_advice=st.booleans(),
        reports_milestone=st.booleans(),
        advice_given_before=st.booleans(),
    )
    few = draw(st.lists(one, min_size=min_size, max_size=8))
    return (*few, *draw(st.just(()) | diligent_lists(rejected_at)))


@st.composite
def diligent_lists(draw: st.DrawFn, rejected_at: datetime) -> tuple[CountedFollowUp, ...]:
    """All that one can do, about every 30 days: with a pause, more than the ideal adds up to."""
    return tuple(
        CountedFollowUp(
            rejected_at + timedelta(days=30 * n + draw(st.integers(0, 3))),
            addresses_advice=True,
            reports_milestone=True,
            advice_given_before=True,
        )
        for n in range(draw(st.sampled_from((2, 6, 13, 30))))
    )


@st.composite
def pauses_since(draw: st.DrawFn, rejected_at: datetime) -> tuple[Pause, ...]:
    """Pauses about a candidate's time: before, within and after it, longer than allowed too."""
    found = []
    for _ in range(draw(st.integers(0, 4))):
        first = rejected_at.date() + timedelta(
            days=draw(st.integers(-60, 200) | st.integers(-60, 2000))
        )
        days = draw(st.sampled_from((0, 1, 27, 58, 365)) | st.integers(0, 400))
        found.append(Pause(first, first + timedelta(days=days)))
    return tuple(found)


@st.composite
def cases(draw: st.DrawFn, min_size: int = 1) -> Case:
    rejected_at = draw(instants(2009, 2017))
    follow_ups = draw(follow_up_lists(rejected_at, min_size))
    last = max((each.occurred_at for each in follow_ups), default=rejected_at)
    return Case(
        policy=draw(policies()),
        pauses=draw(pauses_since(rejected_at)),
        rejected_at=rejected_at,
        follow_ups=follow_ups,
        t=last + timedelta(minutes=draw(spans)),
    )


def twin(case: Case) -> float:
    """Compute the score as one would by hand: each period's share of the ideal, then the cap."""
    policy, zone = case.policy, ZoneInfo(case.policy.time_zone)
    days = {
        pause.first_day + timedelta(days=n)
        for pause in case.pauses
        for n in range((pause.last_day - pause.first_day).days + 1)
    }

    def starts(day: date) -> float:
        return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()

    paused = [(starts(day), starts(day + timedelta(days=1))) for day in days]

    def age(when: datetime) -> float:
        since, until = when.timestamp(), case.t.timestamp()
        asleep = math.fsum(max(0.0, min(end, until) - max(start, since)) for start, end in paused)
        return (until - since - asleep) / (policy.half_life_days * 86400)

    months: dict[int, list[CountedFollowUp]] = {}
    for each in case.follow_ups:
        local = each.occurred_at.astimezone(zone)
        number = (12 * local.year + local.month - 1) // policy.cadence_months
        months.setdefault(number, []).append(each)
    shares = []
    for group in months.values():
        milestones = [
            policy.credit_milestone
            if each.advice_given_before
            else policy.credit_milestone_without_advice
            for each in group
            if each.reports_milestone
        ]
        advice = policy.credit_advice if any(each.addresses_advice for each in group) else 0
        credit = min(1, policy.credit_touch + advice + max(milestones, default=0))
        shares.append(credit * 2 ** -age(max(each.occurred_at for each in group)))
    months_in_half_life = policy.half_life_days / 30.4375
    forever = 1 / (1 - 2 ** (-policy.cadence_months / months_in_half_life))
    cap = 2 ** -age(max(each.occurred_at for each in case.follow_ups))
    return float(min(math.fsum(shares) / forever, cap))


@dear
@given(cases())
def test_it_is_what_one_would_compute_by_hand(case: Case) -> None:
    found = case.persistence(case.follow_ups, case.t)
    assert found == pytest.approx(twin(case), rel=1e-9, abs=1e-300)


@dear
@given(policies())
def test_the_policies_of_these_tests_have_no_fault(policy: ScoringPolicy) -> None:
    assert policy_faults(policy) == []


@dear
@given(cases(min_size=0), st.data())
def test_one_more_follow_up_never_lowers_the_score(case: Case, data: st.DataObject) -> None:
    more = (*case.follow_ups, *data.draw(follow_up_lists(case.rejected_at, min_size=1))[:1])
    t = max(case.t, more[-1].occurred_at)
    before = reading(case.follow_ups, case.rejected_at, case.pauses, case.policy, t)
    after = reading(more, case.rejected_at, case.pauses, case.policy, t)
    assert after.persistence is not None
    assert after.momentum is not None
    if before.persistence is not None and before.momentum is not None:
        assert after.persistence >= before.persistence
        assert after.momentum >= before.momentum


@dear
@given(cases(), st.data())
def test_a_hundred_more_in_a_period_never_lift_its_credit_past_one(
    case: Case, data: st.DataObject
) -> None:
    first = case.follow_ups[0]
    hundred = tuple(
        replace(
            first,
            occurred_at=first.occurred_at + timedelta(seconds=n),
            addresses_advice=data.draw(st.booleans()) if n < 5 else True,
            reports_milestone=True,
            advice_given_before=n % 2 == 0,
        )
        for n in range(100)
    )
    found = period_credits((*case.follow_ups, *hundred), case.policy)
    assert all(each.credit <= 1 for each in found)
    # The hundred earn what the best single mail of their kind would.
    best = replace(hundred[-1], advice_given_before=False)
    (alone,) = period_credits([best], case.policy)
    mine = [each.credit for each in found if each.period == alone.period]
    assert mine == [alone.credit]


@dear
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_is_irrelevant_to_the_last_bit(case: Case, random: Random) -> None:
    shuffled, pauses = list(case.follow_ups), list(case.pauses)
    random.shuffle(shuffled)
    random.shuffle(pauses)
    one = reading(case.follow_ups, case.rejected_at, case.pauses, case.policy, case.t)
    assert reading(shuffled, case.rejected_at, pauses, case.policy, case.t) == one
    # Rows that come back from a store in any order give the same momentum.
    rows = list(period_credits(shuffled, case.policy))
    random.shuffle(rows)
    last = max(each.last_at for each in rows)
    assert momentum(rows, last, pauses, case.policy) == one.momentum


@dear
@given(cases(), spans)
def test_silence_only_decays(case: Case, minutes: int) -> None:
    now = case.persistence(case.follow_ups, case.t)
    later = case.persistence(case.follow_ups, case.t + timedelta(minutes=minutes))
    assert now is not None
    assert later is not None
    assert later <= now


@dear
@given(cases())
def test_the_score_is_never_above_one(case: Case) -> None:
    last = max(each.occurred_at for each in case.follow_ups)
    for t in (last, case.t):
        found = reading(case.follow_ups, case.rejected_at, case.pauses, case.policy, t)
        assert found.persistence is not None
        assert found.momentum is not None
        assert found.score is not None
        assert 0 <= found.persistence <= 1
        assert 0 <= found.score <= 100
        # The cap is in momentum itself; nothing is cut off at reading.
        assert found.momentum <= _clock_in_half_lives(t, case.pauses, case.policy)


def _clock_in_half_lives(t: datetime, pauses: tuple[Pause, ...], policy: ScoringPolicy) -> float:
    paused = timedelta(seconds=paused_seconds_after(t, pauses, policy.time_zone))
    elapsed = t - datetime(2000, 1, 1, tzinfo=UTC) + paused
    return elapsed / timedelta(days=policy.half_life_days)


@dear
@given(cases(), cases(), spans)
def test_the_order_of_momentum_is_the_order_of_persistence_ever_after(
    one: Case, two: Case, minutes: int
) -> None:
    policy = one.policy
    t = max(one.t, two.t) + timedelta(minutes=minutes)
    stored = [
        momentum(credits_, credits_[-1].last_at, (), policy)
        for credits_ in (
            period_credits(one.follow_ups, policy),
            period_credits(two.follow_ups, policy),
        )
    ]
    assert stored[0] is not None
    assert stored[1] is not None
    low, high = sorted((stored[0], stored[1]))
    scores = persistence_at(low, t, (), policy), persistence_at(high, t, (), policy)
    assert scores[0] is not None
    assert scores[1] is not None
    assert scores[0] <= scores[1]
    # What differs in momentum by more than rounding differs in the score, until both are nothing.
    if high - low > 1e-9 * max(1, abs(high)) and scores[1] > 1e-290:
        assert scores[0] < scores[1]


@dear
@given(cases(), cases())
def test_with_pauses_the_order_is_that_of_effective_momentum(one: Case, two: Case) -> None:
    policy = one.policy
    t = max(one.t, two.t)
    found = []
    for case in (one, two):
        credits_ = period_credits(case.follow_ups, policy)
        stored = momentum(credits_, credits_[-1].last_at, case.pauses, policy)
        assert stored is not None
        effective = effective_momentum(stored, t, case.pauses, policy)
        assert effective <= stored
        if all(pause.last_day + timedelta(days=2) < t.date() for pause in case.pauses):
            assert effective == stored
        score = persistence_at(stored, t, case.pauses, policy)
        assert score is not None
        elapsed = (t - datetime(2000, 1, 1, tzinfo=UTC)) / timedelta(days=policy.half_life_days)
        assert score == pytest.approx(2.0 ** (effective - elapsed), rel=1e-9, abs=1e-300)
        found.append((effective, score))
    (low, low_score), (high, high_score) = sorted(found)
    if high - low > 1e-9 * max(1, abs(high)):
        assert low_score <= high_score


def test_nothing_about_the_person_is_an_input() -> None:
    inputs = {field.name for field in dataclasses.fields(CountedFollowUp)}
    assert inputs == {
        "occurred_at",
        "addresses_advice",
        "reports_milestone",
        "advice_given_before",
    }
    assert list(inspect.signature(reading).parameters) == [
        "follow_ups",
        "first_rejected_at",
        "pauses",
        "policy",
        "t",
    ]
    decided_by = list(inspect.signature(rules.counts).parameters)
    assert decided_by == ["direction", "automated", "occurred_at", "first_rejected_at"]


@dear
@given(cases(), st.integers(-14 * 60, 14 * 60), st.sampled_from(ZONES))
def test_the_place_that_an_instant_is_written_in_changes_no_bit(
    case: Case, offset: int, zone: str
) -> None:
    here = timezone(timedelta(minutes=offset))
    moved = [
        replace(each, occurred_at=each.occurred_at.astimezone(ZoneInfo(zone) if n % 2 else here))
        for n, each in enumerate(case.follow_ups)
    ]
    one = reading(case.follow_ups, case.rejected_at, case.pauses, case.policy, case.t)
    other = reading(
        moved,
        case.rejected_at.astimezone(ZoneInfo(zone)),
        case.pauses,
        case.policy,
        case.t.astimezone(here),
    )
    assert replace(other, as_of=one.as_of) == one


@dear
@given(cases(), spans)
def test_only_what_happened_by_t_is_used(case: Case, minutes: int) -> None:
    t = case.rejected_at + timedelta(minutes=minutes)
    happened = [each for each in case.follow_ups if each.occurred_at <= t]
    args = case.rejected_at, case.pauses, case.policy, t
    assert reading(case.follow_ups, *args) == reading(happened, *args)


@dear
@given(cases(), st.data())
def test_declaring_a_pause_never_lowers_the_score(case: Case, data: st.DataObject) -> None:
    longer = (*case.pauses, *data.draw(pauses_since(case.rejected_at)))
    before = case.persistence(case.follow_ups, case.t)
    after = replace(case, pauses=longer).persistence(case.follow_ups, case.t)
    assert before is not None
    assert after is not None
    assert after >= before * (1 - 1e-9)


@dear
@given(cases())
def test_contributions_add_up_to_the_score_unless_the_cap_bites(case: Case) -> None:
    found = reading(case.follow_ups, case.rejected_at, case.pauses, case.policy, case.t)
    total = math.fsum(each.contribution for each in found.periods)
    latest = max(found.periods, key=lambda each: each.last_at)
    expected = min(total, latest.decay)
    assert found.persistence == pytest.approx(expected, rel=1e-9, abs=1e-300)
    for each in found.periods:
        assert each.contribution == each.credit * each.decay / ideal(case.policy)


@dear
@given(cases())
def test_best_so_far_and_consistency_are_at_most_one(case: Case) -> None:
    found = reading(case.follow_ups, case.rejected_at, case.pauses, case.policy, case.t)
    assert found.best_so_far is None or 0 <= found.best_so_far <= 1
    assert found.consistency is None or 0 <= found.consistency <= 1


@dear
@given(cases())
def test_the_score_is_at_most_the_best_where_no_wholly_paused_period_was_written_in(
    case: Case,
) -> None:
    found = reading(case.follow_ups, case.rejected_at, case.pauses, case.policy, case.t)
    merged = merge_pauses(case.pauses)
    for each in period_credits(case.follow_ups, case.policy):
        first = period_starts_on(each.period, case.policy)
        last = period_starts_on(each.period + 1, case.policy) - timedelta(days=1)
        assume(not any(p.first_day <= first and last <= p.last_day for p in merged))
    assert found.persistence is not None
    assert found.best_so_far is not None
    # To the last bit, but for months of 64 half-lives ago, which the best leaves out.
    assert found.persistence <= found.best_so_far


@dear
@given(cases(min_size=0))
def test_the_best_is_a_full_follow_up_at_the_end_of_every_period(case: Case) -> None:
    policy, zone = case.policy, ZoneInfo(case.policy.time_zone)
    full = []
    for period in range(period_of(case.rejected_at, policy), period_of(case.t, policy) + 1):
        first, following = (period_starts_on(period + n, policy) for n in (0, 1))
        last = following - timedelta(days=1)
        if any(p.first_day <= first and last <= p.last_day for p in merge_pauses(case.pauses)):
            continue
        end = datetime(following.year, following.month, 1, tzinfo=zone).astimezone(UTC)
        # The last instant that is still in the period.
        full.append(
            CountedFollowUp(
                min(end - timedelta(microseconds=1), case.t),
                addresses_advice=True,
                reports_milestone=True,
                advice_given_before=False,
            )
        )
    generous = replace(
        policy, credit_touch=0.3, credit_milestone=0.3, credit_milestone_without_advice=1.0
    )
    found = reading(full, case.rejected_at, case.pauses, generous, case.t).persistence
    best = best_so_far(case.rejected_at, case.t, case.pauses, policy)
    assert best == (None if found is None else pytest.approx(found, rel=1e-9))


@dear
@given(instants(2012, 2035), policies())
def test_an_instant_lies_in_its_period(instant: datetime, policy: ScoringPolicy) -> None:
    period = period_of(instant, policy)
    local = instant.astimezone(ZoneInfo(policy.time_zone)).date()
    assert period_starts_on(period, policy) <= local < period_starts_on(period + 1, policy)
