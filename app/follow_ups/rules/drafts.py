"""A follow-up as it is told, and what is wrong with it."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from app.follow_ups.rules.dating import Dating, date_fault

# It is tomorrow already where the day begins first.
_EARLIEST_ZONE = timedelta(hours=14)
NOT_THEIRS = "is no advice of this candidate"

Fault = tuple[str, str]


class MilestoneDraft(NamedTuple):
    """A milestone as it is reported."""

    kind: str
    title: str
    achieved_on: date | None = None
    advice_id: UUID | None = None
    quote: str | None = None
    evidence_url: str | None = None


class AttachmentDraft(NamedTuple):
    """What hung on a message; `size` in bytes."""

    filename: str | None
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class FollowUpDraft:
    """Everything that can be told of a contact; the words of `record_follow_up`."""

    channel: str
    direction: str = "inbound"
    occurred_at: datetime | None = None
    received_at: datetime | None = None
    dating: Dating = "live"
    subject: str | None = None
    body: str | None = None
    advice_ids: Sequence[UUID] = ()
    milestones: Sequence[MilestoneDraft] = ()
    automated: str | None = None
    message_id: str | None = None
    in_reply_to: str | None = None
    thread: str | None = None
    fingerprint: str | None = None
    captured_by_user_id: UUID | None = None
    private_note: str | None = None
    attachments: Sequence[AttachmentDraft] = ()


def addressed(
    advice_ids: Iterable[UUID], milestones: Iterable[MilestoneDraft | UUID | None]
) -> frozenset[UUID]:
    """Return the advice a follow-up addresses: what it names, and what its milestones answer.

    `milestones` may be given as drafts or as the advice that each is linked to.
    """
    answered = (one.advice_id if isinstance(one, MilestoneDraft) else one for one in milestones)
    return frozenset((*advice_ids, *(one for one in answered if one is not None)))


def draft_faults(
    draft: FollowUpDraft, received_at: datetime, own_advice: AbstractSet[UUID]
) -> list[Fault]:
    """Return what is wrong with a draft as (pointer, why); `own_advice` is the candidate's."""
    fault = date_fault(draft.occurred_at, received_at)
    return [
        *([("/occurred_at", fault)] if fault else []),
        *link_faults(draft.advice_ids, own_advice),
        *milestones_faults(draft.milestones, received_at, own_advice),
    ]


def link_faults(advice_ids: Sequence[UUID], own_advice: AbstractSet[UUID]) -> list[Fault]:
    """Return which of the advice named is not the candidate's."""
    return [
        (f"/advice_ids/{index}", NOT_THEIRS)
        for index, advice_id in enumerate(advice_ids)
        if advice_id not in own_advice
    ]


def milestones_faults(
    milestones: Sequence[MilestoneDraft], told_at: datetime, own_advice: AbstractSet[UUID]
) -> list[Fault]:
    """Return what is wrong with a follow-up's milestones."""
    return [
        fault
        for index, milestone in enumerate(milestones)
        for fault in milestone_faults(milestone, told_at, own_advice, f"/milestones/{index}")
    ]


def milestone_faults(
    milestone: MilestoneDraft,
    told_at: datetime,
    own_advice: AbstractSet[UUID],
    pointer: str = "",
) -> list[Fault]:
    """Return what is wrong with one milestone: another's advice, a day that is nowhere yet."""
    faults = []
    if milestone.advice_id is not None and milestone.advice_id not in own_advice:
        faults.append((f"{pointer}/advice_id", NOT_THEIRS))
    if milestone.achieved_on and milestone.achieved_on > (told_at + _EARLIEST_ZONE).date():
        faults.append((f"{pointer}/achieved_on", "lies in the future"))
    return faults
