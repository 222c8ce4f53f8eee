"""Adding custom fields and changing what they are called and take."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit_log.actions import record_change
from app.core.clock import now
from app.core.database import organization_of
from app.core.ids import new_id
from app.core.problems import Conflict, Invalid, StaleVersion
from app.custom_fields.queries import find_custom_field
from app.custom_fields.rules import options_fault
from app.entry.actor import Actor
from app.models.custom_field import CustomField


def create_custom_field(
    session: Session,
    actor: Actor,
    *,
    applies_to: str,
    key: str,
    name: str,
    field_type: str,
    options: Sequence[str] = (),
    required: bool = False,
) -> CustomField:
    """Add a field; raises Conflict where the key is taken, Invalid for options that do not fit."""
    existing = session.scalar(
        select(CustomField.id).where(
            CustomField.organization_id == organization_of(session),
            CustomField.applies_to == applies_to,
            CustomField.key == key,
        )
    )
    if existing is not None:
        raise Conflict("A field of this key exists.", existing_id=existing)
    _refuse_options(field_type, options)
    field = CustomField(
        id=new_id(),
        applies_to=applies_to,
        key=key,
        name=name,
        type=field_type,
        options=list(options),
        required=required,
    )
    session.add(field)
    session.flush()
    changes = {"applies_to": applies_to, "key": key, "name": name, "type": field_type}
    record_change(session, actor, "custom_field.created", "custom_field", field.id, changes=changes)
    return field


def update_custom_field(
    session: Session,
    actor: Actor,
    field_id: UUID,
    changes: Mapping[str, Any],
    *,
    expected_version: int | None = None,
) -> CustomField:
    """Change a field's `name`, `options`, `required` and `archived`, whichever is given.

    Values that rows have already stay as they are: it is by what is told from now on that a field
    is obeyed. Raises NotFound, StaleVersion, Invalid.
    """
    field = find_custom_field(session, field_id, lock=True)
    if expected_version is not None and expected_version != field.version:
        raise StaleVersion
    if "options" in changes:
        _refuse_options(field.type, changes["options"])
    archived = changes.get("archived", field.archived_at is not None)
    changed = {
        name: changes[name]
        for name in ("name", "options", "required")
        if name in changes and changes[name] != getattr(field, name)
    }
    for name, value in changed.items():
        setattr(field, name, value)
    if archived != (field.archived_at is not None):
        field.archived_at = now() if archived else None
        changed["archived"] = archived
    if changed:
        field.touch()
        session.flush()
        record_change(
            session, actor, "custom_field.updated", "custom_field", field.id, changes=changed
        )
    return field


def _refuse_options(field_type: str, options: Sequence[str]) -> None:
    fault = options_fault(field_type, options)
    if fault is not None:
        raise Invalid("/options", fault)
