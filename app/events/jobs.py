"""What the worker tidies of events."""

from uuid import UUID

from app.core.database import Database, Mode
from app.events.actions import forget_events, number_events
from app.events.queries import has_unnumbered
from app.organizations.jobs import organization_ids


def forget_old_events(database: Database) -> None:
    """Delete the events that were kept long enough, in short transactions.

    They are forgotten by their numbers: what nobody has followed is given its own before.
    """
    for organization_id in organization_ids(database):
        while _has_unnumbered(database, organization_id):
            number_events(database, organization_id)
        more = True
        while more:
            with database.transaction(Mode.ASIDE, organization_id) as session:
                more = forget_events(session)


def _has_unnumbered(database: Database, organization_id: UUID) -> bool:
    with database.transaction(Mode.READ, organization_id) as session:
        return has_unnumbered(session)
