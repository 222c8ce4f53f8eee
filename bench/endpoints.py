"""The hot endpoints, each under load: the service, and the floor beside it."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.core.database import Database
from bench.capturing import Script, keep_scripts, size_of, stenographer
from bench.checking import some_candidates
from bench.loading import Load, Outcome, Request, load
from bench.plan import DATA, Plan
from bench.serving import Served, the_floor, the_service
from bench.stores import Store

_PAGES: Final = 20
_PAGE: Final = "/v1/candidates?limit=50"
FOLLOW_UP: Final = "POST follow-up"
_BODY: Final = json.dumps(
    {
        "direction": "inbound",
        "channel": "email",
        "subject": "Dean's List",
        "body": "My grades came in, and I would be glad to send you the report card. " * 4,
    }
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint: what is asked of the service, and what of the floor.

    They are the same requests, save where they write: there each has candidates of its own.
    """

    name: str
    requests: Sequence[Request]
    floor_requests: Sequence[Request]
    scripts: Mapping[str, Script]

    @property
    def statements(self) -> float:
        """The mean number of statements of a request, BEGIN included where it is one."""
        return sum(len(each.steps) for each in self.scripts.values()) / len(self.scripts)

    @property
    def answer_bytes(self) -> float:
        """The mean size of an answer's JSON."""
        return sum(map(size_of, self.scripts.values())) / len(self.scripts)


@dataclass(frozen=True, slots=True)
class Loaded:
    """An endpoint at a number of clients."""

    endpoint: str
    clients: int
    service: Outcome
    floor: Outcome

    @property
    def ratio(self) -> float:
        """The service's throughput over the floor's; not a number where the floor answered none."""
        floor = self.floor.per_second
        return self.service.per_second / floor if floor else math.nan


@dataclass(frozen=True, slots=True)
class Process:
    """What the serving process took: seconds to start, megabytes after it and at the most."""

    started_in: Sequence[float]
    idle_megabytes: float | None
    peak_megabytes: float | None


@dataclass(frozen=True, slots=True)
class EndpointsMeasured:
    """All of it on one store."""

    endpoints: Sequence[Endpoint]
    loaded: Sequence[Loaded]
    with_worker: Outcome | None


def endpoints(
    database: Database, store: Store, key: str, shortlist_ids: Sequence[str], plan: Plan
) -> list[Endpoint]:
    """Return the endpoints, with what each says to the driver."""
    organization_id = UUID(store.made.organization_id)
    ids = some_candidates(database, organization_id, 2 * plan.targets, seed=6)
    ours, floors = ids[: plan.targets], ids[plan.targets :]
    with stenographer(database, key) as listening:

        def scripted(name: str, requests: Sequence[Request], beside: Sequence[Request]) -> Endpoint:
            scripts = {f"{each.method} {each.path}": listening.script(each) for each in beside}
            return Endpoint(name, requests, beside, scripts)

        def read(name: str, paths: Sequence[str]) -> Endpoint:
            requests = [Request("GET", path) for path in paths]
            return scripted(name, requests, requests)

        pages = [_PAGE]
        while len(pages) < _PAGES:
            cursor = listening.send(Request("GET", pages[-1]))["next_cursor"]
            if cursor is None:
                break
            pages.append(f"{_PAGE}&cursor={cursor}")
        people = [f"/v1/candidates/{each}" for each in ours]
        return [
            read("GET candidate", people),
            read("GET 50 candidates", pages),
            read("GET timeline", [f"{path}/timeline" for path in people]),
            read("GET persistence", [f"{path}/persistence" for path in people]),
            read("GET shortlist", [f"/v1/shortlists/{each}" for each in shortlist_ids]),
            scripted(FOLLOW_UP, _follow_ups(ours), _follow_ups(floors)),
        ]


def _follow_ups(candidate_ids: Sequence[UUID]) -> list[Request]:
    return [Request("POST", f"/v1/candidates/{each}/follow-ups", _BODY) for each in candidate_ids]


def measure_endpoints(
    service: Served, store: Store, found: Sequence[Endpoint], key: str, plan: Plan
) -> list[Loaded]:
    """Load each endpoint at each number of clients: the service, and at once the floor."""
    scripts = {path: script for each in found for path, script in each.scripts.items()}
    file = DATA / "scripts.pickle"
    keep_scripts(file, store.name, store.url, scripts)
    loaded = []
    with the_floor(file) as floor:
        for each in found:
            for clients in plan.clients:
                outcome = load(_load(service, key, clients, plan, each.requests))
                beside = load(_load(floor, key, clients, plan, each.floor_requests))
                loaded.append(Loaded(each.name, clients, outcome, beside))
                print(
                    f"[{store.name} {plan.scale}] {each.name}, {clients} clients: "
                    f"{outcome.per_second:,.0f}/s beside {beside.per_second:,.0f}/s",
                    flush=True,
                )
    return loaded


def measure_with_worker(store: Store, found: Sequence[Endpoint], key: str, plan: Plan) -> Outcome:
    """Load the write at eight clients while the worker runs in the same process."""
    writes = next(each for each in found if each.name == FOLLOW_UP)
    with the_service(store.url, with_worker=True) as service:
        return load(_load(service, key, 8, plan, writes.requests))


def _load(served: Served, key: str, clients: int, plan: Plan, requests: Sequence[Request]) -> Load:
    return Load(served.port, key, clients, plan.seconds, plan.warm_seconds, requests)
