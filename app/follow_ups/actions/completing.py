"""Completing a follow-up by what its message tells when it arrives once more, on another way."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.entry.actor import Actor
from app.follow_ups.actions.correcting import change_follow_up, note_update
from app.follow_ups.actions.ledger import settle
from app.follow_ups.actions.rows import lock_follow_up, refuse_known_message
from app.follow_ups.queries.reading import advice_of
from app.follow_ups.rules.drafts import AttachmentDraft
from app.models.follow_up import FollowUp, FollowUpAttachment


def complete_follow_up(
    session: Session,
    actor: Actor,
    follow_up_id: UUID,
    *,
    occurred_at: datetime | None = None,
    message_id: str | None = None,
    in_reply_to: str | None = None,
    thread: str | None = None,
    attachments: Sequence[AttachmentDraft] = (),
    private_note: str | None = None,
) -> FollowUp:
    """Add what was not known yet; what is there stays, and nothing new leaves no trace.

    `occurred_at`, if given, corrects the date: it never was otherwise. `private_note` is put below
    a note that is there. Subject and body stay: somebody may have edited them.

    Raises NotFound, Gone, Invalid at `/occurred_at`, and Conflict where another follow-up of the
    candidate is this message.
    """
    row, candidates = lock_follow_up(session, follow_up_id)
    changes: dict[str, object] = {}
    if occurred_at is not None:
        changes["occurred_at"] = occurred_at
    if private_note and private_note not in (row.private_note or ""):
        changes["private_note"] = "\n\n".join(filter(None, (row.private_note, private_note)))
    own = advice_of(session, [row.candidate_id])[row.candidate_id]
    changed = change_follow_up(session, actor, row, changes, own)
    if row.message_id is None and message_id is not None:
        refuse_known_message(session, row.candidate_id, message_id, but=row.id)
    told = {"message_id": message_id, "in_reply_to": in_reply_to, "thread": thread}
    for field, value in told.items():
        if value is not None and getattr(row, field) is None:
            setattr(row, field, value)
            # The audit log does not repeat it: DELETE is to leave no copy.
            changed[field] = "changed"
    if attachments and not row.attachments:
        row.attachments = [
            FollowUpAttachment(position=position, **attachment._asdict())
            for position, attachment in enumerate(attachments)
        ]
        changed["attachments"] = len(attachments)
    if changed:
        note_update(session, actor, row, changed)
        settle(session, candidates[row.candidate_id])
    return row
