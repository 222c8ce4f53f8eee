"""Reading organizations, users, keys, reasons and policies."""

import dataclasses
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, selectinload

from app.core.addresses import fold_address
from app.core.database import organization_of
from app.core.paging import SortKey, cut, decode_cursor, keyset
from app.core.problems import NotFound
from app.external_ids.queries import named
from app.external_ids.rules import Name
from app.models.base import table_of
from app.models.organization import (
    ApiKey,
    Organization,
    OrganizationDomain,
    RejectionReason,
    ScoringPolicyVersion,
    User,
    UserAddress,
)
from app.organizations.rules import ScoringPolicy

_FIELDS = tuple(field.name for field in dataclasses.fields(ScoringPolicy))
_USERS = (SortKey(User.id, UUID),)
_KEYS = (SortKey(ApiKey.id, UUID, descending=True),)
_REASONS = (SortKey(RejectionReason.id, UUID),)
_VERSIONS = (
    SortKey(ScoringPolicyVersion.version, int, descending=True),
    SortKey(ScoringPolicyVersion.organization_id, UUID),
)


def bound_organization(session: Session) -> Organization:
    """Return the organization that the session is bound to."""
    return session.scalars(
        select(Organization).where(Organization.id == organization_of(session))
    ).one()


def domains_of(session: Session) -> list[str]:
    """Return the organization's own mail domains in alphabetical order."""
    return list(
        session.scalars(
            select(OrganizationDomain.domain)
            .where(OrganizationDomain.organization_id == organization_of(session))
            .order_by(OrganizationDomain.domain)
        )
    )


def user_with_addresses(organization_id: UUID, user_id: UUID) -> Select[User]:
    """One user, addresses loaded."""
    return users(organization_id).where(User.id == user_id)


def users(organization_id: UUID) -> Select[User]:
    """All users, addresses loaded."""
    return (
        select(User)
        .where(User.organization_id == organization_id)
        .options(selectinload(User.addresses))
    )


def find_user(session: Session, user_id: UUID) -> User:
    """Return a user, addresses loaded; raises NotFound."""
    found = session.scalar(user_with_addresses(organization_of(session), user_id))
    if found is None:
        raise NotFound("No such user.")
    return found


def user_page(
    session: Session,
    limit: int,
    cursor: str | None,
    *,
    email: str | None = None,
    active: bool | None = None,
    external_id: Name | None = None,
) -> tuple[list[User], str | None]:
    """Return users in the order in which they were created, and the next page's cursor."""
    filters = {"email": email, "active": active, "external_id": external_id}
    statement = users(organization_of(session))
    if email is not None:
        statement = statement.where(
            User.id.in_(
                select(UserAddress.user_id).where(
                    UserAddress.organization_id == organization_of(session),
                    UserAddress.address == fold_address(email),
                )
            )
        )
    if active is not None:
        statement = statement.where(User.active == active)
    if external_id is not None:
        meant = named(organization_of(session), "user", external_id)
        statement = statement.where(User.id.in_(meant))
    after = decode_cursor(cursor, _USERS, filters)
    rows = session.scalars(keyset(statement, _USERS, after, limit)).all()
    return cut(rows, limit, _USERS, filters, lambda row: (row.id,))


def find_api_key(session: Session, key_id: UUID) -> ApiKey:
    """Return a key, revoked or not; raises NotFound."""
    found = session.scalar(
        select(ApiKey).where(
            ApiKey.organization_id == organization_of(session), ApiKey.id == key_id
        )
    )
    if found is None:
        raise NotFound("No such API key.")
    return found


def api_key_page(
    session: Session, limit: int, cursor: str | None
) -> tuple[list[ApiKey], str | None]:
    """Return keys, newest first, revoked ones too, and the next page's cursor."""
    statement = select(ApiKey).where(ApiKey.organization_id == organization_of(session))
    after = decode_cursor(cursor, _KEYS, {})
    rows = session.scalars(keyset(statement, _KEYS, after, limit)).all()
    return cut(rows, limit, _KEYS, {}, lambda row: (row.id,))


