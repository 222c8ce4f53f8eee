"""Fields that an organization has added to its candidates, positions and applications."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from app.models.base import Base, TenantRoot


class CustomField(TenantRoot, Base):
    """One field; its values lie in `custom_fields` of the rows that have it, by its key."""

    __tablename__ = "custom_fields"
    __table_args__ = (
        UniqueConstraint("organization_id", "applies_to", "key"),
        Index(None, "organization_id", "updated_at", "id"),
        CheckConstraint(
            "applies_to IN ('candidate', 'position', 'application')", name="applies_to"
        ),
        CheckConstraint(
            "type IN ('text', 'number', 'boolean', 'date', 'select', 'multi_select', 'url')",
            name="type",
        ),
    )

    applies_to: Mapped[str]
    key: Mapped[str]
    name: Mapped[str]
    type: Mapped[str]
    options: Mapped[list[Any]]
    required: Mapped[bool]
    archived_at: Mapped[datetime | None]
