"""Taking messages in: each becomes a follow-up, waits for somebody to assign it, or is noted."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.audit_log.actions import record_change
from app.candidates.actions import update_candidate
from app.candidates.queries import candidate_with_children
from app.candidates.rules import Address
from app.core.clock import now
from app.core.database import organization_of
from app.core.ids import new_id
from app.core.problems import Invalid
from app.core.schema import EmailText
from app.entry.actor import Actor
from app.facts.queries import no_candidate
from app.follow_ups.actions import AttachmentDraft, record_follow_up
from app.follow_ups.actions.completing import complete_follow_up
from app.follow_ups.actions.rows import lock_candidates
from app.intake.email.message import read_message
from app.intake.email.queries import (
    count_waiting,
    earlier_follow_up,
    earlier_message,
    known_messages,
    message_of_digest,
    people_of,
    waiting_message,
)
from app.intake.email.rules import (
    NOBODY,
    Contact,
    Outcome,
    People,
    Sorted,
    exact_date,
    excerpt,
    named_addresses,
    same_message,
    sort_message,
    stored_id,
    told_date,
)
from app.intake.email.values import ReceivedMessage
from app.models.follow_up import WAITING, IntakeMessage
from app.organizations.queries import current_policy
from app.tombstones.actions import depart

_EMAIL: TypeAdapter[str] = TypeAdapter(EmailText)
# What a message that comes again is told, by what became of it before.
_BEFORE = {
    "follow_up": "This message came before.",
    "duplicate": "This message came before.",
    "unassigned": "This message came before and waits to be assigned.",
    "automated": "This message came before; a machine wrote it.",
    "internal": "This message came before; it went from one of us to no known candidate.",
    "discarded": "This message came before and was discarded.",
}
_NO_FOLLOW_UP_YET = ("unassigned", "automated", "internal")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message.

    A duplicate answers the ids of the first one. One message to several candidates is a follow-up
    of each: `follow_up_ids` are all of them, `follow_up_id` and `candidate_id` the first.
    """

    outcome: Outcome
    intake_message_id: UUID
    reason: str | None = None
    candidate_id: UUID | None = None
    follow_up_ids: tuple[UUID, ...] = ()

    @property
    def follow_up_id(self) -> UUID | None:
        """Return the first follow-up that it is, None where it is none."""
        return self.follow_up_ids[0] if self.follow_up_ids else None


def receive_message(
    session: Session,
    actor: Actor,
    raw: bytes,
    *,
    received_at: datetime | None = None,
    trusted: bool = False,
) -> Receipt:
    """Take a message in, whatever its bytes; the second time they change nothing.

    `raw` is RFC 5322 as received. It is dated by its receipt, now unless told, or by its own Date
    in the 48 hours before; `trusted`, by an older one on the word of the user who acts (an actor
    who is no user vouches for nothing). What nobody is known for waits with its bytes; a machine's,
    or one among ourselves, is noted without them. A message that became no follow-up when it first
    came is looked at anew: its candidate may be known by now.

    Raises Invalid for a message without bytes.
    """
    if not raw.strip():
        raise Invalid("", "holds no message")
    dating = "trusted" if trusted and actor.user_id is not None else "live"
    row, is_new = _claim(session, actor, raw, received_at, dating)
    if not is_new and row.outcome not in _NO_FOLLOW_UP_YET:
        return _came_before(row)
    message = read_message(raw)
    row.message_id = stored_id(message.message_id)
    found = _sorted(session, message)
    if found.destination == "follow_up":
        waited = not is_new and row.outcome == "unassigned"
        row.dating = "trusted" if dating == "trusted" else row.dating
        receipt = _follow_up(session, actor, row, found, raw)
        if waited and row.outcome != "unassigned":
            depart(session, WAITING, [row.id], reason="moved")
            _record(session, actor, "intake_message.assigned", row)
        return receipt
    if not is_new:
        return _came_before(row)
    return _keep(session, actor, row, found, raw)


def _claim(
    session: Session, actor: Actor, raw: bytes, received_at: datetime | None, dating: str
) -> tuple[IntakeMessage, bool]:
    """Return the row of these bytes, and whether it is new; a rival with the same is waited for."""
    present = now()
    digest = hashlib.sha256(raw).digest()
    values = {
        "organization_id": organization_of(session),
        "id": new_id(),
        "digest": digest,
        "received_at": min(received_at or present, present),
        "dating": dating,
        "outcome": "unassigned",
        "submitted_by_user_id": actor.user_id,
    }
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    claimed = insert(IntakeMessage).values(values).on_conflict_do_nothing()
    is_new = session.scalar(claimed.returning(IntakeMessage.id)) is not None
    row = message_of_digest(session, digest)
    assert row is not None
    return row, is_new


