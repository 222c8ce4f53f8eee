"""Rankings that look at everyone, worked out by the worker bit by bit."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.models.base import NARROW, Base, TenantEntity, TenantRow, tenant_key


class ShortlistRun(TenantEntity, Base):
    """One ranking or count at past clocks, and how far it is.

    Candidates are walked in the order of their ids: all up to and with `after_id` have been looked
    at, `until_id` is the last. Both are null before the first. `counts` says how many stand in each
    section, and by which gate the others fail. `beginnings` counts how often it was begun:
    somebody who stood in it may have been erased.
    """

    __tablename__ = "shortlist_runs"
    __table_args__ = (
        tenant_key("positions", "position_id"),
        tenant_key("shortlists", "shortlist_id"),
        Index(None, "organization_id", "shortlist_id", "kind"),
        Index(None, "organization_id", "state"),
        CheckConstraint("kind IN ('shortlist', 'coverage', 'replay')", name="kind"),
        CheckConstraint("state IN ('running', 'done', 'failed')", name="state"),
    )

    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default="running")
    position_id: Mapped[UUID]
    # The list that is counted or run again; of one that is being made, none until it is there.
    shortlist_id: Mapped[UUID | None]
    as_of: Mapped[datetime]
    known_at: Mapped[datetime]
    policy_version: Mapped[int]
    policy: Mapped[dict[str, Any]]
    position: Mapped[dict[str, Any]]
    row_limit: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    after_id: Mapped[UUID | None]
    until_id: Mapped[UUID | None]
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    beginnings: Mapped[int] = mapped_column(default=1)
    failures: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str | None]
    asked_by_user_id: Mapped[UUID | None]
    asked_by_api_key_id: Mapped[UUID | None]
    # Whose key it is, where the key acted for another.
    key_user_id: Mapped[UUID | None]
    on_behalf_of: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]


class ShortlistRunPlace(TenantRow, Base):
    """Somebody who stands among the first of a section, of all whom a run has looked at.

    `key` is the JSON of what they stand in order by, without the id that decides between equals.
    """

    __tablename__ = "shortlist_run_places"
    __table_args__ = (
        tenant_key("shortlist_runs", "run_id"),
        Index(None, "organization_id", "candidate_id"),
        CheckConstraint("section IN ('entries', 'to_check', 'quiet')", name="section"),
        NARROW,
    )

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    section: Mapped[str] = mapped_column(primary_key=True)
    candidate_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str]
