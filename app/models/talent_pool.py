"""Talent pools, and who is in them."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.models.base import NARROW, Base, Dated, TenantRoot, TenantRow, tenant_key

# What who has left a pool is called in `departures`: candidates, by their ids.
MEMBER: Final = "talent_pool_member"


class TalentPool(TenantRoot, Base):
    """A named list that candidates can be in."""

    __tablename__ = "talent_pools"
    __table_args__ = (
        UniqueConstraint("organization_id", "name"),
        Index(None, "organization_id", "updated_at", "id"),
    )

    name: Mapped[str]
    description: Mapped[str | None]


class TalentPoolMember(Dated, TenantRow, Base):
    """A candidate in a talent pool, since when, and who put them there."""

    __tablename__ = "talent_pool_members"
    __table_args__ = (
        tenant_key("talent_pools", "talent_pool_id"),
        tenant_key("candidates", "candidate_id"),
        tenant_key("users", "added_by_user_id"),
        Index(None, "organization_id", "candidate_id"),
        NARROW,
    )

    talent_pool_id: Mapped[UUID] = mapped_column(primary_key=True)
    candidate_id: Mapped[UUID] = mapped_column(primary_key=True)
    added_at: Mapped[datetime] = mapped_column(default=now)
    added_by_user_id: Mapped[UUID | None]
