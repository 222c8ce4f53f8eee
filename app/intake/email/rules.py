"""What a message is about: whose it is, which way it went, when, and whether it came before. Pure.

Whose a message is, by the address in From, the first that holds:

1. a user's: ours, though a candidate may have the same address;
2. a candidate's: theirs, though the domain may be the organization's own (an employee who applies);
3. of the organization's own domains: ours;
4. anybody else's: a machine's is noted, a person's waits to be assigned.

Ours is outbound to each known candidate in To and Cc, unless it carries the message of a known
candidate: then it is that candidate's, inbound. Carrying anybody else's it is outbound to whom it
went; to nobody known, an outsider's waits to be assigned and a colleague's is internal.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal, NamedTuple
from uuid import UUID

from app.intake.email.dates import occurred_at, same_moment
from app.intake.email.identity import content_fingerprint, folded_text
from app.intake.email.subject import base_subject
from app.intake.email.values import AttachmentInfo, ForwardedMessage, ReceivedMessage

Direction = Literal["inbound", "outbound"]
Dating = Literal["live", "trusted"]
Destination = Literal["follow_up", "unassigned", "automated", "internal"]
Outcome = Literal["follow_up", "duplicate", "unassigned", "automated", "internal", "discarded"]

EXCERPT = 280
# An id is part of an index, and indexes have a longest key.
_LONGEST_ID = 500

NO_SENDER = "It names no sender."
NOBODY = "Nobody here has the sender's address."
SEVERAL = "Several candidates have the sender's address."
NO_INNER_SENDER = "The forwarded message names no address."
NOBODY_INNER = "Nobody here has the address of the forwarded message's author."
SEVERAL_INNER = "Several candidates have the address of the forwarded message's author."
SEVERAL_RECIPIENTS = "Several candidates have the recipient's address."
USER_AND_CANDIDATE = "The sender is a user and a candidate; nobody else it could be about is known."
AMONG_US = "It went from one of us to no known candidate."
A_MACHINES = "A machine wrote it, and it is of no known candidate."


class OurUser(NamedTuple):
    """A user who has an address; one who is no longer active vouches for nothing."""

    id: UUID
    active: bool


@dataclass(frozen=True, slots=True)
class People:
    """Who has the addresses that a message names; addresses and domains are folded."""

    candidates: Mapping[str, AbstractSet[UUID]]
    users: Mapping[str, OurUser]
    domains: AbstractSet[str]

    def is_ours(self, address: str | None) -> bool:
        """Tell whether whoever writes from this address writes for the organization."""
        if address is None or address in self.users:
            return address is not None
        return not self.candidates.get(address) and address.rpartition("@")[2] in self.domains

    def applicants(self, address: str | None) -> AbstractSet[UUID]:
        """Return the candidates who have this address; a user's address is nobody's but theirs."""
        if address is None or address in self.users:
            return frozenset()
        return self.candidates.get(address, frozenset())


@dataclass(frozen=True, slots=True)
class Contact:
    """What a message tells of a contact with a candidate, whoever that is.

    author: whose words they are, folded; of a forward, the inner message's.
    sent_at: the date that the message itself claims; of a forward the inner one, None if unknown.
    carried_at: the Date of the message that came in: of a forward the outer one, else `sent_at`.
    hinted_id: the Message-ID that a forward probably carries; never stored as its own.
    note: the forwarder's words above a forward. captured_by: the user who sent or forwarded it.
    vouched: a user forwards it, and answers for its older date.
    """

    direction: Direction
    author: str | None
    sent_at: datetime | None
    carried_at: datetime | None
    subject: str | None
    body: str | None
    automated: str | None
    message_id: str | None
    hinted_id: str | None
    in_reply_to: str | None
    thread: str | None
    fingerprint: str | None
    attachments: tuple[AttachmentInfo, ...]
    note: str | None
    captured_by: UUID | None
    forwarded: bool
    vouched: bool

    def moment(self, received_at: datetime) -> datetime | None:
        """Return when it says it was sent; what came by itself was sent at its receipt at last."""
        return self.sent_at or (None if self.forwarded else received_at)


class Sorted(NamedTuple):
    """Where a message belongs, and why; `candidate_ids` are those whose follow-up it is."""

    destination: Destination
    reason: str | None
    contact: Contact
    candidate_ids: tuple[UUID, ...] = ()


class Known(NamedTuple):
    """A follow-up that may be the same message; `moments` as in `Contact.moment`."""

    follow_up_id: UUID
    message_id: str | None
    fingerprint: str | None
    subject: str | None
    occurred_at: datetime
    received_at: datetime
    captured: bool
    moments: tuple[datetime | None, ...]


# -------------------------------------------------------------------------------------- whose it is


def named_addresses(message: ReceivedMessage) -> list[str]:
    """Return the addresses that say what a message is about, folded, without repetitions."""
    inner = message.forwarded.from_address if message.forwarded else None
    named = (message.from_address, inner, *_recipients(message))
    return [one for one in dict.fromkeys(named) if one is not None]


def sort_message(message: ReceivedMessage, people: People, zone: tzinfo) -> Sorted:
    """Say where a message belongs; `zone` is that in which a forward's local date is read."""
    sender = message.from_address
    if people.is_ours(sender):
        return _sort_ours(message, people, zone)
    contact = _direct(message, "inbound")
    applicants = people.applicants(sender)
    if len(applicants) == 1:
        return Sorted("follow_up", None, contact, tuple(applicants))
    if message.automated:
        return Sorted("automated", A_MACHINES, contact)
    if sender is None:
        return Sorted("unassigned", NO_SENDER, contact)
    return Sorted("unassigned", SEVERAL if applicants else NOBODY, contact)


