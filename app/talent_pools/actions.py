"""Making talent pools, and putting candidates into them."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.audit_log.actions import record_change
from app.core.database import organization_of
from app.core.ids import new_id
from app.core.problems import Conflict, NotFound, StaleVersion
from app.entry.actor import Actor
from app.facts.actions import lock_candidate
from app.models.talent_pool import MEMBER, TalentPool, TalentPoolMember
from app.talent_pools.queries import find_member, find_pool
from app.tombstones.actions import depart, leave_tombstones


class Placed(NamedTuple):
    """A candidate's place in a pool, and whether it is new."""

    member: TalentPoolMember
    is_new: bool


def create_pool(
    session: Session, actor: Actor, *, name: str, description: str | None = None
) -> TalentPool:
    """Make an empty talent pool; raises Conflict where another has the name (`existing_id`)."""
    _refuse_taken_name(session, name)
    pool = TalentPool(id=new_id(), name=name, description=description)
    session.add(pool)
    _note(session, actor, "created", pool, {"name": name, "description": description})
    session.flush()
    return pool


def update_pool(
    session: Session,
    actor: Actor,
    pool_id: UUID,
    changes: Mapping[str, Any],
    *,
    expected_version: int | None = None,
) -> TalentPool:
    """Change `name` or `description`; nothing new changes nothing.

    Raises NotFound, StaleVersion, and Conflict where another pool has the name.
    """
    pool = _lock(session, pool_id, expected_version)
    before = {field: getattr(pool, field) for field in changes}
    changed = {
        field: {"from": before[field], "to": value}
        for field, value in changes.items()
        if value != before[field]
    }
    if not changed:
        return pool
    if "name" in changed:
        _refuse_taken_name(session, changes["name"])
    for field in changed:
        setattr(pool, field, changes[field])
    pool.touch()
    _note(session, actor, "updated", pool, changed)
    session.flush()
    return pool


def delete_pool(
    session: Session, actor: Actor, pool_id: UUID, *, expected_version: int | None = None
) -> None:
    """Delete a talent pool; nothing but their place in it goes of who was there.

    Raises NotFound, StaleVersion.
    """
    pool = _lock(session, pool_id, expected_version)
    session.execute(
        delete(TalentPoolMember).where(
            TalentPoolMember.organization_id == organization_of(session),
            TalentPoolMember.talent_pool_id == pool_id,
        )
    )
    session.delete(pool)
    leave_tombstones(session, "talent_pool", [pool.id], reason="deleted")
    _note(session, actor, "deleted", pool, {"name": pool.name})
    session.flush()


def add_to_pool(session: Session, actor: Actor, pool_id: UUID, candidate_id: UUID) -> Placed:
    """Put a candidate into a talent pool; who is there already stays as they were.

    Raises NotFound where either is absent, Gone where the candidate was deleted.
    """
    candidate = lock_candidate(session, candidate_id)
    # Locked, so that nobody is put into a pool while it is deleted.
    pool = find_pool(session, pool_id, lock=True)
    there = find_member(session, pool_id, candidate_id)
    if there is not None:
        return Placed(there, is_new=False)
    return Placed(place(session, actor, pool, candidate.id), is_new=True)


def place(session: Session, actor: Actor, pool: TalentPool, candidate_id: UUID) -> TalentPoolMember:
    """Write that a candidate, who is not there yet, is in a pool; the caller holds both rows."""
    member = TalentPoolMember(
        talent_pool_id=pool.id, candidate_id=candidate_id, added_by_user_id=actor.user_id
    )
    session.add(member)
    _note_place(session, actor, "candidate_added", pool.id, candidate_id)
    session.flush()
    return member


def remove_from_pool(session: Session, actor: Actor, pool_id: UUID, candidate_id: UUID) -> None:
    """Take a candidate out of a talent pool; raises NotFound where they are not in it, Gone."""
    lock_candidate(session, candidate_id)
    find_pool(session, pool_id)
    there = find_member(session, pool_id, candidate_id)
    if there is None:
        raise NotFound("The candidate is not in this talent pool.")
    take_out(session, actor, there)


def take_out(session: Session, actor: Actor, member: TalentPoolMember) -> None:
    """Delete a candidate's place in a pool; the caller holds the candidate's row."""
    session.delete(member)
    depart(session, MEMBER, [member.candidate_id], of=member.talent_pool_id, reason="deleted")
    _note_place(session, actor, "candidate_removed", member.talent_pool_id, member.candidate_id)
    session.flush()


def _lock(session: Session, pool_id: UUID, expected_version: int | None) -> TalentPool:
    pool = find_pool(session, pool_id, lock=True)
    if expected_version is not None and expected_version != pool.version:
        raise StaleVersion
    return pool


def _refuse_taken_name(session: Session, name: str) -> None:
    existing = session.scalar(
        select(TalentPool.id).where(
            TalentPool.organization_id == organization_of(session), TalentPool.name == name
        )
    )
    if existing is not None:
        raise Conflict("Another talent pool has this name.", existing_id=existing)


def _note(
    session: Session, actor: Actor, what: str, pool: TalentPool, changes: Mapping[str, object]
) -> None:
    record_change(session, actor, f"talent_pool.{what}", "talent_pool", pool.id, changes=changes)


def _note_place(
    session: Session, actor: Actor, what: str, pool_id: UUID, candidate_id: UUID
) -> None:
    record_change(
        session,
        actor,
        f"talent_pool.{what}",
        "talent_pool",
        pool_id,
        candidate_id=candidate_id,
        changes={"candidate_id": candidate_id},
    )
