"""Everything that is measured on one store, in order."""

from dataclasses import dataclass
from uuid import UUID

import httpx

from app.core.database import Database, Mode
from app.core.memory import spare_what_stays
from app.core.settings import Settings
from app.entry.actor import Actor
from app.entry.tenancy import open_database
from app.organizations.actions import create_api_key
from bench.checking import check, count_of
from bench.endpoints import (
    EndpointsMeasured,
    Process,
    endpoints,
    measure_endpoints,
    measure_with_worker,
)
from bench.plan import Plan
from bench.ranking import RankerCase, RequestCase, measure_ranker, measure_requests
from bench.serving import the_service
from bench.stores import Store

_STARTS = 3


@dataclass(frozen=True, slots=True)
class Measured:
    """One store's results."""

    store: Store
    checked: int
    ranked: int
    unranked: int
    ranker: list[RankerCase]
    requests: list[RequestCase]
    endpoints: EndpointsMeasured
    process: Process


def measure(store: Store, plan: Plan) -> Measured:
    """Check the data, then measure the ranker, the requests, the endpoints and the process."""
    organization_id = UUID(store.made.organization_id)
    database = open_database(Settings(), url=store.url)
    try:
        checked = check(database, organization_id)
        ranked = count_of(database, organization_id, ranked=True)
        unranked = count_of(database, organization_id, ranked=False)
        key = _key(database, store)
        # As in the process that serves.
        spare_what_stays()
        ranker = measure_ranker(database, store, plan)
        for each in ranker:
            print(f"[{store.name} {plan.scale}] {each}", flush=True)
        starts = [_start(store) for _ in range(_STARTS - 1)]
        with the_service(store.url) as service:
            starts.append(service.started_in)
            idle = service.megabytes()
            with httpx.Client(
                base_url=f"http://127.0.0.1:{service.port}",
                headers={"Authorization": f"Bearer {key}"},
                timeout=60,
            ) as http:
                requests = measure_requests(http, store, plan)
            for request in requests:
                print(f"[{store.name} {plan.scale}] {request}", flush=True)
            shortlist_ids = [each.shortlist_id for each in requests]
            found = endpoints(database, store, key, shortlist_ids, plan)
            loaded = measure_endpoints(service, store, found, key, plan)
            process = Process(starts, idle, service.peak_megabytes())
        worked = measure_with_worker(store, found, key, plan) if store.name == "sqlite" else None
    finally:
        database.close()
    return Measured(
        store=store,
        checked=checked,
        ranked=ranked,
        unranked=unranked,
        ranker=ranker,
        requests=requests,
        endpoints=EndpointsMeasured(found, loaded, worked),
        process=process,
    )


def _key(database: Database, store: Store) -> str:
    organization_id = UUID(store.made.organization_id)
    with database.transaction(Mode.WRITE, organization_id) as session:
        _, key = create_api_key(
            session,
            Actor(organization_id, "admin"),
            name="bench",
            scope="write",
            user_id=UUID(store.made.user_id),
        )
    return key


def _start(store: Store) -> float:
    with the_service(store.url) as service:
        return service.started_in
