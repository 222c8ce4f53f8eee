"""The index over values of custom fields, kept with the rows that have them.

Whatever writes a row through the session, its marks are written by the same flush, so no room has
to remember them. A statement that writes `custom_fields` past the session has to see to them
itself: erasing does.

A mark only narrows: that a row does hold the value is looked up in the row. So what is written
alike and means the same to a filter, the number 43 and the text 43.0, may share a mark.
"""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from math import isfinite
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, event, insert, inspect, select
from sqlalchemy.orm import Mapper

from app.models.application import Application
from app.models.base import Base, table_of
from app.models.candidate import Candidate
from app.models.custom_field import CustomFieldMark
from app.models.position import Position

HAVE_VALUES: Final[tuple[tuple[type[Base], str], ...]] = (
    (Candidate, "candidate"),
    (Position, "position"),
    (Application, "application"),
)

_MARKS = table_of(CustomFieldMark)
_THEIRS = (
    _MARKS.c.organization_id == bindparam("tenant"),
    _MARKS.c.subject_id == bindparam("subject"),
)
_READ = select(_MARKS.c.mark).where(*_THEIRS)
_DROP = delete(_MARKS).where(*_THEIRS, _MARKS.c.mark == bindparam("dropped"))
_ADD = insert(_MARKS)


def mark(applies_to: str, key: str, value: object) -> bytes:
    """Return the 16 bytes by which those are found who hold a value, or have it among others."""
    text = json.dumps([applies_to, key, _as_typed(value)])
    return hashlib.sha256(text.encode()).digest()[:16]


def marks(applies_to: str, values: Mapping[str, Any]) -> set[bytes]:
    """Return the marks of all values of a row."""
    return {
        mark(applies_to, key, each)
        for key, value in values.items()
        for each in (value if isinstance(value, list) else [value])
    }


def _as_typed(value: object) -> str:
    """Return a value as the text that somebody types to find it, a number in one way alone."""
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    with suppress(ValueError):
        number = float(text)
        if isfinite(number):
            # Not minus zero.
            return repr(number + 0.0)
    return text


def _listen(model: type[Base], applies_to: str) -> None:
    def insert_marks(_mapper: Mapper[Any], connection: Connection, row: Any) -> None:
        if row.custom_fields:
            _add(connection, row, marks(applies_to, row.custom_fields))

    def update_marks(_mapper: Mapper[Any], connection: Connection, row: Any) -> None:
        if inspect(row).attrs.custom_fields.history.has_changes():
            _replace(connection, row, marks(applies_to, row.custom_fields))

    event.listen(model, "after_insert", insert_marks)
    event.listen(model, "after_update", update_marks)


def _add(connection: Connection, row: Any, new: set[bytes]) -> None:
    whose = {"organization_id": row.organization_id, "subject_id": row.id}
    if new:
        connection.execute(_ADD, [{**whose, "mark": each} for each in sorted(new)])


def _replace(connection: Connection, row: Any, new: set[bytes]) -> None:
    """Bring a row's marks to what they are now, whatever they were."""
    whose = {"tenant": row.organization_id, "subject": row.id}
    old = set(connection.scalars(_READ, whose))
    if old - new:
        connection.execute(_DROP, [{**whose, "dropped": each} for each in sorted(old - new)])
    _add(connection, row, new - old)


for _model, _applies_to in HAVE_VALUES:
    _listen(_model, _applies_to)
