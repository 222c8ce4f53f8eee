"""HTTP shapes of the persistence score."""

import dataclasses
from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from app.core.schema import Read
from app.persistence_scores.rules import PersistenceReading


class PeriodRead(Read):
    """One period's share."""

    starts_on: date = Field(description="The first day of the period, in the policy's time zone.")
    credit: float = Field(description="0 to 1.")
    last_at: datetime = Field(description="The latest follow-up: what dates the credit.")
    decay: float = Field(description="2^(-age / half-life).")
    contribution: float = Field(description="credit x decay / ideal; they add up to persistence.")


class PersistenceRead(Read):
    """A candidate's keep-in-touch record at an instant; null, not 0, where nothing counts."""

    candidate_id: UUID
    score: float | None = Field(
        description="0 to 100; 100 is a substantive follow-up every period."
    )
    persistence: float | None = Field(description="0 to 1.")
    momentum: float | None = Field(description="Half-lives since 2000: the stored form.")
    consistency: float | None = Field(description="persistence / best_so_far, at most 1.")
    best_so_far: float | None = Field(description="A full credit in every period since rejection.")
    policy_version: int
    as_of: datetime
    periods: list[PeriodRead]


def persistence_read(candidate_id: UUID, found: PersistenceReading) -> PersistenceRead:
    """Return a reading as it is shown."""
    return PersistenceRead.model_validate(
        {"candidate_id": candidate_id, **dataclasses.asdict(found)}
    )
