"""Correcting what was recorded: it never was otherwise, at earlier instants too."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.attachments.actions import (
    delete_attachments_of_follow_up,
    delete_attachments_of_milestones,
    move_attachments,
)
from app.audit_log.actions import record_change
from app.core.database import organization_of
from app.core.problems import Invalid
from app.entry.actor import Actor
from app.external_ids.actions import set_external_ids
from app.external_ids.queries import external_ids_of
from app.external_ids.rules import Name
from app.facts.actions import recorded_at
from app.facts.queries import no_candidate
from app.follow_ups.actions.finding import index_follow_up
from app.follow_ups.actions.ledger import (
    correct_follow_up,
    correct_milestone,
    settle,
    tell_milestone,
)
from app.follow_ups.actions.rows import (
    lock_follow_up,
    new_milestone,
    refuse_known_message,
    set_links,
)
from app.follow_ups.queries.reading import advice_of, statuses_told
from app.follow_ups.rules.dating import date_fault, dated
from app.follow_ups.rules.drafts import MilestoneDraft, addressed, link_faults, milestones_faults
from app.follow_ups.rules.histories import StatusTold
from app.models.follow_up import FollowUp, Milestone
from app.models.organization import ExternalId
from app.search.actions import forget_text
from app.tombstones.actions import depart, leave_tombstones

# The audit log names these and does not repeat them: DELETE is to leave no copy.
_TEXTS = ("subject", "body", "private_note")
_PLAIN = ("direction", "channel", "automated", *_TEXTS)
_RANKED = {"occurred_at", "direction", "automated", "advice_ids"}


def update_follow_up(
    session: Session,
    actor: Actor,
    follow_up_id: UUID,
    changes: Mapping[str, Any],
    *,
    external_ids: Sequence[Name] | None = None,
    expected_version: int | None = None,
) -> FollowUp:
    """Correct a follow-up.

    `changes` by field: occurred_at, direction, channel, subject, body, automated, private_note,
    advice_ids, milestones (drafts). Arrays replace; a milestone of the same kind and title stays
    the same one and keeps its status. An older occurred_at is taken on the actor's word.

    Raises NotFound, Gone, StaleVersion, Invalid, and Conflict for an external id that is taken.
    """
    row, candidates = lock_follow_up(session, follow_up_id, expected_version=expected_version)
    own = advice_of(session, [row.candidate_id])[row.candidate_id]
    changed = change_follow_up(session, actor, row, changes, own)
    if external_ids is not None and _set_names(session, row, external_ids):
        changed["external_ids"] = [tuple(name) for name in external_ids]
    if changed:
        note_update(session, actor, row, changed)
        settle(session, candidates[row.candidate_id])
    return row


def note_update(
    session: Session, actor: Actor, row: FollowUp, changed: Mapping[str, object]
) -> None:
    """Raise the follow-up's version and record that it was changed."""
    row.touch()
    index_follow_up(session, row)
    shown = {field: "changed" if field in _TEXTS else value for field, value in changed.items()}
    record_change(
        session,
        actor,
        "follow_up.updated",
        "follow_up",
        row.id,
        candidate_id=row.candidate_id,
        changes=shown,
        data={"milestone_ids": _milestones_of(changed) or None},
    )


def _milestones_of(changed: Mapping[str, Any]) -> list[UUID]:
    return [*changed.get("milestones", ()), *changed.get("milestones_removed", ())]


def change_follow_up(
    session: Session,
    actor: Actor,
    row: FollowUp,
    changes: Mapping[str, Any],
    own_advice: AbstractSet[UUID],
) -> dict[str, object]:
    """Change the rows and correct the facts; return what has changed, by field.

    The caller holds the candidate's lock, notes the update and settles after.
    """
    _refuse_faults(session, row, changes, own_advice)
    changed: dict[str, object] = {}
    for field in _PLAIN:
        if field in changes and changes[field] != getattr(row, field):
            changed[field] = changes[field]
            setattr(row, field, changes[field])
    if "occurred_at" in changes and _redate(row, changes):
        changed["occurred_at"] = row.occurred_at
    removed: list[Milestone] = []
    if "milestones" in changes:
        renewed = _set_milestones(session, row, changes["milestones"])
        if renewed is not None:
            removed = renewed
            delete_attachments_of_milestones(session, actor, [one.id for one in removed])
            changed["milestones"] = [one.id for one in row.milestones]
            if removed:
                changed["milestones_removed"] = [one.id for one in removed]
    named = changes.get("advice_ids", [link.advice_id for link in row.advice_links])
    answered = (one.advice_id for one in row.milestones)
    if set_links(session, actor, row, addressed(named, answered)):
        changed["advice_ids"] = sorted(link.advice_id for link in row.advice_links)
    _correct_facts(session, row, changed, removed)
    return changed


def _refuse_faults(
    session: Session, row: FollowUp, changes: Mapping[str, Any], own_advice: AbstractSet[UUID]
) -> None:
    fault = date_fault(changes.get("occurred_at"), row.received_at)
    faults = [
        *([("/occurred_at", fault)] if fault else []),
        *link_faults(changes.get("advice_ids", ()), own_advice),
        *milestones_faults(changes.get("milestones", ()), recorded_at(session), own_advice),
    ]
    if faults:
        raise Invalid.of(faults)


def _redate(row: FollowUp, changes: Mapping[str, Any]) -> bool:
    before = row.occurred_at
    row.occurred_at, row.dating = dated(changes["occurred_at"], row.received_at, "trusted")
    return row.occurred_at != before


