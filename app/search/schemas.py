"""HTTP shapes of what was found."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.core.schema import Read


class PieceRead(Read):
    """A part of a text."""

    text: str
    hit: bool = Field(description="Whether it is what was looked for.")


class HitRead(Read):
    """Where the words were found: plain text in pieces, never markup."""

    field: str = Field(
        description="`full_name`, `email`, `phone`, `location`, `tag`, `advice` or `follow_up`."
    )
    id: UUID | None = Field(description="Of the advice or the follow-up.")
    at: datetime | None = Field(description="When the advice was given or the follow-up occurred.")
    snippet: list[PieceRead] = Field(
        description="Joined, the text or what stands around the first hit in it."
    )
