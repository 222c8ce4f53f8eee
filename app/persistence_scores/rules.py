"""The persistence score. Pure: values in, values out, and the instant `t` is an argument.

docs/persistence.md tells it in prose, with the same names. Every datetime is aware. Time is counted
in whole microseconds until one division makes a float of it, and every sum is correctly rounded, so
that neither the order of arrival nor the way an instant is written changes a bit, and the laws hold
exactly, not nearly.
"""

import calendar
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, NamedTuple, Self, TypeAlias
from zoneinfo import ZoneInfo

from app.organizations.rules import ScoringPolicy

EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
# A twelfth of 365.25 days; six of them are version 1's half-life.
MEAN_MONTH: Final = timedelta(days=30.4375)
MONTHS_IN_YEAR: Final = 12
FULL_CREDIT: Final = 1.0
# What is older adds less than 2^-64 of the newest term: nothing, in a float.
OLDEST_HALVINGS: Final = 64.0

LONGEST_PAUSE_AHEAD_MONTHS: Final = 12
MOST_PAUSED_DAYS: Final = 366
PAUSE_WINDOW_DAYS: Final = 731

# Merged pauses as instants, each from its first to the first one after it.
Stretches: TypeAlias = tuple[tuple[datetime, datetime], ...]
# Credits, each with the half-lives from the epoch to its instant.
Weighed: TypeAlias = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class CountedFollowUp:
    """An inbound follow-up for which `counts` is true, as far as the score looks at it.

    `reports_milestone`: at least one milestone that is not refuted. `advice_given_before`: any
    advice had been given before `occurred_at`, whether or not it was withdrawn later.
    """

    occurred_at: datetime
    addresses_advice: bool
    reports_milestone: bool
    advice_given_before: bool


@dataclass(frozen=True, slots=True, order=True)
class Pause:
    """Whole days, both included, in the organization's time zone: the clock stands still."""

    first_day: date
    last_day: date


class PeriodCredit(NamedTuple):
    """One candidate's credit of one period, in parts, dated by its latest follow-up (UTC)."""

    period: int
    touch: float
    advice: float
    milestone: float
    credit: float
    last_at: datetime

    @classmethod
    def from_parts(
        cls, period: int, touch: float, advice: float, milestone: float, last_at: datetime
    ) -> Self:
        """Return the period with its credit: the sum of the parts, at most 1."""
        credit = _credit_of(touch, advice, milestone)
        return cls(period, touch, advice, milestone, credit, last_at)


# A policy knows few parts, and thousands of periods are read for a list.
@lru_cache(maxsize=256)
def _credit_of(touch: float, advice: float, milestone: float) -> float:
    return min(FULL_CREDIT, math.fsum((touch, advice, milestone)))


@dataclass(frozen=True, slots=True)
class PeriodReading:
    """A period's share in a reading; contribution = credit · decay / ideal."""

    starts_on: date
    credit: float
    last_at: datetime
    decay: float
    contribution: float


@dataclass(frozen=True, slots=True)
class PersistenceReading:
    """The score at `as_of` and what it is made of.

    `score` is 100 · persistence, not rounded. The first four are null where nothing counts. The
    contributions of the periods add up to persistence, or to more where the cap by the latest
    follow-up bites.
    """

    score: float | None
    persistence: float | None
    momentum: float | None
    consistency: float | None
    best_so_far: float | None
    policy_version: int
    as_of: datetime
    periods: tuple[PeriodReading, ...]


def counts(
    direction: str,
    automated: bool,  # noqa: FBT001 - four facts about one follow-up, in the order they are told
    occurred_at: datetime,
    first_rejected_at: datetime | None,
) -> bool:
    """Say whether a follow-up counts: inbound, written by a person, not before the rejection.

    `first_rejected_at` is the candidate's first standing rejection; without one nothing counts.
    """
    if first_rejected_at is None or automated or direction != "inbound":
        return False
    return occurred_at.astimezone(UTC) >= first_rejected_at.astimezone(UTC)


# ------------------------------------------------------------------------------------------ pauses


def merge_pauses(pauses: Iterable[Pause]) -> tuple[Pause, ...]:
    """Return the same days as pauses in order, none of which overlap or touch.

    A pause that ends before it begins has no days and is left out.
    """
    merged: list[Pause] = []
    for pause in sorted(pause for pause in pauses if pause.first_day <= pause.last_day):
        if merged and pause.first_day.toordinal() <= merged[-1].last_day.toordinal() + 1:
            last_day = max(merged[-1].last_day, pause.last_day)
            merged[-1] = Pause(merged[-1].first_day, last_day)
        else:
            merged.append(pause)
    return tuple(merged)


