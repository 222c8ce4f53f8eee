"""The service: composition only."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from anyio import to_thread
from fastapi import FastAPI
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.applications.routes import router as applications
from app.attachments.clients.opening import open_storage
from app.attachments.routes import UPLOADS
from app.attachments.routes import router as attachments
from app.audit_log.routes import router as audit_log
from app.bulk_changes.routes import router as bulk_changes
from app.candidates.routes import router as candidates
from app.consent.routes import router as consent
from app.core import faults, problems
from app.core.cross_origin import CrossOrigin
from app.core.database import Database
from app.core.http import BodyLimit, RequestId, SecurityHeaders
from app.core.settings import Settings, listed
from app.custom_fields.routes import router as custom_fields
from app.document.completing import describe
from app.duplicates.routes import router as duplicates
from app.entry.door import Door
from app.entry.health import router as health
from app.entry.limiting import Limited
from app.entry.limits import Limits
from app.entry.metrics import Measured, Metrics
from app.entry.request_log import RequestLog
from app.entry.tenancy import open_database
from app.events.routes import router as events
from app.follow_ups.routes import router as follow_ups
from app.intake.csv.routes import router as csv
from app.intake.email.routes import router as email
from app.organizations.routes import router as organizations
from app.persistence_scores.routes import router as persistence_scores
from app.positions.routes import router as positions
from app.reference.routes import router as reference
from app.retention.routes import router as retention
from app.sandboxes.routes import router as sandboxes
from app.saved_searches.routes import router as saved_searches
from app.shortlists.routes import router as shortlists
from app.talent_pools.routes import router as talent_pools
from app.upserts.routes import router as upserts

ROOMS = (
    organizations,
    audit_log,
    events,
    # Before the rooms of the rows: `by-external-id` and `batch` are no ids.
    upserts,
    csv,
    candidates,
    bulk_changes,
    talent_pools,
    saved_searches,
    positions,
    applications,
    consent,
    follow_ups,
    attachments,
    custom_fields,
    persistence_scores,
    shortlists,
    email,
    duplicates,
    retention,
    sandboxes,
)
# Where a body is taken as it is, and is no JSON.
AS_IT_IS = re.compile(r".*/v1/(intake/email|candidates/import)")
DESCRIPTION = """Who was turned down, what they were advised, what they did since, and who is first
in line the moment a seat opens."""


def create_app(settings: Settings | None = None, database: Database | None = None) -> FastAPI:
    """Put the service together; it opens `settings.database_url` unless a store is handed in."""
    settings = settings or Settings()
    app = FastAPI(
        title="First in Line",
        version="1",
        description=DESCRIPTION,
        lifespan=_lifespan(settings, database),
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
    )
    app.state.settings = settings
    app.state.metrics = Metrics()
    app.state.limits = Limits(settings.rate_limit, settings.wrong_keys)
    problems.install(app)
    faults.install(app)
    app.add_middleware(Door, places=settings.places, waiting=settings.waiting)
    app.add_middleware(
        BodyLimit,
        limit=min(settings.json_limit, settings.body_limit),
        others={UPLOADS: settings.attachment_limit, AS_IT_IS: settings.body_limit},
    )
    app.add_middleware(Limited, limits=app.state.limits)
    if settings.cors_origins is not None:
        app.add_middleware(CrossOrigin, origins=listed(settings.cors_origins))
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Measured, metrics=app.state.metrics)
    app.add_middleware(RequestLog)
    app.add_middleware(RequestId)
    if settings.trusted_proxies is not None:
        proxies = listed(settings.trusted_proxies)
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=proxies)
    for room in (health, reference, *ROOMS):
        # What is included is built a second time, and found by way of its router; a room's routes
        # are whole as they are.
        app.router.routes.extend(room.routes)
    describe(app)
    return app


def _lifespan(
    settings: Settings, given: Database | None
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # As many threads as places behind the door: a request that was let in never waits for one.
        # Two more for what the door does not count.
        threads = ThreadPoolExecutor(settings.places + 2, "request")
        asyncio.get_running_loop().set_default_executor(threads)
        to_thread.current_default_thread_limiter().total_tokens = settings.places + 2
        database = given or open_database(settings)
        app.state.database = database
        app.state.storage = open_storage(database.settings)
        app.state.metrics.tell_of(database.replicas)
        database.replicas.watch()
        yield
        if given is None:
            database.close()

    return lifespan