def _sort_ours(message: ReceivedMessage, people: People, zone: tzinfo) -> Sorted:
    sender = message.from_address or ""
    user = people.users.get(sender)
    carried = None
    if message.forwarded is not None:
        carried = _sort_forwarded(message, message.forwarded, people, zone)
        if carried.destination == "follow_up":
            return carried
    contact = _direct(message, "outbound", user)
    found = [people.applicants(address) for address in _recipients(message)]
    known = {candidate_id for one in found if len(one) == 1 for candidate_id in one}
    if known:
        return Sorted("follow_up", None, contact, tuple(sorted(known)))
    if carried is not None:
        return carried
    if message.automated:
        return Sorted("automated", A_MACHINES, contact)
    if any(found):
        return Sorted("unassigned", SEVERAL_RECIPIENTS, contact)
    if people.candidates.get(sender):
        return Sorted("unassigned", USER_AND_CANDIDATE, _direct(message, "inbound"))
    return Sorted("internal", AMONG_US, contact)


def _sort_forwarded(
    message: ReceivedMessage, forwarded: ForwardedMessage, people: People, zone: tzinfo
) -> Sorted:
    author = forwarded.from_address
    contact = _carried(message, forwarded, zone, people.users.get(message.from_address or ""))
    applicants = people.applicants(author)
    if len(applicants) == 1:
        return Sorted("follow_up", None, contact, tuple(applicants))
    if author is None:
        return Sorted("unassigned", NO_INNER_SENDER, contact)
    if people.is_ours(author):
        return Sorted("internal", AMONG_US, contact)
    return Sorted("unassigned", SEVERAL_INNER if applicants else NOBODY_INNER, contact)


def _recipients(message: ReceivedMessage) -> Iterable[str]:
    return (one.address for one in (*message.to, *message.cc))


# ------------------------------------------------------------------------------------- what it says


def _direct(message: ReceivedMessage, direction: Direction, user: OurUser | None = None) -> Contact:
    return Contact(
        direction=direction,
        author=message.from_address,
        sent_at=message.sent_at,
        carried_at=message.sent_at,
        subject=message.subject or None,
        body=_own_words(message),
        automated=message.automated,
        message_id=stored_id(message.message_id),
        hinted_id=None,
        in_reply_to=stored_id(message.in_reply_to),
        thread=_thread(message),
        fingerprint=_fingerprint(message.from_address, message.subject, message.new_text),
        attachments=message.attachments,
        note=None,
        captured_by=user.id if user else None,
        forwarded=False,
        vouched=False,
    )


def _carried(
    message: ReceivedMessage, forwarded: ForwardedMessage, zone: tzinfo, user: OurUser | None
) -> Contact:
    sent_at = forwarded.sent_at
    if sent_at is None and forwarded.sent_local is not None:
        sent_at = forwarded.sent_local.replace(tzinfo=zone)
    return Contact(
        direction="inbound",
        author=forwarded.from_address,
        sent_at=sent_at,
        carried_at=message.sent_at,
        subject=forwarded.subject or None,
        body=forwarded.new_text or None,
        automated=None,
        message_id=stored_id(forwarded.message_id),
        hinted_id=None if forwarded.message_id else stored_id(message.in_reply_to),
        in_reply_to=None,
        thread=stored_id(message.references[0]) if message.references else None,
        fingerprint=_fingerprint(forwarded.from_address, forwarded.subject, forwarded.new_text),
        attachments=forwarded.attachments,
        note=forwarded.note or None,
        captured_by=user.id if user else None,
        forwarded=True,
        vouched=user is not None and user.active,
    )


