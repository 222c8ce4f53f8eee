"""That nothing has become slower: ratios of a run against those of the committed report.

Seconds differ from machine to machine and from hour to hour; what a run took relative to something
else of the same run on the same store differs little. Each ratio is better the smaller it is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import geometric_mean
from typing import Any, Final

# So many times the committed ratio may be reached before it is called worse.
TOLERANCE: Final = 1.5
# A count of rows depends on the data alone, which differs a little with the day it was made on.
COUNT_TOLERANCE: Final = 1.25
# The ranker's cases are held against this one, and the other numbers against the ranker.
BASE: Final = "no requirements"
_AGGREGATE: Final = "the aggregate in SQL"


@dataclass(frozen=True, slots=True)
class Ratio:
    """What is small where all is well; `most` is how many times the committed one is borne."""

    name: str
    value: float
    most: float = TOLERANCE


def ratios(numbers: Mapping[str, Any]) -> Iterator[Ratio]:
    """Yield a run's ratios, store by store."""
    for store, found in sorted(numbers["stores"].items()):
        yield from _of_store(store, found)


def _of_store(store: str, found: Mapping[str, Any]) -> Iterator[Ratio]:
    ranker, base = found["ranker"], found["ranker"][BASE]
    for case, took in ranker.items():
        if case != BASE:
            name = f"{store}: the ranker, {case} / {BASE}"
            yield Ratio(name, took["p50"] / base["p50"])
        share = took["looked_at"] / max(1, base["looked_at"])
        counted = took["looked_at"] if case == BASE else share
        yield Ratio(f"{store}: rows looked at, {case}", counted, COUNT_TOLERANCE)
    for case, took in found["requests"].items():
        yield Ratio(f"{store}: the request / the ranker, {case}", took["p50"] / ranker[case]["p50"])
    aggregate = found["peers"].get(_AGGREGATE)
    if aggregate is not None:
        name = f"{store}: the ranker, {BASE} / {_AGGREGATE}"
        yield Ratio(name, base["p50"] / aggregate["p50"])
    for endpoint, behind in _behind(found["endpoints"]).items():
        yield Ratio(f"{store}: floor / service, {endpoint}", geometric_mean(behind))


def _behind(endpoints: Mapping[str, float]) -> dict[str, list[float]]:
    """Return how far each endpoint is behind its floor at each number of clients.

    One of them alone differs by more than is borne, from run to run.
    """
    found: dict[str, list[float]] = {}
    for name, ratio in endpoints.items():
        if ratio:
            endpoint, _, _ = name.rpartition(", ")
            found.setdefault(endpoint, []).append(1 / ratio)
    return found


def worse(committed: Mapping[str, Any], run: Mapping[str, Any]) -> list[str]:
    """Say which of a run's ratios are worse than the report's, and which lists were not exact.

    What only one of them has is not compared.
    """
    before = {each.name: each.value for each in ratios(committed)}
    found = [
        f"{each.name}: {each.value:.3g}, {each.value / before[each.name]:.2f} times the report's"
        for each in ratios(run)
        if before.get(each.name) and each.value > each.most * before[each.name]
    ]
    inexact = [
        f"{store}: the ranker is not exact, {case}"
        for store, each in sorted(run["stores"].items())
        for case, took in each["ranker"].items()
        if took["exact"] is False
    ]
    return found + inexact


def compared(committed: Mapping[str, Any], run: Mapping[str, Any]) -> int:
    """Return how many ratios both have."""
    return len({each.name for each in ratios(committed)} & {each.name for each in ratios(run)})
