"""HTTP shapes of follow-ups, milestones and timelines."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.core import paging
from app.core.schema import (
    Body,
    Day,
    ExternalId,
    HttpUrlText,
    Instant,
    Line,
    LongLine,
    Prose,
    Read,
    Text,
    id_list,
)
from app.external_ids.rules import Name
from app.follow_ups.queries.showing import FollowUpView
from app.follow_ups.rules.drafts import MilestoneDraft
from app.follow_ups.rules.timeline import Happening, Kind
from app.models.follow_up import FollowUp, Milestone

Direction = Literal["inbound", "outbound"]
Channel = Literal["email", "call", "voicemail", "letter", "meeting", "message", "form"]
MilestoneKind = Literal[
    "job", "promotion", "grade", "award", "association", "course", "book", "other"
]
Status = Literal["reported", "confirmed", "refuted"]

_DIRECTION = "inbound: the candidate wrote to us, and only this counts; outbound: our reply."
_OCCURRED = (
    "When it happened; now where not told. At most 5 minutes after its receipt, which is now."
)
_AUTOMATED = "Why it is a machine's (auto_reply, bounce, list); null for a person's. Never counts."
_ADVICE = "The candidate's advice that it addresses; its milestones' advice is always among it."
_MILESTONES = "What it reports. Replaced: one of the same kind and title keeps its status."


# --------------------------------------------------------------------------------------- milestones


class MilestoneCreate(Body):
    """A dated achievement that a follow-up reports."""

    kind: MilestoneKind
    title: Line
    achieved_on: Day | None = Field(default=None, description="Not in the future.")
    advice_id: UUID | None = Field(
        default=None, description="The advice it answers; the follow-up then addresses it too."
    )
    quote: Prose | None = Field(default=None, description="The candidate's words.")
    evidence_url: HttpUrlText | None = None


class MilestoneUpdate(Body):
    """What may be changed of a milestone; what is not given stays."""

    status: Status = Field(
        default_factory=lambda: "reported",
        description="confirmed holds from effective_at or now; refuted, or reported again, without "
        "effective_at means that it never was otherwise.",
    )
    effective_at: Instant | None = Field(
        default=None, description="From when the status holds; not before the follow-up."
    )
    kind: MilestoneKind = Field(default_factory=lambda: "other")
    title: Line = Field(default_factory=str)
    achieved_on: Day | None = Field(default=None, description="Not in the future.")
    advice_id: UUID | None = None
    quote: Prose | None = None
    evidence_url: HttpUrlText | None = None


class MilestoneRead(Read):
    """A milestone."""

    id: UUID
    candidate_id: UUID
    follow_up_id: UUID
    advice_id: UUID | None
    kind: MilestoneKind
    title: str
    achieved_on: date | None
    quote: str | None
    evidence_url: str | None
    status: Status
    status_at: datetime = Field(description="Since when the status holds, or when it was set.")
    status_by_user_id: UUID | None


def milestone_read(row: Milestone) -> MilestoneRead:
    """Return the shape of a milestone."""
    return MilestoneRead.model_validate(row)


# --------------------------------------------------------------------------------------- follow-ups

AdviceIds = Annotated[list[UUID], Field(max_length=100, description=_ADVICE)]
Milestones = Annotated[list[MilestoneCreate], Field(max_length=100, description=_MILESTONES)]
ExternalIds = Annotated[
    list[ExternalId], Field(max_length=20, description="By what other systems know it.")
]


class FollowUpCreate(Body):
    """A contact with a candidate, on any channel."""

    occurred_at: Instant | None = Field(default=None, description=_OCCURRED)
    direction: Direction = Field(default="inbound", description=_DIRECTION)
    channel: Channel
    subject: LongLine | None = None
    body: Text | None = None
    advice_ids: AdviceIds = Field(default=[])
    milestones: Milestones = Field(default=[])
    external_ids: ExternalIds = Field(default=[])
    automated: Line | None = Field(default=None, description=_AUTOMATED)
    private_note: Prose | None = Field(default=None, description="Ours, no words of theirs.")


class FollowUpUpdate(Body):
    """A correction: it never was otherwise. What is not given stays; arrays are replaced."""

    occurred_at: Instant = Field(default_factory=datetime.now, description=_OCCURRED)
    direction: Direction = Field(default_factory=lambda: "inbound", description=_DIRECTION)
    channel: Channel = Field(default_factory=lambda: "email")
    subject: LongLine | None = None
    body: Text | None = None
    advice_ids: AdviceIds = Field(default_factory=list)
    milestones: Milestones = Field(default_factory=list)
    external_ids: ExternalIds = Field(default_factory=list)
    automated: Line | None = Field(default=None, description=_AUTOMATED)
    private_note: Prose | None = None


def follow_up_fields(body: FollowUpCreate | FollowUpUpdate, names: Iterable[str]) -> dict[str, Any]:
    """Return these fields of a follow-up as the actions take them."""
    told = {name: getattr(body, name) for name in names}
    if "milestones" in told:
        told["milestones"] = [MilestoneDraft(**one.model_dump()) for one in body.milestones]
    return told


def follow_up_names(body: FollowUpCreate | FollowUpUpdate) -> tuple[Name, ...]:
    """Return the external ids of a follow-up as the actions take them."""
    return tuple(Name(one.source, one.type, one.id) for one in body.external_ids)


class FollowUpReassign(Body):
    """Whose follow-up it was all along."""

    candidate_id: UUID


class MailAttachmentRead(Read):
    """What hung on a message; its content stays in the mailbox."""

    filename: str | None
    content_type: str
    size: int = Field(description="Bytes.")


class FollowUpFilters(paging.NamedRootFilters):
    """Which follow-ups to list; filters narrow together."""

    candidate_id: UUID | None = None
    direction: Direction | None = Field(default=None, description=_DIRECTION)

    def wanted(self) -> dict[str, Any]:
        """Return the filters as the query takes them; raises Invalid for ids that are none."""
        name = None if self.external_id is None else ExternalId.parse(self.external_id)
        return {
            "candidate_id": self.candidate_id,
            "direction": self.direction,
            "external_id": None if name is None else Name(name.source, name.type, name.id),
            "ids": id_list(self.ids),
        }


class FollowUpRead(Read):
    """A follow-up."""

    id: UUID
    candidate_id: UUID
    occurred_at: datetime
    received_at: datetime = Field(description="When it reached this service.")
    direction: Direction = Field(description=_DIRECTION)
    channel: Channel
    subject: str | None
    body: str | None
    advice_ids: list[UUID] = Field(description=_ADVICE)
    milestones: list[MilestoneRead]
    attachments: list[MailAttachmentRead]
    external_ids: list[ExternalId]
    automated: str | None = Field(description=_AUTOMATED)
    dating: Literal["live", "trusted"] = Field(
        description="trusted: more than 48 hours older than its receipt, on the word of whoever "
        "recorded it."
    )
    message_id: str | None = Field(description="The mail's Message-ID, without angle brackets.")
    in_reply_to: str | None
    thread: str | None
    captured_by_user_id: UUID | None = Field(description="The user who recorded or forwarded it.")
    private_note: str | None
    version: int
    created_at: datetime
    updated_at: datetime


_OWN = ("advice_ids", "external_ids")


def follow_up_shown(found: FollowUpView) -> FollowUpRead:
    """Return the shape of a follow-up that was read with all that hangs on it."""
    return FollowUpRead.model_validate(found)


def follow_up_read(row: FollowUp, external_ids: Sequence[Name]) -> FollowUpRead:
    """Return the shape of a follow-up whose links, milestones and attachments are loaded."""
    return FollowUpRead.model_validate(
        {
            **{name: getattr(row, name) for name in FollowUpRead.model_fields if name not in _OWN},
            "advice_ids": sorted(link.advice_id for link in row.advice_links),
            "external_ids": sorted(external_ids),
        },
        from_attributes=True,
    )


# ----------------------------------------------------------------------------------------- timeline


class TimelineItem(Read):
    """One thing that happened."""

    at: datetime
    kind: Kind = Field(description="What happened; more kinds may come.")
    id: UUID = Field(description="The row that tells of it.")
    title: str
    summary: str | None = Field(description="The beginning of what was said.")
    refs: dict[str, UUID] = Field(description="What it is about, by name: application_id, ...")


def timeline_item(happening: Happening) -> TimelineItem:
    """Return the shape of an item of the timeline."""
    return TimelineItem.model_validate(happening._asdict())
