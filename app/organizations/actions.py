"""Organizations, users, keys, reasons and scoring policies: the verbs."""

import dataclasses
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.audit_log.actions import record_change
from app.core.addresses import fold_address, fold_domain
from app.core.clock import now, real_now
from app.core.database import bind, organization_of
from app.core.ids import new_id
from app.core.problems import Conflict, Forbidden, Invalid, NotFound, StaleVersion
from app.entry.actor import Actor
from app.entry.sandbox_clock import lead_of
from app.external_ids.actions import set_external_ids
from app.external_ids.queries import external_ids_of
from app.external_ids.rules import Name
from app.models.organization import (
    ApiKey,
    KeyLookup,
    Organization,
    OrganizationDomain,
    RejectionReason,
    ScoringPolicyVersion,
    User,
    UserAddress,
)
from app.organizations.queries import (
    admin_keys_in_force,
    domains_of,
    find_api_key,
    newest_policy,
    user_with_addresses,
)
from app.organizations.rules import VERSION_1, ScoringPolicy, policy_faults

_PREFIX_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


def create_organization(
    session: Session,
    *,
    name: str,
    time_zone: str = "UTC",
    domains: Sequence[str] = (),
    organization_id: UUID | None = None,
) -> Organization:
    """Create a tenant with version 1 of the scoring policy, and bind the session to it.

    Nobody of it can have asked: the command line did.
    """
    policy = dataclasses.replace(VERSION_1, time_zone=time_zone)
    _refuse_faults(policy)
    organization = Organization(id=organization_id or new_id(), name=name)
    session.add(organization)
    session.flush()
    bind(session, organization.id)
    session.add(
        ScoringPolicyVersion(created_by_user_id=None, scored_at=now(), **dataclasses.asdict(policy))
    )
    session.flush()
    own = set_domains(session, domains)
    record_change(
        session,
        Actor(organization.id, "admin"),
        "organization.created",
        "organization",
        organization.id,
        changes={"name": name, "time_zone": time_zone, "domains": own},
    )
    session.flush()
    return organization


def set_domains(session: Session, domains: Sequence[str]) -> list[str]:
    """Replace the organization's own mail domains; return them folded."""
    folded = sorted({fold_domain(domain) for domain in domains} - {""})
    session.execute(
        delete(OrganizationDomain).where(
            OrganizationDomain.organization_id == organization_of(session)
        )
    )
    session.add_all(OrganizationDomain(domain=domain) for domain in folded)
    session.flush()
    return folded


def update_organization(
    session: Session,
    actor: Actor,
    *,
    name: str | None = None,
    domains: Sequence[str] | None = None,
    expected_version: int | None = None,
) -> Organization:
    """Change what is given; raises StaleVersion."""
    organization = _lock_organization(session)
    _refuse_stale(organization.version, expected_version)
    changes: dict[str, object] = {}
    if name is not None and name != organization.name:
        organization.name = changes["name"] = name
    if domains is not None:
        before = domains_of(session)
        after = set_domains(session, domains)
        if after != before:
            changes["domains"] = after
    if changes:
        organization.version += 1
        record_change(
            session,
            actor,
            "organization.updated",
            "organization",
            organization.id,
            changes=changes,
        )
    session.flush()
    return organization


