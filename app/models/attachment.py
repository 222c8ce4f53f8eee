"""Attachments, and the files behind them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now, real_now
from app.models.base import NARROW, Base, Dated, TenantEntity, tenant_key

_UNSETTLED = text("state <> 'kept'")


class Attachment(Dated, TenantEntity, Base):
    """A file that was handed in about a candidate, perhaps with a follow-up or a milestone.

    One on a milestone names the milestone's follow-up too.
    """

    __tablename__ = "attachments"
    __table_args__ = (
        tenant_key("candidates", "candidate_id"),
        tenant_key("follow_ups", "follow_up_id"),
        tenant_key("milestones", "milestone_id"),
        tenant_key("blobs", "blob_id"),
        tenant_key("users", "uploaded_by_user_id"),
        CheckConstraint("kind IN ('resume', 'evidence', 'report_card', 'other')", name="kind"),
        CheckConstraint("milestone_id IS NULL OR follow_up_id IS NOT NULL", name="milestone"),
        Index(None, "organization_id", "candidate_id", "id"),
        Index(None, "organization_id", "follow_up_id", "id"),
        Index(None, "organization_id", "milestone_id", "id"),
        Index(None, "organization_id", "blob_id"),
        NARROW,
    )

    candidate_id: Mapped[UUID]
    follow_up_id: Mapped[UUID | None]
    milestone_id: Mapped[UUID | None]
    blob_id: Mapped[UUID]
    kind: Mapped[str]
    filename: Mapped[str]
    content_type: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    uploaded_by_user_id: Mapped[UUID | None]


class Blob(TenantEntity, Base):
    """A file in the storage, under this row's id; the row is there before it and after it.

    `arriving` until an attachment names it, `kept` while one does, then `leaving` until the worker
    has removed it. So every file that lies in the storage is known here.
    """

    __tablename__ = "blobs"
    __table_args__ = (
        CheckConstraint("state IN ('arriving', 'kept', 'leaving')", name="state"),
        Index(None, "organization_id", "sha256"),
        Index(
            "ix_blobs_unsettled",
            "organization_id",
            "id",
            postgresql_where=_UNSETTLED,
            sqlite_where=_UNSETTLED,
        ),
        NARROW,
    )

    state: Mapped[str] = mapped_column(default="arriving")
    sha256: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    size: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(default=real_now)
