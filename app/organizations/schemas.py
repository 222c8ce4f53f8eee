"""HTTP shapes of organizations, users, keys, reasons and scoring policies."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from app.core import paging
from app.core.addresses import fold_domain
from app.core.schema import (
    Body,
    EmailText,
    ExternalId,
    Flag,
    Instant,
    Int64,
    Line,
    Number,
    Read,
    id_list,
)
from app.entry.actor import Actor
from app.external_ids.rules import Name
from app.models.organization import (
    ApiKey,
    RejectionReason,
    ScoringPolicyVersion,
)
from app.organizations.queries import OrganizationView, UserView

Scope = Literal["read", "write", "admin"]
Role = Literal["admin", "recruiter", "hiring_manager"]
ReasonType = Literal["we_rejected", "they_withdrew", "other"]

_DOMAIN = re.compile(r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


def _domain(text: str) -> str:
    folded = fold_domain(text)
    if not _DOMAIN.fullmatch(folded):
        code = "domain"
        raise PydanticCustomError(code, "Input should be a mail domain, such as acme.example")
    return folded


Domain = Annotated[str, StringConstraints(min_length=1, max_length=254), AfterValidator(_domain)]


# ------------------------------------------------------------------------------------ organization


class OrganizationUpdate(Body):
    """What may be changed of the organization; what is not given stays."""

    name: Line = Field(default_factory=str)
    domains: list[Domain] = Field(
        default_factory=list,
        max_length=1000,
        description="Its own mail domains, all of them: who writes from one is no candidate.",
    )


class OrganizationRead(Read):
    """The organization of the key."""

    id: UUID
    name: str
    domains: list[str] = Field(description="Its own mail domains, in alphabetical order.")
    version: int
    created_at: datetime


def organization_read(found: OrganizationView) -> OrganizationRead:
    """Return the shape of an organization."""
    return OrganizationRead.model_validate(found)


# -------------------------------------------------------------------------------------------- users


_ExternalIds = Annotated[
    list[ExternalId], Field(max_length=20, description="What other systems call the user.")
]


def names(external_ids: Iterable[ExternalId]) -> list[Name]:
    """Return external ids as the actions know them."""
    return [Name(each.source, each.type, each.id) for each in external_ids]


class UserCreate(Body):
    """Somebody who works here."""

    name: Line
    emails: list[EmailText] = Field(
        default=[], max_length=50, description="Every address the person writes from, first first."
    )
    role: Role = Field(
        default="recruiter", description="What the person does; what may be done is a key's scope."
    )
    external_ids: _ExternalIds = Field(default=[])

    def told(self) -> dict[str, Any]:
        """Return what is said, as the action takes it."""
        return {**self.model_dump(), "external_ids": names(self.external_ids)}


class UserUpdate(Body):
    """What may be changed of a user; what is not given stays, addresses are replaced."""

    name: Line = Field(default_factory=str)
    emails: list[EmailText] = Field(default_factory=list, max_length=50)
    role: Role = Field(default_factory=lambda: "recruiter")
    active: Flag = Field(
        default_factory=bool, description="The keys of a user who is not active open nothing."
    )
    external_ids: _ExternalIds = Field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """Return what is said, and nothing of what is not, as the action takes it."""
        given = self.model_dump(exclude_unset=True)
        if "external_ids" in given:
            given["external_ids"] = names(self.external_ids)
        return given


class UserFilters(paging.NamedRootFilters):
    """Which users to list; filters narrow together."""

    email: EmailText | None = Field(default=None, description="One of the user's addresses.")
    active: bool | None = None

    def wanted(self) -> dict[str, Any]:
        """Return the filters as the query takes them; raises Invalid for ids that are none."""
        name = None if self.external_id is None else ExternalId.parse(self.external_id)
        return {
            "email": self.email,
            "active": self.active,
            "external_id": None if name is None else Name(name.source, name.type, name.id),
            "ids": id_list(self.ids),
        }


class UserRead(Read):
    """A user."""

    id: UUID
    name: str
    emails: list[str] = Field(description="Folded: lower case, the domain in ASCII.")
    role: Role
    active: bool
    external_ids: list[ExternalId] = Field(description="What other systems call the user.")
    version: int
    created_at: datetime
    updated_at: datetime


def user_read(user: UserView) -> UserRead:
    """Return the shape of a user."""
    return UserRead.model_validate(user)


# --------------------------------------------------------------------------------------------- keys


_SCOPE = "What may be done with it, each with what stands before it."
_REQUESTS = (
    "How many requests may be made with it in a minute, as each process of the service counts; "
    "null: as many as the service allows every key."
)
_OTHERS = "Whether `On-Behalf-Of` may name another user, who has then done it."
_Requests = Annotated[Int64, Field(ge=1, le=1_000_000)]


class ApiKeyCreate(Body):
    """A key to the API."""

    name: Line = Field(description="What it is for.")
    scope: Scope = Field(description=_SCOPE)
    user_id: UUID | None = Field(
        default=None, description="On whose word things are done with it; null: on nobody's."
    )
    expires_at: Instant | None = Field(default=None, description="Null: never.")
    requests_per_minute: _Requests | None = Field(default=None, description=_REQUESTS)
    may_act_for_others: Flag = Field(default=False, description=_OTHERS)


class ApiKeyUpdate(Body):
    """What may be changed of a key, from its next request on; what is not given stays."""

    name: Line = Field(default_factory=str, description="What it is for.")
    scope: Scope = Field(default_factory=lambda: "read", description=_SCOPE)
    expires_at: Instant | None = Field(default=None, description="Null: never.")
    requests_per_minute: _Requests | None = Field(default=None, description=_REQUESTS)
    may_act_for_others: Flag = Field(default_factory=bool, description=_OTHERS)


class ApiKeyRead(Read):
    """A key, by the beginning of which it can be told from others."""

    id: UUID
    name: str
    prefix: str = Field(description="The first characters after `fil_`, or `fil_test_`.")
    scope: Scope
    user_id: UUID | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    requests_per_minute: int | None = Field(
        description="How many requests may be made with it in a minute; null: as many as the "
        "service allows every key."
    )
    may_act_for_others: bool = Field(description=_OTHERS)
    version: int


class ApiKeyCreated(ApiKeyRead):
    """A key in the only answer that shows it."""

    key: str = Field(description="The key itself. It is not kept and never shown again.")


def api_key_read(row: ApiKey) -> ApiKeyRead:
    """Return the shape of a key without its secret."""
    return ApiKeyRead.model_validate(row)


def api_key_created(row: ApiKey, shown: str) -> ApiKeyCreated:
    """Return the shape of a key with its secret."""
    return ApiKeyCreated(key=shown, **api_key_read(row).model_dump())


# ------------------------------------------------------------------------------------------ reasons


class RejectionReasonCreate(Body):
    """One more reason for the organization's list."""

    name: Line
    type: ReasonType = "we_rejected"
    never_reconsider: Flag = Field(
        default=False, description="Whether who was turned down for it is never considered again."
    )


