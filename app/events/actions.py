"""Giving events their numbers, and forgetting them in time."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, delete, select, text, update
from sqlalchemy.orm import Session

from app.core.clock import real_now as now
from app.core.database import Database, Mode, lock_number, organization_of
from app.events.queries import newest_sequence
from app.models.base import table_of
from app.models.event import Event

KEPT: Final = timedelta(days=90)
# At least as many as the longest page: then a full page means that there may be more.
AT_ONCE: Final = 1000
# The organization's own lock is for its writers; this one is for whoever numbers.
_ASIDE: Final = 0x45_76_65_6E_74_73

_TABLE = table_of(Event)
_FIRST = (
    select(_TABLE.c.id)
    .where(_TABLE.c.organization_id == bindparam("tenant"), _TABLE.c.sequence.is_(None))
    .order_by(_TABLE.c.created_at, _TABLE.c.id)
    .limit(AT_ONCE)
)
_NUMBER = (
    update(_TABLE)
    .where(_TABLE.c.organization_id == bindparam("tenant"), _TABLE.c.id == bindparam("event"))
    .values(sequence=bindparam("number"))
)
_OLDEST = (
    select(_TABLE.c.sequence, _TABLE.c.created_at)
    .where(_TABLE.c.organization_id == bindparam("tenant"), _TABLE.c.sequence.is_not(None))
    .order_by(_TABLE.c.sequence)
    .limit(AT_ONCE)
)
_FORGET = delete(_TABLE).where(
    _TABLE.c.organization_id == bindparam("tenant"), _TABLE.c.sequence <= bindparam("last")
)


def number_events(database: Database, organization_id: UUID) -> None:
    """Give committed events that have no number the next ones, a thousand at most.

    In a transaction of its own, one at a time for an organization: whoever sees a number sees all
    lower ones. In the order in which they were made: those of one transaction keep theirs, for
    they become visible together.
    """
    with database.transaction(Mode.ASIDE, organization_id) as session:
        if session.get_bind().dialect.name == "postgresql":
            lock = text("SELECT pg_advisory_xact_lock(:number)")
            session.execute(lock, {"number": lock_number(organization_id) ^ _ASIDE})
        # Looked up behind the lock: a statement sees what was committed before it began.
        first = newest_sequence(session) + 1
        ids = session.scalars(_FIRST, {"tenant": organization_id}).all()
        if ids:
            # Each by its key: joined to a list of a thousand, SQLite reads all events there are.
            session.execute(
                _NUMBER,
                [
                    {"tenant": organization_id, "event": id_, "number": number}
                    for number, id_ in enumerate(ids, start=first)
                ],
            )


def forget_events(session: Session) -> bool:
    """Delete the oldest events that were kept long enough; tell whether there may be more.

    The newest one stays however old it is: it is what the numbers go on from.
    """
    tenant = organization_of(session)
    oldest = session.execute(_OLDEST, {"tenant": tenant}).all()
    newest, last, until = newest_sequence(session), None, now() - KEPT
    for sequence, created_at in oldest:
        if created_at >= until or sequence == newest:
            break
        last = sequence
    if last is None:
        return False
    session.execute(_FORGET, {"tenant": tenant, "last": last})
    return len(oldest) == AT_ONCE
