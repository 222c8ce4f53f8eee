"""HTTP shapes of events."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.core.schema import Read
from app.events.queries import EventRow, Stretch


def _id(of_what: str) -> Any:
    """Return a member that is left out where the event does not carry it."""
    return Field(
        default=None, description=f"The id of {of_what}.", exclude_if=lambda value: value is None
    )


def _ids(of_what: str) -> Any:
    return Field(
        default=None, description=f"The ids of {of_what}.", exclude_if=lambda value: value is None
    )


class EventIds(BaseModel):
    """What an event is about, by id; what it does not carry is left out."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)

    advice_id: UUID | None = _id("the advice that changed")
    advice_ids: list[UUID] | None = _ids("the advice that was given, changed with it, or is gone")
    api_key_id: UUID | None = _id("the key")
    application_id: UUID | None = _id("the application")
    application_ids: list[UUID] | None = _ids(
        "the applications that are gone, or another's since a merge"
    )
    attachment_id: UUID | None = _id("the attachment")
    attachment_ids: list[UUID] | None = _ids("the attachments that changed with it, or are gone")
    candidate_id: UUID | None = _id("the candidate whom it concerns")
    consent_id: UUID | None = _id("the consent")
    custom_field_id: UUID | None = _id("the organization's own field")
    duplicate_candidate_id: UUID | None = _id(
        "who was merged into that candidate, or was told apart from them"
    )
    follow_up_id: UUID | None = _id("the follow-up")
    follow_up_ids: list[UUID] | None = _ids("the follow-ups that changed with it, or are gone")
    from_candidate_id: UUID | None = _id("the candidate whose it was taken for")
    intake_message_id: UUID | None = _id("the message as it arrived")
    intake_message_ids: list[UUID] | None = _ids(
        "the messages that changed with it, or wait no longer"
    )
    milestone_id: UUID | None = _id("the milestone")
    milestone_ids: list[UUID] | None = _ids("the milestones that changed with it, or are gone")
    opening_id: UUID | None = _id("the opening that was filled or given back")
    opening_ids: list[UUID] | None = _ids("the openings that were added")
    organization_id: UUID | None = _id("the organization")
    position_id: UUID | None = _id("the position")
    rejection_id: UUID | None = _id("the rejection")
    rejection_reason_id: UUID | None = _id("the reason on the organization's list")
    saved_search_id: UUID | None = _id("the saved search")
    scoring_policy_version: int | None = Field(
        default=None,
        description="The version of the scoring policy.",
        exclude_if=lambda value: value is None,
    )
    shortlist_id: UUID | None = _id("the shortlist")
    shortlist_ids: list[UUID] | None = _ids(
        "the shortlists in which a pseudonym or who was merged stands now"
    )
    shortlist_run_id: UUID | None = _id("the run that ranks or counts everybody")
    superseded_by_id: UUID | None = _id("the shortlist that was made in its place")
    talent_pool_id: UUID | None = _id("the talent pool")
    user_id: UUID | None = _id("the user")


class EventRead(Read):
    """One change: that it happened, and to what. What it is like now, a GET by the id tells."""

    sequence: int = Field(
        description="Its number in the organization's one order; the next one's is greater by 1."
    )
    id: UUID = Field(description="The same however often the event is told.")
    type: str = Field(description="Past tense, dotted: `application.rejected`. More may come.")
    created_at: datetime = Field(description="When the change was made.")
    ids: EventIds


class EventsRead(Read):
    """The next events in their order."""

    items: list[EventRead]
    next_after: int = Field(description="What to send as `after` for those that follow.")
    newest_sequence: int = Field(
        description="The number of the newest event there is; 0 where nothing has happened. Take "
        "it before you read all lists for the first time, and follow from there."
    )


def events_read(found: Stretch) -> EventsRead:
    """Return the shape of a stretch of the stream."""
    return EventsRead(
        items=[_event_read(row) for row in found.rows],
        next_after=found.next_after,
        newest_sequence=found.newest,
    )


def _event_read(row: EventRow) -> EventRead:
    return EventRead(
        sequence=row.sequence,
        id=row.id,
        type=row.type,
        created_at=row.created_at,
        ids=EventIds.model_validate(row.data),
    )
