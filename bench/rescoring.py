"""How fast everybody is scored anew when an organization changes its scoring policy."""

import time
from contextlib import closing, nullcontext
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import httpx
from sqlalchemy import func, select

from app.core.database import Database, Mode
from app.core.settings import Settings
from app.entry.tenancy import open_database
from app.models.base import table_of
from app.models.ranking import RankingRow
from bench.plan import Plan
from bench.serving import the_service, the_worker
from bench.stores import Store

_LOOKS_EVERY: Final = 0.1
# What was written before is heard of first.
_BEGINS_WITHIN: Final = 300.0
_ROWS: Final = table_of(RankingRow).c


@dataclass(frozen=True, slots=True)
class Rescored:
    """How many were scored in how many seconds, of how many; the rest was not waited for."""

    scored: int
    seconds: float
    everybody: int

    @property
    def per_second(self) -> float:
        """How many are scored in a second."""
        return self.scored / self.seconds

    def __str__(self) -> str:
        return f"a change of policy: {self.per_second:,.0f} candidates/s"


def measure_rescoring(store: Store, key: str, plan: Plan) -> Rescored | None:
    """Change the policy and let the worker score for a while; None where the data is not a copy.

    The key has the scope admin.
    """
    if not store.copied:
        return None
    organization_id = UUID(store.made.organization_id)
    with (
        closing(open_database(Settings(), url=store.url)) as database,
        the_service(store.url, with_worker=True) as service,
        # On SQLite the worker is the service's own.
        nullcontext() if store.name == "sqlite" else the_worker(store.url),
    ):
        answer = httpx.post(
            f"http://127.0.0.1:{service.port}/v1/scoring-policies",
            headers={"Authorization": f"Bearer {key}"},
            json={"half_life_days": 200},
            timeout=60,
        )
        answer.raise_for_status()
        version = answer.json()["version"]
        began_at, first = _first(database, organization_id, version)
        ends_at = time.perf_counter() + plan.rescore_seconds
        scored = first
        while scored < store.made.candidates and time.perf_counter() < ends_at:
            time.sleep(_LOOKS_EVERY)
            scored = _scored(database, organization_id, version)
        return Rescored(scored - first, time.perf_counter() - began_at, store.made.candidates)


def _first(database: Database, organization_id: UUID, version: int) -> tuple[float, int]:
    """Wait until the worker has begun; return when that was, and how many it had scored."""
    ends_at = time.perf_counter() + _BEGINS_WITHIN
    while not (scored := _scored(database, organization_id, version)):
        if time.perf_counter() > ends_at:
            message = "The worker has scored nobody."
            raise TimeoutError(message)
        time.sleep(_LOOKS_EVERY)
    return time.perf_counter(), scored


def _scored(database: Database, organization_id: UUID, version: int) -> int:
    of_version = (_ROWS.organization_id == organization_id) & (_ROWS.policy_version == version)
    with database.transaction(Mode.READ, organization_id) as session:
        return session.scalar(select(func.count()).where(of_version)) or 0
