"""E-mail as received: bytes in, values out; no database, no network.

`read_message` is the whole of it; the other names serve to date, compare and recognise what it
gives. The actions that turn the values into follow-ups stand beside this reader.
"""

from app.intake.email.addresses import fold_address
from app.intake.email.dates import occurred_at, same_moment, written_date
from app.intake.email.identity import content_fingerprint, message_fingerprint
from app.intake.email.message import read_message
from app.intake.email.values import Address, AttachmentInfo, ForwardedMessage, ReceivedMessage

__all__ = [
    "Address",
    "AttachmentInfo",
    "ForwardedMessage",
    "ReceivedMessage",
    "content_fingerprint",
    "fold_address",
    "message_fingerprint",
    "occurred_at",
    "read_message",
    "same_moment",
    "written_date",
]
