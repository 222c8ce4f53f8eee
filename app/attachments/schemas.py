"""HTTP shapes of attachments."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.attachments.queries import Filed
from app.core.schema import Line, Read

Kind = Literal["resume", "evidence", "report_card", "other"]
Filename = Annotated[Line, Field(max_length=200)]


class AttachmentRead(Read):
    """A file that was handed in about a candidate."""

    id: UUID
    candidate_id: UUID
    follow_up_id: UUID | None = Field(description="The follow-up it came with.")
    milestone_id: UUID | None = Field(description="The milestone it proves, of that follow-up.")
    kind: Kind
    filename: str
    content_type: str = Field(description="The type as which the content is handed out.")
    size: int = Field(description="In bytes.")
    sha256: str = Field(description="Digest of the content, 64 hexadecimal digits.")
    created_at: datetime
    uploaded_by_user_id: UUID | None


def attachment_read(filed: Filed) -> AttachmentRead:
    """Return the shape of an attachment."""
    attachment, blob = filed
    assert blob.sha256 is not None
    assert blob.size is not None
    return AttachmentRead(
        id=attachment.id,
        candidate_id=attachment.candidate_id,
        follow_up_id=attachment.follow_up_id,
        milestone_id=attachment.milestone_id,
        kind=attachment.kind,  # type: ignore[arg-type]  # a check constraint holds it
        filename=attachment.filename,
        content_type=attachment.content_type,
        size=blob.size,
        sha256=blob.sha256.hex(),
        created_at=attachment.created_at,
        uploaded_by_user_id=attachment.uploaded_by_user_id,
    )
