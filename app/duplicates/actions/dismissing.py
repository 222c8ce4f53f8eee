"""Saying that two candidates are not one person, and taking it back."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from app.audit_log.actions import record_change
from app.core.database import organization_of
from app.core.problems import Invalid, NotFound
from app.duplicates.rules.likeness import in_order
from app.entry.actor import Actor
from app.facts.queries import gone
from app.follow_ups.actions.rows import lock_candidates
from app.models.candidate import DismissedDuplicate


class Said(NamedTuple):
    """That two are not one, and whether that is new."""

    row: DismissedDuplicate
    is_new: bool


def dismiss_duplicate(
    session: Session, actor: Actor, candidate_id: UUID, other_candidate_id: UUID
) -> Said:
    """Note that two candidates are not one person: neither is told as the other's duplicate.

    Raises NotFound, Gone for either, and Invalid where both are one.
    """
    rows = lock_candidates(session, (candidate_id, other_candidate_id))
    for each in (candidate_id, other_candidate_id):
        row = rows.get(each)
        if row is None:
            raise NotFound("No such candidate.")
        if row.deleted_at is not None:
            raise gone(row.deletion_reason, row.merged_into_id)
    if candidate_id == other_candidate_id:
        raise Invalid("{other_candidate_id}", "is the candidate themself")
    known = _said(session, candidate_id, other_candidate_id)
    if known is not None:
        return Said(known, is_new=False)
    first, second = in_order(candidate_id, other_candidate_id)
    said = DismissedDuplicate(
        candidate_id=first, other_candidate_id=second, dismissed_by_user_id=actor.user_id
    )
    session.add(said)
    _note(session, actor, "dismissed", candidate_id, other_candidate_id)
    session.flush()
    return Said(said, is_new=True)


def withdraw_dismissal(
    session: Session, actor: Actor, candidate_id: UUID, other_candidate_id: UUID
) -> None:
    """Take back that two candidates are not one; raises NotFound where nobody has said so."""
    lock_candidates(session, (candidate_id, other_candidate_id))
    said = _said(session, candidate_id, other_candidate_id)
    if said is None:
        raise NotFound("Nobody has said that the two are not one person.")
    session.delete(said)
    _note(session, actor, "dismissal_withdrawn", candidate_id, other_candidate_id)
    session.flush()


def _said(session: Session, one: UUID, other: UUID) -> DismissedDuplicate | None:
    return session.get(DismissedDuplicate, (organization_of(session), *in_order(one, other)))


def _note(
    session: Session, actor: Actor, what: str, candidate_id: UUID, other_candidate_id: UUID
) -> None:
    record_change(
        session,
        actor,
        f"duplicate.{what}",
        "candidate",
        candidate_id,
        candidate_id=candidate_id,
        data={"duplicate_candidate_id": other_candidate_id},
    )
