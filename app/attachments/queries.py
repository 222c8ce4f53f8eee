"""Looking attachments up, and what they may hang on."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.core.paging import SortKey, cut, decode_cursor, keyset
from app.core.problems import Gone, NotFound
from app.facts.queries import require_candidate
from app.models.attachment import Attachment, Blob
from app.models.follow_up import FollowUp, Milestone

NEWEST_FIRST = (SortKey(Attachment.id, UUID, descending=True),)


class Place(NamedTuple):
    """What an attachment hangs on; a milestone's place is its follow-up's too."""

    candidate_id: UUID
    follow_up_id: UUID | None = None
    milestone_id: UUID | None = None


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
    session: Session, place: Place, limit: int, cursor: str | None, *, kind: str | None
) -> tuple[list[Filed], str | None]:
    """Return what hangs on a place or on what hangs on that, newest first, and the next cursor."""
    statement = _filed(session)
    filters: dict[str, object] = {"kind": kind, **place._asdict()}
    if place.milestone_id is not None:
        statement = statement.where(Attachment.milestone_id == place.milestone_id)
    elif place.follow_up_id is not None:
        statement = statement.where(Attachment.follow_up_id == place.follow_up_id)
    else:
        statement = statement.where(Attachment.candidate_id == place.candidate_id)
    if kind is not None:
        statement = statement.where(Attachment.kind == kind)
    after = decode_cursor(cursor, NEWEST_FIRST, filters)
    rows = session.execute(keyset(statement, NEWEST_FIRST, after, limit)).all()
    found = [Filed(*row) for row in rows]
    return cut(found, limit, NEWEST_FIRST, filters, lambda one: (one.attachment.id,))


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
