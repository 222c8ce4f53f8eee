"""HTTP shapes of one change of many candidates."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError, to_json

from app.bulk_changes import rules
from app.bulk_changes.actions import Outcome
from app.bulk_changes.queries import MOST
from app.candidates.schemas import Tag
from app.core.problems import ProblemBody
from app.core.schema import Body, Read
from app.saved_searches.schemas import SearchParameters

_Tags = Annotated[list[Tag], Field(min_length=1, max_length=rules.MOST_TAGS)]


class CandidateSelection(Body):
    """Whom to change, at most 1,000: by ids, by a search, or by one that was saved."""

    ids: list[UUID] | None = Field(
        default=None, min_length=1, max_length=MOST, description="These candidates."
    )
    filter: SearchParameters | None = Field(
        default=None, description="Whom `GET /v1/candidates` would list with these parameters."
    )
    saved_search_id: UUID | None = Field(
        default=None, description="Whom this saved search would list."
    )

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        if [self.ids, self.filter, self.saved_search_id].count(None) != 2:  # noqa: PLR2004
            code = "one_of"
            why = "Input should have one of ids, filter and saved_search_id"
            raise PydanticCustomError(code, "{why}", {"why": why})
        return self


class TagsAdded(Body):
    """Give tags, beside those that a candidate has."""

    type: Literal["add_tags"]
    tags: _Tags

    def step(self) -> rules.Step:
        """Return it as the rules take it."""
        return rules.AddTags(tuple(self.tags))


class TagsRemoved(Body):
    """Take tags away from whoever has them."""

    type: Literal["remove_tags"]
    tags: _Tags

    def step(self) -> rules.Step:
        """Return it as the rules take it."""
        return rules.RemoveTags(tuple(self.tags))


class PoolAdded(Body):
    """Put candidates into a talent pool."""

    type: Literal["add_to_pool"]
    talent_pool_id: UUID

    def step(self) -> rules.Step:
        """Return it as the rules take it."""
        return rules.AddToPool(self.talent_pool_id)


class PoolRemoved(Body):
    """Take candidates out of a talent pool."""

    type: Literal["remove_from_pool"]
    talent_pool_id: UUID

    def step(self) -> rules.Step:
        """Return it as the rules take it."""
        return rules.RemoveFromPool(self.talent_pool_id)


class OwnerSet(Body):
    """Say who looks after candidates."""

    type: Literal["set_owner"]
    user_id: UUID | None = Field(description="The user; null: nobody.")

    def step(self) -> rules.Step:
        """Return it as the rules take it."""
        return rules.SetOwner(self.user_id)


Action = Annotated[
    TagsAdded | TagsRemoved | PoolAdded | PoolRemoved | OwnerSet, Field(discriminator="type")
]


class BulkChange(Body):
    """One change of many candidates."""

    selection: CandidateSelection
    actions: list[Action] = Field(
        min_length=1, max_length=20, description="Taken one after the other."
    )


class BulkChangeItemRead(Read):
    """What became of a candidate."""

    candidate_id: UUID
    outcome: Literal["updated", "unchanged", "failed"]
    problem: ProblemBody | None = Field(description="Why it failed.")


class BulkChangeRead(Read):
    """What became of each candidate that was selected, in the order of the selection."""

    items: list[BulkChangeItemRead]


def bulk_change_read(outcomes: list[Outcome]) -> BulkChangeRead:
    """Return the shape of what became of a change."""
    return BulkChangeRead(
        items=[
            BulkChangeItemRead(
                candidate_id=one.candidate_id,
                outcome=one.outcome,
                problem=None
                if one.problem is None
                else ProblemBody.model_validate_json(to_json(one.problem.body())),
            )
            for one in outcomes
        ]
    )
