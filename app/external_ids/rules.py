"""What a name is, and what is kept of one whose row was removed. Pure."""

import hashlib
from typing import NamedTuple
from uuid import UUID


class Name(NamedTuple):
    """What a system (`source`) calls a thing of its kind (`type`)."""

    source: str
    type: str
    id: str


def digest(organization_id: UUID, name: Name) -> bytes:
    """Return the 32 bytes by which a name is known again that must not be kept.

    The organization's id is part of it: nobody can tell that two organizations removed the same.
    Neither source nor type holds a colon, so no two names are written alike.
    """
    return hashlib.sha256(organization_id.bytes + ":".join(name).encode()).digest()
