"""Applications, rejections and the advice given at them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.models.base import Base, TenantEntity, TenantRoot, custom_values, tenant_key

_ACTIVE = text("status = 'active'")
_STANDING = text("undone_at IS NULL")


class Application(TenantRoot, Base):
    """One candidate's try at one position."""

    __tablename__ = "applications"
    __table_args__ = (
        tenant_key("candidates", "candidate_id"),
        tenant_key("positions", "position_id"),
        CheckConstraint("status IN ('active', 'rejected', 'withdrawn', 'hired')", name="status"),
        Index(
            "uq_applications_one_active",
            "organization_id",
            "candidate_id",
            "position_id",
            unique=True,
            postgresql_where=_ACTIVE,
            sqlite_where=_ACTIVE,
        ),
        Index(None, "organization_id", "candidate_id"),
        Index(None, "organization_id", "position_id", "status"),
        Index(None, "organization_id", "status", "id"),
        Index(None, "organization_id", "status", "candidate_id"),
        Index(None, "organization_id", "updated_at", "id"),
    )

    candidate_id: Mapped[UUID]
    position_id: Mapped[UUID]
    status: Mapped[str] = mapped_column(default="active")
    # Null where nobody told us: an ATS often knows the rejection alone.
    applied_at: Mapped[datetime | None]
    furthest_stage: Mapped[str | None]
    is_finalist: Mapped[bool] = mapped_column(default=False)
    hired_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawal_reason: Mapped[str | None]
    offer_declined_at: Mapped[datetime | None]
    custom_fields: Mapped[dict[str, Any]] = custom_values()


class Rejection(TenantEntity, Base):
    """What turned an application down, with the re-apply contract; it stands until undone."""

    __tablename__ = "rejections"
    __table_args__ = (
        tenant_key("applications", "application_id"),
        tenant_key("candidates", "candidate_id"),
        tenant_key("rejection_reasons", "rejection_reason_id"),
        tenant_key("users", "decided_by_user_id"),
        CheckConstraint(
            "follow_ups_invited IN ('yes', 'no', 'unknown')", name="follow_ups_invited"
        ),
        Index(None, "organization_id", "application_id"),
        Index(
            "uq_rejections_one_standing",
            "organization_id",
            "application_id",
            unique=True,
            postgresql_where=_STANDING,
            sqlite_where=_STANDING,
        ),
        Index(None, "organization_id", "candidate_id"),
    )

    application_id: Mapped[UUID]
    candidate_id: Mapped[UUID]
    rejected_at: Mapped[datetime]
    rejection_reason_id: Mapped[UUID | None]
    details: Mapped[str | None]
    decided_by_user_id: Mapped[UUID | None]
    decided_by_name: Mapped[str | None]
    never_reconsider: Mapped[bool]
    reconsider_on: Mapped[date | None]
    preferred_channel: Mapped[str | None]
    follow_ups_invited: Mapped[str]
    undone_at: Mapped[datetime | None]
    recorded_at: Mapped[datetime] = mapped_column(default=now)


class Advice(TenantRoot, Base):
    """One numbered thing to work on; the number counts within its rejection."""

    __tablename__ = "advice"
    __table_args__ = (
        tenant_key("candidates", "candidate_id"),
        tenant_key("applications", "application_id"),
        tenant_key("rejections", "rejection_id"),
        UniqueConstraint("organization_id", "rejection_id", "number"),
        Index(None, "organization_id", "candidate_id"),
        Index(None, "organization_id", "application_id"),
        Index(None, "organization_id", "updated_at", "id"),
        CheckConstraint("target_level BETWEEN 1 AND 5", name="target_level"),
        CheckConstraint(
            "state IN ('open', 'in_progress', 'reported', 'confirmed', 'withdrawn')", name="state"
        ),
    )

    candidate_id: Mapped[UUID]
    application_id: Mapped[UUID]
    rejection_id: Mapped[UUID]
    number: Mapped[int]
    text: Mapped[str]
    competency: Mapped[str | None]
    target_level: Mapped[int | None]
    evidence_expected: Mapped[str | None]
    given_at: Mapped[datetime]
    given_by_user_id: Mapped[UUID | None]
    given_by_name: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="open")
    state_at: Mapped[datetime]
