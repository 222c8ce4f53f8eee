"""HTTP shapes of applications, rejections and advice."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.applications.queries import ApplicationView, Standing
from app.applications.rules import AdviceItem, Contract, Giver, KeepInTouch
from app.core import paging
from app.core.schema import (
    Body,
    Day,
    ExternalId,
    FilledProse,
    Flag,
    Instant,
    Int64,
    Line,
    Prose,
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
from app.models.application import Advice

Status = Literal["active", "rejected", "withdrawn", "hired"]
Channel = Literal["email", "call", "voicemail", "letter", "meeting", "message", "form"]
Invited = Literal["yes", "no", "unknown"]
AdviceStateName = Literal["open", "in_progress", "reported", "confirmed", "withdrawn"]
Trigger = Literal["hire_withdrew", "offer_declined"]

_FilledProse = Annotated[FilledProse, Field(max_length=5000)]
_Level = Annotated[Int64, Field(ge=1, le=5)]
_ExternalIds = Annotated[list[ExternalId], Field(max_length=50)]
EffectiveAt = Annotated[
    Instant | None,
    Field(description="From when on it counts, where that is not when it happened; not ahead."),
]


def _given(body: Body, aside: set[str]) -> dict[str, Any]:
    return {name: getattr(body, name) for name in body.model_fields_set - aside}


def _names(given: Sequence[ExternalId]) -> list[Name]:
    return [Name(each.source, each.type, each.id) for each in given]


# --------------------------------------------------------------------------------------- coming in


class GiverBody(Body):
    """One of our users by id, or somebody else by name; exactly one of the two."""

    user_id: UUID | None = None
    name: Line | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.user_id is None) == (self.name is None):
            code = "giver"
            raise PydanticCustomError(code, "Name either a user_id or a name")
        return self

    def giver(self) -> Giver:
        """Return it as the rules know it."""
        return Giver(self.user_id, self.name)


class AdviceBody(Body):
    """One thing to work on."""

    text: _FilledProse = Field(description="What to work on, in words for the candidate.")
    competency: Slug | None = Field(
        default=None, description="What it builds: `customer-facing`; ties it to requirements."
    )
    target_level: _Level | None = Field(
        default=None, description="The level to reach in the competency, 1 to 5."
    )
    evidence_expected: _FilledProse | None = Field(
        default=None, description="What would show it: a report card, a job title."
    )

    def item(self) -> AdviceItem:
        """Return it as the rules know it."""
        return AdviceItem(self.text, self.competency, self.target_level, self.evidence_expected)


class KeepInTouchBody(Body):
    """Whether we may contact the candidate, as they answered at the rejection."""

    granted: Flag
    expires_on: Day | None = Field(default=None, description="The last day it holds; null: open.")


class ApplicationCreate(Body):
    """A candidate's try at a position."""

    candidate_id: UUID
    position_id: UUID
    applied_at: Instant | None = Field(default=None, description="Null: nobody told.")
    furthest_stage: Line | None = Field(
        default=None, description="How far the candidate came, in the words of the ATS."
    )
    is_finalist: Flag = Field(default=False, description="Whether among the last few.")
    external_ids: _ExternalIds = Field(default=[])
    custom_fields: CustomValues = Field(default={})
    effective_at: EffectiveAt = None

    def values(self) -> dict[str, Any]:
        """Return the fields as the action takes them."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {**values, "external_ids": _names(self.external_ids)}


class ApplicationUpdate(Body):
    """What may be changed of an application; what is not given stays, external ids are replaced."""

    applied_at: Instant | None = Field(default=None, description="A correction; null: nobody told.")
    furthest_stage: Line | None = None
    is_finalist: Flag = Field(default_factory=bool)
    external_ids: _ExternalIds = Field(default_factory=list)
    custom_fields: CustomValues = Field(default_factory=dict)
    effective_at: Instant | None = Field(
        default=None, description="From when on the stage and the final hold; null: now."
    )

    def changes(self) -> dict[str, Any]:
        """Return the fields that were given, external ids and the instant aside."""
        return _given(self, {"external_ids", "effective_at"})

    def names(self) -> list[Name] | None:
        """Return the external ids where they were given."""
        return _names(self.external_ids) if "external_ids" in self.model_fields_set else None


class ApplicationReject(Body):
    """A rejection with its re-apply contract."""

    rejected_at: Instant | None = Field(default=None, description="Null: now.")
    rejection_reason_id: UUID | None = None
    reason: Line | None = Field(
        default=None,
        description="A reason by its name instead of its id; one that is not on the "
        "organization's list is added to it, with the type `we_rejected`.",
    )
    details: Prose | None = Field(default=None, description="For us; not shown to the candidate.")
    decided_by: GiverBody | None = Field(
        default=None, description="Who decided, and gave the advice."
    )
    never_reconsider: Flag | None = Field(default=None, description="Null: what the reason says.")
    reconsider_on: Day | None = Field(default=None, description="Not before this day.")
    preferred_channel: Channel | None = Field(
        default=None, description="How the candidate wants to be contacted."
    )
    follow_ups_invited: Invited = Field(
        default="unknown", description="Whether the candidate was told that they may keep in touch."
    )
    keep_in_touch: KeepInTouchBody | None = Field(
        default=None, description="Their consent to be contacted; null: they were not asked."
    )
    advice: list[AdviceBody] = Field(default=[], max_length=50)
    effective_at: EffectiveAt = None

    @model_validator(mode="after")
    def _one_reason(self) -> Self:
        if self.rejection_reason_id is not None and self.reason is not None:
            code = "reason"
            raise PydanticCustomError(code, "Name either a rejection_reason_id or a reason")
        return self

    def contract(self) -> Contract:
        """Return the re-apply contract as the rules know it."""
        asked = self.keep_in_touch
        return Contract(
            never_reconsider=self.never_reconsider,
            reconsider_on=self.reconsider_on,
            preferred_channel=self.preferred_channel,
            follow_ups_invited=self.follow_ups_invited,
            keep_in_touch=KeepInTouch(asked.granted, asked.expires_on) if asked else None,
        )


class ApplicationFilters(paging.NamedRootFilters):
    """Which applications to list; filters narrow together."""

    candidate_id: UUID | None = None
    position_id: UUID | None = None
    status: Status | None = None
    custom_field: CustomFilter = None

    def wanted(self) -> dict[str, Any]:
        """Return the filters as the query takes them; raises Invalid for ids that are none."""
        name = None if self.external_id is None else ExternalId.parse(self.external_id)
        return {
            "candidate_id": self.candidate_id,
            "position_id": self.position_id,
            "status": self.status,
            "external_id": None if name is None else Name(name.source, name.type, name.id),
            "custom_field": custom_filter(self.custom_field),
            "ids": id_list(self.ids),
        }


class AdviceCreate(Body):
    """Advice given after the rejection."""

    given_at: Instant | None = Field(default=None, description="Null: now.")
    given_by: GiverBody | None = Field(default=None, description="Null: the user of the key.")
    items: list[AdviceBody] = Field(min_length=1, max_length=50)
    effective_at: EffectiveAt = None


class AdviceUpdate(Body):
    """A person's own setting of the state, and corrections; what is not given stays."""

    state: AdviceStateName = Field(
        default_factory=lambda: "open",
        description="Holds until a follow-up or milestone moves it on; `withdrawn` is final.",
    )
    text: _FilledProse = Field(default_factory=str)
    competency: Slug | None = None
    target_level: _Level | None = None
    evidence_expected: _FilledProse | None = None
    effective_at: Instant | None = Field(
        default=None, description="From when on the state holds; null: now."
    )

    def changes(self) -> dict[str, Any]:
        """Return the fields that were given, the instant aside."""
        return _given(self, {"effective_at"})


