"""From the ledger to a position as the ranking reads it."""

import dataclasses
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.facts.queries import each_positions_facts, position_facts
from app.facts.rules import PositionRecord, position_record
from app.models.base import table_of
from app.models.position import Position
from app.shortlists.rules.position import PositionState, Requirement

_POSITIONS = table_of(Position).c
# Equal to null is nothing: a position without a family or a department is akin to none by it.
_AKIN = select(_POSITIONS.id, _POSITIONS.job_family, _POSITIONS.department).where(
    _POSITIONS.organization_id == bindparam("organization_id"),
    (_POSITIONS.job_family == bindparam("job_family"))
    | (_POSITIONS.department == bindparam("department")),
)


def position_state_now(session: Session, position_id: UUID) -> PositionState | None:
    """Return the position as the ranking reads it now; None where there is none."""
    record = position_record(position_id, position_facts(session, position_id))
    if record is None:
        return None
    asked = {
        "organization_id": organization_of(session),
        "job_family": record.job_family,
        "department": record.department,
    }
    rows = session.execute(_AKIN, asked).all() if record.job_family or record.department else []
    return _position_state(
        record,
        (row.id for row in rows if row.job_family == record.job_family),
        (row.id for row in rows if row.department == record.department),
    )


def position_state_at(
    session: Session, position_id: UUID, as_of: datetime, known_at: datetime
) -> PositionState | None:
    """Return the position as it was at two clocks, from the facts of all positions."""
    record = position_record(position_id, position_facts(session, position_id), as_of, known_at)
    if record is None:
        return None
    family, department = [], []
    if record.job_family or record.department:
        for each, rows in each_positions_facts(session):
            other = position_record(each, rows, as_of, known_at)
            if other is not None and other.job_family == record.job_family:
                family.append(each)
            if other is not None and other.department == record.department:
                department.append(each)
    return _position_state(record, family, department)


def _position_state(
    record: PositionRecord, family: Iterable[UUID], department: Iterable[UUID]
) -> PositionState:
    return PositionState(
        position_id=record.position_id,
        starts_on=record.starts_on,
        requirements=tuple(
            Requirement(**dataclasses.asdict(requirement)) for requirement in record.requirements
        ),
        family_position_ids=frozenset(
            {record.position_id, *(family if record.job_family is not None else ())}
        ),
        department_position_ids=frozenset(
            {record.position_id, *(department if record.department is not None else ())}
        ),
    )