def paused_seconds_after(instant: datetime, pauses: Sequence[Pause], zone: str) -> float:
    """Return P(a), the paused time after an instant, in seconds.

    A day lasts from its first instant in the zone to the next day's, so 23 or 25 hours where the
    clocks change.
    """
    return _paused_after(instant, _stretches(tuple(pauses), zone)).total_seconds()


def pause_faults(existing: Iterable[Pause], new: Pause, today: date) -> list[tuple[str, str]]:
    """Return why a new pause cannot be declared as (field, why); an empty list where it can.

    `today` is the day in the organization's time zone. The last day may be today's date a year
    later (28 February for 29 February), and no later. Of any 731 days in a row (24 months with a
    leap day), at most 366 may be paused (12 months with one): a day is counted once however many
    pauses cover it, and only runs that hold a day of the new pause are looked at.
    """
    if new.last_day < new.first_day:
        return [("last_day", "must not lie before first_day")]
    if new.last_day > _months_later(today, LONGEST_PAUSE_AHEAD_MONTHS):
        return [("last_day", f"must lie at most {LONGEST_PAUSE_AHEAD_MONTHS} months ahead")]
    if _most_paused_days(merge_pauses([*existing, new]), new) > MOST_PAUSED_DAYS:
        why = f"at most {MOST_PAUSED_DAYS} days of any {PAUSE_WINDOW_DAYS} in a row may be paused"
        return [("last_day", why)]
    return []


def _most_paused_days(merged: Sequence[Pause], new: Pause) -> int:
    # A run that starts between pauses may start later, and one that starts within a pause may start
    # earlier, and hold no fewer: the most is found where a pause starts, or as early as may be.
    reach = PAUSE_WINDOW_DAYS - 1
    earliest, latest = new.first_day.toordinal() - reach, new.last_day.toordinal()
    spans = [(pause.first_day.toordinal(), pause.last_day.toordinal()) for pause in merged]
    return max(
        sum(max(0, min(last, start + reach) - max(first, start) + 1) for first, last in spans)
        for start in (earliest, *(first for first, _ in spans))
        if earliest <= start <= latest
    )


def _months_later(day: date, months: int) -> date:
    year, month_index = divmod(MONTHS_IN_YEAR * day.year + day.month - 1 + months, MONTHS_IN_YEAR)
    last = calendar.monthrange(year, month_index + 1)[1]
    return date(year, month_index + 1, min(day.day, last))


def _paused_after(instant: datetime, stretches: Stretches) -> timedelta:
    paused = timedelta()
    if not stretches:
        return paused
    after = instant.astimezone(UTC)
    for start, end in stretches:
        if end > after:
            paused += end - max(start, after)
    return paused


@lru_cache(maxsize=1024)
def _stretches(pauses: tuple[Pause, ...], zone: str) -> Stretches:
    return tuple(
        (_day_starts_at(pause.first_day, zone), _day_starts_at(pause.last_day + timedelta(1), zone))
        for pause in merge_pauses(pauses)
    )


def _day_starts_at(day: date, zone: str) -> datetime:
    # Where midnight is skipped, this is the instant of the change; where it comes twice, the first.
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


# ----------------------------------------------------------------------------------------- periods


def period_of(instant: datetime, policy: ScoringPolicy) -> int:
    """Return the number of the period: floor((12·year + month - 1) / cadence) in the zone."""
    local = instant.astimezone(ZoneInfo(policy.time_zone))
    return (MONTHS_IN_YEAR * local.year + local.month - 1) // policy.cadence_months


def period_starts_on(period: int, policy: ScoringPolicy) -> date:
    """Return the first day of a period, in the organization's time zone."""
    return _period_starts_on(period, policy.cadence_months)


def _period_starts_on(period: int, cadence_months: int) -> date:
    year, month_index = divmod(period * cadence_months, MONTHS_IN_YEAR)
    return date(year, month_index + 1, 1)


@lru_cache(maxsize=4096)
def _period_starts_at(period: int, cadence_months: int, zone: str) -> datetime:
    return _day_starts_at(_period_starts_on(period, cadence_months), zone)


def period_credits(
    follow_ups: Iterable[CountedFollowUp], policy: ScoringPolicy
) -> tuple[PeriodCredit, ...]:
    """Return the credit of each period that has a follow-up, oldest period first.

    Every part is the best that one of the period's follow-ups earns: more follow-ups add parts that
    are missing, and nothing else.
    """
    best: dict[int, PeriodCredit] = {}
    for follow_up in follow_ups:
        own = _credit_alone(follow_up, policy)
        best[own.period] = _union(best.get(own.period, own), own)
    return tuple(best[period] for period in sorted(best))


