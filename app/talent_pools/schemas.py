"""HTTP shapes of talent pools."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from app.core.schema import Body, Line, Prose, Read

_NAME = "What it is called: `Summer interns 2020`; no two pools have one name."
_DESCRIPTION = "Who belongs in it, in the organization's words."


class TalentPoolCreate(Body):
    """A named list that candidates can be in."""

    name: Line = Field(description=_NAME)
    description: Prose | None = Field(default=None, description=_DESCRIPTION)


class TalentPoolUpdate(Body):
    """What may be changed of a talent pool: what is not given stays."""

    name: Line = Field(default_factory=str, description=_NAME)
    description: Prose | None = Field(default=None, description=_DESCRIPTION)

    def changes(self) -> dict[str, Any]:
        """Return the fields that were given."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class TalentPoolRead(Read):
    """A talent pool; who is in it is a list of its own."""

    id: UUID
    name: str = Field(description=_NAME)
    description: str | None = Field(description=_DESCRIPTION)
    version: int = Field(description="Raised by each change of name or description.")
    created_at: datetime
    updated_at: datetime


class TalentPoolMemberRead(Read):
    """A candidate's place in a talent pool."""

    candidate_id: UUID
    added_at: datetime = Field(description="Since when the candidate is in it.")
    added_by_user_id: UUID | None = Field(
        description="The user who put them there; null: a key without a user."
    )
