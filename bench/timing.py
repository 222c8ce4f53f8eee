"""Latencies in short."""

import math
from collections.abc import Sequence
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
