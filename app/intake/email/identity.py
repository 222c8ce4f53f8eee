"""Recognising a message that arrives twice: on its own, and inside a forward.

A forward keeps neither the Message-ID nor the exact text: mail programs wrap lines anew, turn HTML
into plain text, show the date to the minute in the forwarder's zone, and may add a footer. What
stays is the sender, the subject without its prefixes, and the letters and digits with which the
new words begin. Two keys are made of these, both 32 hexadecimal digits:

- `message_fingerprint` adds the instant to the minute: equal keys are one message.
- `content_fingerprint` leaves the date out: messages with equal keys are one if `same_moment`
  holds for their dates (a forward whose date names no offset may be hours off).
"""

import hashlib
import re
import unicodedata
from datetime import UTC, datetime

from app.intake.email.addresses import fold_address
from app.intake.email.subject import base_subject

_TEXT_PREFIX = 240
"""Letters and digits of the new words that are compared: past them stand footers."""
_MAX_FOLDED = 20_000
_LINK = re.compile(r"<?(?:https?://|mailto:|www\.)[^\s<>]{0,2000}>?", re.IGNORECASE)


def message_fingerprint(
    *, from_address: str | None, sent_at: datetime | None, subject: str, text: str
) -> str:
    """The key of a message without Message-ID: from, minute, subject and new words.

    sent_at: aware; for a forwarded message its `sent_at`, or its `sent_local` in the
    organization's zone. text: the `new_text`.
    """
    minute = "" if sent_at is None else sent_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")
    return _digest(from_address, minute, subject, text)


def content_fingerprint(*, from_address: str | None, subject: str, text: str) -> str:
    """The key of what a message says, whenever; to be read together with `same_moment`."""
    return _digest(from_address, "", subject, text)


def folded_text(text: str) -> str:
    """Letters and digits only, without links, in one normal form: what re-wrapping leaves."""
    plain = _LINK.sub(" ", text[:_MAX_FOLDED])
    folded = unicodedata.normalize("NFKC", plain).casefold()
    return "".join(sign for sign in folded if sign.isalnum())


def _digest(from_address: str | None, minute: str, subject: str, text: str) -> str:
    parts = (
        fold_address(from_address or ""),
        minute,
        folded_text(base_subject(subject)),
        folded_text(text)[:_TEXT_PREFIX],
    )
    joined = "\x1f".join(parts).encode("utf-8", "replace")
    return hashlib.blake2b(joined, digest_size=16).hexdigest()
