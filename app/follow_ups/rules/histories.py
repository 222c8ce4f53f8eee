"""The statuses of a milestone over time."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple


class StatusTold(NamedTuple):
    """From `at` on the milestone had this status."""

    at: datetime
    status: str


def with_status(history: Sequence[StatusTold], told: StatusTold) -> list[StatusTold]:
    """Return a history in which a status holds from its instant on, until the next one told.

    Entries that only repeat the one before are no status told, and do not end it.
    """
    changes = [
        one
        for before, one in zip((None, *history), history, strict=False)
        if before is None or before.status != one.status
    ]
    return sorted((*(one for one in changes if one.at != told.at), told))


def restated(history: Sequence[StatusTold], instants: Iterable[datetime]) -> list[StatusTold]:
    """Return a history, oldest first, told at further instants too, without changing what it says.

    Before its first entry the first status holds. The history has at least one entry.
    """
    told = []
    for instant in sorted({*instants, *(one.at for one in history)}):
        by_then = [one.status for one in history if one.at <= instant]
        told.append(StatusTold(instant, by_then[-1] if by_then else history[0].status))
    return told
