"""Follow-ups, the advice they name, the milestones they report, and the mail they came as."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.models.base import (
    NARROW,
    Base,
    Dated,
    TenantEntity,
    TenantRoot,
    TenantRow,
    related,
    tenant_key,
)

_NAMED = text("message_id IS NOT NULL AND deleted_at IS NULL")
_FROM_SOMEBODY = text("from_address IS NOT NULL")
_WAITING = text("outcome = 'unassigned'")
# What a message that has left the queue is called in `departures`.
WAITING: Final = "intake_message"


class FollowUp(TenantRoot, Base):
    """A contact with a candidate after a rejection, on any channel."""

    __tablename__ = "follow_ups"
    __table_args__ = (
        tenant_key("candidates", "candidate_id"),
        tenant_key("users", "captured_by_user_id"),
        CheckConstraint("direction IN ('inbound', 'outbound')", name="direction"),
        CheckConstraint(
            "channel IN ('email', 'call', 'voicemail', 'letter', 'meeting', 'message', 'form')",
            name="channel",
        ),
        Index(None, "organization_id", "candidate_id", "occurred_at", "id"),
        Index(None, "organization_id", "updated_at", "id"),
        # One message is one follow-up of one candidate, however often it arrives.
        Index(
            "uq_follow_ups_message",
            "organization_id",
            "message_id",
            "candidate_id",
            unique=True,
            postgresql_where=_NAMED,
            sqlite_where=_NAMED,
        ),
        Index(None, "organization_id", "fingerprint"),
    )

    candidate_id: Mapped[UUID]
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]
    direction: Mapped[str]
    channel: Mapped[str]
    subject: Mapped[str | None]
    body: Mapped[str | None]
    automated: Mapped[str | None]
    # `live`, or `trusted`: a named user vouched for a date older than the 48 hours' rule allows.
    dating: Mapped[str] = mapped_column(default="live")
    message_id: Mapped[str | None]
    in_reply_to: Mapped[str | None]
    thread: Mapped[str | None]
    fingerprint: Mapped[str | None]
    captured_by_user_id: Mapped[UUID | None]
    private_note: Mapped[str | None]
    deleted_at: Mapped[datetime | None]

    advice_links: Mapped[list["FollowUpAdvice"]] = related(
        "FollowUp.id == foreign(FollowUpAdvice.follow_up_id)", order_by="FollowUpAdvice.advice_id"
    )
    milestones: Mapped[list["Milestone"]] = related(
        "FollowUp.id == foreign(Milestone.follow_up_id)", order_by="Milestone.id"
    )
    attachments: Mapped[list["FollowUpAttachment"]] = related(
        "FollowUp.id == foreign(FollowUpAttachment.follow_up_id)",
        order_by="FollowUpAttachment.position",
    )


class FollowUpAdvice(TenantRow, Base):
    """A follow-up names a piece of advice; a proposed link counts once a user accepted it."""

    __tablename__ = "follow_up_advice"
    __table_args__ = (
        tenant_key("follow_ups", "follow_up_id"),
        tenant_key("advice", "advice_id"),
        Index(None, "organization_id", "advice_id"),
        NARROW,
    )

    follow_up_id: Mapped[UUID] = mapped_column(primary_key=True)
    advice_id: Mapped[UUID] = mapped_column(primary_key=True)
    linked_by_user_id: Mapped[UUID | None]
    linked_by_api_key_id: Mapped[UUID | None]
    linked_at: Mapped[datetime] = mapped_column(default=now)


class Milestone(TenantEntity, Base):
    """A dated achievement that a follow-up reports."""

    __tablename__ = "milestones"
    __table_args__ = (
        tenant_key("follow_ups", "follow_up_id"),
        tenant_key("candidates", "candidate_id"),
        tenant_key("advice", "advice_id"),
        Index(None, "organization_id", "follow_up_id"),
        Index(None, "organization_id", "candidate_id"),
        Index(None, "organization_id", "advice_id"),
        CheckConstraint(
            "kind IN ('job', 'promotion', 'grade', 'award', 'association', 'course', 'book', "
            "'other')",
            name="kind",
        ),
        CheckConstraint("status IN ('reported', 'confirmed', 'refuted')", name="status"),
    )

    candidate_id: Mapped[UUID]
    follow_up_id: Mapped[UUID]
    advice_id: Mapped[UUID | None]
    kind: Mapped[str]
    title: Mapped[str]
    achieved_on: Mapped[date | None]
    quote: Mapped[str | None]
    evidence_url: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="reported")
    status_at: Mapped[datetime]
    status_by_user_id: Mapped[UUID | None]


class FollowUpAttachment(TenantEntity, Base):
    """An attachment's name and size; its content stays in the mailbox."""

    __tablename__ = "follow_up_attachments"
    __table_args__ = (
        tenant_key("follow_ups", "follow_up_id"),
        UniqueConstraint("organization_id", "follow_up_id", "position"),
    )

    follow_up_id: Mapped[UUID]
    position: Mapped[int]
    filename: Mapped[str | None]
    content_type: Mapped[str]
    size: Mapped[int]


class IntakeMessage(Dated, TenantEntity, Base):
    """A message as it arrived; its bytes are kept only while somebody has to look at it."""

    __tablename__ = "intake_messages"
    __table_args__ = (
        tenant_key("candidates", "candidate_id"),
        tenant_key("follow_ups", "follow_up_id"),
        CheckConstraint(
            "outcome IN ('follow_up', 'duplicate', 'unassigned', 'automated', 'internal', "
            "'discarded')",
            name="outcome",
        ),
        CheckConstraint("dating IN ('live', 'trusted')", name="dating"),
        Index(None, "organization_id", "outcome", "id"),
        Index(
            "ix_intake_messages_waiting",
            "organization_id",
            "updated_at",
            "id",
            postgresql_where=_WAITING,
            sqlite_where=_WAITING,
        ),
        Index(None, "organization_id", "message_id"),
        Index(None, "organization_id", "follow_up_id"),
        Index(None, "organization_id", "candidate_id"),
        Index(
            "ix_intake_messages_from",
            "organization_id",
            "from_address",
            postgresql_where=_FROM_SOMEBODY,
            sqlite_where=_FROM_SOMEBODY,
        ),
        UniqueConstraint("organization_id", "digest"),
    )

    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    received_at: Mapped[datetime]
    # When it says it was sent; of a forward its inner message, null where that tells no date.
    sent_at: Mapped[datetime | None]
    # `trusted`: a named user imported it and vouches for its own date.
    dating: Mapped[str] = mapped_column(default="live")
    message_id: Mapped[str | None]
    # Whose words they are and what they begin with: kept only while it belongs to no follow-up.
    from_address: Mapped[str | None]
    subject: Mapped[str | None]
    excerpt: Mapped[str | None]
    outcome: Mapped[str]
    reason: Mapped[str | None]
    candidate_id: Mapped[UUID | None]
    follow_up_id: Mapped[UUID | None]
    submitted_by_user_id: Mapped[UUID | None]
    raw: Mapped[bytes | None] = mapped_column(LargeBinary)