def _sorted(session: Session, message: ReceivedMessage) -> Sorted:
    people = people_of(session, named_addresses(message))
    return sort_message(message, people, ZoneInfo(current_policy(session).time_zone))


def _came_before(row: IntakeMessage, reason: str | None = None) -> Receipt:
    return Receipt(
        "duplicate",
        row.id,
        reason or _BEFORE[row.outcome],
        row.candidate_id,
        (row.follow_up_id,) if row.follow_up_id else (),
    )


# ----------------------------------------------------------------------------------- no follow-up


def _keep(session: Session, actor: Actor, row: IntakeMessage, found: Sorted, raw: bytes) -> Receipt:
    """Keep a message that is nobody's, with its bytes if somebody has to look at it."""
    contact = found.contact
    row.from_address, row.subject = contact.author, contact.subject
    row.sent_at = contact.moment(row.received_at)
    earlier = earlier_message(session, row) if row.message_id else None
    if earlier is not None:
        _settle(row, "duplicate", None, earlier.candidate_id, earlier.follow_up_id)
        _record(session, actor, "intake_message.kept", row, changes={"outcome": row.outcome})
        return _came_before(earlier)
    row.outcome, row.reason = found.destination, found.reason
    if found.destination == "unassigned":
        row.raw, row.excerpt = raw, excerpt(contact.body or "")
        _record(session, actor, "intake_message.unassigned", row)
    else:
        _record(session, actor, "intake_message.kept", row, changes={"outcome": row.outcome})
    session.flush()
    return Receipt(found.destination, row.id, row.reason)


def _settle(
    row: IntakeMessage,
    outcome: Outcome,
    reason: str | None,
    candidate_id: UUID | None = None,
    follow_up_id: UUID | None = None,
) -> None:
    """Note what became of a message, and keep no more of it than that."""
    row.outcome, row.reason = outcome, reason
    row.candidate_id, row.follow_up_id = candidate_id, follow_up_id
    row.raw = row.from_address = row.subject = row.excerpt = None


def _record(
    session: Session,
    actor: Actor,
    event: str,
    row: IntakeMessage,
    *,
    changes: Mapping[str, str] | None = None,
) -> None:
    record_change(
        session,
        actor,
        event,
        "intake_message",
        row.id,
        candidate_id=row.candidate_id,
        changes=changes,
        data={"follow_up_id": row.follow_up_id},
    )


# ------------------------------------------------------------------------------------- follow-ups


def _follow_up(
    session: Session, actor: Actor, row: IntakeMessage, found: Sorted, raw: bytes
) -> Receipt:
    """Make a message the follow-up of its candidates, or complete what it is already."""
    locked = lock_candidates(session, found.candidate_ids)
    session.refresh(row, ["outcome", "candidate_id", "follow_up_id"], with_for_update=True)
    if row.outcome not in _NO_FOLLOW_UP_YET:
        return _came_before(row)
    here = [one for one in found.candidate_ids if locked[one].deleted_at is None]
    if not here:
        # Deleted while we waited for the lock.
        nobody = Sorted("unassigned", NOBODY, found.contact)
        return _keep(session, actor, row, nobody, raw)
    return _become(session, actor, row, found.contact, here)


def _become(
    session: Session,
    actor: Actor,
    row: IntakeMessage,
    contact: Contact,
    candidate_ids: Sequence[UUID],
) -> Receipt:
    """Record or complete the follow-ups; the caller holds the candidates' locks."""
    told = [(one, *_once(session, actor, row, contact, one)) for one in candidate_ids]
    new = [one for one in told if one[2]]
    candidate_id, first_id, _ = (new or told)[0]
    row.sent_at = contact.moment(row.received_at)
    if new:
        reason = contact.automated and f"It counts for nothing: {contact.automated}."
        _settle(row, "follow_up", reason, candidate_id, first_id)
    else:
        _settle(row, "duplicate", None, candidate_id, first_id)
        _record(session, actor, "intake_message.kept", row, changes={"outcome": row.outcome})
    session.flush()
    follow_up_ids = tuple(dict.fromkeys((first_id, *(one[1] for one in told))))
    outcome: Outcome = "follow_up" if new else "duplicate"
    reason = row.reason if new else _BEFORE["follow_up"]
    return Receipt(outcome, row.id, reason, candidate_id, follow_up_ids)