class RejectionReasonRead(Read):
    """A reason for which applications are turned down."""

    id: UUID
    name: str
    type: ReasonType
    never_reconsider: bool


def rejection_reason_read(row: RejectionReason) -> RejectionReasonRead:
    """Return the shape of a reason."""
    return RejectionReasonRead.model_validate(row)


# ------------------------------------------------------------------------------------------ scoring

_SHARE = "A share of 1."


class ScoringPolicyCreate(Body):
    """How the next version differs from the newest; what is not given stays."""

    credit_touch: Number = Field(default_factory=float, description=_SHARE)
    credit_advice: Number = Field(default_factory=float, description=_SHARE)
    credit_milestone: Number = Field(default_factory=float, description=_SHARE)
    credit_milestone_without_advice: Number = Field(default_factory=float, description=_SHARE)
    half_life_days: Number = Field(default_factory=float, description="In days of 24 hours.")
    cadence_months: Int64 = Field(
        default_factory=int, description="Calendar months to a period: 1, 2, 3 or 6."
    )
    time_zone: Line = Field(default_factory=str, description="A name such as Europe/Berlin.")
    weight_base: Number = Field(
        default_factory=float, description="A share of 1; the three weights sum to 1."
    )
    weight_fit: Number = Field(default_factory=float, description=_SHARE)
    weight_progress: Number = Field(default_factory=float, description=_SHARE)


