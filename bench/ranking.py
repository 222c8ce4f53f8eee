"""How long a shortlist takes: the ranker alone, and the whole request, gated, explained, frozen."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from statistics import median
from typing import Final
from uuid import UUID

import httpx

from app.core.clock import now
from app.core.database import Database, Mode
from app.organizations.queries import current_policy
from app.shortlists.queries.positions import position_state_now
from app.shortlists.queries.ranking import rank_at, rank_now
from app.shortlists.rules.ranking import Ranking
from bench.crowding import Place
from bench.plan import Plan
from bench.stores import CrowdedStore, Store
from bench.timing import Latency, latency, repeat

# Everyone is looked at for comparison up to this scale, for so many positions of a case.
EXACT_UP_TO: Final = 10_000
_CHECKED: Final = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """A case, and the positions that are ranked for in turn: mostly one; and each's tenant."""

    case: str
    positions: Sequence[tuple[UUID, UUID]]


@dataclass(frozen=True, slots=True)
class RankerCase:
    """The ranker on one case.

    `exact` tells whether looking at everyone gave the same sections in the same order; null where
    that was not tried. `looked_at` is the median of the runs, the others are the last run's.
    """

    case: str
    latency: Latency
    looked_at: int
    stopped_because: str
    entries: int
    to_check: int
    quiet: int
    exact: bool | None


@dataclass(frozen=True, slots=True)
class RequestCase:
    """POST /v1/positions/{id}/shortlists on one position."""

    case: str
    latency: Latency
    shortlist_id: str


def usual_cases(store: Store, more: Mapping[str, UUID]) -> list[Asked]:
    """Return the cases over the usual people; `more` are positions that this run has added."""
    organization_id = UUID(store.made.organization_id)
    kept = {case: UUID(each) for case, each in store.made.positions.items()}
    return [Asked(case, [(organization_id, each)]) for case, each in {**kept, **more}.items()]


def crowd_cases(store: CrowdedStore) -> list[Asked]:
    """Return the cases over the crowds, and that of the small organizations, one after another."""
    made = store.made
    cases = [Asked(each.case, [_ids(each)]) for each in made.places]
    small = [_ids(each) for each in made.small]
    name = f"{len(small):,} organizations of {made.small_candidates:,}, one must-have"
    return [*cases, Asked(name, small)]


def _ids(place: Place) -> tuple[UUID, UUID]:
    return UUID(place.organization_id), UUID(place.position_id)


def measure_ranker(database: Database, asked: Sequence[Asked], plan: Plan) -> list[RankerCase]:
    """Time `rank_now` on each case, in this process; opening the transaction is not timed."""
    return [_ranker(database, each, plan) for each in asked]


def _ranker(database: Database, asked: Asked, plan: Plan) -> RankerCase:
    # Kept by the hundred, they would be what the garbage collector looks through meanwhile.
    looked_at: list[int] = []
    found: list[Ranking] = []
    turns = cycle(asked.positions)

    def once() -> float:
        ranking, took = rank_once(database, *next(turns), plan.shortlist_limit)
        looked_at.append(ranking.looked_at)
        found[:] = [ranking]
        return took

    runs = max(plan.rank_runs, len(asked.positions))
    seconds = repeat(once, runs, plan.rank_seconds)
    last = found[-1]
    checked = asked.positions[:_CHECKED] if plan.candidates <= EXACT_UP_TO else ()
    exact = [_is_exact(database, *each, plan.shortlist_limit) for each in checked]
    return RankerCase(
        case=asked.case,
        latency=latency(seconds),
        looked_at=round(median(looked_at)),
        stopped_because=str(last.stopped_because),
        entries=len(last.entries),
        to_check=len(last.to_check),
        quiet=len(last.quiet),
        exact=all(exact) if exact else None,
    )


def rank_once(
    database: Database, organization_id: UUID, position_id: UUID, limit: int
) -> tuple[Ranking, float]:
    """Rank for a position now; return the ranking and the seconds that it took."""
    with database.transaction(Mode.READ, organization_id) as session:
        policy = current_policy(session)
        position = position_state_now(session, position_id)
        assert position is not None
        started = time.perf_counter()
        found = rank_now(session, position, policy, as_of=now(), limit=limit)
        return found, time.perf_counter() - started


def _is_exact(database: Database, organization_id: UUID, position_id: UUID, limit: int) -> bool:
    """Tell whether reading the lists finds what looking at everyone does, to the last digit."""
    with database.transaction(Mode.READ, organization_id) as session:
        policy = current_policy(session)
        position = position_state_now(session, position_id)
        assert position is not None
        as_of = now()
        read = rank_now(session, position, policy, as_of=as_of, limit=limit)
        walked = rank_at(session, position, policy, as_of=as_of, known_at=as_of, limit=limit)
    return all(
        getattr(read, section) == getattr(walked, section)
        for section in ("entries", "to_check", "quiet")
    )


def measure_requests(http: httpx.Client, store: Store, plan: Plan) -> list[RequestCase]:
    """Time the whole request on each position, one after the other, over loopback."""
    return [
        _requests(http, case, position_id, plan)
        for case, position_id in store.made.positions.items()
    ]


def _requests(http: httpx.Client, case: str, position_id: str, plan: Plan) -> RequestCase:
    last: list[str] = []

    def once() -> float:
        started = time.perf_counter()
        answer = http.post(
            f"/v1/positions/{position_id}/shortlists", json={"limit": plan.shortlist_limit}
        )
        took = time.perf_counter() - started
        answer.raise_for_status()
        last[:] = [answer.json()["id"]]
        return took

    seconds = repeat(once, plan.request_runs, plan.request_seconds)
    return RequestCase(case, latency(seconds), last[0])
