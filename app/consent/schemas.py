"""HTTP shapes of consents and pauses."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.core.schema import Body, Day, Flag, Instant, Line, Read
from app.models.candidate import Consent, PauseRow

Purpose = Literal["store", "contact", "rank"]
Basis = Literal["consent", "legitimate_interest", "candidate_initiated", "unknown"]
_PURPOSE = (
    "`store`: to keep the data; `contact`: to write to the candidate; `rank`: to rank by the "
    "score - who refuses that is considered without it."
)


class ConsentCreate(Body):
    """What a candidate answered for one purpose."""

    purpose: Purpose = Field(description=_PURPOSE)
    granted: Flag = Field(default=True, description="False: refused, or withdrawn.")
    basis: Basis = Field(default="consent", description="On what ground we may.")
    granted_at: Instant | None = Field(default=None, description="When the candidate answered.")
    expires_on: Day | None = Field(
        default=None,
        description="The last day on which it holds, in the organization's time zone; null: no "
        "end was set.",
    )
    source: Line | None = Field(default=None, description="Where it was given: `careers site`.")
    notice_version: Line | None = Field(
        default=None, description="Which version of the privacy notice the candidate had read."
    )
    effective_at: Instant | None = Field(
        default=None, description="Since when it holds; not given: `granted_at`, else now."
    )


class ConsentRead(Read):
    """What holds for one purpose."""

    id: UUID
    candidate_id: UUID
    purpose: str = Field(description=_PURPOSE)
    granted: bool
    basis: str
    granted_at: datetime | None = Field(description="When the candidate answered.")
    expires_on: date | None = Field(description="The last day on which it holds; null: no end.")
    source: str | None
    notice_version: str | None
    effective_at: datetime = Field(description="Since when it holds.")


class PauseCreate(Body):
    """Days on which the candidate's clock stands still. No reason is asked or kept."""

    first_day: Day = Field(description="In the organization's time zone; included.")
    last_day: Day = Field(
        description="Included; at most 12 months ahead, and at most 12 months of any 24 may be "
        "paused."
    )
    effective_at: Instant | None = Field(
        default=None,
        description="Since when it counts; not given: its first day, or now if that lies ahead.",
    )


class PauseEnd(Body):
    """An early end. A shape of its own: the first day of a pause cannot be changed."""

    last_day: Day = Field(description="Today or later, and not after the present last day.")
    effective_at: Instant | None = Field(
        default=None, description="Since when that is so; not given: now."
    )


class PauseRead(Read):
    """Days on which the candidate's clock stands still."""

    id: UUID
    candidate_id: UUID
    first_day: date
    last_day: date


def consent_read(row: Consent) -> ConsentRead:
    """Return the shape of a consent."""
    return ConsentRead.model_validate(row)


def pause_read(row: PauseRow) -> PauseRead:
    """Return the shape of a pause."""
    return PauseRead.model_validate(row)
