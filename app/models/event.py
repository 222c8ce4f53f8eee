"""By what others follow us: what has changed, and what is no longer there."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import real_now
from app.models.base import NARROW, Base, TenantEntity, TenantRow

_UNNUMBERED = text("sequence IS NULL")


class Event(TenantEntity, Base):
    """One change: its type and the ids of what changed, in the transaction of the change.

    Its number is given after that transaction is committed, so that who has read one number never
    finds a lower one later.
    """

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("organization_id", "sequence"),
        Index(
            "ix_events_unnumbered",
            "organization_id",
            "created_at",
            "id",
            postgresql_where=_UNNUMBERED,
            sqlite_where=_UNNUMBERED,
        ),
        NARROW,
    )

    sequence: Mapped[int | None] = mapped_column(BigInteger)
    type: Mapped[str]
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=real_now)


class Tombstone(TenantRow, Base):
    """What is left of a root that is gone: that it was there, since when not, and why not."""

    __tablename__ = "tombstones"
    __table_args__ = (
        CheckConstraint("reason IN ('deleted', 'erased', 'merged')", name="reason"),
        Index(None, "organization_id", "kind", "deleted_at", "id"),
        NARROW,
    )

    kind: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    deleted_at: Mapped[datetime]
    reason: Mapped[str]


class Departure(TenantRow, Base):
    """What has left a list that stands below a root, or a queue: since when, and why.

    It may be in another list by now, or back in this one: then the list speaks, not this row.
    """

    __tablename__ = "departures"
    __table_args__ = (
        CheckConstraint("reason IN ('deleted', 'erased', 'merged', 'moved')", name="reason"),
        Index(None, "organization_id", "kind", "parent_id", "left_at", "id"),
        NARROW,
    )

    kind: Mapped[str] = mapped_column(primary_key=True)
    # Whose list it was: the organization's own id for a queue.
    parent_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    left_at: Mapped[datetime]
    reason: Mapped[str]
