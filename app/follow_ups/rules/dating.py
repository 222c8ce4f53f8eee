"""When a follow-up happened, from what we are told and when we received it."""

from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from app.core.clock import GRACE

# Live mail is believed about its own date this far back from its receipt.
BELIEVED = timedelta(hours=48)

Dating = Literal["live", "trusted"]


class Dated(NamedTuple):
    """When it happened; `trusted` where only the word of whoever recorded it carries that date."""

    occurred_at: datetime
    dating: Dating


def date_fault(told: datetime | None, received_at: datetime) -> str | None:
    """Say why a date cannot be: nothing happens more than five minutes after its receipt."""
    if told is not None and told > received_at + GRACE:
        return "lies after its receipt"
    return None


def dated(told: datetime | None, received_at: datetime, dating: Dating) -> Dated:
    """Return when a follow-up happened, by design section 4 point 1.

    Not told: at its receipt. Up to five minutes after the receipt is taken as the receipt. What is
    `live` and older than 48 hours at its receipt is dated by the receipt; `trusted`, somebody
    vouches for the older date, and the follow-up is marked so.
    """
    if told is None or told >= received_at:
        return Dated(received_at, "live")
    if told >= received_at - BELIEVED:
        return Dated(told, "live")
    return Dated(told, "trusted") if dating == "trusted" else Dated(received_at, "live")
