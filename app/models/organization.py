"""Organizations, their users, keys, scoring policies, and the global doors to them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now, real_now
from app.core.ids import new_id
from app.models.base import (
    NARROW,
    Base,
    Dated,
    TenantEntity,
    TenantRoot,
    TenantRow,
    related,
    tenant_key,
)


class Organization(Base):
    """A tenant. Global: it is looked up before anybody is bound to it."""

    __tablename__ = "organizations"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)


class KeyLookup(Base):
    """Global: which organization and which key a prefix stands for."""

    __tablename__ = "key_lookups"
    __table_args__ = (NARROW,)

    prefix: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    api_key_id: Mapped[UUID]


class Login(Base):
    """Global: which organization and user an e-mail address signs in to."""

    __tablename__ = "logins"
    __table_args__ = (NARROW,)

    email: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    user_id: Mapped[UUID]


class OrganizationDomain(TenantRow, Base):
    """A mail domain of the organization's own: who writes from it is no candidate."""

    __tablename__ = "organization_domains"
    __table_args__ = (NARROW,)

    domain: Mapped[str] = mapped_column(primary_key=True)


class User(TenantRoot, Base):
    """A person who works here."""

    __tablename__ = "users"
    __table_args__ = (Index(None, "organization_id", "updated_at", "id"),)

    name: Mapped[str]
    role: Mapped[str] = mapped_column(default="recruiter")
    active: Mapped[bool] = mapped_column(default=True)

    addresses: Mapped[list["UserAddress"]] = related(
        "User.id == foreign(UserAddress.user_id)", order_by="UserAddress.position"
    )


class UserAddress(TenantRow, Base):
    """One of a user's e-mail addresses; the first is the one we write to."""

    __tablename__ = "user_addresses"
    __table_args__ = (
        tenant_key("users", "user_id"),
        Index(None, "organization_id", "user_id"),
        NARROW,
    )

    address: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    position: Mapped[int]


class ApiKey(Dated, TenantEntity, Base):
    """A key to the API: 32 random bytes of which only the digest is kept."""

    __tablename__ = "api_keys"
    __table_args__ = (
        tenant_key("users", "user_id"),
        CheckConstraint("scope IN ('read', 'write', 'admin')", name="scope"),
    )

    user_id: Mapped[UUID | None]
    name: Mapped[str]
    prefix: Mapped[str]
    secret_sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    scope: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=real_now)
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    # Null: as many as the setting says.
    requests_per_minute: Mapped[int | None]
    may_act_for_others: Mapped[bool] = mapped_column(default=False, server_default=false())
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))


class ScoringPolicyVersion(Dated, TenantRow, Base):
    """One version of an organization's scoring policy; never edited."""

    __tablename__ = "scoring_policies"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    credit_touch: Mapped[float]
    credit_advice: Mapped[float]
    credit_milestone: Mapped[float]
    credit_milestone_without_advice: Mapped[float]
    half_life_days: Mapped[float]
    cadence_months: Mapped[int]
    time_zone: Mapped[str]
    weight_base: Mapped[float]
    weight_fit: Mapped[float]
    weight_progress: Mapped[float]
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by_user_id: Mapped[UUID | None]
    # Null while the worker still scores everyone by it; the newest one scored is the one in force.
    scored_at: Mapped[datetime | None]
    # How many there were when the worker began, and how many of them it has scored.
    to_score: Mapped[int | None]
    scored: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    # The greatest id of these: who has a smaller one has been scored by the worker or by a write.
    scored_to: Mapped[UUID | None]


class AuditRow(Dated, TenantEntity, Base):
    """Who changed what, when, with which key. Never changed, save that erasure blacks it out."""

    __tablename__ = "audit_log"
    __table_args__ = (
        Index(None, "organization_id", "subject_id", "id"),
        Index(None, "organization_id", "action", "id"),
        Index(None, "organization_id", "candidate_id", "id"),
        Index(None, "organization_id", "updated_at", "id"),
    )

    at: Mapped[datetime] = mapped_column(default=now)
    action: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[UUID]
    candidate_id: Mapped[UUID | None]
    # Whose key it was; with On-Behalf-Of it acted for another.
    user_id: Mapped[UUID | None]
    on_behalf_of_user_id: Mapped[UUID | None]
    api_key_id: Mapped[UUID | None]
    request_id: Mapped[str | None]
    changes: Mapped[dict[str, Any]]


class IdempotencyKey(TenantRow, Base):
    """An Idempotency-Key and the answer it was given; kept for 24 hours."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index(None, "organization_id", "created_at"),)

    api_key_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime]
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None]
    body: Mapped[bytes | None]


class OrganizationClock(TenantRow, Base):
    """SQLite alone: the last instant handed out, so that `recorded_at` never goes back."""

    __tablename__ = "organization_clocks"
    __table_args__ = (NARROW,)

    last_at: Mapped[datetime]


class Sandbox(TenantRow, Base):
    """What makes an organization a sandbox, and how far its clock is ahead of the real one."""

    __tablename__ = "sandboxes"
    __table_args__ = (
        CheckConstraint("microseconds_ahead >= 0", name="forward"),
        NARROW,
    )

    microseconds_ahead: Mapped[int] = mapped_column(BigInteger)


class ExternalId(TenantRow, Base):
    """What another system calls one of our rows: once per organization, source and type."""

    __tablename__ = "external_ids"
    __table_args__ = (
        Index(None, "organization_id", "subject_id"),
        NARROW,
    )

    source: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    subject_type: Mapped[str]
    subject_id: Mapped[UUID]


class RemovedName(TenantRow, Base):
    """What another system called a row that was removed: a digest, so that no sync brings it back.

    The name itself is gone with the row; whoever comes with it again can be told so.
    """

    __tablename__ = "removed_names"
    __table_args__ = (NARROW,)

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    reason: Mapped[str]
    removed_at: Mapped[datetime]


class RejectionReason(Dated, TenantEntity, Base):
    """One entry of the organization's list of reasons."""

    __tablename__ = "rejection_reasons"
    __table_args__ = (
        UniqueConstraint("organization_id", "name"),
        CheckConstraint("type IN ('we_rejected', 'they_withdrew', 'other')", name="type"),
    )

    name: Mapped[str]
    type: Mapped[str] = mapped_column(default="we_rejected")
    never_reconsider: Mapped[bool] = mapped_column(default=False)
