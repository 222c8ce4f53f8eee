"""What a row is told by, and what became of it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from app.candidates.rules import different_addresses
from app.external_ids.rules import Name


class Ref(NamedTuple):
    """A row that something refers to: by our id or by another system's, exactly one is given."""

    id: UUID | None = None
    external_id: Name | None = None

    @property
    def field(self) -> str:
        """Which of the two was given."""
        return "external_id" if self.id is None else "id"


def in_order_of_names(names: Sequence[Sequence[Name]]) -> list[int]:
    """Return the places of items in the order of what they are called, those without names first.

    Items of one name stay in the order in which they were sent.
    """
    return sorted(range(len(names)), key=lambda at: tuple(sorted(names[at])))


def told_otherwise(stands: Mapping[str, Any], told: Mapping[str, Any]) -> list[str]:
    """Return the fields in which a rejection is told now otherwise than it stands.

    What is left out or null says nothing; advice may have been added since.
    """
    advice = {item.text for item in told.get("advice", ())}
    different = [
        name
        for name, value in told.items()
        if name in stands and name != "advice" and value is not None and value != stands[name]
    ]
    return different if advice <= {*stands["advice"]} else [*different, "advice"]


def says_nothing_new(
    shown: Mapping[str, Any], told: Mapping[str, Any], names: Iterable[Name]
) -> bool:
    """Tell whether a candidate, as shown, is all that is told of them."""
    return {*names} <= {*shown["external_ids"]} and all(
        _same(field, value, shown[field]) for field, value in told.items()
    )


def _same(field: str, told: Any, shown: Any) -> bool:
    if field == "emails":
        return bool(different_addresses(told) == shown)
    if field == "tags":
        return {*told} == {*shown}
    if field == "competencies":
        # Since when is news of a level that is as it was.
        undated = all(level.effective_at is None for level in told)
        return undated and {level[:3] for level in told} == {level[:3] for level in shown}
    if field == "custom_fields":
        return bool({**shown, **told} == shown)
    return bool(told == shown)
