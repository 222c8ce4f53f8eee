"""A position as the ranking reads it, and its JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self
from uuid import UUID

from app.shortlists.rules.states import JSON_VERSION, UnknownLayoutError, day_text, to_day


@dataclass(frozen=True, slots=True)
class Requirement:
    """A competency that a position asks for.

    `min_level` is 1 to 5; `kind` is must_have or nice_to_have; `weight` is at least 0 and counts
    relative to the other requirements'. With `verified_only` the candidate's own word is not
    enough.
    """

    competency: str
    min_level: int
    kind: str
    weight: float
    verified_only: bool

    @property
    def is_must_have(self) -> bool:
        return self.kind == "must_have"

    def to_json(self) -> list[Any]:
        return [
            self.competency,
            self.min_level,
            self.kind,
            self.weight,
            int(self.verified_only),
        ]

    @classmethod
    def from_json(cls, values: Sequence[Any]) -> Self:
        competency, min_level, kind, weight, verified_only = values
        return cls(competency, min_level, kind, float(weight), bool(verified_only))


@dataclass(frozen=True, slots=True)
class PositionState:
    """Everything that the ranking reads about one position.

    `family_position_ids` are the positions of its job family, itself included;
    `department_position_ids` those of its department.
    """

    position_id: UUID
    starts_on: date | None = None
    requirements: tuple[Requirement, ...] = ()
    family_position_ids: frozenset[UUID] = frozenset()
    department_position_ids: frozenset[UUID] = frozenset()

    def to_json(self) -> dict[str, Any]:
        """Give the JSON object: ids as 32 hexadecimal digits, requirements as arrays."""
        return {
            "v": JSON_VERSION,
            "id": self.position_id.hex,
            "starts_on": day_text(self.starts_on),
            "requirements": [each.to_json() for each in self.requirements],
            "family": sorted(each.hex for each in self.family_position_ids),
            "department": sorted(each.hex for each in self.department_position_ids),
        }

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave. Raises UnknownLayoutError for another version's JSON."""
        if fields.get("v") != JSON_VERSION:
            message = f"a position's state in layout {fields.get('v')!r}"
            raise UnknownLayoutError(message)
        return cls(
            position_id=UUID(fields["id"]),
            starts_on=to_day(fields["starts_on"]),
            requirements=tuple(Requirement.from_json(each) for each in fields["requirements"]),
            family_position_ids=frozenset(map(UUID, fields["family"])),
            department_position_ids=frozenset(map(UUID, fields["department"])),
        )
