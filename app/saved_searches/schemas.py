"""HTTP shapes of saved searches."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from app.candidates.schemas import CandidateFilters, Status, Tag
from app.core.paging import RootSort
from app.core.problems import Invalid
from app.core.schema import Body, ExternalIdText, Flag, Line, Read
from app.custom_fields.schemas import CustomFilter
from app.models.saved_search import SavedSearch

_NAME = "What it is called: `Waiters who wrote in spring`."
_OWNER = "Whose search it is; everybody in the organization may run it."


class SearchParameters(Body):
    """What `GET /v1/candidates` is asked for; what is not given narrows nothing."""

    q: Line | None = Field(default=None, description="Words that are looked for.")
    email: Line | None = Field(default=None, description="An address, however it is spelled.")
    external_id: ExternalIdText | None = Field(default=None, description="`source:type:id`.")
    tag: Tag | None = Field(default=None, description="Who has this tag.")
    application_status: Status | None = Field(
        default=None, description="Who has an application in this state."
    )
    position_id: UUID | None = Field(default=None, description="Who applied for this position.")
    awaiting_reply: Flag | None = Field(default=None, description="Who waits for an answer.")
    talent_pool_id: UUID | None = Field(default=None, description="Who is in this talent pool.")
    custom_field: CustomFilter = None
    sort: RootSort | None = Field(default=None, description="The order; not with `q`.")

    def filters(
        self, pointer: str, *, updated_since: datetime | None = None, **page: Any
    ) -> CandidateFilters:
        """Return them as the list takes them, with `limit` and `cursor`.

        What has changed since an instant comes in its own order, whatever the search's.

        Raises:
            Invalid: they do not go together or hold no word, below `pointer`.
        """
        told = self.plain()
        if updated_since is not None:
            if self.q is not None:
                raise Invalid("?updated_since", "does not go with a search for words")
            told.pop("sort", None)
            page["updated_since"] = updated_since
        try:
            filters = CandidateFilters(**told, **page)
            filters.words()
            filters.wanted()
        except Invalid as problem:
            raise problem.elsewhere(lambda at: f"{pointer}/{at.removeprefix('?')}") from problem
        return filters

    def plain(self) -> dict[str, Any]:
        """Return what is given, as it is kept."""
        return self.model_dump(mode="json", exclude_none=True)


class SavedSearchCreate(Body):
    """A search to keep."""

    name: Line = Field(description=_NAME)
    parameters: SearchParameters
    owner_user_id: UUID | None = Field(
        default=None, description=f"{_OWNER} Not given: the user who asks."
    )


class SavedSearchUpdate(Body):
    """What may be changed of a saved search: what is not given stays, `parameters` replace."""

    name: Line = Field(default_factory=str, description=_NAME)
    parameters: SearchParameters = Field(default_factory=SearchParameters)
    owner_user_id: UUID | None = Field(default=None, description=_OWNER)

    def changes(self) -> dict[str, Any]:
        """Return the fields that were given, as the action takes them."""
        found = {name: getattr(self, name) for name in self.model_fields_set}
        if "parameters" in found:
            self.parameters.filters("/parameters")
            found["parameters"] = self.parameters.plain()
        return found


class SearchParametersRead(Read):
    """What a saved search asks for; null: nothing."""

    q: str | None = Field(description="Words that are looked for.")
    email: str | None = Field(description="An address.")
    external_id: str | None = Field(description="`source:type:id`.")
    tag: str | None = Field(description="Who has this tag.")
    application_status: str | None = Field(description="Who has an application in this state.")
    position_id: UUID | None = Field(description="Who applied for this position.")
    awaiting_reply: bool | None = Field(description="Who waits for an answer.")
    talent_pool_id: UUID | None = Field(description="Who is in this talent pool.")
    custom_field: str | None = Field(description="`key:value`, of a field of their own.")
    sort: str | None = Field(description="The order.")


class SavedSearchRead(Read):
    """A saved search; `/v1/saved-searches/{id}/candidates` runs it."""

    id: UUID
    name: str = Field(description=_NAME)
    owner_user_id: UUID | None = Field(description=_OWNER)
    parameters: SearchParametersRead
    version: int = Field(description="Raised by each change.")
    created_at: datetime
    updated_at: datetime


def saved_search_read(row: SavedSearch) -> SavedSearchRead:
    """Return the shape of a saved search."""
    return SavedSearchRead(
        id=row.id,
        name=row.name,
        owner_user_id=row.owner_user_id,
        parameters=SearchParametersRead.model_validate(SearchParameters(**row.parameters)),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
