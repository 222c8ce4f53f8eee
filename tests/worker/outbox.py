"""What the tests of the worker ask the outbox, and how they let it be done."""

from uuid import UUID

from sqlalchemy import select, update

from app.core.clock import now
from app.core.database import Database, Mode
from app.models.outbox import OutboxEvent
from app.worker import work_once


def empty(database: Database) -> None:
    """Note everything that other tests left behind as done: it is not what is worked on here."""
    with database.transaction(Mode.WRITE) as session:
        waiting = update(OutboxEvent).where(OutboxEvent.done_at.is_(None))
        session.execute(waiting.values(done_at=now()))


def put(database: Database, organization_id: UUID, kind: str, count: int = 1) -> None:
    """Put events where the worker finds them, also of types that there are none of."""
    with database.transaction(Mode.WRITE, organization_id) as session:
        session.add_all(
            OutboxEvent(organization_id=organization_id, type=kind, data={"number": number})
            for number in range(count)
        )


def events(database: Database, organization_id: UUID, kind: str) -> list[OutboxEvent]:
    """Return the organization's events of a kind, in the order in which they were recorded."""
    with database.transaction(Mode.READ) as session:
        return list(
            session.scalars(
                select(OutboxEvent)
                .where(OutboxEvent.organization_id == organization_id, OutboxEvent.type == kind)
                .order_by(OutboxEvent.id)
            )
        )


def event(database: Database, organization_id: UUID, kind: str) -> OutboxEvent:
    """Return the only one."""
    (found,) = events(database, organization_id, kind)
    return found


def until_idle(database: Database) -> int:
    """Work until nothing is due; return how many events were taken."""
    taken = 0
    while work_once(database):
        taken += 1
        assert taken < 1000
    return taken
