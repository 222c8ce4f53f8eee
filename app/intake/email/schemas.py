"""HTTP shapes of e-mail intake."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.core.schema import Body, Read
from app.follow_ups.schemas import FollowUpRead
from app.intake.email.values import Address, ReceivedMessage
from app.models.follow_up import IntakeMessage


class IntakeRead(Read):
    """The follow-up that a message became, or why it did not."""

    outcome: Literal[
        "follow_up", "duplicate", "unassigned", "automated", "internal", "discarded"
    ] = Field(
        description="follow_up: a new one. duplicate: it came before, and the ids are those of the "
        "first. unassigned: nobody is known for it, it waits. automated: a machine's, of nobody "
        "known. internal: among ourselves. More may come."
    )
    reason: str | None = Field(description="Why it is no new follow-up, or one that never counts.")
    intake_message_id: UUID = Field(description="Under which an unassigned message is assigned.")
    candidate_id: UUID | None
    follow_up: FollowUpRead | None = Field(
        description="Null where it is none, or where that was deleted since."
    )
    follow_up_ids: list[UUID] = Field(
        description="One message to several candidates is a follow-up of each; these are all, "
        "`follow_up` is the first."
    )


class AssignedRead(IntakeRead):
    """The follow-up that an assigned message became."""

    waiting_from_same_address: int = Field(
        description="How many messages of the same author still wait to be assigned."
    )


class UnassignedAssign(Body):
    """Whose a message is."""

    candidate_id: UUID
    remember_address: bool = Field(
        default=True,
        description="Whether the author's address becomes one of the candidate's. One of our own, "
        "or another candidate's, never does.",
    )


class UnassignedRead(Read):
    """A message that waits for somebody to say whose it is."""

    id: UUID
    from_address: str | None = Field(
        description="Its author, folded; of a forward, the inner message's."
    )
    subject: str | None
    received_at: datetime
    sent_at: datetime | None = Field(description="When it says it was sent, or its receipt.")
    reason: str | None = Field(description="Why it waits.")
    excerpt: str | None = Field(description="How its words begin, up to 280 characters.")


class MailboxRead(Read):
    """A mailbox that a message names."""

    name: str
    address: str


class UnassignedAttachmentRead(Read):
    """What hangs on a message."""

    filename: str
    content_type: str
    size: int = Field(description="In bytes.")


class ForwardedRead(Read):
    """The message that a message carries."""

    from_address: str | None
    from_name: str
    sent_at: datetime | None = Field(description="Null where its date names no offset.")
    subject: str
    text: str


class UnassignedWholeRead(UnassignedRead):
    """A message that waits, with all that it says."""

    message_id: str | None
    sender: MailboxRead | None = Field(description="From; of a forward, whoever forwards it.")
    to: list[MailboxRead]
    cc: list[MailboxRead]
    text: str = Field(description="All that can be read of it, quotations too.")
    attachments: list[UnassignedAttachmentRead]
    forwarded: ForwardedRead | None


def unassigned_read(row: IntakeMessage) -> UnassignedRead:
    """Return the shape of a message that waits."""
    return UnassignedRead.model_validate(row)


def unassigned_whole_read(row: IntakeMessage, message: ReceivedMessage) -> UnassignedWholeRead:
    """Return the shape of a message that waits, with what was read of it."""
    sender = message.from_address
    return UnassignedWholeRead.model_validate(
        {
            **{name: getattr(row, name) for name in UnassignedRead.model_fields},
            "message_id": message.message_id,
            "sender": {"name": message.from_name, "address": sender} if sender else None,
            "to": _mailboxes(message.to),
            "cc": _mailboxes(message.cc),
            "text": message.text,
            "attachments": message.attachments,
            "forwarded": message.forwarded,
        },
        from_attributes=True,
    )


def _mailboxes(addresses: Sequence[Address]) -> list[MailboxRead]:
    return [MailboxRead.model_validate(one) for one in addresses]
