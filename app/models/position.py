"""Positions, their openings and requirements."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import (
    Base,
    Dated,
    TenantEntity,
    TenantRoot,
    custom_values,
    related,
    tenant_key,
)


class Position(TenantRoot, Base):
    """A job with one or more seats."""

    __tablename__ = "positions"
    __table_args__ = (
        CheckConstraint(
            "status IN ('draft', 'open', 'on_hold', 'filled', 'closed')", name="status"
        ),
        Index(None, "organization_id", "updated_at", "id"),
        Index(None, "organization_id", "job_family"),
        Index(None, "organization_id", "department"),
    )

    title: Mapped[str]
    department: Mapped[str | None]
    job_family: Mapped[str | None]
    location: Mapped[str | None]
    starts_on: Mapped[date | None]
    status: Mapped[str] = mapped_column(default="draft")
    close_reason: Mapped[str | None]
    custom_fields: Mapped[dict[str, Any]] = custom_values()

    openings: Mapped[list["Opening"]] = related(
        "Position.id == foreign(Opening.position_id)", order_by="Opening.id"
    )
    requirements: Mapped[list["Requirement"]] = related(
        "Position.id == foreign(Requirement.position_id)", order_by="Requirement.id"
    )


class Opening(Dated, TenantEntity, Base):
    """One seat. One application fills it, and an application fills one seat."""

    __tablename__ = "openings"
    __table_args__ = (
        tenant_key("positions", "position_id"),
        tenant_key("applications", "application_id"),
        CheckConstraint("status IN ('open', 'filled', 'closed')", name="status"),
        CheckConstraint("(status = 'filled') = (application_id IS NOT NULL)", name="filled"),
        Index(None, "organization_id", "position_id"),
        UniqueConstraint("organization_id", "application_id"),
    )

    position_id: Mapped[UUID]
    status: Mapped[str] = mapped_column(default="open")
    starts_on: Mapped[date | None]
    application_id: Mapped[UUID | None]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    close_reason: Mapped[str | None]


class Requirement(TenantEntity, Base):
    """A competency that a position asks for."""

    __tablename__ = "requirements"
    __table_args__ = (
        tenant_key("positions", "position_id"),
        UniqueConstraint("organization_id", "position_id", "competency"),
        CheckConstraint("min_level BETWEEN 1 AND 5", name="min_level"),
        CheckConstraint("kind IN ('must_have', 'nice_to_have')", name="kind"),
        CheckConstraint("weight >= 0", name="weight"),
    )

    position_id: Mapped[UUID]
    competency: Mapped[str]
    min_level: Mapped[int]
    kind: Mapped[str]
    weight: Mapped[float]
    verified_only: Mapped[bool]
