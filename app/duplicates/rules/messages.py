"""Which follow-ups of two candidates are one and the same. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

# What two copies of one mail differ by: of some, the date is known to the minute.
_CLOSE: Final = timedelta(minutes=1)


class Contact(NamedTuple):
    """What a follow-up is recognised by."""

    id: UUID
    direction: str
    occurred_at: datetime
    message_id: str | None
    fingerprint: str | None


def same_contacts(own: Sequence[Contact], theirs: Sequence[Contact]) -> dict[UUID, UUID]:
    """Return, for those of `theirs` that came to the other as well, which of `own` they are.

    One Message-ID, or one sender with the same words within the minute; each of `own` once.
    """
    left = list(own)
    found = {}
    for contact in theirs:
        twin = next((one for one in left if _same(one, contact)), None)
        if twin is not None:
            left.remove(twin)
            found[contact.id] = twin.id
    return found


def _same(one: Contact, other: Contact) -> bool:
    if one.message_id is not None and one.message_id == other.message_id:
        return True
    if one.message_id is not None and other.message_id is not None:
        return False
    return (
        one.fingerprint is not None
        and (one.fingerprint, one.direction) == (other.fingerprint, other.direction)
        and abs(one.occurred_at - other.occurred_at) <= _CLOSE
    )
