"""Reading organizations, users, keys, reasons and policies."""

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BindParameter, Select, bindparam, select
from sqlalchemy.orm import Session, selectinload

from app.core.addresses import fold_address
from app.core.database import organization_of
from app.core.paging import RootFilters, SortKey
from app.core.problems import NotFound
from app.external_ids.queries import named
from app.external_ids.rules import Name
from app.models.base import table_of
from app.models.gathering import gathered
from app.models.organization import (
    ApiKey,
    ExternalId,
    Organization,
    OrganizationDomain,
    RejectionReason,
    ScoringPolicyVersion,
    User,
    UserAddress,
)
from app.organizations.rules import ScoringPolicy
from app.tombstones.queries import Listing, Rows, page_of_rows

_FIELDS = tuple(field.name for field in dataclasses.fields(ScoringPolicy))
# None of these ever leaves its list.
_KEYS = Listing(
    (SortKey(ApiKey.id, UUID, descending=True),),
    (SortKey(ApiKey.updated_at, datetime), SortKey(ApiKey.id, UUID)),
)
_REASONS = Listing(
    (SortKey(RejectionReason.id, UUID),),
    (SortKey(RejectionReason.updated_at, datetime), SortKey(RejectionReason.id, UUID)),
)
_VERSIONS = Listing(
    (
        SortKey(ScoringPolicyVersion.version, int, descending=True),
        SortKey(ScoringPolicyVersion.organization_id, UUID),
    ),
    (
        SortKey(ScoringPolicyVersion.updated_at, datetime),
        SortKey(ScoringPolicyVersion.version, int),
        SortKey(ScoringPolicyVersion.organization_id, UUID),
    ),
)


class OrganizationView(NamedTuple):
    """An organization with its own mail domains in alphabetical order."""

    id: UUID
    name: str
    version: int
    created_at: datetime
    domains: list[str]


class UserView(NamedTuple):
    """A user with all that is shown of them; the first address is the one we write to."""

    id: UUID
    name: str
    role: str
    active: bool
    version: int
    created_at: datetime
    updated_at: datetime
    emails: list[str]
    external_ids: list[Name]


# What is asked all day is built once, on tables, and names the tenant itself.
_TENANT: BindParameter[UUID] = bindparam("organization_id")
_HOUSES, _DOMAINS = table_of(Organization), table_of(OrganizationDomain)
PEOPLE, _ADDRESSES, _NAMES = table_of(User), table_of(UserAddress), table_of(ExternalId)
_DOMAINS_OF = (
    select(_DOMAINS.c.domain)
    .where(_DOMAINS.c.organization_id == _TENANT)
    .order_by(_DOMAINS.c.domain)
)
_BOUND = select(
    *(_HOUSES.c[name] for name in OrganizationView._fields[:-1]),
    # Named by its value: on Citus a reference table's row may not be what a subquery depends on.
    gathered(_HOUSES, _DOMAINS.c.domain, where=_DOMAINS.c.organization_id == _TENANT),
).where(_HOUSES.c.id == _TENANT)
_WHOLE_USERS = select(
    *(PEOPLE.c[name] for name in UserView._fields[:-2]),
    gathered(
        PEOPLE,
        _ADDRESSES.c.position,
        _ADDRESSES.c.address,
        where=(_ADDRESSES.c.organization_id == _TENANT) & (_ADDRESSES.c.user_id == PEOPLE.c.id),
    ),
    gathered(
        PEOPLE,
        _NAMES.c.source,
        _NAMES.c.type,
        _NAMES.c.external_id,
        where=(_NAMES.c.organization_id == _TENANT) & (_NAMES.c.subject_id == PEOPLE.c.id),
    ),
).where(PEOPLE.c.organization_id == _TENANT)
_WHOLE_USER = _WHOLE_USERS.where(PEOPLE.c.id == bindparam("user_id"))
_SEVERAL_USERS = _WHOLE_USERS.where(PEOPLE.c.id.in_(bindparam("user_ids", expanding=True)))


def bound_organization(session: Session) -> OrganizationView:
    """Return the organization that the session is bound to."""
    *own, domains = session.execute(_BOUND, {"organization_id": organization_of(session)}).one()
    return OrganizationView._make((*own, sorted(domain for (domain,) in domains or ())))


def domains_of(session: Session) -> list[str]:
    """Return the organization's own mail domains in alphabetical order."""
    return list(session.scalars(_DOMAINS_OF, {"organization_id": organization_of(session)}))


