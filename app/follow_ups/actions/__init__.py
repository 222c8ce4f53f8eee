"""Acting: recording follow-ups one by one or many at once, correcting them, their milestones."""

from app.follow_ups.actions.batch import BatchItem, Outcome, record_batch
from app.follow_ups.actions.correcting import (
    delete_follow_up,
    reassign_follow_up,
    update_follow_up,
)
from app.follow_ups.actions.milestones import add_milestone, update_milestone
from app.follow_ups.actions.recording import record_follow_up
from app.follow_ups.rules.drafts import AttachmentDraft, FollowUpDraft, MilestoneDraft

__all__ = [
    "AttachmentDraft",
    "BatchItem",
    "FollowUpDraft",
    "MilestoneDraft",
    "Outcome",
    "add_milestone",
    "delete_follow_up",
    "reassign_follow_up",
    "record_batch",
    "record_follow_up",
    "update_follow_up",
    "update_milestone",
]
