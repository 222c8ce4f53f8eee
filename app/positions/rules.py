"""What a position's parts are, and from which state which step may be taken. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from app.external_ids.rules import Name

# What the ranking reads of a position: a change of these makes an unopened shortlist out of date.
RANKED: Final = ("starts_on", "job_family", "department", "requirements")
# Step -> the states from which it may be taken.
STEPS: Final = {
    "open": frozenset({"draft", "on_hold"}),
    "hold": frozenset({"open"}),
    "close": frozenset({"draft", "open", "on_hold"}),
    "reopen": frozenset({"on_hold", "filled", "closed"}),
    "add openings": frozenset({"draft", "open", "on_hold"}),
}
# What is told later than this is history: nobody waits for a shortlist of it.
NEWS: Final = timedelta(hours=24)


class Seat(NamedTuple):
    """An opening to be made; `starts_on` is null where it is the position's."""

    starts_on: date | None = None
    external_ids: Sequence[Name] = ()


class Wanted(NamedTuple):
    """A competency that the position asks for.

    `min_level` is 1 to 5, `kind` must_have or nice_to_have, `weight` at least 0 and relative to the
    others'. With `verified_only` the candidate's own word is not enough.
    """

    competency: str
    min_level: int
    kind: str
    weight: float = 1.0
    verified_only: bool = False


def requirement_faults(requirements: Iterable[Wanted]) -> list[tuple[str, str]]:
    """Return (pointer, why) for each competency that is asked for twice."""
    seen: set[str] = set()
    faults = []
    for at, each in enumerate(requirements):
        if each.competency in seen:
            faults.append((f"/requirements/{at}/competency", "is asked for twice"))
        seen.add(each.competency)
    return faults


def is_news(happened_at: datetime, now: datetime) -> bool:
    """Tell whether an event is recent enough for somebody to wait for its shortlist."""
    return now - happened_at <= NEWS
