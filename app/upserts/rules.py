"""What a row is told by, and what became of it. Pure."""

from typing import NamedTuple
from uuid import UUID

from app.external_ids.rules import Name


class Ref(NamedTuple):
    """A row that something refers to: by our id or by another system's, exactly one is given."""

    id: UUID | None = None
    external_id: Name | None = None

    @property
    def field(self) -> str:
        """Which of the two was given."""
        return "external_id" if self.id is None else "id"
