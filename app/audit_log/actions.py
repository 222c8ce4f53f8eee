"""The audit log: one row for every change, in the change's own transaction, beside its event."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.database import append
from app.core.ids import new_id
from app.entry.actor import Actor
from app.models.base import table_of
from app.models.organization import AuditRow
from app.outbox.actions import record

_NOTE = insert(table_of(AuditRow))


def record_change(
    session: Session,
    actor: Actor,
    event: str,
    subject_type: str,
    subject_id: UUID,
    *,
    candidate_id: UUID | None = None,
    changes: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Record that something happened, for the audit log and for whoever listens to events.

    `event` is past tense and dotted (`application.rejected`). `changes` may hold personal data and
    is blacked out by erasure; `data` holds ids alone and travels with the event.
    """
    note_change(
        session,
        actor,
        event,
        subject_type,
        subject_id,
        candidate_id=candidate_id,
        changes=changes,
    )
    ids = {f"{subject_type}_id": subject_id, "candidate_id": candidate_id, **(data or {})}
    record(
        session,
        actor.organization_id,
        event,
        {key: _plain(value) for key, value in ids.items() if value is not None},
    )


def note_change(
    session: Session,
    actor: Actor,
    action: str,
    subject_type: str,
    subject_id: UUID,
    *,
    candidate_id: UUID | None = None,
    changes: Mapping[str, Any] | None = None,
) -> None:
    """Record a change in the audit log alone: nobody who listens to events is told of it."""
    present = now()
    append(
        session,
        _NOTE,
        {
            "organization_id": actor.organization_id,
            "id": new_id(),
            "at": present,
            "updated_at": present,
            "action": action,
            "subject_type": subject_type,
            "subject_id": subject_id,
            "candidate_id": candidate_id,
            "user_id": actor.holder_id,
            "on_behalf_of_user_id": actor.user_id if actor.on_behalf_of else None,
            "api_key_id": actor.api_key_id,
            "request_id": actor.request_id,
            "changes": _plain(changes or {}),
        },
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(inner) for inner in value]
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    return value
