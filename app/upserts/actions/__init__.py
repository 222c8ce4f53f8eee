"""Putting rows by what other systems call them, one by one or many at once."""

from app.upserts.actions.applications import put_application
from app.upserts.actions.batching import (
    ApplicationItem,
    CandidateItem,
    PositionItem,
    RejectionItem,
    put_applications,
    put_candidates,
    put_positions,
    reject_applications,
)
from app.upserts.actions.candidates import put_candidate
from app.upserts.actions.positions import put_position
from app.upserts.actions.putting import Put, attempt
from app.upserts.actions.rejections import reject_once

__all__ = [
    "ApplicationItem",
    "CandidateItem",
    "PositionItem",
    "Put",
    "RejectionItem",
    "attempt",
    "put_application",
    "put_applications",
    "put_candidate",
    "put_candidates",
    "put_position",
    "put_positions",
    "reject_applications",
    "reject_once",
]
