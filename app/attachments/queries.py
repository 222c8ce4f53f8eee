"""Looking attachments up, and what they may hang on."""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.core.paging import RootFilters, SortKey
from app.core.problems import Gone, NotFound
from app.facts.queries import require_candidate
from app.models.attachment import Attachment, Blob
from app.models.follow_up import FollowUp, Milestone
from app.tombstones.queries import Listing, Rows, page_of_rows

# What an attachment that has left a list is called in `departures`.
ATTACHMENT: Final = "attachment"
_FILES: Final = Listing(
    (SortKey(Attachment.id, UUID, descending=True),),
    (SortKey(Attachment.updated_at, datetime), SortKey(Attachment.id, UUID)),
    ATTACHMENT,
)


class Place(NamedTuple):
    """What an attachment hangs on; a milestone's place is its follow-up's too."""

    candidate_id: UUID
    follow_up_id: UUID | None = None
    milestone_id: UUID | None = None

    def narrowest(self) -> tuple[str, UUID]:
        """Return what names the place among attachments: a column, and its value."""
        if self.milestone_id is not None:
            return "milestone_id", self.milestone_id
        if self.follow_up_id is not None:
            return "follow_up_id", self.follow_up_id
        return "candidate_id", self.candidate_id


class Filed(NamedTuple):
    """An attachment and the file behind it."""

    attachment: Attachment
    blob: Blob


def place_of_candidate(session: Session, candidate_id: UUID) -> Place:
    """Return a candidate's place; raises NotFound, or Gone where they were deleted."""
    require_candidate(session, candidate_id)
    return Place(candidate_id)


def place_of_follow_up(session: Session, follow_up_id: UUID) -> Place:
    """Return a follow-up's place; raises NotFound, or Gone where it was deleted."""
    found = session.execute(
        select(FollowUp.candidate_id, FollowUp.deleted_at).where(
            FollowUp.organization_id == organization_of(session), FollowUp.id == follow_up_id
        )
    ).one_or_none()
    if found is None:
        raise NotFound("No such follow-up.")
    if found.deleted_at is not None:
        raise Gone("The follow-up was deleted.")
    return Place(found.candidate_id, follow_up_id)


def place_of_milestone(session: Session, milestone_id: UUID) -> Place:
    """Return a milestone's place; raises NotFound."""
    found = session.execute(
        select(Milestone.candidate_id, Milestone.follow_up_id).where(
            Milestone.organization_id == organization_of(session), Milestone.id == milestone_id
        )
    ).one_or_none()
    if found is None:
        raise NotFound("No such milestone.")
    return Place(found.candidate_id, found.follow_up_id, milestone_id)


def find_attachment(session: Session, attachment_id: UUID) -> Filed:
    """Return an attachment; raises NotFound."""
    found = session.execute(_filed(session).where(Attachment.id == attachment_id)).one_or_none()
    if found is None:
        raise NotFound("No such attachment.")
    return Filed(*found)


def attachments_page(
    session: Session, place: Place, asked: RootFilters, *, kind: str | None
) -> Rows:
    """Return what hangs on a place or on what hangs on that, newest first, or what has changed.

    Each row is an attachment and the file behind it.
    """
    name, parent_id = place.narrowest()
    statement = _filed(session).where(getattr(Attachment, name) == parent_id)
    if kind is not None:
        statement = statement.where(Attachment.kind == kind)
    filters: dict[str, object] = {"kind": kind, **place._asdict()}
    return page_of_rows(session, statement, _FILES, asked, filters, parent_id=parent_id)


def _filed(session: Session) -> Select[Attachment, Blob]:
    return (
        select(Attachment, Blob)
        .join(
            Blob,
            (Blob.organization_id == Attachment.organization_id) & (Blob.id == Attachment.blob_id),
        )
        .where(Attachment.organization_id == organization_of(session))
    )


def blobs_leaving(session: Session, limit: int) -> list[UUID]:
    """Return the ids of files that nobody names any more, the oldest first."""
    return list(
        session.scalars(
            select(Blob.id)
            .where(Blob.organization_id == organization_of(session), Blob.state == "leaving")
            .order_by(Blob.id)
            .limit(limit)
        )
    )
