"""What a run measures and for how long; every loop of the benchmark ends by one of these."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
DATA: Final = ROOT / "bench" / ".data"
REPORTS: Final = ROOT / "bench" / "report"

SCALES: Final = {"10k": 10_000, "100k": 100_000, "1M": 1_000_000}
STORES: Final = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True)
class Plan:
    """One run of the benchmark.

    `seconds` is how long each endpoint is loaded at each number of clients, after `warm_seconds`
    that are not counted. A ranking case ends after `rank_runs` runs or `rank_seconds`, a request
    case after `request_runs` or `request_seconds`, a search after `search_runs` or
    `search_seconds`, whichever comes first. Scoring anew is watched for `rescore_seconds`. Without
    `crowds` only the usual people are ranked.
    """

    scale: str
    candidates: int
    stores: tuple[str, ...]
    crowds: bool = True
    clients: tuple[int, ...] = (1, 8, 32, 200)
    seconds: float = 3.0
    warm_seconds: float = 0.5
    rank_runs: int = 200
    rank_seconds: float = 12.0
    request_runs: int = 60
    request_seconds: float = 12.0
    search_runs: int = 60
    search_seconds: float = 6.0
    rescore_seconds: float = 15.0
    # How many different candidates an endpoint is asked about.
    targets: int = 150
    shortlist_limit: int = 50

    @property
    def named(self) -> str:
        """What the report is called: a run of one store leaves the other's report alone."""
        return "-".join([self.scale, *(self.stores if len(self.stores) < len(STORES) else ())])


@dataclass(frozen=True, slots=True)
class Wanted:
    """Data that are to be made.

    `tell` hears of the progress every few seconds; `progress` is where it is kept, by what can go
    on where it was.
    """

    candidates: int
    fingerprint: str
    progress: Path
    tell: Callable[[str], None]


class UnknownChoiceError(ValueError):
    """An environment variable names a scale or a store that there is not."""


def plan_from_environment() -> Plan:
    """Read what to run from the environment.

    BENCH_SCALE (10k, 100k, 1M), BENCH_STORES (sqlite,postgresql), BENCH_CROWDS (yes, no) and
    BENCH_SECONDS, for which each endpoint is loaded.
    """
    scale = os.environ.get("BENCH_SCALE", "100k")
    stores = tuple(os.environ.get("BENCH_STORES", ",".join(STORES)).split(","))
    if scale not in SCALES:
        message = f"BENCH_SCALE is one of {', '.join(SCALES)}"
        raise UnknownChoiceError(message)
    if not set(stores) <= set(STORES):
        message = f"BENCH_STORES names some of {', '.join(STORES)}"
        raise UnknownChoiceError(message)
    crowds = os.environ.get("BENCH_CROWDS", "yes")
    if crowds not in {"yes", "no"}:
        message = "BENCH_CROWDS is yes or no"
        raise UnknownChoiceError(message)
    seconds = float(os.environ.get("BENCH_SECONDS", "3"))
    return Plan(
        scale=scale,
        candidates=SCALES[scale],
        stores=stores,
        crowds=crowds == "yes",
        seconds=seconds,
    )
