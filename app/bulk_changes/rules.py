"""What steps make of a candidate. Pure."""

from collections.abc import Iterable
from typing import Final, NamedTuple, TypeAlias
from uuid import UUID

# As many as a candidate may be given otherwise.
MOST_TAGS: Final = 50


class AddTags(NamedTuple):
    """Give these tags, beside those that are there."""

    tags: tuple[str, ...]


class RemoveTags(NamedTuple):
    """Take these tags away where they are there."""

    tags: tuple[str, ...]


class AddToPool(NamedTuple):
    """Put into a talent pool."""

    talent_pool_id: UUID


class RemoveFromPool(NamedTuple):
    """Take out of a talent pool."""

    talent_pool_id: UUID


class SetOwner(NamedTuple):
    """Say who looks after the candidate; null: nobody."""

    user_id: UUID | None


Step: TypeAlias = AddTags | RemoveTags | AddToPool | RemoveFromPool | SetOwner


class Standing(NamedTuple):
    """What of a candidate can be changed for many at once."""

    tags: frozenset[str]
    talent_pool_ids: frozenset[UUID]
    owner_id: UUID | None


def standing_after(before: Standing, steps: Iterable[Step]) -> Standing:
    """Return what the steps make of it, one after the other."""
    after = before
    for step in steps:
        match step:
            case AddTags(tags):
                after = after._replace(tags=after.tags | set(tags))
            case RemoveTags(tags):
                after = after._replace(tags=after.tags - set(tags))
            case AddToPool(pool):
                after = after._replace(talent_pool_ids=after.talent_pool_ids | {pool})
            case RemoveFromPool(pool):
                after = after._replace(talent_pool_ids=after.talent_pool_ids - {pool})
            case SetOwner(user_id):
                after = after._replace(owner_id=user_id)
    return after