def _own_words(message: ReceivedMessage) -> str | None:
    """The new words; of somebody who forwards something as their own contact, that too."""
    inner = message.forwarded
    if inner is None:
        return message.new_text or None
    if inner.how != "attached":
        return message.text or None
    head = f"{inner.from_name} {inner.from_address or ''}".strip()
    parts = (message.new_text, "\n".join(filter(None, (head, inner.subject))), inner.text)
    return "\n\n".join(filter(None, parts)) or None


def _thread(message: ReceivedMessage) -> str | None:
    """The id of the message with which the conversation began, as far as this one knows it."""
    root = message.references[0] if message.references else message.in_reply_to
    return stored_id(root or message.message_id)


def _fingerprint(address: str | None, subject: str, text: str) -> str | None:
    """None where there are no words: two mails that say nothing are not thereby one."""
    if not folded_text(text):
        return None
    return content_fingerprint(from_address=address, subject=subject, text=text)


def stored_id(message_id: str | None) -> str | None:
    """Return a Message-ID as it is kept: one too long for an index is kept as its digest."""
    if message_id is None or len(message_id.encode()) <= _LONGEST_ID:
        return message_id
    return f"sha256:{hashlib.sha256(message_id.encode()).hexdigest()}"


def excerpt(text: str) -> str | None:
    """Return the beginning of a text on one line, None where it has no words."""
    words = " ".join(text.split())
    if len(words) <= EXCERPT:
        return words or None
    return f"{words[: EXCERPT - 1].rstrip()}…"


# --------------------------------------------------------------------------------------------- when


def told_date(contact: Contact, received_at: datetime, *, trusted: bool) -> tuple[datetime, Dating]:
    """Return when a contact happened, and on whose word (design, section 4 point 1).

    By its receipt, or by its Date within the 48 hours before; by an older Date where an import by
    a named user is `trusted`. A forward by a user carries its inner date on that user's word; it is
    not later than the forward itself, and without a date of its own it has the forward's.
    """
    if trusted:
        carried_at = min(contact.carried_at or received_at, received_at)
    else:
        carried_at = occurred_at(contact.carried_at, received_at)
    if not contact.forwarded:
        return carried_at, "trusted" if trusted else "live"
    inner = min(contact.sent_at or carried_at, carried_at)
    if trusted or contact.vouched:
        return inner, "trusted"
    return occurred_at(inner, received_at), "live"


# --------------------------------------------------------------------------- whether it came before


def same_message(contact: Contact, received_at: datetime, known: Sequence[Known]) -> Known | None:
    """Return the follow-up, of one candidate and direction, that this very message already is.

    Two Message-IDs decide it. Where one is missing, as in a forward, they are one message if their
    words are the same, or the forward names the other's id, and their dates may be one instant; or
    if they have one subject and one minute.
    """
    by_id = [one for one in known if contact.message_id and one.message_id == contact.message_id]
    if by_id:
        return by_id[0]
    moment = contact.moment(received_at)
    return next((one for one in known if _alike(contact, moment, one)), None)


def _alike(contact: Contact, moment: datetime | None, known: Known) -> bool:
    if contact.message_id and known.message_id:
        return False
    if any(same_moment(moment, one) for one in known.moments):
        if contact.fingerprint is not None and contact.fingerprint == known.fingerprint:
            return True
        if contact.hinted_id is not None and contact.hinted_id == known.message_id:
            return True
    return (contact.forwarded or known.captured) and _of_one_minute(contact, known)


def _of_one_minute(contact: Contact, known: Known) -> bool:
    if contact.sent_at is None or base_subject(contact.subject or "") != base_subject(
        known.subject or ""
    ):
        return False
    minute = contact.sent_at.replace(second=0, microsecond=0)
    return any(
        one is not None and one.replace(second=0, microsecond=0) == minute for one in known.moments
    )


def exact_date(contact: Contact, known: Known) -> datetime | None:
    """Return the better date that an original tells of a follow-up known from a forward.

    A forward shows its date to the minute, often in an unnamed zone.
    """
    if contact.forwarded or not known.captured or contact.sent_at is None:
        return None
    told = min(contact.sent_at, known.received_at)
    return told if same_moment(told, known.occurred_at) and told != known.occurred_at else None
