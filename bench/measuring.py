"""Everything that is measured on one store, in order."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import httpx

from app.core.database import Database, Mode
from app.core.memory import spare_what_stays
from app.core.settings import Settings
from app.entry.actor import Actor
from app.entry.tenancy import open_database
from app.organizations.actions import create_api_key
from bench.checking import check, count_of
from bench.cold import ColdCase, measure_cold
from bench.crowding import add_positions
from bench.crowds import MORE_CASES
from bench.endpoints import (
    FOLLOW_UP,
    EndpointsMeasured,
    Process,
    endpoints,
    measure_endpoints,
    measure_with_worker,
)
from bench.locking import Locked, measure_lock
from bench.peers import Peer, measure_peers
from bench.plan import Plan
from bench.ranking import (
    RankerCase,
    RequestCase,
    crowd_cases,
    measure_ranker,
    measure_requests,
    usual_cases,
)
from bench.rescoring import Rescored, measure_rescoring
from bench.searching import SearchCase, measure_search
from bench.serving import the_service
from bench.stores import CrowdedStore, Store
from bench.weighing import log_bytes, tables_of

_STARTS = 3
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OverHttp:
    """What was asked of a serving process, and what it took.

    `log_bytes` is what a follow-up adds to the store's log; null where the store does not tell.
    `locked` is what the lock of an organization costs; null where the store has none.
    """

    requests: list[RequestCase]
    search: list[SearchCase]
    endpoints: EndpointsMeasured
    process: Process
    log_bytes: float | None
    locked: Locked | None


@dataclass(frozen=True, slots=True)
class Measured:
    """One store's results; `tables` are the largest, with their bytes."""

    store: Store
    checked: int
    ranked: int
    unranked: int
    tables: list[tuple[str, int]]
    ranker: list[RankerCase]
    cold: list[ColdCase]
    peers: list[Peer]
    served: OverHttp
    rescored: Rescored | None


@dataclass(frozen=True, slots=True)
class MeasuredCrowds:
    """One store's results over the crowds."""

    store: CrowdedStore
    ranker: list[RankerCase]


def measure(store: Store, plan: Plan) -> Measured:
    """Check the data, then measure the ranker, the requests, the endpoints and the process."""
    organization_id = UUID(store.made.organization_id)
    tables = tables_of(store)
    database = open_database(Settings(), url=store.url)
    try:
        checked = check(database, organization_id)
        ranked = count_of(database, organization_id, ranked=True)
        unranked = count_of(database, organization_id, ranked=False)
        key = _key(database, store)
        # As in the process that serves.
        spare_what_stays()
        usual = usual_cases(store, _more_positions(database, store))
        ranker = _told(store, plan, measure_ranker(database, usual, plan))
        served = _measure_served(database, store, key, plan)
    finally:
        database.close()
    peers = _told(store, plan, measure_peers(store, plan))
    # After the others: it throws out of memory what they have in it.
    cold = measure_cold(store, usual, plan)
    # Last: it changes what scores are.
    rescored = measure_rescoring(store, key, plan)
    return Measured(store, checked, ranked, unranked, tables, ranker, cold, peers, served, rescored)


def _measure_served(database: Database, store: Store, key: str, plan: Plan) -> OverHttp:
    """Measure what is asked of the serving process over loopback, and that process."""
    starts = [_start(store) for _ in range(_STARTS - 1)]
    with the_service(store.url) as service:
        starts.append(service.started_in)
        idle = service.megabytes()
        with httpx.Client(
            base_url=f"http://127.0.0.1:{service.port}",
            headers={"Authorization": f"Bearer {key}"},
            timeout=60,
        ) as http:
            requests = _told(store, plan, measure_requests(http, store, plan))
            search = _told(store, plan, measure_search(http, plan))
            shortlist_ids = [each.shortlist_id for each in requests]
            found = endpoints(database, store, key, shortlist_ids, plan)
            loaded = measure_endpoints(service, store, found, key, plan)
            writes = next(each for each in found if each.name == FOLLOW_UP)
            logged = log_bytes(http, store, writes.requests)
        process = Process(starts, idle, service.peak_megabytes())
    worked = measure_with_worker(store, found, key, plan) if store.name == "sqlite" else None
    hot = EndpointsMeasured(found, loaded, worked)
    return OverHttp(requests, search, hot, process, logged, measure_lock(store, found, key, plan))


def _told(store: Store, plan: Plan, found: list[T]) -> list[T]:
    for each in found:
        print(f"[{store.name} {plan.scale}] {each}", flush=True)
    return found


def measure_crowds(store: CrowdedStore, plan: Plan) -> MeasuredCrowds:
    """Measure the ranker over each crowd."""
    database = open_database(Settings(), url=store.url)
    try:
        spare_what_stays()
        ranker = measure_ranker(database, crowd_cases(store), plan)
    finally:
        database.close()
    for each in ranker:
        print(f"[{store.name} {plan.scale}] {each}", flush=True)
    return MeasuredCrowds(store, ranker)


def _more_positions(database: Database, store: Store) -> dict[str, UUID]:
    """Add the positions that the kept data has not, and that its people need not know."""
    organization_id = UUID(store.made.organization_id)
    made_at = datetime.fromisoformat(store.made.made_at)
    with database.transaction(Mode.WRITE, organization_id) as session:
        added = list(add_positions(session, organization_id, MORE_CASES, made_at))
    return {case.name: each for case, each in zip(MORE_CASES, added, strict=True)}


def _key(database: Database, store: Store) -> str:
    organization_id = UUID(store.made.organization_id)
    with database.transaction(Mode.WRITE, organization_id) as session:
        _, key = create_api_key(
            session,
            Actor(organization_id, "admin"),
            name="bench",
            scope="admin",
            user_id=UUID(store.made.user_id),
        )
    return key


def _start(store: Store) -> float:
    with the_service(store.url) as service:
        return service.started_in
