"""Milestones one by one: reported, confirmed, refuted, corrected."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from app.audit_log.actions import record_change
from app.core.problems import Invalid
from app.entry.actor import Actor
from app.facts.actions import effective, recorded_at
from app.follow_ups.actions.finding import index_follow_up
from app.follow_ups.actions.ledger import (
    correct_follow_up,
    correct_milestone,
    settle,
    tell_milestone,
)
from app.follow_ups.actions.rows import lock_follow_up, new_milestone, set_links
from app.follow_ups.queries.reading import advice_of, find_milestone, statuses_told
from app.follow_ups.rules.drafts import MilestoneDraft, addressed, milestone_faults
from app.follow_ups.rules.histories import StatusTold, with_status
from app.models.follow_up import FollowUp, Milestone


class Reported(NamedTuple):
    """A milestone, and the follow-up that reports it."""

    milestone: Milestone
    follow_up: FollowUp


def add_milestone(
    session: Session,
    actor: Actor,
    follow_up_id: UUID,
    draft: MilestoneDraft,
    *,
    expected_version: int | None = None,
) -> Reported:
    """Add a milestone that a follow-up reports; it holds from when the follow-up happened.

    `expected_version` is the follow-up's. Raises NotFound, Gone, StaleVersion, Invalid.
    """
    row, candidates = lock_follow_up(session, follow_up_id, expected_version=expected_version)
    _refuse_faults(session, row, draft)
    milestone = new_milestone(session, row.candidate_id, row.id, draft)
    row.milestones = [*row.milestones, milestone]
    _link_answered(session, actor, row)
    tell_milestone(session, milestone, StatusTold(row.occurred_at, milestone.status))
    _note(
        session, actor, row, milestone, event="milestone.reported", changes={"kind": milestone.kind}
    )
    settle(session, candidates[row.candidate_id])
    return Reported(milestone, row)


def update_milestone(
    session: Session,
    actor: Actor,
    milestone_id: UUID,
    changes: Mapping[str, Any],
    *,
    status: str | None = None,
    effective_at: datetime | None = None,
    expected_version: int | None = None,
) -> Reported:
    """Set a milestone's status, and correct what was noted of it.

    `confirmed` holds from `effective_at`, else from now. `refuted`, or `reported` again, without
    `effective_at` says that it never was otherwise; with it, that it is so from then on.
    `changes` by field: kind, title, achieved_on, advice_id, quote, evidence_url. `expected_version`
    is the follow-up's.

    Raises NotFound, Gone, StaleVersion, and Invalid.
    """
    if effective_at is not None and status is None:
        raise Invalid("/effective_at", "is when a status takes effect, and there is none")
    follow_up_id = find_milestone(session, milestone_id).follow_up_id
    row, candidates = lock_follow_up(session, follow_up_id, expected_version=expected_version)
    milestone = next((one for one in row.milestones if one.id == milestone_id), None)
    if milestone is None:
        # It went while we waited for the lock; this says so.
        milestone = find_milestone(session, milestone_id)
    corrected = _correct(session, actor, row, milestone, changes)
    if corrected:
        _note(session, actor, row, milestone, event="milestone.updated", changes=corrected)
    set_to = _set_status(session, actor, row, milestone, status=status, effective_at=effective_at)
    if set_to:
        event = f"milestone.{status}"
        _note(session, actor, row, milestone, event=event, changes=set_to)
    if corrected or set_to:
        settle(session, candidates[row.candidate_id])
    return Reported(milestone, row)


def _correct(
    session: Session,
    actor: Actor,
    row: FollowUp,
    milestone: Milestone,
    changes: Mapping[str, Any],
) -> dict[str, object]:
    now = {field: getattr(milestone, field) for field in MilestoneDraft._fields}
    changed = {field: value for field, value in changes.items() if value != now[field]}
    if not changed:
        return changed
    _refuse_faults(session, row, MilestoneDraft(**{**now, **changed}))
    for field, value in changed.items():
        setattr(milestone, field, value)
    if "advice_id" in changed:
        history = statuses_told(session, [milestone.id], milestone.candidate_id)
        correct_milestone(session, milestone, history[milestone.id])
        _link_answered(session, actor, row)
    return changed


def _set_status(
    session: Session,
    actor: Actor,
    row: FollowUp,
    milestone: Milestone,
    *,
    status: str | None,
    effective_at: datetime | None,
) -> dict[str, object]:
    if status is None or (effective_at is None and status == milestone.status):
        return {}
    if effective_at is None and status != "confirmed":
        told = StatusTold(recorded_at(session), status)
        correct_milestone(session, milestone, [StatusTold(row.occurred_at, status)])
    else:
        at = effective(session, effective_at, pointer="/effective_at")
        if at < row.occurred_at:
            raise Invalid("/effective_at", "lies before the follow-up that reports it")
        before = statuses_told(session, [milestone.id], milestone.candidate_id)[milestone.id]
        history = with_status(before, StatusTold(at, status))
        correct_milestone(session, milestone, history, since=at)
        # A later status may have been told of before: that one still stands.
        told = history[-1]
    milestone.status, milestone.status_at = told.status, told.at
    milestone.status_by_user_id = actor.user_id
    return {"status": status, "effective_at": effective_at}


def _refuse_faults(session: Session, row: FollowUp, draft: MilestoneDraft) -> None:
    own = advice_of(session, [row.candidate_id])[row.candidate_id]
    faults = milestone_faults(draft, recorded_at(session), own)
    if faults:
        raise Invalid.of(faults)


def _link_answered(session: Session, actor: Actor, row: FollowUp) -> None:
    named = [link.advice_id for link in row.advice_links]
    if set_links(session, actor, row, addressed(named, (one.advice_id for one in row.milestones))):
        correct_follow_up(session, row)


def _note(
    session: Session,
    actor: Actor,
    row: FollowUp,
    milestone: Milestone,
    *,
    event: str,
    changes: Mapping[str, object],
) -> None:
    row.touch()
    index_follow_up(session, row)
    record_change(
        session,
        actor,
        event,
        "milestone",
        milestone.id,
        candidate_id=row.candidate_id,
        changes=changes,
        data={"follow_up_id": row.id},
    )
