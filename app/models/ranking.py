"""What the ranking reads (facts and their projection) and what it froze (shortlists)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import NARROW, Base, TenantEntity, TenantRoot, TenantRow, tenant_key

_NOBODYS = text("candidate_id IS NULL")


class Fact(TenantEntity, Base):
    """One subject's whole new state of one kind; appended, never changed.

    The subject's state at (as_of, known_at) is, of the rows not later on either clock, the one
    with the
    greatest (effective_at, recorded_at, id).
    """

    __tablename__ = "facts"
    __table_args__ = (
        # A candidate has few facts of a kind, and entries that are alike take the place of one.
        Index(None, "organization_id", "candidate_id", "kind"),
        Index(
            "ix_facts_nobodys",
            "organization_id",
            "subject_id",
            sqlite_where=_NOBODYS,
            postgresql_where=_NOBODYS,
        ),
        Index(None, "organization_id", "recorded_at"),
        Index(None, "organization_id", "effective_at"),
    )

    subject_id: Mapped[UUID]
    # Whose ranking it touches; null for a position's. See docs/decisions.
    candidate_id: Mapped[UUID | None]
    kind: Mapped[str]
    effective_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    value: Mapped[dict[str, Any]]


class PersistencePeriod(TenantRow, Base):
    """One candidate's credit of one period, in parts, and the instant that dates it."""

    __tablename__ = "persistence_periods"
    __table_args__ = (tenant_key("candidates", "candidate_id"), NARROW)

    candidate_id: Mapped[UUID] = mapped_column(primary_key=True)
    policy_version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    period: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    touch: Mapped[float]
    advice: Mapped[float]
    milestone: Mapped[float]
    last_at: Mapped[datetime]


class RankingRow(TenantRow, Base):
    """A candidate as the ranking reads it: the projection of the facts at now.

    `momentum` is null where nothing counts. `state` is the JSON of a CandidateState. `posted` says
    which rows of the lists are the candidate's, empty where none is; null where that has not been
    worked out yet. While a new version of the policy is being scored there are rows of two
    versions, and every write keeps both.
    """

    __tablename__ = "ranking_rows"
    __table_args__ = (
        tenant_key("candidates", "candidate_id"),
        Index(None, "organization_id", "candidate_id"),
        Index(
            "ix_ranking_rows_unposted",
            "organization_id",
            "policy_version",
            "candidate_id",
            sqlite_where=text("posted IS NULL"),
            postgresql_where=text("posted IS NULL"),
        ),
    )

    policy_version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    candidate_id: Mapped[UUID] = mapped_column(primary_key=True)
    momentum: Mapped[float | None]
    progress: Mapped[float]
    available_from: Mapped[date | None]
    state: Mapped[str]
    posted: Mapped[str | None]


class _Posting(TenantRow):
    """A row of a list; what the columns say is told in `app/shortlists/rules/postings.py`.

    The key is the order in which a list is read, so a row is found again only by its place, which
    the candidate's RankingRow keeps: no index by candidate is written with every change. `alike` is
    a digest of what the row holds: at one place those stand together who differ by their id alone.
    """

    policy_version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    list: Mapped[str] = mapped_column(primary_key=True)


class _Held:
    """What every row of a list holds of the candidate."""

    level: Mapped[int] = mapped_column(sort_order=10)
    verified: Mapped[int] = mapped_column(sort_order=11)
    opens_on: Mapped[int] = mapped_column(sort_order=12)
    closes_on: Mapped[int] = mapped_column(sort_order=13)
    available_from: Mapped[int | None] = mapped_column(sort_order=14)
    levels: Mapped[str] = mapped_column(sort_order=15)
    tried: Mapped[str] = mapped_column(sort_order=16)


class RankedPosting(_Posting, _Held, Base):
    """A row in a list of those who are ranked by momentum."""

    __tablename__ = "ranked_postings"
    __table_args__ = (NARROW,)

    place: Mapped[float] = mapped_column(primary_key=True, sort_order=1)
    alike: Mapped[UUID] = mapped_column(primary_key=True, sort_order=2)
    candidate_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=3)
    momentum: Mapped[float] = mapped_column(sort_order=17)
    progress: Mapped[float] = mapped_column(sort_order=18)
    pauses: Mapped[str | None] = mapped_column(sort_order=19)


class QuietPosting(_Posting, _Held, Base):
    """A row in a list of those who are not."""

    __tablename__ = "quiet_postings"
    __table_args__ = (NARROW,)

    place: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, autoincrement=False, sort_order=1
    )
    alike: Mapped[UUID] = mapped_column(primary_key=True, sort_order=2)
    candidate_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=3)


class Shortlist(TenantRoot, Base):
    """A frozen ranking of re-applicants for one position."""

    __tablename__ = "shortlists"
    __table_args__ = (
        tenant_key("positions", "position_id"),
        Index(None, "organization_id", "position_id", "id"),
        Index(None, "organization_id", "updated_at", "id"),
        CheckConstraint(
            "trigger IN ('position_opened', 'position_reopened', 'hire_withdrew', "
            "'offer_declined', 'requested', 'requirements_changed')",
            name="trigger",
        ),
    )

    position_id: Mapped[UUID]
    trigger: Mapped[str]
    as_of: Mapped[datetime]
    known_at: Mapped[datetime]
    policy_version: Mapped[int]
    policy: Mapped[dict[str, Any]]
    position: Mapped[dict[str, Any]]
    row_limit: Mapped[int]
    looked_at: Mapped[int]
    stopped_because: Mapped[str]
    asked_by_user_id: Mapped[UUID | None]
    asked_by_api_key_id: Mapped[UUID | None]
    opened_at: Mapped[datetime | None]
    superseded_by_id: Mapped[UUID | None]


class ShortlistEntry(TenantEntity, Base):
    """One candidate's place in a shortlist, with all that it was computed from."""

    __tablename__ = "shortlist_entries"
    __table_args__ = (
        tenant_key("shortlists", "shortlist_id"),
        UniqueConstraint("organization_id", "shortlist_id", "section", "rank"),
        UniqueConstraint("organization_id", "shortlist_id", "candidate_id"),
        Index(None, "organization_id", "candidate_id"),
        CheckConstraint("section IN ('entries', 'to_check', 'quiet')", name="section"),
        CheckConstraint("decision IN ('invited', 'passed_over')", name="decision"),
    )

    shortlist_id: Mapped[UUID]
    # A pseudonym after erasure, so no foreign key.
    candidate_id: Mapped[UUID]
    section: Mapped[str]
    rank: Mapped[int]
    match: Mapped[float | None]
    persistence: Mapped[float | None]
    momentum: Mapped[float | None]
    fit: Mapped[float]
    progress: Mapped[float]
    inputs: Mapped[str]
    # PostgreSQL too keeps it as the text it was written as: it is answered so.
    shown: Mapped[dict[str, Any]] = mapped_column(JSON(none_as_null=True))
    erased: Mapped[bool] = mapped_column(default=False)
    decision: Mapped[str | None]
    decision_reason: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by_user_id: Mapped[UUID | None]
