"""What a change left out again has told goes with it: audit row and event."""

from sqlalchemy import select

from app.audit_log.actions import record_change
from app.core.database import Database, Mode
from app.entry.actor import Actor
from app.models.event import Event
from app.models.organization import AuditRow
from tests.cast import Cast


class _LeftOutError(Exception):
    pass


def test_what_a_savepoint_told_goes_with_it(cast: Cast, database: Database) -> None:
    organization_id, user_id = cast.ada.organization_id, cast.ada.user_id
    actor = Actor(organization_id, "admin")

    def tell(number: int) -> None:
        record_change(session, actor, "user.updated", "user", user_id, changes={"number": number})

    with database.transaction(Mode.WRITE, organization_id) as session:
        tell(1)
        try:
            with session.begin_nested():
                tell(2)
                with session.begin_nested():
                    tell(3)
                raise _LeftOutError
        except _LeftOutError:
            tell(4)
        with session.begin_nested():
            tell(5)
    with database.transaction(Mode.READ, organization_id) as session:
        told = session.scalars(
            select(AuditRow.changes).where(AuditRow.action == "user.updated").order_by(AuditRow.id)
        )
        assert [row["number"] for row in told] == [1, 4, 5]
        events = session.scalars(select(Event.id).where(Event.type == "user.updated"))
        assert len(events.all()) == 3
