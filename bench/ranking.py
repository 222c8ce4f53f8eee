"""How long a shortlist takes: the ranker alone, and the whole request, gated, explained, frozen."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import httpx

from app.core.clock import now
from app.core.database import Database, Mode
from app.organizations.queries import current_policy
from app.shortlists.queries.positions import position_state_now
from app.shortlists.queries.ranking import rank_now
from app.shortlists.rules.ranking import Ranking
from bench.plan import Plan
from bench.stores import Store
from bench.timing import Latency, latency


@dataclass(frozen=True, slots=True)
class RankerCase:
    """The ranker on one position; the numbers of rows are those of the last run."""

    case: str
    latency: Latency
    looked_at: int
    entries: int
    to_check: int
    quiet: int


@dataclass(frozen=True, slots=True)
class RequestCase:
    """POST /v1/positions/{id}/shortlists on one position."""

    case: str
    latency: Latency
    shortlist_id: str


def measure_ranker(database: Database, store: Store, plan: Plan) -> list[RankerCase]:
    """Time `rank_now` on each position, in this process; opening the transaction is not timed."""
    return [
        _ranker(database, UUID(store.made.organization_id), case, UUID(position_id), plan)
        for case, position_id in store.made.positions.items()
    ]


def _ranker(
    database: Database, organization_id: UUID, case: str, position_id: UUID, plan: Plan
) -> RankerCase:
    last: list[Ranking] = []

    def once() -> float:
        with database.transaction(Mode.READ, organization_id) as session:
            policy = current_policy(session)
            position = position_state_now(session, position_id)
            assert position is not None
            started = time.perf_counter()
            found = rank_now(session, position, policy, as_of=now(), limit=plan.shortlist_limit)
            took = time.perf_counter() - started
        last[:] = [found]
        return took

    seconds = _repeat(once, plan.rank_runs, plan.rank_seconds)
    (ranking,) = last
    return RankerCase(
        case=case,
        latency=latency(seconds),
        looked_at=ranking.looked_at,
        entries=len(ranking.entries),
        to_check=len(ranking.to_check),
        quiet=len(ranking.quiet),
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

    seconds = _repeat(once, plan.request_runs, plan.request_seconds)
    return RequestCase(case, latency(seconds), last[0])


def _repeat(once: Callable[[], float], most: int, seconds: float) -> list[float]:
    """Run once unmeasured, then until there are enough runs or the time is over."""
    once()
    ends_at = time.perf_counter() + seconds
    took: list[float] = []
    while len(took) < most and (not took or time.perf_counter() < ends_at):
        took.append(once())
    return took