class ScoringProgress(Read):
    """How far the scoring of everybody by a new version has come."""

    scored: int = Field(examples=[18200], description="How many candidates have been scored by it.")
    to_score: int = Field(
        examples=[100000],
        description="How many there were when that began. Who was written meanwhile has been "
        "scored by the write, so it may end before `scored` has got so far.",
    )


class ScoringPolicyRead(Read):
    """One version of the numbers that the score and the match are made with; never edited."""

    version: int
    credit_touch: float = Field(description="What a period earns for having been in touch.")
    credit_advice: float = Field(description="What it earns more for addressing advice.")
    credit_milestone: float = Field(description="What it earns more for reporting a milestone.")
    credit_milestone_without_advice: float = Field(
        description="What a milestone earns before which no advice had been given."
    )
    half_life_days: float = Field(description="In days of 24 hours.")
    cadence_months: int = Field(description="Calendar months to a period.")
    time_zone: str
    weight_base: float
    weight_fit: float
    weight_progress: float
    created_at: datetime
    created_by_user_id: UUID | None
    scored_at: datetime | None = Field(
        description="When everybody had been scored by it; null until then. The newest version "
        "that is scored is the one in force."
    )
    progress: ScoringProgress | None = Field(
        description="Null before the scoring has begun, and once it has ended."
    )


def scoring_policy_read(row: ScoringPolicyVersion) -> ScoringPolicyRead:
    """Return the shape of a version."""
    progress = None
    if row.scored_at is None and row.to_score is not None:
        progress = {"scored": row.scored, "to_score": row.to_score}
    names = ScoringPolicyRead.model_fields.keys() - {"progress"}
    told = {name: getattr(row, name) for name in names}
    return ScoringPolicyRead.model_validate({**told, "progress": progress})


# ----------------------------------------------------------------------------------------------- me


class MeOrganization(Read):
    """The organization of the key."""

    id: UUID
    name: str
    domains: list[str]
    time_zone: str = Field(description="Of the scoring policy in force: in it days are counted.")


class MeKey(Read):
    """The key that was sent."""

    id: UUID
    name: str
    scope: Scope
    user_id: UUID | None = Field(description="To whom it belongs; null: to nobody.")
    may_act_for_others: bool = Field(description="Whether `On-Behalf-Of` may name another user.")


class MeRead(Read):
    """Who is asking."""

    organization: MeOrganization
    user: UserRead | None = Field(
        description="Who acts: whom `On-Behalf-Of` names, else to whom the key belongs; null where "
        "it belongs to nobody."
    )
    on_behalf_of: bool = Field(description="Whether the key acts for another, named so.")
    key: MeKey


def me_read(
    actor: Actor,
    organization: OrganizationView,
    time_zone: str,
    user: UserView | None,
) -> MeRead:
    """Return the shape of whoever asks."""
    return MeRead.model_validate(
        {
            "organization": {
                "id": organization.id,
                "name": organization.name,
                "domains": organization.domains,
                "time_zone": time_zone,
            },
            "user": user and user_read(user),
            "on_behalf_of": actor.on_behalf_of,
            "key": {
                "id": actor.api_key_id,
                "name": actor.api_key_name,
                "scope": actor.scope,
                "user_id": actor.holder_id,
                "may_act_for_others": actor.may_act_for_others,
            },
        }
    )
