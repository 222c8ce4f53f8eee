"""The process's clock, a sandbox's own clock ahead of it, and the two ends of time of the ledger.

Whatever the domain asks for the time goes by `now`: in the work done for a sandbox whose clock was
moved, that is its time. What guards the service goes by `real_now`: whether a key has expired, how
long an answer is kept, when a job is due.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

# What was given when a row was created holds "from ever": earlier than anything that can be told.
EVER = datetime(1900, 1, 1, tzinfo=UTC)
GRACE = timedelta(minutes=5)


class _Lead:
    """How far ahead the time of one piece of work is.

    A thing that can be changed, for a request is worked on by several threads: each has a copy of
    the context, and all copies hold this one.
    """

    def __init__(self) -> None:
        self.by = timedelta(0)


_lead: ContextVar[_Lead | None] = ContextVar("lead", default=None)


def real_now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)


def now() -> datetime:
    """Return the present instant of the work at hand, aware, in UTC."""
    return real_now() + ahead()


def ahead() -> timedelta:
    """Return how far the clock of the work at hand is ahead; nothing, but in a sandbox."""
    lead = _lead.get()
    return timedelta(0) if lead is None else lead.by


@contextmanager
def own_clock() -> Iterator[None]:
    """Let the work inside have a clock that `move_ahead` moves; it begins at the real time."""
    token = _lead.set(_Lead())
    try:
        yield
    finally:
        _lead.reset(token)


def move_ahead(by: timedelta) -> None:
    """Move the clock of the work at hand; outside `own_clock`, that of whatever follows here."""
    lead = _lead.get()
    if lead is None:
        lead = _Lead()
        _lead.set(lead)
    lead.by = by
