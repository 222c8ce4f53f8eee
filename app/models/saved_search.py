"""Searches that are kept."""

from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from app.models.base import Base, TenantRoot, tenant_key


class SavedSearch(TenantRoot, Base):
    """What somebody looks for again and again: the parameters of a list of candidates."""

    __tablename__ = "saved_searches"
    __table_args__ = (
        tenant_key("users", "owner_user_id"),
        Index(None, "organization_id", "updated_at", "id"),
    )

    name: Mapped[str]
    owner_user_id: Mapped[UUID | None]
    parameters: Mapped[dict[str, Any]]
