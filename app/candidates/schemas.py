"""HTTP shapes of candidates."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.candidates.queries import CandidateView, FoundCandidate
from app.candidates.rules import Address, Level, Phone
from app.core import paging
from app.core.problems import Invalid
from app.core.schema import (
    Body,
    Day,
    EmailText,
    ExternalId,
    ExternalIdText,
    Flag,
    IdsText,
    Instant,
    Int64,
    Line,
    PhoneText,
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
from app.search.queries.finding import words_of
from app.search.rules.asked import Word
from app.search.schemas import HitRead

Tag = Annotated[Line, Field(max_length=80)]
_Type = Annotated[Line, Field(max_length=40)]
Source = Literal["declared", "assessed"]
Status = Literal["active", "rejected", "withdrawn", "hired"]


class EmailCreate(Body):
    """An address the candidate writes from or may be written to."""

    address: EmailText
    type: _Type | None = Field(default=None, description="What kind it is: `personal`, `work`.")


class PhoneCreate(Body):
    """A telephone number."""

    number: PhoneText
    type: _Type | None = Field(default=None, description="What kind it is: `mobile`, `home`.")


class CompetencyCreate(Body):
    """How far the candidate has come in a competency."""

    competency: Slug
    level: Int64 = Field(ge=1, le=5, description="From 1 (a beginner) to 5.")
    source: Source = Field(
        description="`declared` by the candidate, or `assessed` by an interviewer."
    )
    effective_at: Instant | None = Field(
        default=None, description="Since when; not given: as the whole body."
    )


_Emails = Annotated[
    list[EmailCreate],
    Field(max_length=20, description="The best one first; repetitions are dropped."),
]
_Phones = Annotated[list[PhoneCreate], Field(max_length=20)]
_Tags = Annotated[list[Tag], Field(max_length=50)]
_Competencies = Annotated[
    list[CompetencyCreate],
    Field(max_length=100, description="One for each competency and source."),
]
_ExternalIds = Annotated[
    list[ExternalId],
    Field(max_length=20, description="What other systems call the candidate."),
]
_AVAILABLE = "The first day on which the candidate could start; null: not told."
_OWNER = "The user who keeps in touch with the candidate."
_DO_NOT_CONTACT = "Nobody may write to the candidate, about anything."


class CandidateCreate(Body):
    """A person who applied or was sourced."""

    full_name: Line
    emails: _Emails = Field(default=[])
    phones: _Phones = Field(default=[])
    location: Line | None = None
    tags: _Tags = Field(default=[])
    competencies: _Competencies = Field(default=[])
    available_from: Day | None = Field(default=None, description=_AVAILABLE)
    do_not_contact: Flag = Field(default=False, description=_DO_NOT_CONTACT)
    external_ids: _ExternalIds = Field(default=[])
    relationship_owner_id: UUID | None = Field(default=None, description=_OWNER)
    custom_fields: CustomValues = Field(default={})
    effective_at: Instant | None = Field(
        default=None, description="Since when this holds; not given: from ever."
    )

    def values(self) -> dict[str, Any]:
        """Return the fields as the action takes them."""
        return {**_plain(self, type(self).model_fields), "effective_at": self.effective_at}


class CandidateUpdate(Body):
    """What may be changed of a candidate: what is not given stays, arrays replace."""

    full_name: Line = Field(default_factory=str)
    emails: _Emails = Field(default_factory=list)
    phones: _Phones = Field(default_factory=list)
    location: Line | None = None
    tags: _Tags = Field(default_factory=list)
    competencies: _Competencies = Field(default_factory=list)
    available_from: Day | None = Field(default=None, description=_AVAILABLE)
    do_not_contact: Flag = Field(default_factory=bool, description=_DO_NOT_CONTACT)
    external_ids: _ExternalIds = Field(default_factory=list)
    relationship_owner_id: UUID | None = Field(default=None, description=_OWNER)
    custom_fields: CustomValues = Field(default_factory=dict)
    effective_at: Instant | None = Field(
        default=None, description="When the change took effect; not given: now."
    )

    def changes(self) -> dict[str, Any]:
        """Return the fields that were given, as the action takes them."""
        return _plain(self, self.model_fields_set)


def _plain(body: CandidateCreate | CandidateUpdate, names: Iterable[str]) -> dict[str, Any]:
    values = {name: getattr(body, name) for name in names if name != "effective_at"}
    shapes: dict[str, Any] = {
        "emails": lambda each: Address(each.address, each.type),
        "phones": lambda each: Phone(each.number, each.type),
        "competencies": lambda each: Level(
            each.competency, each.level, each.source, each.effective_at
        ),
        "external_ids": lambda each: Name(each.source, each.type, each.id),
    }
    for name in values.keys() & shapes.keys():
        values[name] = [shapes[name](each) for each in values[name]]
    return values


class CandidateNarrowing(Body):
    """Which candidates are meant; filters narrow together."""

    ids: IdsText | None = Field(
        default=None, description="These alone: ids with commas, up to 200."
    )
    updated_since: Instant | None = Field(
        default=None, description="Who changed at or after this instant."
    )
    external_id: ExternalIdText | None = Field(default=None, description="`source:type:id`.")
    q: Line | None = Field(
        default=None,
        description="Words, all of which are looked for in names (also misspelt), addresses and "
        "tags, or in one piece of advice or one follow-up; the last may be the beginning of one. "
        "Sorted by where they are found, in that order, then the newest first; not with `sort`.",
    )
    email: Line | None = Field(default=None, description="An address, however it is spelled.")
    tag: Tag | None = None
    application_status: Status | None = Field(
        default=None, description="Who has an application in this state."
    )
    position_id: UUID | None = Field(
        default=None,
        description="Who applied for this position; with `application_status`: whose application "
        "for it is in that state.",
    )
    awaiting_reply: bool | None = Field(
        default=None, description="Who wrote and has had no answer yet, or everybody else."
    )

    talent_pool_id: UUID | None = Field(default=None, description="Who is in this talent pool.")
    custom_field: CustomFilter = None

    def words(self) -> tuple[Word, ...]:
        """Return what is looked for, nothing where `q` is not given; raises Invalid."""
        if self.q is not None and self.updated_since is not None:
            raise Invalid("?updated_since", "does not go with q")
        return () if self.q is None else words_of(self.q)

    def wanted(self) -> dict[str, Any]:
        """Return the filters as the query takes them; raises Invalid for ids that are none."""
        name = None if self.external_id is None else ExternalId.parse(self.external_id)
        return {
            "email": self.email,
            "external_id": None if name is None else Name(name.source, name.type, name.id),
            "tag": self.tag,
            "application_status": self.application_status,
            "position_id": self.position_id,
            "awaiting_reply": self.awaiting_reply,
            "talent_pool_id": self.talent_pool_id,
            "custom_field": custom_filter(self.custom_field),
            "ids": id_list(self.ids),
        }


class CandidateFilters(CandidateNarrowing, paging.NamedRootFilters):
    """Which candidates to list, and how."""

    updated_since: Instant | None = Field(default=None, description=paging.CHANGED)

    def words(self) -> tuple[Word, ...]:
        """Return what is looked for, nothing where `q` is not given; raises Invalid."""
        if self.q is not None and "sort" in self.model_fields_set:
            raise Invalid("?sort", "does not go with q")
        return super().words()


class EmailRead(Read):
    """An address."""

    address: str
    type: str | None


class PhoneRead(Read):
    """A telephone number: E.164, and `;ext=`, where its country was told, else its digits."""

    number: str
    type: str | None


class CompetencyRead(Read):
    """A level in a competency."""

    competency: str
    level: int = Field(description="From 1 to 5.")
    source: str = Field(description="`declared` by the candidate, or `assessed` by us.")
    effective_at: datetime | None = Field(description="Since when; null: from ever.")


class CandidateRead(Read):
    """A candidate."""

    id: UUID
    full_name: str
    emails: list[EmailRead]
    phones: list[PhoneRead]
    location: str | None
    tags: list[str] = Field(description="In alphabetical order.")
    competencies: list[CompetencyRead]
    available_from: date | None = Field(description=_AVAILABLE)
    do_not_contact: bool = Field(description=_DO_NOT_CONTACT)
    external_ids: list[ExternalId]
    relationship_owner_id: UUID | None = Field(description=_OWNER)
    awaiting_reply_since: datetime | None = Field(
        description="When the candidate wrote first since our last word; null: nothing to answer."
    )
    custom_fields: CustomValuesRead
    version: int
    created_at: datetime
    updated_at: datetime


class CandidateListed(CandidateRead):
    """A candidate in a list. A shape of its own: what was looked for is no part of a person."""

    hits: list[HitRead] | None = Field(
        description="Where the words of `q` were found; null without `q`."
    )


class CandidateCreated(CandidateRead):
    """A new candidate. A shape of its own: who looks alike is news once and may be merged later."""

    possible_duplicates: list[UUID] = Field(
        description="Candidates who have one of the same addresses, the oldest first."
    )


def candidate_read(found: CandidateView) -> CandidateRead:
    """Return the shape of a candidate."""
    return CandidateRead.model_validate(found)


def candidate_listed(found: CandidateView) -> CandidateListed:
    """Return the shape of a candidate in a list for which nothing was looked for."""
    return CandidateListed.model_validate(found)


def candidate_found(found: FoundCandidate) -> CandidateListed:
    """Return the shape of a candidate who was found."""
    hits = [HitRead.model_validate(hit) for hit in found.hits]
    return CandidateListed(**dict(candidate_read(found.view)), hits=hits)


def candidate_created(
    found: CandidateView, possible_duplicates: Sequence[UUID]
) -> CandidateCreated:
    """Return the shape of a new candidate."""
    return CandidateCreated.model_validate(
        {**found._asdict(), "possible_duplicates": list(possible_duplicates)}
    )
