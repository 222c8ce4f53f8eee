"""Latencies, and in short."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Latency:
    """Latencies of `count` runs, in milliseconds."""

    count: int
    p50: float
    p95: float
    p99: float


def latency(seconds: Sequence[float]) -> Latency:
    """Sum up; a percentile is the smallest value that so many of all do not exceed."""
    ordered = sorted(seconds)

    def percentile(share: float) -> float:
        if not ordered:
            return math.nan
        return 1000 * ordered[max(0, math.ceil(share * len(ordered)) - 1)]

    return Latency(len(ordered), percentile(0.50), percentile(0.95), percentile(0.99))


def repeat(once: Callable[[], float], most: int, seconds: float) -> list[float]:
    """Run once unmeasured, then until there are enough runs or the time is over."""
    once()
    ends_at = time.perf_counter() + seconds
    took: list[float] = []
    while len(took) < most and (not took or time.perf_counter() < ends_at):
        took.append(once())
    return took