def user_with_addresses(organization_id: UUID, user_id: UUID) -> Select[User]:
    """One user, addresses loaded."""
    return (
        select(User)
        .where(User.organization_id == organization_id, User.id == user_id)
        .options(selectinload(User.addresses))
    )


def find_user(session: Session, user_id: UUID) -> UserView:
    """Return a user; raises NotFound."""
    asked = {"organization_id": organization_of(session), "user_id": user_id}
    row = session.execute(_WHOLE_USER, asked).one_or_none()
    if row is None:
        raise NotFound("No such user.")
    return _user(row)


def user_view(user: User, names: Iterable[Name]) -> UserView:
    """Return a user whose addresses are loaded as shown."""
    own = (getattr(user, name) for name in UserView._fields[:-2])
    return UserView._make((*own, [row.address for row in user.addresses], sorted(names)))


def _user(row: Any) -> UserView:
    *own, addresses, names = row
    emails = [address for _, address in sorted(addresses or ())]
    return UserView._make((*own, emails, sorted(Name(*name) for name in names or ())))


def users(
    organization_id: UUID,
    *,
    email: str | None = None,
    active: bool | None = None,
    external_id: Name | None = None,
    ids: Sequence[UUID] | None = None,
) -> Select[UUID, datetime]:
    """Return the ids of users, and when each changed last; filtered."""
    statement = select(PEOPLE.c.id, PEOPLE.c.updated_at).where(
        PEOPLE.c.organization_id == organization_id
    )
    if email is not None:
        statement = statement.where(
            PEOPLE.c.id.in_(
                select(_ADDRESSES.c.user_id).where(
                    _ADDRESSES.c.organization_id == organization_id,
                    _ADDRESSES.c.address == fold_address(email),
                )
            )
        )
    if active is not None:
        statement = statement.where(PEOPLE.c.active == active)
    if external_id is not None:
        statement = statement.where(PEOPLE.c.id.in_(named(organization_id, "user", external_id)))
    if ids is not None:
        statement = statement.where(PEOPLE.c.id.in_(ids))
    return statement


def user_views(session: Session, user_ids: Sequence[UUID]) -> list[UserView]:
    """Return users as shown, in the order of their ids: one statement for all."""
    if not user_ids:
        return []
    asked = {"organization_id": organization_of(session), "user_ids": list(user_ids)}
    found = {row.id: _user(row) for row in session.execute(_SEVERAL_USERS, asked)}
    return [found[each] for each in user_ids]


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


def api_key_page(session: Session, asked: RootFilters) -> Rows:
    """Return keys, newest first, revoked ones too, or what has changed of them."""
    statement = select(ApiKey).where(ApiKey.organization_id == organization_of(session))
    return page_of_rows(session, statement, _KEYS, asked, {})


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


def rejection_reason_page(session: Session, asked: RootFilters, *, name: str | None = None) -> Rows:
    """Return reasons in the order in which they were added, or what has changed of them."""
    statement = select(RejectionReason).where(
        RejectionReason.organization_id == organization_of(session)
    )
    if name is not None:
        statement = statement.where(RejectionReason.name == name)
    return page_of_rows(session, statement, _REASONS, asked, {"name": name})


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


def policy_version_page(session: Session, asked: RootFilters) -> Rows:
    """Return versions of the scoring policy, newest first, or what has changed of them."""
    statement = policy_versions(organization_of(session))
    return page_of_rows(session, statement, _VERSIONS, asked, {})


def as_policy(row: ScoringPolicyVersion) -> ScoringPolicy:
    """Return the row as the rules know it."""
    return ScoringPolicy(**{name: getattr(row, name) for name in _FIELDS})


_POLICY = table_of(ScoringPolicyVersion).c
_NEWEST_VERSIONS = (
    select(_POLICY.scored_at, *(_POLICY[name] for name in _FIELDS))
    .where(_POLICY.organization_id == bindparam("organization_id"))
    .order_by(_POLICY.version.desc())
)


_IN_FORCE = (
    select(*(_POLICY[name] for name in _FIELDS))
    .where(_POLICY.organization_id == _TENANT, _POLICY.scored_at.is_not(None))
    .order_by(_POLICY.version.desc())
    .limit(1)
)


def current_policy(session: Session) -> ScoringPolicy:
    """Return the policy in force: the newest version by which everyone has been scored."""
    asked = {"organization_id": organization_of(session)}
    return ScoringPolicy(*session.execute(_IN_FORCE, asked).one())


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