class ApplicationUnreject(Body):
    """Taking a rejection back."""

    effective_at: Instant | None = Field(default=None, description="Null: now.")


class ApplicationHire(Body):
    """A hire."""

    hired_at: Instant | None = Field(default=None, description="Null: now.")
    opening_id: UUID | None = Field(
        default=None, description="The opening to fill; null: the oldest that is open."
    )
    effective_at: EffectiveAt = None


class ApplicationUnhire(Body):
    """Taking a hire back."""

    effective_at: Instant | None = Field(default=None, description="Null: now.")


class ApplicationWithdraw(Body):
    """A candidate's own withdrawal."""

    withdrawn_at: Instant | None = Field(default=None, description="Null: now.")
    reason: Prose | None = None
    effective_at: EffectiveAt = None


class OfferDecline(Body):
    """An offer declined."""

    declined_at: Instant | None = Field(default=None, description="Null: now.")
    reason: Prose | None = None
    effective_at: EffectiveAt = None


# --------------------------------------------------------------------------------------- going out


class GiverRead(Read):
    """One of our users by id, or somebody else by name."""

    user_id: UUID | None
    name: str | None


class RejectionRead(Read):
    """The rejection that stands, with its re-apply contract."""

    id: UUID
    rejected_at: datetime
    rejection_reason_id: UUID | None
    reason: str | None = Field(description="The reason's name.")
    details: str | None
    decided_by: GiverRead | None
    never_reconsider: bool
    reconsider_on: date | None
    preferred_channel: Channel | None
    follow_ups_invited: Invited
    advice_ids: list[UUID] = Field(description="By number.")