def _credit_alone(follow_up: CountedFollowUp, policy: ScoringPolicy) -> PeriodCredit:
    milestone = (
        policy.credit_milestone
        if follow_up.advice_given_before
        else policy.credit_milestone_without_advice
    )
    return PeriodCredit.from_parts(
        period=period_of(follow_up.occurred_at, policy),
        touch=policy.credit_touch,
        advice=policy.credit_advice if follow_up.addresses_advice else 0.0,
        milestone=milestone if follow_up.reports_milestone else 0.0,
        last_at=follow_up.occurred_at.astimezone(UTC),
    )


def _union(one: PeriodCredit, other: PeriodCredit) -> PeriodCredit:
    return PeriodCredit.from_parts(
        period=one.period,
        touch=max(one.touch, other.touch),
        advice=max(one.advice, other.advice),
        milestone=max(one.milestone, other.milestone),
        last_at=max(one.last_at, other.last_at),
    )


# ---------------------------------------------------------------------------------------- momentum


def ideal(policy: ScoringPolicy) -> float:
    """Return what one full credit per period, for ever, adds up to at the latest of them.

    1 / (1 - 2^(-n/6)) at version 1's half-life; at another, n mean months take 6's place in it.
    """
    return _ideal(policy.cadence_months, policy.half_life_days)


@lru_cache(maxsize=64)
def _ideal(cadence_months: int, half_life_days: float) -> float:
    return 1 / (1 - math.exp2(-(cadence_months * MEAN_MONTH / _half_life(half_life_days))))


def momentum(
    periods: Iterable[PeriodCredit],
    last_counted_at: datetime | None,
    pauses: Sequence[Pause],
    policy: ScoringPolicy,
) -> float | None:
    """Return the stored form of the score, in half-lives since 2000; None where nothing counts.

    `last_counted_at` is the latest counted follow-up. `pauses` are all that are known, those ahead
    too.
    """
    return momentum_of(weighed(periods, pauses, policy), last_counted_at, pauses, policy)


def weighed(
    periods: Iterable[PeriodCredit], pauses: Sequence[Pause], policy: ScoringPolicy
) -> Weighed:
    """Return each credit above 0 and its half-lives since 2000: what `momentum` adds up."""
    dated = [(each.credit, each.last_at) for each in periods if each.credit > 0]
    return _weighed(dated, pauses, policy)


def momentum_of(
    terms: Weighed,
    last_counted_at: datetime | None,
    pauses: Sequence[Pause],
    policy: ScoringPolicy,
) -> float | None:
    """Return what `momentum` does, of credits that were weighed before, in any order."""
    if not terms or last_counted_at is None:
        return None
    stretches = _stretches(tuple(pauses), policy.time_zone)
    uncapped = _log2_sum(terms) - math.log2(ideal(policy))
    return min(uncapped, _clock(last_counted_at, stretches) / _half_life(policy.half_life_days))


def effective_momentum(
    momentum: float, t: datetime, pauses: Sequence[Pause], policy: ScoringPolicy
) -> float:
    """Return momentum - P(t) / H: its value where every pause is over, less while one is not."""
    if not pauses:
        return momentum
    paused = _paused_after(t, _stretches(tuple(pauses), policy.time_zone))
    return momentum - paused / _half_life(policy.half_life_days)


def persistence_at(
    momentum: float | None, t: datetime, pauses: Sequence[Pause], policy: ScoringPolicy
) -> float | None:
    """Return the score at t, from 0 to 1; None where nothing counts.

    `momentum` must come from what had happened by t, and from the same pauses. A follow-up dated
    within the minutes of grace after t could lead above 1; it does not.
    """
    if momentum is None:
        return None
    clock = _clock(t, _stretches(tuple(pauses), policy.time_zone))
    return math.exp2(min(0.0, momentum - clock / _half_life(policy.half_life_days)))


def best_so_far(
    first_rejected_at: datetime | None,
    t: datetime,
    pauses: Sequence[Pause],
    policy: ScoringPolicy,
) -> float | None:
    """Return the score at t of a full credit in every period since the first standing rejection.

    Each credit is dated at the start of the next period or at t, whichever is earlier. Wholly
    paused periods are left out. None without a rejection by t, or where every period is left out.
    """
    if first_rejected_at is None or first_rejected_at.astimezone(UTC) > t.astimezone(UTC):
        return None
    dated = _best_credits(first_rejected_at, t.astimezone(UTC), pauses, policy)
    if not dated:
        return None
    terms = _weighed(dated, pauses, policy)
    return persistence_at(momentum_of(terms, dated[0][1], pauses, policy), t, pauses, policy)


