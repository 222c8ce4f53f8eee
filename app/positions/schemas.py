"""HTTP shapes of positions and openings."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from app.core import paging
from app.core.schema import (
    Body,
    Day,
    ExternalId,
    Flag,
    Instant,
    Int64,
    Line,
    Number,
    Read,
    Slug,
    id_list,
)
from app.custom_fields.schemas import (
    CustomFilter,
    CustomValues,
    CustomValuesRead,
    custom_filter,
)
from app.external_ids.rules import Name
from app.models.position import Opening
from app.positions.queries import PositionView
from app.positions.rules import Seat, Wanted

Kind = Literal["must_have", "nice_to_have"]
Status = Literal["draft", "open", "on_hold", "filled", "closed"]
CloseReason = Literal["filled", "cancelled", "other"]
_STARTS = "The day on which whoever is hired starts; null: not told."
_FAMILY = "What kind of work it is; a past try at the same family is a fit."
_EFFECTIVE = "When that happened; not given: now. Over a day ago: no shortlist is made of it."

_ExternalIds = Annotated[list[ExternalId], Field(max_length=20)]


class OpeningCreate(Body):
    """One seat."""

    starts_on: Day | None = Field(default=None, description="Null: as the position.")
    external_ids: _ExternalIds = Field(default=[])


class _ShownByKind:
    """Says in OpenAPI by the value's kind which branch it is, in place of `anyOf`.

    Of a union of a number and an array generators of Java and Go make programs that do not compile
    (openapi-generator 7.26); of this they make a field that takes either.
    """

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        shown = handler(schema)
        number, rows = shown.pop("anyOf")
        return {**shown, "if": {"type": "integer"}, "then": number, "else": rows}


_Count = Annotated[Int64, Field(ge=1, le=500)]
OpeningsBody = Annotated[
    _Count | Annotated[list[OpeningCreate], Field(min_length=1, max_length=500)],
    _ShownByKind(),
    Field(description="How many seats, or an array with one row for each."),
]


def seats(openings: int | list[OpeningCreate]) -> list[Seat]:
    """Return the seats that a number or rows stand for."""
    if isinstance(openings, int):
        return [Seat()] * openings
    return [Seat(row.starts_on, names(row.external_ids)) for row in openings]


def names(external_ids: Iterable[ExternalId]) -> list[Name]:
    """Return external ids as the actions take them."""
    return [Name(each.source, each.type, each.id) for each in external_ids]


class RequirementCreate(Body):
    """A competency that the position asks for."""

    competency: Slug
    min_level: Int64 = Field(ge=1, le=5, description="From 1 to 5.")
    kind: Kind = Field(description="Without a `must_have` nobody is ranked.")
    weight: Number = Field(
        default=1.0, ge=0, le=1_000_000, description="How much it counts beside the others."
    )
    verified_only: Flag = Field(
        default=False, description="The candidate's own word is not enough."
    )

    def plain(self) -> Wanted:
        """Return it as the actions take it."""
        return Wanted(
            self.competency, self.min_level, self.kind, float(self.weight), self.verified_only
        )


_Requirements = Annotated[
    list[RequirementCreate], Field(max_length=50, description="One for each competency.")
]


class PositionCreate(Body):
    """A job with its seats; it begins as a draft."""

    title: Line
    department: Line | None = None
    job_family: Line | None = Field(default=None, description=_FAMILY)
    location: Line | None = None
    openings: OpeningsBody = 1
    starts_on: Day | None = Field(default=None, description=_STARTS)
    requirements: _Requirements = Field(default=[])
    external_ids: _ExternalIds = Field(default=[])
    custom_fields: CustomValues = Field(default={})
    effective_at: Instant | None = Field(
        default=None, description="Since when this holds; not given: from ever."
    )

    def values(self) -> dict[str, Any]:
        """Return the fields as the action takes them."""
        return {
            **dict(self),
            "openings": seats(self.openings),
            "requirements": [each.plain() for each in self.requirements],
            "external_ids": names(self.external_ids),
        }


class PositionUpdate(Body):
    """What may be changed of a position: what is not given stays, arrays replace."""

    title: Line = Field(default_factory=str)
    department: Line | None = None
    job_family: Line | None = Field(default=None, description=_FAMILY)
    location: Line | None = None
    starts_on: Day | None = Field(default=None, description=_STARTS)
    requirements: _Requirements = Field(default_factory=list)
    external_ids: _ExternalIds = Field(default_factory=list)
    custom_fields: CustomValues = Field(default_factory=dict)
    effective_at: Instant | None = Field(
        default=None, description="When the change took effect; not given: now."
    )

    def changes(self) -> dict[str, Any]:
        """Return the fields that were given, as the action takes them."""
        given = {name: getattr(self, name) for name in self.model_fields_set - {"effective_at"}}
        if "requirements" in given:
            given["requirements"] = [each.plain() for each in self.requirements]
        if "external_ids" in given:
            given["external_ids"] = names(self.external_ids)
        return given


class OpeningsCreate(Body):
    """Seats to be added."""

    openings: OpeningsBody
    effective_at: Instant | None = Field(default=None, description="Since when; not given: now.")


class PositionStep(Body):
    """When the position was opened or put on hold. One shape for the steps that say no more."""

    effective_at: Instant | None = Field(default=None, description=_EFFECTIVE)


class PositionClose(Body):
    """Why and when a position was closed."""

    reason: CloseReason
    effective_at: Instant | None = Field(default=None, description=_EFFECTIVE)


class PositionReopen(Body):
    """When a position was opened again, and with how many more seats."""

    openings: OpeningsBody | None = Field(
        default=None, description="Seats to be added: how many, or one row for each."
    )
    effective_at: Instant | None = Field(default=None, description=_EFFECTIVE)

    def more(self) -> list[Seat]:
        """Return the seats to be added."""
        return [] if self.openings is None else seats(self.openings)


class PositionFilters(paging.NamedRootFilters):
    """Which positions to list; filters narrow together."""

    status: Status | None = None
    job_family: Line | None = None
    department: Line | None = None
    custom_field: CustomFilter = None

    def wanted(self) -> dict[str, Any]:
        """Return the filters as the query takes them; raises Invalid for ids that are none."""
        name = None if self.external_id is None else ExternalId.parse(self.external_id)
        return {
            "status": self.status,
            "job_family": self.job_family,
            "department": self.department,
            "external_id": None if name is None else Name(name.source, name.type, name.id),
            "custom_field": custom_filter(self.custom_field),
            "ids": id_list(self.ids),
        }


class RequirementRead(Read):
    """A competency that the position asks for."""

    competency: str
    min_level: int = Field(description="From 1 to 5.")
    kind: str
    weight: float
    verified_only: bool


class OpeningCounts(Read):
    """How many of the position's seats are in each state."""

    open: int
    filled: int
    closed: int


