"""What the worker tidies of events."""

from app.core.database import Database, Mode
from app.events.actions import forget_events
from app.organizations.jobs import organization_ids


def forget_old_events(database: Database) -> None:
    """Delete the events that were kept long enough, in short transactions."""
    for organization_id in organization_ids(database):
        more = True
        while more:
            with database.transaction(Mode.ASIDE, organization_id) as session:
                more = forget_events(session)
