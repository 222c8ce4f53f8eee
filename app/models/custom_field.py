"""Fields that an organization has added to its candidates, positions and applications."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import NARROW, Base, TenantRoot, TenantRow


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


class CustomFieldMark(TenantRow, Base):
    """Whose field holds which value, by a digest of both: an index over `custom_fields` of rows.

    It is written with the rows themselves, and nothing else writes it: see `app.models.marking`.
    """

    __tablename__ = "custom_field_marks"
    __table_args__ = (Index(None, "organization_id", "mark", "subject_id"), NARROW)

    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    mark: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
