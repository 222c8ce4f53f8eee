"""HTTP shapes of the audit log."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from app.core.schema import Read
from app.models.organization import AuditRow


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
    changes: dict[str, Any] = Field(
        description='What was said. `{"erased": true}` where a candidate has been erased.'
    )


def audit_read(row: AuditRow) -> AuditRead:
    """Return the shape of a row of the audit log."""
    return AuditRead.model_validate(row)
