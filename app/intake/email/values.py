"""What reading a message gives: frozen values, safe to store as they are.

Every string is free of NUL, of other control characters but tab and newline, and of lone
surrogates. Every `sent_at` is aware, in UTC.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox of a header; `address` is in the normal form of `fold_address`."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class AttachmentInfo:
    """What hangs on a message: its name as sent ("" if none), media type and decoded bytes."""

    filename: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class ForwardedMessage:
    """The message inside a forward.

    how: `attached` (a message/rfc822 part), or how it stands in the text: `gmail` (a dashed line
        that says forwarded: also Thunderbird, Yahoo), `outlook` (a block of headers under a
        subject that says forwarded), `apple` ("Begin forwarded message:").
    sent_at: the inner date, if it names its offset from UTC.
    sent_local: the inner date as it stands when it names none: naive, in the zone of the
        forwarder's mail program. At most one of the two is set.
    note: the words the forwarder put above it, without signature.
    message_id: known for `attached` only. For the other kinds the outer `in_reply_to` usually
        names the forwarded message: mail programs set it so, but do not promise it.
    attachments: of the attached message; for the other kinds those of the outer message, since
        mail programs attach again what the original carried.
    """

    how: str
    from_address: str | None
    from_name: str
    sent_at: datetime | None
    sent_local: datetime | None
    subject: str
    text: str
    new_text: str
    message_id: str | None
    attachments: tuple[AttachmentInfo, ...]
    note: str


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """One message as received.

    message_id, in_reply_to, references: without the angle brackets.
    from_address: folded; None if the message names no usable one.
    sent_at: from the Date header; None if absent, unreadable or absurd. Not yet to be trusted:
        see `occurred_at`.
    text: everything readable, HTML as text; new_text: what the author wrote here, without quoted
        messages and signature.
    automated: None for a person's message, else the reason, see `automated_reason`.
    """

    message_id: str | None
    in_reply_to: str | None
    references: tuple[str, ...]
    from_address: str | None
    from_name: str
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    subject: str
    sent_at: datetime | None
    text: str
    new_text: str
    automated: str | None
    attachments: tuple[AttachmentInfo, ...]
    forwarded: ForwardedMessage | None
