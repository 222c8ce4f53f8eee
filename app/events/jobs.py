"""What the worker tidies of events."""

from datetime import datetime
from uuid import UUID

from app.core.clock import real_now as now
from app.core.database import Database, Mode
from app.events.actions import KEPT, forget_events, number_events
from app.events.queries import has_unnumbered
from app.organizations.jobs import organization_ids


def forget_old_events(database: Database) -> None:
    """Delete the events that were kept long enough, in short transactions.

    They are forgotten by their numbers: what nobody has followed for so long is given its own
    before.
    """
    until = now() - KEPT
    for organization_id in organization_ids(database):
        while _has_unnumbered(database, organization_id, until):
            number_events(database, organization_id)
        more = True
        while more:
            with database.transaction(Mode.ASIDE, organization_id) as session:
                more = forget_events(session)


def _has_unnumbered(database: Database, organization_id: UUID, before: datetime) -> bool:
    with database.transaction(Mode.READ, organization_id) as session:
        return has_unnumbered(session, before=before)
