"""A candidate's timeline: what an item is, and how it is put in words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

EXCERPT = 280

Kind = Literal[
    "applied",
    "rejected",
    "advice_given",
    "consent_given",
    "consent_refused",
    "follow_up_received",
    "follow_up_sent",
    "milestone_reported",
    "milestone_confirmed",
    "milestone_refuted",
    "rejection_undone",
    "invited",
    "passed_over",
    "offer_declined",
    "withdrawn",
    "hired",
    "unhired",
    "advice_set",
    "do_not_contact_set",
    "do_not_contact_lifted",
]


class Happening(NamedTuple):
    """One thing that happened; `id` is the row's that tells of it, `refs` what else it is about."""

    at: datetime
    kind: Kind
    id: UUID
    title: str
    summary: str | None
    refs: Mapping[str, UUID]


class Place(NamedTuple):
    """Where an item stands: by instant, then cause before effect (`rank`), then id."""

    at: datetime
    rank: int
    id: UUID


def excerpt(text: str | None) -> str | None:
    """Return the beginning of a text on one line, None where there is nothing to read."""
    words = " ".join((text or "").split())
    if len(words) <= EXCERPT:
        return words or None
    return f"{words[: EXCERPT - 1].rstrip()}…"


def joined(*parts: str | None) -> str | None:
    """Return the parts that say something, as one sentence each."""
    said = [part for part in parts if part]
    return " · ".join(said) if said else None
