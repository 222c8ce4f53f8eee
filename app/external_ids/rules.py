"""What a name is."""

from typing import NamedTuple


class Name(NamedTuple):
    """What a system (`source`) calls a thing of its kind (`type`)."""

    source: str
    type: str
    id: str