def consistency(persistence: float | None, best_so_far: float | None) -> float | None:
    """Return persistence / best_so_far, from 0 to 1; None where one of them is missing or 0.

    Follow-ups in a wholly paused period count, though the period is not among the best: only they
    could lead above 1, and there this is 1.
    """
    if persistence is None or not best_so_far:
        return None
    return min(1.0, persistence / best_so_far)


@lru_cache(maxsize=64)
def _half_life(days: float) -> timedelta:
    return timedelta(days=days)


def _clock(instant: datetime, stretches: Stretches) -> timedelta:
    # a - E + P(a) stands still in a pause and never runs backwards.
    return instant - EPOCH + _paused_after(instant, stretches)


def _weighed(
    dated: Iterable[tuple[float, datetime]], pauses: Sequence[Pause], policy: ScoringPolicy
) -> Weighed:
    half_life = _half_life(policy.half_life_days)
    stretches = _stretches(tuple(pauses), policy.time_zone)
    if not stretches:
        return [(credit, (at - EPOCH) / half_life) for credit, at in dated]
    return [(credit, _clock(at, stretches) / half_life) for credit, at in dated]


def _log2_sum(terms: Sequence[tuple[float, float]]) -> float:
    """Return log2 of the sum of credit · 2^halvings over (credit, halvings).

    Terms are scaled by whole powers of two alone, which is exact. Scaled by the largest term, as
    is usual, a later term could lower a result near 0 by its last bit (tried).
    """
    top = math.floor(max(halvings for _, halvings in terms))
    scaled = []
    for credit, halvings in terms:
        whole = math.floor(halvings)
        scaled.append(math.ldexp(credit * math.exp2(halvings - whole), whole - top))
    mantissa, exponent = math.frexp(math.fsum(sorted(scaled)))
    return top + exponent + math.log2(mantissa)


def _best_credits(
    first_rejected_at: datetime, t: datetime, pauses: Sequence[Pause], policy: ScoringPolicy
) -> list[tuple[float, datetime]]:
    # Newest first, so that decades end where they no longer add anything.
    cadence, zone = policy.cadence_months, policy.time_zone
    stretches = _stretches(tuple(pauses), zone)
    oldest = _clock(t, stretches) - OLDEST_HALVINGS * _half_life(policy.half_life_days)
    first, latest = period_of(first_rejected_at, policy), period_of(t, policy)
    end = _period_starts_at(latest + 1, cadence, zone)
    dated = []
    for period in range(latest, first - 1, -1):
        start = _period_starts_at(period, cadence, zone)
        at = min(end, t)
        if _clock(at, stretches) < oldest:
            break
        if not any(since <= start and end <= until for since, until in stretches):
            dated.append((FULL_CREDIT, at))
        end = start
    return dated


# ----------------------------------------------------------------------------------------- reading


def reading(
    follow_ups: Iterable[CountedFollowUp],
    first_rejected_at: datetime | None,
    pauses: Sequence[Pause],
    policy: ScoringPolicy,
    t: datetime,
) -> PersistenceReading:
    """Return the score at t with all that it is made of.

    Follow-ups after t or before the first standing rejection are left out.
    """
    happened = [each for each in follow_ups if _by(each, first_rejected_at, t)]
    periods = period_credits(happened, policy)
    last_counted_at = max((each.last_at for each in periods), default=None)
    stored = momentum(periods, last_counted_at, pauses, policy)
    persistence = persistence_at(stored, t, pauses, policy)
    best = best_so_far(first_rejected_at, t, pauses, policy)
    return PersistenceReading(
        score=None if persistence is None else 100 * persistence,
        persistence=persistence,
        momentum=stored,
        consistency=consistency(persistence, best),
        best_so_far=best,
        policy_version=policy.version,
        as_of=t,
        periods=tuple(_period_reading(each, t, pauses, policy) for each in periods),
    )


def _by(follow_up: CountedFollowUp, first_rejected_at: datetime | None, t: datetime) -> bool:
    if first_rejected_at is None:
        return False
    occurred_at = follow_up.occurred_at.astimezone(UTC)
    return first_rejected_at.astimezone(UTC) <= occurred_at <= t.astimezone(UTC)


def _period_reading(
    period: PeriodCredit, t: datetime, pauses: Sequence[Pause], policy: ScoringPolicy
) -> PeriodReading:
    stretches = _stretches(tuple(pauses), policy.time_zone)
    age = _clock(t, stretches) - _clock(period.last_at, stretches)
    decay = math.exp2(-(age / _half_life(policy.half_life_days)))
    return PeriodReading(
        starts_on=period_starts_on(period.period, policy),
        credit=period.credit,
        last_at=period.last_at,
        decay=decay,
        contribution=period.credit * decay / ideal(policy),
    )
