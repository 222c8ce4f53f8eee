"""What the ledger is told of the survivor of a merge: one history made of two. Pure.

The duplicate's facts stay where they are, for who asks what was known before the merge. The
survivor is told of each subject anew, at every instant that it was told of, and when we had first
learned of it: what happened after what, and what was said after what, stays as it was.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, TypeAlias

from app.facts.rules import Document, FactRow, states


class Told(NamedTuple):
    """A state from an instant on, and when we had learned of it."""

    effective_at: datetime
    value: Document
    told_at: datetime


# Which of two states of an instant stands; of somebody who was not told of yet there is none.
Choice: TypeAlias = Callable[[FactRow | None, FactRow | None], FactRow | None]


def retold(theirs: Sequence[FactRow], also_at: Iterable[datetime] = ()) -> list[Told]:
    """Return one subject's history as it stands, at further instants too.

    Those are instants at which the survivor was told of the same subject, as of a follow-up that
    went from one of the two to the other: it was never otherwise. `theirs` has at least one fact.
    """
    instants = sorted({*(row.effective_at for row in theirs), *also_at})
    first = _state(theirs, min(row.effective_at for row in theirs))
    assert first is not None
    found = [(instant, _state(theirs, instant) or first) for instant in instants]
    return [Told(instant, row.value, row.told_at) for instant, row in found]


def combined(own: Sequence[FactRow], theirs: Sequence[FactRow], choose: Choice) -> list[Told]:
    """Return what is to be told of the survivor so that at every instant the chosen state stands.

    `own` and `theirs` are the facts of one kind about the same thing, such as their consent to be
    contacted. What the survivor's facts say already is left out.
    """
    found: list[Told] = []
    before: FactRow | None = None
    for instant in sorted({row.effective_at for row in (*own, *theirs)}):
        mine = _state(own, instant)
        chosen = choose(mine, _state(theirs, instant))
        if chosen is None:
            continue
        told_anew = mine is not None and mine.effective_at == instant
        if chosen is not mine if told_anew else chosen is not before:
            found.append(Told(instant, chosen.value, chosen.told_at))
        before = chosen
    return found


def flagged(own: FactRow | None, theirs: FactRow | None) -> FactRow | None:
    """Choose the state that says not to contact the person, whoever's it is."""
    return theirs if theirs is not None and (own is None or theirs.value["flag"]) else own


def day_told(own: FactRow | None, theirs: FactRow | None) -> FactRow | None:
    """Choose the survivor's day, the duplicate's where the survivor has none."""
    untold = own is None or own.value["on"] is None
    return theirs if theirs is not None and untold else own


def newest_level(own: FactRow | None, theirs: FactRow | None) -> FactRow | None:
    """Choose the level that took effect last; of one instant the survivor's."""
    known = [row for row in (own, theirs) if row is not None and row.value["level"] is not None]
    return max(known, key=lambda row: row.effective_at, default=own or theirs)


def stricter_answer(own: FactRow | None, theirs: FactRow | None) -> FactRow | None:
    """Choose between two answers to one purpose: a refusal stands, else the later answer."""
    if own is None or theirs is None:
        return own or theirs
    if own.value["granted"] != theirs.value["granted"]:
        return theirs if own.value["granted"] else own
    return theirs if theirs.effective_at > own.effective_at else own


def _state(rows: Sequence[FactRow], instant: datetime) -> FactRow | None:
    # Of one thing, though each of the two calls it by an id of their own.
    return next(iter(states(rows, as_of=instant).values()), None)
