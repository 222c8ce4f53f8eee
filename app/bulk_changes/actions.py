"""Changing many candidates at once: each of them on its own, all in one transaction."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.audit_log.actions import record_change
from app.bulk_changes.queries import standings
from app.bulk_changes.rules import (
    MOST_TAGS,
    AddToPool,
    RemoveFromPool,
    SetOwner,
    Standing,
    Step,
    standing_after,
)
from app.core.clock import now
from app.core.database import organization_of
from app.core.problems import Invalid, NotFound, Problem
from app.entry.actor import Actor
from app.facts.queries import gone
from app.follow_ups.actions.rows import lock_candidates
from app.models.base import table_of
from app.models.candidate import Candidate, CandidateTag
from app.models.organization import User
from app.models.talent_pool import MEMBER, TalentPool, TalentPoolMember
from app.search.actions import retag_profile
from app.tombstones.actions import depart

_TAGS, _MEMBERS = table_of(CandidateTag), table_of(TalentPoolMember)


class Outcome(NamedTuple):
    """What became of a candidate; `problem` says why where it failed."""

    candidate_id: UUID
    outcome: Literal["updated", "unchanged", "failed"]
    problem: Problem | None = None


def change_candidates(
    session: Session, actor: Actor, candidate_ids: Sequence[UUID], steps: Sequence[Step]
) -> list[Outcome]:
    """Take the steps with each candidate; return what became of each, in their order.

    All are locked first, in the order of their ids. Who is absent or was deleted, or would have too
    many tags, fails and spoils nothing for the others.

    Raises Invalid at `/actions` where a step names a talent pool or a user that is not here.
    """
    rows = lock_candidates(session, candidate_ids)
    pool_ids = _refuse_unknown(session, steps)
    here = [row for row in rows.values() if row.deleted_at is None]
    before = standings(session, here, pool_ids)
    outcomes = {}
    for candidate_id in dict.fromkeys(candidate_ids):
        try:
            row = _present(rows, candidate_id)
            after = standing_after(before[candidate_id], steps)
            changed = _change(session, actor, row, before[candidate_id], after)
        except Problem as problem:
            outcomes[candidate_id] = Outcome(candidate_id, "failed", problem)
        else:
            outcomes[candidate_id] = Outcome(candidate_id, "updated" if changed else "unchanged")
    session.flush()
    return list(outcomes.values())


def _present(rows: dict[UUID, Candidate], candidate_id: UUID) -> Candidate:
    row = rows.get(candidate_id)
    if row is None:
        raise NotFound("No such candidate.")
    if row.deleted_at is not None:
        raise gone(row.deletion_reason, row.merged_into_id)
    return row


def _refuse_unknown(session: Session, steps: Sequence[Step]) -> set[UUID]:
    """Return the talent pools that are named, locked; raises Invalid for one that is not here."""
    named = {
        at: step.talent_pool_id
        for at, step in enumerate(steps)
        if isinstance(step, AddToPool | RemoveFromPool)
    }
    owners = {at: step.user_id for at, step in enumerate(steps) if isinstance(step, SetOwner)}
    pools = _known(session, TalentPool, named.values())
    users = _known(session, User, filter(None, owners.values()))
    faults = [
        *(
            (f"/actions/{at}/talent_pool_id", "is no talent pool of this organization")
            for at, pool_id in named.items()
            if pool_id not in pools
        ),
        *(
            (f"/actions/{at}/user_id", "is no user of this organization")
            for at, user_id in owners.items()
            if user_id is not None and user_id not in users
        ),
    ]
    if faults:
        raise Invalid.of(faults)
    return pools


def _known(session: Session, model: Any, ids: Iterable[UUID]) -> set[UUID]:
    """Return which of these rows there are, kept from being deleted meanwhile."""
    wanted = set(ids)
    if not wanted:
        return set()
    statement = select(model.id).where(
        model.organization_id == organization_of(session), model.id.in_(wanted)
    )
    return set(session.scalars(statement.order_by(model.id).with_for_update()))


def _change(
    session: Session, actor: Actor, row: Candidate, before: Standing, after: Standing
) -> bool:
    """Write what differs; tell whether anything does. Raises Invalid for too many tags."""
    if before == after:
        return False
    if len(after.tags) > MOST_TAGS and after.tags - before.tags:
        raise Invalid("/actions", f"would give the candidate more than {MOST_TAGS} tags")
    changes: dict[str, Any] = {}
    if after.tags != before.tags:
        _set_tags(session, row.id, before.tags, after.tags)
        changes["tags"] = {"from": sorted(before.tags), "to": sorted(after.tags)}
    if after.owner_id != before.owner_id:
        row.relationship_owner_id = after.owner_id
        changes["relationship_owner_id"] = {"from": before.owner_id, "to": after.owner_id}
    if changes:
        row.touch()
        about: dict[str, Any] = {"candidate_id": row.id, "changes": changes}
        record_change(session, actor, "candidate.updated", "candidate", row.id, **about)
    _set_pools(session, actor, row.id, before.talent_pool_ids, after.talent_pool_ids)
    return True


def _set_tags(
    session: Session, candidate_id: UUID, before: Collection[str], after: Collection[str]
) -> None:
    theirs = {"organization_id": organization_of(session), "candidate_id": candidate_id}
    gone = set(before) - set(after)
    if gone:
        session.execute(
            delete(_TAGS).where(
                _TAGS.c.organization_id == theirs["organization_id"],
                _TAGS.c.candidate_id == candidate_id,
                _TAGS.c.tag.in_(gone),
            )
        )
    new = sorted(set(after) - set(before))
    if new:
        session.execute(insert(_TAGS), [{**theirs, "tag": tag} for tag in new])
    retag_profile(session, candidate_id, after)


def _set_pools(
    session: Session,
    actor: Actor,
    candidate_id: UUID,
    before: Collection[UUID],
    after: Collection[UUID],
) -> None:
    place = {"organization_id": organization_of(session), "candidate_id": candidate_id}
    for pool_id in sorted(set(after) - set(before)):
        values = {"added_at": now(), "added_by_user_id": actor.user_id}
        session.execute(insert(_MEMBERS), {**place, "talent_pool_id": pool_id, **values})
        _note_place(session, actor, "candidate_added", pool_id, candidate_id)
    for pool_id in sorted(set(before) - set(after)):
        session.execute(
            delete(_MEMBERS).where(
                _MEMBERS.c.organization_id == place["organization_id"],
                _MEMBERS.c.talent_pool_id == pool_id,
                _MEMBERS.c.candidate_id == candidate_id,
            )
        )
        depart(session, MEMBER, [candidate_id], of=pool_id, reason="deleted")
        _note_place(session, actor, "candidate_removed", pool_id, candidate_id)


def _note_place(
    session: Session, actor: Actor, what: str, pool_id: UUID, candidate_id: UUID
) -> None:
    about: dict[str, Any] = {"candidate_id": candidate_id}
    event = f"talent_pool.{what}"
    record_change(session, actor, event, "talent_pool", pool_id, changes=about, **about)
