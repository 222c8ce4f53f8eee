"""What was kept long enough is forgotten, in every organization."""

from datetime import timedelta

import time_machine
from sqlalchemy import func, select

from app.core.clock import now
from app.core.database import Database, Mode
from app.entry.idempotency import KEPT
from app.models.organization import IdempotencyKey
from app.organizations.jobs import forget_idempotency_keys
from tests.cast import Cast, Person


def kept(database: Database, person: Person) -> int:
    with database.transaction(Mode.READ, person.organization_id) as session:
        statement = select(func.count()).where(
            IdempotencyKey.organization_id == person.organization_id
        )
        return session.scalar(statement) or 0


def test_answers_are_kept_for_a_day(cast: Cast, database: Database) -> None:
    for person in (cast.ada, cast.cleo):
        person.post("users", {"name": "Dora"}, headers={"Idempotency-Key": "one"})
    with time_machine.travel(now() + KEPT - timedelta(minutes=1)):
        forget_idempotency_keys(database)
        cast.ada.post("users", {"name": "Emil"}, headers={"Idempotency-Key": "two"})
    assert (kept(database, cast.ada), kept(database, cast.cleo)) == (2, 1)
    with time_machine.travel(now() + KEPT + timedelta(minutes=1)):
        assert forget_idempotency_keys(database) >= 2
    assert (kept(database, cast.ada), kept(database, cast.cleo)) == (1, 0)