class ApplicationRead(Read):
    """One candidate's try at one position."""

    id: UUID
    candidate_id: UUID
    position_id: UUID
    status: Status
    applied_at: datetime | None
    furthest_stage: str | None
    is_finalist: bool
    hired_at: datetime | None
    opening_id: UUID | None = Field(description="The opening that it fills.")
    withdrawn_at: datetime | None
    withdrawal_reason: str | None
    offer_declined_at: datetime | None
    external_ids: list[ExternalId]
    rejection: RejectionRead | None = Field(
        description="The one that stands; null where none does. A hire leaves it standing."
    )
    custom_fields: CustomValuesRead
    version: int
    created_at: datetime
    updated_at: datetime


class AdviceFilters(paging.RootFilters):
    """Which advice to list; filters narrow together."""

    candidate_id: UUID | None = None
    application_id: UUID | None = None
    state: AdviceStateName | None = None

    def wanted(self) -> dict[str, Any]:
        """Return the filters as the query takes them; raises Invalid for ids that are none."""
        return {
            "candidate_id": self.candidate_id,
            "application_id": self.application_id,
            "state": self.state,
            "ids": id_list(self.ids),
        }


class AdviceRead(Read):
    """One numbered thing to work on."""

    id: UUID
    candidate_id: UUID
    application_id: UUID
    rejection_id: UUID
    number: int = Field(description="Counts from 1 within its rejection.")
    text: str
    competency: str | None
    target_level: int | None
    evidence_expected: str | None
    given_at: datetime
    given_by: GiverRead | None
    state: AdviceStateName
    state_at: datetime = Field(description="When it came to this state.")
    version: int
    created_at: datetime
    updated_at: datetime


class RejectionGiven(RejectionRead):
    """The rejection just made, and in this answer alone the advice in full."""

    advice: list[AdviceRead]


class ApplicationRejected(ApplicationRead):
    """What a rejection answers."""

    rejection: RejectionGiven


class AdviceGiven(Read):
    """The advice just given."""

    items: list[AdviceRead]


class ApplicationLost(ApplicationRead):
    """What a withdrawal or a declined offer answers, counted at that instant."""

    trigger: Trigger | None = Field(description="Null where neither a hire nor an offer was lost.")
    shortlist_id: UUID | None = Field(
        description="Who is first in line for the seat. Null where nothing was lost, and where "
        "the loss is older than 24 hours."
    )
    days_to_start: int | None = Field(
        description="From the day of the loss to the position's start; negative once it is past."
    )


def application_read(view: ApplicationView) -> ApplicationRead:
    """Return the shape of an application."""
    return ApplicationRead.model_validate(_application(view))


def application_rejected(view: ApplicationView, advice: Sequence[Advice]) -> ApplicationRejected:
    """Return the shape of an application just turned down."""
    assert view.rejection is not None
    rejection = {**_rejection(view.rejection), "advice": [advice_read(row) for row in advice]}
    return ApplicationRejected.model_validate({**_application(view), "rejection": rejection})


def application_lost(
    view: ApplicationView,
    *,
    trigger: str | None,
    shortlist_id: UUID | None,
    days_to_start: int | None,
) -> ApplicationLost:
    """Return the shape of an application that the candidate left."""
    return ApplicationLost.model_validate(
        {
            **_application(view),
            "trigger": trigger,
            "shortlist_id": shortlist_id,
            "days_to_start": days_to_start,
        }
    )


def advice_read(row: Any) -> AdviceRead:
    """Return the shape of a piece of advice, a row or its columns."""
    return AdviceRead.model_validate(
        {
            **{name: getattr(row, name) for name in AdviceRead.model_fields if name != "given_by"},
            "given_by": _giver(row.given_by_user_id, row.given_by_name),
        }
    )


_BESIDE = {"opening_id", "external_ids", "rejection"}


def _application(view: ApplicationView) -> dict[str, object]:
    own = (name for name in ApplicationRead.model_fields if name not in _BESIDE)
    return {
        **{name: getattr(view.row, name) for name in own},
        "opening_id": view.opening_id,
        "external_ids": [name._asdict() for name in view.external_ids],
        "rejection": _rejection(view.rejection) if view.rejection else None,
    }


def _rejection(standing: Standing) -> dict[str, object]:
    giver = _giver(standing.decided_by_user_id, standing.decided_by_name)
    return {**standing._asdict(), "decided_by": giver}


def _giver(user_id: UUID | None, name: str | None) -> dict[str, object] | None:
    if user_id is None and name is None:
        return None
    return {"user_id": user_id, "name": name}
