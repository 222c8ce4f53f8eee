"""Candidates with their addresses, tags, competencies, consents and pauses."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.models.base import (
    NARROW,
    Base,
    Dated,
    TenantEntity,
    TenantRoot,
    TenantRow,
    custom_values,
    related,
    tenant_key,
)

_MERGED = text("merged_into_id IS NOT NULL")


class Candidate(TenantRoot, Base):
    """A person who applied or was sourced."""

    __tablename__ = "candidates"
    __table_args__ = (
        tenant_key("users", "relationship_owner_id"),
        Index(None, "organization_id", "updated_at", "id"),
        Index(None, "organization_id", "awaiting_reply_since", "id"),
        CheckConstraint(
            "deletion_reason IN ('deleted', 'erased', 'merged')", name="deletion_reason"
        ),
        Index(
            "ix_candidates_merged",
            "organization_id",
            "merged_into_id",
            postgresql_where=_MERGED,
            sqlite_where=_MERGED,
        ),
    )

    full_name: Mapped[str]
    location: Mapped[str | None]
    available_from: Mapped[date | None]
    do_not_contact: Mapped[bool] = mapped_column(default=False)
    relationship_owner_id: Mapped[UUID | None]
    awaiting_reply_since: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    deletion_reason: Mapped[str | None]
    # Whose rows are theirs since a merge: always somebody who has not been merged in turn.
    merged_into_id: Mapped[UUID | None]
    custom_fields: Mapped[dict[str, Any]] = custom_values()

    emails: Mapped[list["CandidateEmail"]] = related(
        "Candidate.id == foreign(CandidateEmail.candidate_id)", order_by="CandidateEmail.position"
    )
    phones: Mapped[list["CandidatePhone"]] = related(
        "Candidate.id == foreign(CandidatePhone.candidate_id)", order_by="CandidatePhone.position"
    )
    tags: Mapped[list["CandidateTag"]] = related(
        "Candidate.id == foreign(CandidateTag.candidate_id)", order_by="CandidateTag.tag"
    )
    competencies: Mapped[list["CandidateCompetency"]] = related(
        "Candidate.id == foreign(CandidateCompetency.candidate_id)",
        order_by="(CandidateCompetency.competency, CandidateCompetency.source)",
    )


class CandidateEmail(TenantEntity, Base):
    """One address. Two candidates may share one: a family, or a duplicate not merged yet."""

    __tablename__ = "candidate_emails"
    __table_args__ = (
        tenant_key("candidates", "candidate_id"),
        UniqueConstraint("organization_id", "candidate_id", "folded"),
        # Who shares an address, in the order in which they are told.
        Index(None, "organization_id", "folded", "candidate_id"),
    )

    candidate_id: Mapped[UUID]
    position: Mapped[int]
    address: Mapped[str]
    folded: Mapped[str]
    type: Mapped[str | None]


class CandidatePhone(TenantEntity, Base):
    """One telephone number, E.164 where it could be read."""

    __tablename__ = "candidate_phones"
    __table_args__ = (
        tenant_key("candidates", "candidate_id"),
        Index(None, "organization_id", "candidate_id"),
        Index(None, "organization_id", "number", "candidate_id"),
    )

    candidate_id: Mapped[UUID]
    position: Mapped[int]
    number: Mapped[str]
    type: Mapped[str | None]


class DismissedDuplicate(TenantRow, Base):
    """Two candidates of whom somebody has said that they are not one: the lesser id first."""

    __tablename__ = "dismissed_duplicates"
    __table_args__ = (
        tenant_key("candidates", "candidate_id"),
        tenant_key("candidates", "other_candidate_id"),
        tenant_key("users", "dismissed_by_user_id"),
        Index(None, "organization_id", "other_candidate_id"),
        NARROW,
    )

    candidate_id: Mapped[UUID] = mapped_column(primary_key=True)
    other_candidate_id: Mapped[UUID] = mapped_column(primary_key=True)
    dismissed_at: Mapped[datetime] = mapped_column(default=now)
    dismissed_by_user_id: Mapped[UUID | None]


class CandidateTag(TenantRow, Base):
    """A tag is a row, so that it has an index under row-level security."""

    __tablename__ = "candidate_tags"
    __table_args__ = (
        tenant_key("candidates", "candidate_id"),
        Index(None, "organization_id", "tag", "candidate_id"),
        NARROW,
    )

    candidate_id: Mapped[UUID] = mapped_column(primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True)


class CandidateCompetency(TenantEntity, Base):
    """A level in a competency: declared by the candidate or assessed by an interviewer."""

    __tablename__ = "candidate_competencies"
    __table_args__ = (
        tenant_key("candidates", "candidate_id"),
        UniqueConstraint("organization_id", "candidate_id", "competency", "source"),
        CheckConstraint("level BETWEEN 1 AND 5", name="level"),
        CheckConstraint("source IN ('declared', 'assessed')", name="source"),
    )

    candidate_id: Mapped[UUID]
    competency: Mapped[str]
    source: Mapped[str]
    level: Mapped[int]
    effective_at: Mapped[datetime]


class Consent(Dated, TenantEntity, Base):
    """What a candidate allowed or refused, for one purpose; the facts keep the history."""

    __tablename__ = "consents"
    __table_args__ = (
        tenant_key("candidates", "candidate_id"),
        UniqueConstraint("organization_id", "candidate_id", "purpose"),
        CheckConstraint("purpose IN ('store', 'contact', 'rank')", name="purpose"),
        CheckConstraint(
            "basis IN ('consent', 'legitimate_interest', 'candidate_initiated', 'unknown')",
            name="basis",
        ),
    )

    candidate_id: Mapped[UUID]
    purpose: Mapped[str]
    granted: Mapped[bool]
    basis: Mapped[str]
    granted_at: Mapped[datetime | None]
    expires_on: Mapped[date | None]
    source: Mapped[str | None]
    notice_version: Mapped[str | None]
    effective_at: Mapped[datetime]


class PauseRow(Dated, TenantEntity, Base):
    """Days on which a candidate's clock stands still. There is no column for a reason."""

    __tablename__ = "pauses"
    __table_args__ = (
        tenant_key("candidates", "candidate_id"),
        Index(None, "organization_id", "candidate_id"),
        CheckConstraint("last_day >= first_day", name="days"),
    )

    candidate_id: Mapped[UUID]
    first_day: Mapped[date]
    last_day: Mapped[date]
    # Before its first day a pause can be taken back altogether.
    cancelled: Mapped[bool] = mapped_column(default=False)
    effective_at: Mapped[datetime]