def _once(
    session: Session, actor: Actor, row: IntakeMessage, contact: Contact, candidate_id: UUID
) -> tuple[UUID, bool]:
    """Return the follow-up that the message is of this candidate, and whether it is new."""
    around = contact.moment(row.received_at)
    known = known_messages(session, candidate_id, contact, around)
    same = same_message(contact, row.received_at, known)
    if same is not None:
        complete_follow_up(
            session,
            actor,
            same.follow_up_id,
            occurred_at=exact_date(contact, same),
            message_id=contact.message_id,
            in_reply_to=contact.in_reply_to,
            thread=contact.thread,
            attachments=_attachments(contact),
            private_note=contact.note,
        )
        return same.follow_up_id, False
    earlier_id = earlier_follow_up(session, row, candidate_id) if row.message_id else None
    if earlier_id is not None:
        return earlier_id, False
    occurred_at, dating = told_date(contact, row.received_at, trusted=row.dating == "trusted")
    follow_up = record_follow_up(
        session,
        actor,
        candidate_id,
        channel="email",
        direction=contact.direction,
        occurred_at=occurred_at,
        received_at=row.received_at,
        dating=dating,
        subject=contact.subject,
        body=contact.body,
        automated=contact.automated,
        message_id=contact.message_id,
        in_reply_to=contact.in_reply_to,
        thread=contact.thread,
        fingerprint=contact.fingerprint,
        captured_by_user_id=contact.captured_by,
        private_note=contact.note,
        attachments=_attachments(contact),
    )
    return follow_up.id, True


def _attachments(contact: Contact) -> list[AttachmentDraft]:
    return [
        AttachmentDraft(one.filename or None, one.content_type, one.size)
        for one in contact.attachments
    ]


# ---------------------------------------------------------------------------- what waits for us


@dataclass(frozen=True, slots=True)
class Assigned:
    """What an assigned message became, and how many more of the same address still wait."""

    receipt: Receipt
    waiting_from_same_address: int


def assign_message(
    session: Session,
    actor: Actor,
    message_id: UUID,
    *,
    candidate_id: UUID,
    remember_address: bool = True,
) -> Assigned:
    """Make a waiting message the follow-up of a candidate that it would have been at its receipt.

    Its bytes are dropped. `remember_address`: its author's address becomes one of the candidate's,
    so that the next message finds them, unless it is one of ours or another candidate has it.

    Raises NotFound, Conflict with `current_status`, and Invalid at `/candidate_id`.
    """
    waiting_message(session, message_id, lock=False)
    candidate = lock_candidates(session, [candidate_id]).get(candidate_id)
    if candidate is None or candidate.deleted_at is not None:
        merged_into = candidate.merged_into_id if candidate else None
        raise no_candidate("/candidate_id", merged_into)
    row = waiting_message(session, message_id, lock=True)
    message = read_message(row.raw or b"")
    people = people_of(session, named_addresses(message))
    zone = ZoneInfo(current_policy(session).time_zone)
    contact = sort_message(message, people, zone).contact
    receipt = _become(session, actor, row, contact, [candidate_id])
    depart(session, WAITING, [row.id], reason="moved")
    _record(session, actor, "intake_message.assigned", row)
    if remember_address:
        _remember(session, actor, candidate_id, contact, people)
    return Assigned(receipt, count_waiting(session, contact.author))


def _remember(
    session: Session, actor: Actor, candidate_id: UUID, contact: Contact, people: People
) -> None:
    author = contact.author
    if author is None or contact.direction == "outbound" or people.is_ours(author):
        return
    if people.candidates.get(author):
        return
    try:
        address = _EMAIL.validate_python(author)
    except ValidationError:
        # Mail arrives from addresses to which none could be sent.
        return
    candidate = candidate_with_children(session, candidate_id)
    emails = [*(Address(one.address, one.type) for one in candidate.emails), Address(address)]
    update_candidate(session, actor, candidate_id, {"emails": emails})


def discard_message(session: Session, actor: Actor, message_id: UUID) -> None:
    """Say that a waiting message is nobody's: nothing of it is kept but that it came.

    Raises NotFound, and Conflict with `current_status`.
    """
    row = waiting_message(session, message_id, lock=True)
    _settle(row, "discarded", None)
    depart(session, WAITING, [row.id], reason="deleted")
    _record(session, actor, "intake_message.discarded", row)
    session.flush()
