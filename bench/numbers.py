"""A run's numbers as JSON beside the report: what plots, growth and the guard read."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

from bench.measuring import Measured, MeasuredCrowds
from bench.plan import Plan
from bench.ranking import RankerCase
from bench.timing import Latency

# {"scale", "candidates", "stores": {store: numbers}}, of each store "ranker", "requests", "search"
# and "peers" in milliseconds, and "endpoints", the service's throughput over the floor's.
Numbers: TypeAlias = dict[str, Any]
_DIGITS: Final = 3


def numbers(plan: Plan, measured: Sequence[Measured], crowds: Sequence[MeasuredCrowds]) -> Numbers:
    """Return a run's numbers."""
    over_crowds = {each.store.name: each.ranker for each in crowds}
    return {
        "scale": plan.scale,
        "candidates": plan.candidates,
        "stores": {
            each.store.name: _of_store(each, over_crowds.get(each.store.name, []))
            for each in measured
        },
    }


def _of_store(found: Measured, crowds: Sequence[RankerCase]) -> Numbers:
    return {
        "ranker": {each.case: _ranker(each) for each in (*found.ranker, *crowds)},
        "requests": {each.case: _latency(each.latency) for each in found.served.requests},
        "peers": {
            each.name: _latency(each.asked) for each in found.peers if each.asked is not None
        },
        "search": {each.case: _latency(each.latency) for each in found.served.search},
        "endpoints": {
            f"{each.endpoint}, {each.clients} clients": round(each.ratio, _DIGITS)
            for each in found.served.endpoints.loaded
            if not math.isnan(each.ratio)
        },
    }


def _ranker(case: RankerCase) -> Numbers:
    return {
        **_latency(case.latency),
        "looked_at": case.looked_at,
        "stopped_because": case.stopped_because,
        "exact": case.exact,
    }


def _latency(took: Latency) -> Numbers:
    return {name: round(getattr(took, name), _DIGITS) for name in ("p50", "p95", "p99")}


def keep(found: Numbers, file: Path) -> None:
    """Write numbers beside a report, in an order that does not depend on the run."""
    file.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")


def kept(folder: Path) -> list[Numbers]:
    """Return the numbers of all scales, the smallest first; "named" are the reports of each.

    The stores of a scale may have been measured in runs of their own.
    """
    found: dict[int, Numbers] = {}
    for file in sorted(folder.glob("*.json")):
        told = json.loads(file.read_text())
        scale = found.setdefault(told["candidates"], {**told, "stores": {}, "named": []})
        scale["stores"] |= told["stores"]
        scale["named"].append(file.stem)
    return [found[candidates] for candidates in sorted(found)]
