"""What a candidate's parts are, and what is wrong with them. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from app.core.addresses import fold_address


class Address(NamedTuple):
    """An e-mail address and what kind it is (`work`), in the words of whoever told it."""

    address: str
    type: str | None = None


class Phone(NamedTuple):
    """A telephone number and what kind it is."""

    number: str
    type: str | None = None


class Level(NamedTuple):
    """A level, 1 to 5, in a competency: declared by the candidate or assessed by an interviewer.

    `effective_at` is null where nobody said since when.
    """

    competency: str
    level: int
    source: str
    effective_at: datetime | None = None


def different_addresses(addresses: Iterable[Address]) -> list[Address]:
    """Return the addresses without repetitions, the first of each kept.

    Applicant tracking systems list one address as `personal` and again as `work`.
    """
    first: dict[str, Address] = {}
    for each in addresses:
        first.setdefault(fold_address(each.address), each)
    return list(first.values())


def level_faults(levels: Sequence[Level]) -> list[tuple[str, str]]:
    """Return (pointer, why) for each level told twice: which of the two holds, nobody could say."""
    seen: set[tuple[str, str]] = set()
    faults = []
    for at, each in enumerate(levels):
        if (each.competency, each.source) in seen:
            faults.append((f"/competencies/{at}", "is told twice by the same source"))
        seen.add((each.competency, each.source))
    return faults