def admin_keys_in_force(
    session: Session, at: datetime, user_id: UUID | None = None
) -> Select[UUID]:
    """Keys that may administer at this instant: all of them, or those of one user."""
    statement = (
        select(ApiKey.id)
        .outerjoin(
            User, (User.organization_id == ApiKey.organization_id) & (User.id == ApiKey.user_id)
        )
        .where(
            ApiKey.organization_id == organization_of(session),
            ApiKey.scope == "admin",
            ApiKey.revoked_at.is_(None),
            ApiKey.expires_at.is_(None) | (ApiKey.expires_at > at),
            User.id.is_(None) | User.active,
        )
    )
    return statement if user_id is None else statement.where(ApiKey.user_id == user_id)


def find_rejection_reason(session: Session, reason_id: UUID) -> RejectionReason:
    """Return one reason of the organization's list; raises NotFound."""
    found = session.scalar(
        select(RejectionReason).where(
            RejectionReason.organization_id == organization_of(session),
            RejectionReason.id == reason_id,
        )
    )
    if found is None:
        raise NotFound("No such rejection reason.")
    return found


def rejection_reason_page(
    session: Session, limit: int, cursor: str | None, *, name: str | None = None
) -> tuple[list[RejectionReason], str | None]:
    """Return reasons in the order in which they were added, and the next page's cursor."""
    filters = {"name": name}
    statement = select(RejectionReason).where(
        RejectionReason.organization_id == organization_of(session)
    )
    if name is not None:
        statement = statement.where(RejectionReason.name == name)
    after = decode_cursor(cursor, _REASONS, filters)
    rows = session.scalars(keyset(statement, _REASONS, after, limit)).all()
    return cut(rows, limit, _REASONS, filters, lambda row: (row.id,))


def policy_versions(organization_id: UUID) -> Select[ScoringPolicyVersion]:
    """All versions of the scoring policy."""
    return select(ScoringPolicyVersion).where(
        ScoringPolicyVersion.organization_id == organization_id
    )


def find_policy_version(session: Session, version: int) -> ScoringPolicyVersion:
    """Return one version of the scoring policy; raises NotFound."""
    found = session.scalar(
        policy_versions(organization_of(session)).where(ScoringPolicyVersion.version == version)
    )
    if found is None:
        raise NotFound("No such version of the scoring policy.")
    return found


def policy_version_page(
    session: Session, limit: int, cursor: str | None
) -> tuple[list[ScoringPolicyVersion], str | None]:
    """Return versions of the scoring policy, newest first, and the next page's cursor."""
    after = decode_cursor(cursor, _VERSIONS, {})
    statement = keyset(policy_versions(organization_of(session)), _VERSIONS, after, limit)
    rows = session.scalars(statement).all()
    return cut(rows, limit, _VERSIONS, {}, lambda row: (row.version, row.organization_id))


def as_policy(row: ScoringPolicyVersion) -> ScoringPolicy:
    """Return the row as the rules know it."""
    return ScoringPolicy(**{name: getattr(row, name) for name in _FIELDS})


def current_policy(session: Session) -> ScoringPolicy:
    """Return the policy in force: the newest version by which everyone has been scored."""
    row = session.scalars(
        policy_versions(organization_of(session))
        .where(ScoringPolicyVersion.scored_at.is_not(None))
        .order_by(ScoringPolicyVersion.version.desc())
        .limit(1)
    ).one()
    return as_policy(row)


_POLICY = table_of(ScoringPolicyVersion).c
_NEWEST_VERSIONS = (
    select(_POLICY.scored_at, *(_POLICY[name] for name in _FIELDS))
    .where(_POLICY.organization_id == bindparam("organization_id"))
    .order_by(_POLICY.version.desc())
)


def live_policies(session: Session) -> list[ScoringPolicy]:
    """Return the policies that every write must keep up to date: in force, and being scored."""
    live = []
    rows = session.execute(_NEWEST_VERSIONS, {"organization_id": organization_of(session)})
    for scored_at, *fields in rows:
        live.append(ScoringPolicy(*fields))
        if scored_at is not None:
            break
    return live[::-1]


def newest_policy(session: Session) -> ScoringPolicy:
    """Return the newest version, scored or not."""
    return live_policies(session)[-1]


def policy_of_version(session: Session, version: int) -> ScoringPolicy:
    """Return one version of the bound organization's policy."""
    row = session.scalars(
        policy_versions(organization_of(session)).where(ScoringPolicyVersion.version == version)
    ).one()
    return as_policy(row)
