"""Recording a follow-up: the one verb behind HTTP, batches, e-mail and the command line."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.audit_log.actions import record_change
from app.core.ids import new_id
from app.core.problems import Invalid
from app.entry.actor import Actor
from app.external_ids.actions import name_new_row
from app.external_ids.rules import Name
from app.facts.actions import lock_candidate, recorded_at
from app.follow_ups.actions.finding import index_follow_up
from app.follow_ups.actions.ledger import settle, tell_follow_up, tell_milestone
from app.follow_ups.actions.rows import new_link, new_milestone, refuse_known_message
from app.follow_ups.queries.reading import advice_of
from app.follow_ups.rules.dating import Dating, dated
from app.follow_ups.rules.drafts import (
    AttachmentDraft,
    FollowUpDraft,
    MilestoneDraft,
    addressed,
    draft_faults,
)
from app.follow_ups.rules.histories import StatusTold
from app.models.follow_up import FollowUp, FollowUpAttachment


def record_follow_up(
    session: Session,
    actor: Actor,
    candidate_id: UUID,
    *,
    channel: str,
    direction: str = "inbound",
    occurred_at: datetime | None = None,
    subject: str | None = None,
    body: str | None = None,
    advice_ids: Sequence[UUID] = (),
    milestones: Sequence[MilestoneDraft] = (),
    external_ids: Sequence[Name] = (),
    automated: str | None = None,
    received_at: datetime | None = None,
    dating: Dating = "live",
    message_id: str | None = None,
    in_reply_to: str | None = None,
    thread: str | None = None,
    fingerprint: str | None = None,
    captured_by_user_id: UUID | None = None,
    private_note: str | None = None,
    attachments: Sequence[AttachmentDraft] = (),
) -> FollowUp:
    """Record a contact with a candidate, and let it count at once where it counts.

    `received_at` is when it reached us, now unless told. `dating`: `live` dates by the rule for
    mail, `trusted` takes an older `occurred_at` on the actor's word. `automated` is why it is taken
    for a machine's. A milestone linked to advice links the follow-up to that advice too.

    Raises NotFound or Gone for the candidate; Invalid at `/occurred_at`, `/advice_ids/{i}`,
    `/milestones/{i}/...`; Conflict with `existing_id` for an external id or a message known.
    """
    candidate = lock_candidate(session, candidate_id)
    draft = FollowUpDraft(
        channel=channel,
        direction=direction,
        occurred_at=occurred_at,
        received_at=received_at,
        dating=dating,
        subject=subject,
        body=body,
        advice_ids=advice_ids,
        milestones=milestones,
        automated=automated,
        message_id=message_id,
        in_reply_to=in_reply_to,
        thread=thread,
        fingerprint=fingerprint,
        captured_by_user_id=captured_by_user_id,
        private_note=private_note,
        attachments=attachments,
    )
    own = _own_advice(session, candidate_id, draft)
    row = add_follow_up(session, actor, candidate_id, draft, own)
    name_new_row(session, "follow_up", row.id, external_ids)
    settle(session, candidate)
    return row


def _own_advice(session: Session, candidate_id: UUID, draft: FollowUpDraft) -> set[UUID]:
    """Return the candidate's advice, not looked up where the draft names none."""
    if not addressed(draft.advice_ids, draft.milestones):
        return set()
    return advice_of(session, [candidate_id])[candidate_id]


def add_follow_up(
    session: Session,
    actor: Actor,
    candidate_id: UUID,
    draft: FollowUpDraft,
    own_advice: AbstractSet[UUID],
) -> FollowUp:
    """Add the rows and facts of a new follow-up; the caller holds the lock and settles after.

    Raises Invalid, and Conflict for a message known.
    """
    present = recorded_at(session)
    received_at = min(draft.received_at or present, present)
    faults = draft_faults(draft, received_at, own_advice)
    if faults:
        raise Invalid.of(faults)
    refuse_known_message(session, candidate_id, draft.message_id)
    row = _row(session, actor, candidate_id, draft, received_at)
    session.add(row)
    tell_follow_up(session, row)
    index_follow_up(session, row, new=True)
    for milestone in row.milestones:
        tell_milestone(session, milestone, StatusTold(row.occurred_at, milestone.status))
    record_change(
        session,
        actor,
        "follow_up.recorded",
        "follow_up",
        row.id,
        candidate_id=candidate_id,
        changes={
            "occurred_at": row.occurred_at,
            "direction": row.direction,
            "channel": row.channel,
            "dating": row.dating,
        },
        data={"milestone_ids": [one.id for one in row.milestones]} if row.milestones else None,
    )
    return row


def _row(
    session: Session, actor: Actor, candidate_id: UUID, draft: FollowUpDraft, received_at: datetime
) -> FollowUp:
    follow_up_id = new_id()
    occurred_at, dating = dated(draft.occurred_at, received_at, draft.dating)
    return FollowUp(
        id=follow_up_id,
        candidate_id=candidate_id,
        occurred_at=occurred_at,
        received_at=received_at,
        direction=draft.direction,
        channel=draft.channel,
        subject=draft.subject,
        body=draft.body,
        automated=draft.automated,
        dating=dating,
        message_id=draft.message_id,
        in_reply_to=draft.in_reply_to,
        thread=draft.thread,
        fingerprint=draft.fingerprint,
        captured_by_user_id=draft.captured_by_user_id,
        private_note=draft.private_note,
        advice_links=[
            new_link(session, actor, advice_id)
            for advice_id in sorted(addressed(draft.advice_ids, draft.milestones))
        ],
        milestones=[
            new_milestone(session, candidate_id, follow_up_id, milestone)
            for milestone in draft.milestones
        ],
        attachments=[
            FollowUpAttachment(position=position, **attachment._asdict())
            for position, attachment in enumerate(draft.attachments)
        ],
    )