def _set_milestones(
    session: Session, row: FollowUp, drafts: Sequence[MilestoneDraft]
) -> list[Milestone] | None:
    """Make the milestones these; return those taken away, None where nothing has changed."""
    left = list(row.milestones)
    kept, changed = [], False
    for draft in drafts:
        same = next((one for one in left if (one.kind, one.title) == draft[:2]), None)
        if same is None:
            kept.append(new_milestone(session, row.candidate_id, row.id, draft))
            changed = True
            continue
        left.remove(same)
        kept.append(same)
        for field, value in draft._asdict().items():
            if getattr(same, field) != value:
                setattr(same, field, value)
                changed = True
    if not changed and not left:
        return None
    row.milestones = kept
    return left


def _correct_facts(
    session: Session, row: FollowUp, changed: Mapping[str, object], removed: Sequence[Milestone]
) -> None:
    if not changed:
        return
    if _RANKED & changed.keys():
        correct_follow_up(session, row)
    if not {"occurred_at", "milestones"} & changed.keys():
        return
    history = statuses_told(
        session, [one.id for one in (*row.milestones, *removed)], row.candidate_id
    )
    for milestone in removed:
        correct_milestone(session, milestone, history[milestone.id], here=False)
    for milestone in row.milestones:
        told = history.get(milestone.id)
        if told is None:
            tell_milestone(session, milestone, StatusTold(row.occurred_at, milestone.status))
        else:
            earliest = StatusTold(min(row.occurred_at, told[0].at), told[0].status)
            correct_milestone(session, milestone, [earliest, *told])


def _set_names(session: Session, row: FollowUp, names: Sequence[Name]) -> bool:
    if set(external_ids_of(session, [row.id]).get(row.id, [])) == set(names):
        return False
    set_external_ids(session, "follow_up", row.id, names)
    return True


def delete_follow_up(
    session: Session, actor: Actor, follow_up_id: UUID, *, expected_version: int | None = None
) -> None:
    """Take a follow-up away as if it had never come: its text, milestones, links and names go.

    Raises NotFound, Gone where it was deleted before, StaleVersion.
    """
    row, candidates = lock_follow_up(session, follow_up_id, expected_version=expected_version)
    _withdraw_facts(session, row)
    forget_text(session, row.candidate_id, row.id)
    delete_attachments_of_follow_up(session, actor, row.id)
    for field in (*_TEXTS, "message_id", "in_reply_to", "thread", "fingerprint"):
        setattr(row, field, None)
    gone = [one.id for one in row.milestones]
    row.advice_links, row.milestones, row.attachments = [], [], []
    row.deleted_at = recorded_at(session)
    row.touch()
    session.execute(
        delete(ExternalId).where(
            ExternalId.organization_id == organization_of(session),
            ExternalId.subject_id == row.id,
        )
    )
    record_change(
        session,
        actor,
        "follow_up.deleted",
        "follow_up",
        row.id,
        candidate_id=row.candidate_id,
        data={"milestone_ids": gone or None},
    )
    leave_tombstones(session, "follow_up", [row.id], reason="deleted")
    depart(session, "follow_up", [row.id], of=row.candidate_id, reason="deleted")
    settle(session, candidates[row.candidate_id])


def reassign_follow_up(
    session: Session,
    actor: Actor,
    follow_up_id: UUID,
    *,
    candidate_id: UUID,
    expected_version: int | None = None,
) -> FollowUp:
    """Say that a follow-up was another candidate's all along.

    Its milestones go with it and keep their statuses; links to the first candidate's advice are
    dropped. Raises NotFound, Gone, StaleVersion, Invalid at `/candidate_id`, and Conflict where
    that candidate has this very message already.
    """
    row, candidates = lock_follow_up(
        session, follow_up_id, expected_version=expected_version, and_candidate=candidate_id
    )
    target = candidates.get(candidate_id)
    if target is None or target.deleted_at is not None:
        raise no_candidate("/candidate_id", target.merged_into_id if target else None)
    before = row.candidate_id
    if before == candidate_id:
        return row
    refuse_known_message(session, candidate_id, row.message_id)
    history = statuses_told(session, [one.id for one in row.milestones], before)
    _withdraw_facts(session, row)
    forget_text(session, before, row.id)
    moved = move_attachments(session, row, candidate_id)
    depart(session, "follow_up", [row.id], of=before, reason="moved")
    row.candidate_id = candidate_id
    row.advice_links = []
    for milestone in row.milestones:
        milestone.candidate_id, milestone.advice_id = candidate_id, None
    index_follow_up(session, row, new=True)
    correct_follow_up(session, row)
    for milestone in row.milestones:
        correct_milestone(session, milestone, history[milestone.id])
    row.touch()
    record_change(
        session,
        actor,
        "follow_up.reassigned",
        "follow_up",
        row.id,
        candidate_id=candidate_id,
        changes={"candidate_id": candidate_id},
        data={
            "from_candidate_id": before,
            "milestone_ids": [one.id for one in row.milestones] or None,
            "attachment_ids": moved or None,
        },
    )
    for one in sorted({before, candidate_id}):
        settle(session, candidates[one])
    return row


def _withdraw_facts(session: Session, row: FollowUp) -> None:
    history = statuses_told(session, [one.id for one in row.milestones], row.candidate_id)
    correct_follow_up(session, row, here=False)
    for milestone in row.milestones:
        correct_milestone(session, milestone, history[milestone.id], here=False)
