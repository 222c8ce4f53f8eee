"""The address of events."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from app.core.database import Database, Mode
from app.core.problems import Gone, responses
from app.entry.asking import Credentials, Reading, let_in
from app.entry.routing import Route
from app.events.actions import AT_ONCE, number_events
from app.events.queries import events_after, has_unnumbered
from app.events.schemas import EventsRead, events_read

router = APIRouter(prefix="/v1", tags=["events"], route_class=Route)


def _number(request: Request, credentials: Credentials) -> None:
    """Number what has been committed since, in a transaction of its own, before it is read."""
    with let_in(request, credentials, Mode.READ, "read") as ask:
        organization_id, waiting = ask.actor.organization_id, has_unnumbered(ask.session)
    if waiting:
        database: Database = request.app.state.database
        number_events(database, organization_id)


@router.get("/events", dependencies=[Depends(_number)], responses=responses(Gone))
def list_events(
    ask: Reading,
    after: Annotated[
        int | None,
        Query(
            ge=0,
            le=2**63 - 1,
            description="`next_after` of the answer before; not given: from the oldest kept.",
        ),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=AT_ONCE, description="How many to return at most.")] = 100,
) -> EventsRead:
    """Follow what changes: every change once, in an order that never changes afterwards.

    Ids alone are told; what has changed is read by its id. Events are kept for 90 days; an `after`
    older than that is answered 410, and the client reads the lists anew. One beyond the newest is
    answered with no items: ask again later.
    """
    return events_read(events_after(ask.session, after, limit))
