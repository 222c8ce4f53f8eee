"""What the organization's shared advisory lock costs its writers: the floor with it and without."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

from bench.capturing import Script, keep_scripts
from bench.endpoints import FOLLOW_UP, Endpoint
from bench.loading import Load, load
from bench.plan import DATA, Plan
from bench.serving import the_floor
from bench.stores import Store

_WRITERS: Final = 32
_TURNS: Final = 3
_LOCK: Final = "; SELECT pg_advisory_xact_lock_shared("


@dataclass(frozen=True, slots=True)
class Locked:
    """POST follow-up's statements said by so many connections: transactions a second, medians."""

    writers: int
    with_lock: float
    without: float


def measure_lock(store: Store, found: Sequence[Endpoint], key: str, plan: Plan) -> Locked | None:
    """Load the floor with the lock and without it, in turns; None where there is no such lock."""
    writes = next(each for each in found if each.name == FOLLOW_UP)
    unlocked = {path: _without(script) for path, script in writes.scripts.items()}
    if unlocked == writes.scripts:
        return None
    files = (DATA / "locked.pickle", DATA / "unlocked.pickle")
    for file, scripts in zip(files, (writes.scripts, unlocked), strict=True):
        keep_scripts(file, store.name, store.url, dict(scripts))
    with the_floor(files[0], _WRITERS) as locked, the_floor(files[1], _WRITERS) as free:
        per_second: tuple[list[float], list[float]] = ([], [])
        for _ in range(_TURNS):
            for took, floor in zip(per_second, (locked, free), strict=True):
                asked = writes.floor_requests
                spec = Load(floor.port, key, _WRITERS, plan.seconds, plan.warm_seconds, asked)
                took.append(load(spec).per_second)
    return Locked(_WRITERS, median(per_second[0]), median(per_second[1]))


def _without(script: Script) -> Script:
    steps = [replace(each, sql=each.sql.split(_LOCK)[0]) for each in script.steps]
    return replace(script, steps=steps)