def _lock_organization(session: Session) -> Organization:
    """Return the organization's row, locked against others who would lock it.

    Not against the foreign keys of every row that is inserted: whoever has inserted one and then
    waited here would hold up, and be held up by, another who did the same.
    """
    return session.scalars(
        select(Organization)
        .where(Organization.id == organization_of(session))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def _refuse_stale(version: int, expected: int | None) -> None:
    if expected is not None and expected != version:
        raise StaleVersion("It is no longer the version that If-Match names. Read it again.")


def create_user(
    session: Session,
    actor: Actor,
    *,
    name: str,
    emails: Sequence[str],
    role: str = "recruiter",
    external_ids: Sequence[Name] = (),
) -> User:
    """Create a user; raises Conflict where an address or external id is another's already."""
    user = User(id=new_id(), name=name, role=role, addresses=[])
    session.add(user)
    session.flush()
    _set_addresses(session, user, emails)
    changes: dict[str, object] = {
        "name": name,
        "role": role,
        "emails": [row.address for row in user.addresses],
    }
    if external_ids:
        set_external_ids(session, "user", user.id, external_ids)
        changes["external_ids"] = list(external_ids)
    record_change(session, actor, "user.created", "user", user.id, changes=changes)
    return user


def update_user(
    session: Session,
    actor: Actor,
    user_id: UUID,
    *,
    name: str | None = None,
    emails: Sequence[str] | None = None,
    role: str | None = None,
    active: bool | None = None,
    external_ids: Sequence[Name] | None = None,
    expected_version: int | None = None,
) -> User:
    """Change what is given.

    Raises NotFound, StaleVersion, and Conflict where an address or external id is another's, or
    where nobody would be left who may administer.
    """
    if active is False:
        _lock_organization(session)
    user = session.scalar(
        user_with_addresses(organization_of(session), user_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if user is None:
        raise NotFound("No such user.")
    _refuse_stale(user.version, expected_version)
    administered = active is False and _may_administer(session, user.id)
    given = {"name": name, "role": role, "active": active}
    changes: dict[str, object] = {
        field: value
        for field, value in given.items()
        if value is not None and value != getattr(user, field)
    }
    for field, value in changes.items():
        setattr(user, field, value)
    if emails is not None and _set_addresses(session, user, emails):
        changes["emails"] = [row.address for row in user.addresses]
    if external_ids is not None:
        wanted = sorted(set(external_ids))
        if wanted != sorted(external_ids_of(session, [user.id])[user.id]):
            set_external_ids(session, "user", user.id, wanted)
            changes["external_ids"] = wanted
    if changes:
        user.touch()
        record_change(session, actor, "user.updated", "user", user.id, changes=changes)
    session.flush()
    if administered:
        _refuse_locking_out(session)
    return user


def _set_addresses(session: Session, user: User, emails: Sequence[str]) -> bool:
    """Replace a user's addresses; tell whether they, or their order, have changed."""
    folded = list(dict.fromkeys(fold_address(email) for email in emails))
    before = [row.address for row in user.addresses]
    if folded == before:
        return False
    taken = session.scalar(
        select(UserAddress.user_id).where(
            UserAddress.organization_id == organization_of(session),
            UserAddress.address.in_(folded),
            UserAddress.user_id != user.id,
        )
    )
    if taken is not None:
        raise Conflict("Another user has this address.", existing_id=taken)
    kept = {row.address: row for row in user.addresses}
    user.addresses = [
        kept.get(address) or UserAddress(address=address, user_id=user.id, position=position)
        for position, address in enumerate(folded)
    ]
    for position, row in enumerate(user.addresses):
        row.position = position
    session.flush()
    return True


def create_api_key(
    session: Session,
    actor: Actor,
    *,
    name: str,
    scope: str,
    user_id: UUID | None = None,
    expires_at: datetime | None = None,
    requests_per_minute: int | None = None,
    may_act_for_others: bool = False,
) -> tuple[ApiKey, str]:
    """Create a key, in a sandbox a test key; return it and its only showing.

    Raises Forbidden for a key that reaches further than the asker's, and Invalid for a user who is
    not here or no longer active, or for an end that lies in the past.
    """
    if not actor.may(scope):
        raise Forbidden(f"A key of scope {actor.scope} cannot make one of scope {scope}.")
    _refuse_unfit_holder(session, user_id)
    _refuse_past_end(expires_at)
    prefix = "".join(secrets.choice(_PREFIX_ALPHABET) for _ in range(8))
    kind = "fil" if lead_of(session) is None else "fil_test"
    shown = f"{kind}_{prefix}_{secrets.token_urlsafe(32)}"
    key = ApiKey(
        id=new_id(),
        user_id=user_id,
        name=name,
        prefix=prefix,
        secret_sha256=hashlib.sha256(shown.encode()).digest(),
        scope=scope,
        expires_at=expires_at,
        revoked_at=None,
        created_at=real_now(),
        requests_per_minute=requests_per_minute,
        may_act_for_others=may_act_for_others,
    )
    session.add(key)
    session.add(
        KeyLookup(prefix=prefix, organization_id=organization_of(session), api_key_id=key.id)
    )
    session.flush()
    changes = {
        "name": name,
        "scope": scope,
        "requests_per_minute": requests_per_minute,
        "may_act_for_others": may_act_for_others,
    }
    record_change(session, actor, "api_key.created", "api_key", key.id, changes=changes)
    return key, shown


def _refuse_past_end(expires_at: datetime | None) -> None:
    if expires_at is not None and expires_at <= real_now():
        raise Invalid("/expires_at", "lies in the past")


def _refuse_unfit_holder(session: Session, user_id: UUID | None) -> None:
    if user_id is None:
        return
    active = session.scalar(
        select(User.active).where(
            User.organization_id == organization_of(session), User.id == user_id
        )
    )
    if active is None:
        raise Invalid("/user_id", "names no user of this organization")
    if not active:
        raise Invalid("/user_id", "names a user who is not active")


def update_api_key(
    session: Session,
    actor: Actor,
    key_id: UUID,
    changes: Mapping[str, Any],
    *,
    expected_version: int | None = None,
) -> ApiKey:
    """Change a key's `name`, `scope`, `expires_at`, `requests_per_minute`, `may_act_for_others`.

    Whichever is given, from the key's next request on. Whose it is stays: what was done with it was
    done on their word. Raises NotFound, StaleVersion, Forbidden where the key reaches further than
    the asker's or would, Invalid for an end that lies in the past, and Conflict for a revoked key,
    or where nobody would be left who may administer.
    """
    _lock_organization(session)
    key = find_api_key(session, key_id)
    _refuse_stale(key.version, expected_version)
    if key.revoked_at is not None:
        raise Conflict("The key was revoked, for good. Create another.", current_status="revoked")
    for scope in (key.scope, changes.get("scope", key.scope)):
        if not actor.may(scope):
            raise Forbidden(f"A key of scope {actor.scope} cannot change one of scope {scope}.")
    changed = {name: value for name, value in changes.items() if value != getattr(key, name)}
    if not changed:
        return key
    _refuse_past_end(changed.get("expires_at"))
    administers = key.scope == "admin" and _may_administer(session, key_id=key.id)
    for name, value in changed.items():
        setattr(key, name, value)
    key.version += 1
    session.flush()
    if administers:
        _refuse_locking_out(session)
    record_change(session, actor, "api_key.updated", "api_key", key.id, changes=changed)
    return key


def revoke_api_key(
    session: Session, actor: Actor, key_id: UUID, *, expected_version: int | None = None
) -> ApiKey:
    """Revoke a key, at once and for good; revoking it again changes nothing.

    Raises NotFound, StaleVersion, and Conflict for the last key with which anybody may administer.
    """
    _lock_organization(session)
    key = find_api_key(session, key_id)
    _refuse_stale(key.version, expected_version)
    if key.revoked_at is None:
        was_in_force = key.scope == "admin" and _may_administer(session, key_id=key.id)
        key.revoked_at = real_now()
        key.version += 1
        session.flush()
        if was_in_force:
            _refuse_locking_out(session)
        record_change(session, actor, "api_key.revoked", "api_key", key.id)
    return key


def _may_administer(
    session: Session, user_id: UUID | None = None, key_id: UUID | None = None
) -> bool:
    """Tell whether anybody, or this user, or this key may administer now."""
    in_force = admin_keys_in_force(session, real_now(), user_id)
    if key_id is not None:
        in_force = in_force.where(ApiKey.id == key_id)
    return session.scalar(in_force.limit(1)) is not None


def _refuse_locking_out(session: Session) -> None:
    if not _may_administer(session):
        raise Conflict(
            "No key would be left that may administer. Create another one first.",
            current_status="active",
        )


def create_rejection_reason(
    session: Session, actor: Actor, *, name: str, reason_type: str, never_reconsider: bool
) -> RejectionReason:
    """Add to the organization's list; raises Conflict where the name is on it."""
    existing = session.scalar(
        select(RejectionReason.id).where(
            RejectionReason.organization_id == organization_of(session),
            RejectionReason.name == name,
        )
    )
    if existing is not None:
        raise Conflict("A reason of this name exists.", existing_id=existing)
    reason = RejectionReason(
        id=new_id(), name=name, type=reason_type, never_reconsider=never_reconsider
    )
    session.add(reason)
    session.flush()
    changes = {"name": name, "type": reason_type, "never_reconsider": never_reconsider}
    record_change(
        session, actor, "rejection_reason.created", "rejection_reason", reason.id, changes=changes
    )
    return reason


def create_policy_version(
    session: Session, actor: Actor, changes: Mapping[str, float | int | str]
) -> ScoringPolicyVersion:
    """Add the next version: the newest one with these fields changed.

    It comes into force when the worker has scored everybody by it. Raises Invalid for its faults,
    and where it changes nothing. Needs a transaction of the mode ALONE: a writer that had begun
    before would keep the old version's rows alone.
    """
    _lock_organization(session)
    newest = newest_policy(session)
    changed = {name: value for name, value in changes.items() if getattr(newest, name) != value}
    if not changed:
        raise Invalid("", "differs in nothing from the newest version")
    policy = dataclasses.replace(newest, **changed, version=newest.version + 1)  # type: ignore[arg-type]
    _refuse_faults(policy)
    row = ScoringPolicyVersion(
        created_by_user_id=actor.user_id, scored_at=None, **dataclasses.asdict(policy)
    )
    session.add(row)
    session.flush()
    record_change(
        session,
        actor,
        "scoring_policy.created",
        "organization",
        organization_of(session),
        changes={"version": policy.version, **changed},
        data={"scoring_policy_version": policy.version},
    )
    return row


def _refuse_faults(policy: ScoringPolicy) -> None:
    faults = policy_faults(policy)
    if faults:
        raise Invalid.of((f"/{field}", why) for field, why in faults)


def count_organizations(session: Session) -> int:
    """Return how many tenants there are."""
    return session.scalar(select(func.count()).select_from(Organization)) or 0
