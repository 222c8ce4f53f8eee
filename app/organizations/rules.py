"""The scoring policy of an organization: the numbers that the score and the match are made with."""

import math
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

CADENCES: Final = (1, 2, 3, 6)
CREDITS: Final = (
    "credit_touch",
    "credit_advice",
    "credit_milestone",
    "credit_milestone_without_advice",
)
WEIGHTS: Final = ("weight_base", "weight_fit", "weight_progress")
SHORTEST_HALF_LIFE_DAYS: Final = 1.0
LONGEST_HALF_LIFE_DAYS: Final = 36525.0
# Decimals that people type, such as 0.1 + 0.2 + 0.7, may miss their sum by a few last bits.
SUM_TOLERANCE: Final = 1e-12


@dataclass(frozen=True, slots=True)
class ScoringPolicy:
    """One version of an organization's scoring policy; never edited, only followed by the next.

    Credits and weights are shares of 1. `half_life_days` is in days of 24 hours, `cadence_months`
    in calendar months; `time_zone` is a name of the IANA database.
    `credit_milestone_without_advice` stands in for `credit_milestone` where no advice had been
    given before the follow-up.
    """

    version: int
    credit_touch: float = 0.3
    credit_advice: float = 0.4
    credit_milestone: float = 0.3
    credit_milestone_without_advice: float = 0.7
    half_life_days: float = 182.625
    cadence_months: int = 1
    time_zone: str = "UTC"
    weight_base: float = 0.4
    weight_fit: float = 0.4
    weight_progress: float = 0.2


VERSION_1: Final = ScoringPolicy(version=1)


def policy_faults(policy: ScoringPolicy) -> list[tuple[str, str]]:
    """Return what is wrong with a policy as (field, why); an empty list where nothing is.

    What is wrong with a sum is said at its first field, and only where its parts are right.
    """
    return [
        *_version_faults(policy),
        *_credit_faults(policy),
        *_half_life_faults(policy),
        *_cadence_faults(policy),
        *_time_zone_faults(policy),
        *_weight_faults(policy),
    ]


def _version_faults(policy: ScoringPolicy) -> list[tuple[str, str]]:
    return [] if policy.version >= 1 else [("version", "must be at least 1")]


def _credit_faults(policy: ScoringPolicy) -> list[tuple[str, str]]:
    faults = _share_faults(policy, CREDITS)
    if faults:
        return faults
    if policy.credit_touch == 0:
        # A candidate who wrote would have a follow-up that counts, and no score.
        faults.append(("credit_touch", "must be more than 0"))
    on_advice = math.fsum((policy.credit_advice, policy.credit_milestone))
    if math.fsum((policy.credit_touch, on_advice)) > 1 + SUM_TOLERANCE:
        why = "with credit_advice and credit_milestone must add up to at most 1"
        faults.append(("credit_touch", why))
    if policy.credit_milestone_without_advice < on_advice - SUM_TOLERANCE:
        why = (
            "must be at least credit_advice + credit_milestone, "
            "so that nobody is worse off because no advice was given"
        )
        faults.append(("credit_milestone_without_advice", why))
    return faults


def _half_life_faults(policy: ScoringPolicy) -> list[tuple[str, str]]:
    if SHORTEST_HALF_LIFE_DAYS <= policy.half_life_days <= LONGEST_HALF_LIFE_DAYS:
        return []
    why = f"must be from {SHORTEST_HALF_LIFE_DAYS:g} to {LONGEST_HALF_LIFE_DAYS:g} days"
    return [("half_life_days", why)]


def _cadence_faults(policy: ScoringPolicy) -> list[tuple[str, str]]:
    if policy.cadence_months in CADENCES:
        return []
    return [("cadence_months", "must be 1, 2, 3 or 6")]


def _time_zone_faults(policy: ScoringPolicy) -> list[tuple[str, str]]:
    try:
        ZoneInfo(policy.time_zone)
    # A name that is a folder (America) or leads out of the database is refused in other words.
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return [("time_zone", "must be the name of a time zone, such as Europe/Berlin")]
    return []


def _weight_faults(policy: ScoringPolicy) -> list[tuple[str, str]]:
    faults = _share_faults(policy, WEIGHTS)
    total = math.fsum(getattr(policy, name) for name in WEIGHTS)
    if not faults and abs(total - 1) > SUM_TOLERANCE:
        faults.append(("weight_base", "with weight_fit and weight_progress must sum to 1"))
    return faults


def _share_faults(policy: ScoringPolicy, names: tuple[str, ...]) -> list[tuple[str, str]]:
    # A number that is none compares as false, and so is refused too.
    return [(name, "must be from 0 to 1") for name in names if not 0 <= getattr(policy, name) <= 1]
