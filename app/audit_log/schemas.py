"""HTTP shapes of the audit log."""

import json
from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.core.schema import Read
from app.models.organization import AuditRow


class AuditChange(Read):
    """What was said of one field."""

    field: str = Field(
        description="The field's name. `erased` alone where a candidate has been erased.",
        examples=["reason"],
    )
    value: str = Field(
        description="What was said, as JSON text: each kind of change has fields of its own.",
        examples=['"Not yet"'],
        json_schema_extra={"contentMediaType": "application/json"},
    )


class AuditRead(Read):
    """One change: what, when, by whom."""

    id: UUID
    at: datetime
    action: str = Field(description="Past tense, dotted: `application.rejected`.")
    subject_type: str = Field(description="What kind of thing was changed: `application`.")
    subject_id: UUID
    candidate_id: UUID | None = Field(description="The candidate whom it concerns.")
    user_id: UUID | None = Field(description="Whose key it was; null where it is nobody's.")
    on_behalf_of_user_id: UUID | None = Field(
        description="For whom it was done, where the key acted for another (`On-Behalf-Of`)."
    )
    api_key_id: UUID | None = Field(description="With which key; null for the command line.")
    request_id: str | None = Field(description="The X-Request-Id of the request.")
    changes: list[AuditChange] = Field(description="What was said, field by field.")


def audit_read(row: AuditRow) -> AuditRead:
    """Return the shape of a row of the audit log."""
    said = [
        AuditChange(field=field, value=json.dumps(value, ensure_ascii=False))
        for field, value in row.changes.items()
    ]
    return AuditRead(
        id=row.id,
        at=row.at,
        action=row.action,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        candidate_id=row.candidate_id,
        user_id=row.user_id,
        on_behalf_of_user_id=row.on_behalf_of_user_id,
        api_key_id=row.api_key_id,
        request_id=row.request_id,
        changes=said,
    )
