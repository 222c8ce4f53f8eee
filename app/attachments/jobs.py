"""What the worker removes from the storage: files that nobody names any more."""

from datetime import timedelta
from uuid import UUID

from app.attachments.actions import forget_blobs, give_up_on_arrivals
from app.attachments.clients.opening import open_storage
from app.attachments.queries import blobs_leaving
from app.core.clock import real_now as now
from app.core.database import Database, Mode
from app.organizations.jobs import organization_ids

# Nobody takes that long to send a file.
ARRIVES_WITHIN = timedelta(days=1)
_AT_ONCE = 200


def remove_left_blobs(database: Database, organization_id: UUID) -> int:
    """Remove an organization's files that nobody names; return how many.

    First from the storage, outside any transaction, then from the store: a worker that dies in
    between removes them once more, which does no harm.
    """
    storage = open_storage(database.settings)
    removed = 0
    while True:
        with database.transaction(Mode.READ, organization_id) as session:
            blob_ids = blobs_leaving(session, _AT_ONCE)
        if not blob_ids:
            return removed
        for blob_id in blob_ids:
            storage.remove(organization_id, blob_id)
        with database.transaction(Mode.ASIDE, organization_id) as session:
            forget_blobs(session, blob_ids)
        removed += len(blob_ids)


def tidy_blobs(database: Database) -> int:
    """Remove what broke off on its way in, and what an event has not led to; return how many."""
    removed = 0
    for organization_id in organization_ids(database):
        with database.transaction(Mode.ASIDE, organization_id) as session:
            give_up_on_arrivals(session, now() - ARRIVES_WITHIN)
        removed += remove_left_blobs(database, organization_id)
    return removed