class PositionRead(Read):
    """A position."""

    id: UUID
    title: str
    department: str | None
    job_family: str | None
    location: str | None
    status: str
    close_reason: str | None
    starts_on: date | None = Field(description=_STARTS)
    opening_counts: OpeningCounts
    requirements: list[RequirementRead]
    external_ids: list[ExternalId]
    custom_fields: CustomValuesRead
    version: int
    created_at: datetime
    updated_at: datetime


class PositionOpened(PositionRead):
    """A position that was opened. A shape of its own: its shortlist was made by this call."""

    shortlist_id: UUID | None = Field(
        description="The shortlist made for it; null where it was opened over a day ago."
    )


class OpeningRead(Read):
    """One seat."""

    id: UUID
    external_ids: list[ExternalId]
    status: str
    starts_on: date | None = Field(description="Null: as the position.")
    application_id: UUID | None = Field(description="The application that fills it.")
    opened_at: datetime
    closed_at: datetime | None = Field(description="When it was filled or closed.")
    close_reason: str | None


def position_read(found: PositionView) -> PositionRead:
    """Return the shape of a position."""
    return PositionRead(**_shown(found))


def position_opened(found: PositionView, shortlist_id: UUID | None) -> PositionOpened:
    """Return the shape of a position that was opened just now."""
    return PositionOpened(**_shown(found), shortlist_id=shortlist_id)


def opening_read(row: Opening, external_ids: Iterable[Name]) -> OpeningRead:
    """Return the shape of an opening."""
    return OpeningRead(
        id=row.id,
        external_ids=_named(external_ids),
        status=row.status,
        starts_on=row.starts_on,
        application_id=row.application_id,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        close_reason=row.close_reason,
    )


def _shown(found: PositionView) -> dict[str, Any]:
    counts = {state: found.openings.count(state) for state in OpeningCounts.model_fields}
    return {
        **found._asdict(),
        "opening_counts": counts,
        "requirements": [each._asdict() for each in found.requirements],
        "external_ids": [each._asdict() for each in found.external_ids],
    }


def _named(external_ids: Iterable[Name]) -> list[ExternalId]:
    return [ExternalId(source=each.source, type=each.type, id=each.id) for each in external_ids]
