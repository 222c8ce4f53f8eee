"""Attaching files and taking them away.

A file is known to the store before its first byte lies in the storage, and until after its last one
has gone: `blobs` has a row for each. Removing one is the worker's affair, after the commit, so that
a removal that is rolled back has lost nothing, and one that is committed is done in the end.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.orm import Session

from app.attachments.queries import (
    ATTACHMENT,
    Filed,
    Place,
    find_attachment,
    place_of_candidate,
    place_of_follow_up,
    place_of_milestone,
)
from app.audit_log.actions import record_change
from app.core.database import organization_of
from app.core.ids import new_id
from app.core.problems import InProgress
from app.entry.actor import Actor
from app.facts.actions import lock_candidate
from app.models.attachment import Attachment, Blob
from app.models.follow_up import FollowUp
from app.tombstones.actions import depart


class Arrived(NamedTuple):
    """A file that lies in the storage and that nobody names yet; `size` is in bytes."""

    blob_id: UUID
    sha256: bytes
    size: int
    filename: str
    content_type: str
    kind: str


def expect_blob(session: Session) -> UUID:
    """Note that a file is on its way, and return the id under which it is to be stored."""
    blob = Blob(id=new_id())
    session.add(blob)
    return blob.id


def attach(session: Session, actor: Actor, place: Place, file: Arrived) -> Filed:
    """Attach a file that has arrived; one that we have already is kept once.

    Raises NotFound, Gone, and InProgress where the place has just been reassigned.
    """
    lock_candidate(session, place.candidate_id)
    if _place_now(session, place) != place:
        raise InProgress("The follow-up is being reassigned. Try again.")
    blob = _settled(session, file)
    attachment = Attachment(
        id=new_id(),
        **place._asdict(),
        blob_id=blob.id,
        kind=file.kind,
        filename=file.filename,
        content_type=file.content_type,
        uploaded_by_user_id=actor.user_id,
    )
    session.add(attachment)
    session.flush()
    record_change(
        session,
        actor,
        "attachment.created",
        "attachment",
        attachment.id,
        candidate_id=place.candidate_id,
        changes={"kind": file.kind, "filename": file.filename, "size": file.size},
        data={"follow_up_id": place.follow_up_id, "milestone_id": place.milestone_id},
    )
    return Filed(attachment, blob)


def _place_now(session: Session, place: Place) -> Place:
    if place.milestone_id is not None:
        return place_of_milestone(session, place.milestone_id)
    if place.follow_up_id is not None:
        return place_of_follow_up(session, place.follow_up_id)
    return place_of_candidate(session, place.candidate_id)


def _settled(session: Session, file: Arrived) -> Blob:
    """Return the file's blob: the one that arrived, or one with the same content from before."""
    tenant = organization_of(session)
    arrived = session.scalars(
        select(Blob).where(Blob.organization_id == tenant, Blob.id == file.blob_id)
    ).one()
    arrived.sha256, arrived.size = file.sha256, file.size
    # Locked, for whoever takes its last attachment away is about to let it go.
    twin = session.scalars(
        select(Blob)
        .where(Blob.organization_id == tenant, Blob.sha256 == file.sha256, Blob.state == "kept")
        .order_by(Blob.id)
        .limit(1)
        .with_for_update()
    ).one_or_none()
    arrived.state = "kept" if twin is None else "leaving"
    return twin or arrived


def delete_attachment(session: Session, actor: Actor, attachment_id: UUID) -> None:
    """Take an attachment away; raises NotFound, Gone."""
    found = find_attachment(session, attachment_id)
    lock_candidate(session, found.attachment.candidate_id)
    # Read again behind the lock: another may have taken it away.
    find_attachment(session, attachment_id)
    _delete(session, actor, Attachment.id == attachment_id)


def delete_attachments_of_follow_up(session: Session, actor: Actor, follow_up_id: UUID) -> None:
    """Take away all that hangs on a follow-up and its milestones; the caller holds the lock."""
    _delete(session, actor, Attachment.follow_up_id == follow_up_id)


def delete_attachments_of_milestones(
    session: Session, actor: Actor, milestone_ids: Sequence[UUID]
) -> None:
    """Take away all that hangs on these milestones; the caller holds the candidate's lock."""
    if milestone_ids:
        _delete(session, actor, Attachment.milestone_id.in_(milestone_ids))


def move_attachments(session: Session, follow_up: FollowUp, candidate_id: UUID) -> list[UUID]:
    """Say that what hangs on a candidate's follow-up is about another; return what that is."""
    moved = session.scalars(
        update(Attachment)
        .where(
            Attachment.organization_id == organization_of(session),
            Attachment.follow_up_id == follow_up.id,
        )
        .values(candidate_id=candidate_id)
        .returning(Attachment.id)
        .execution_options(synchronize_session=False)
    ).all()
    depart(session, ATTACHMENT, moved, of=follow_up.candidate_id, reason="moved")
    return sorted(moved)


def forget_attachments(session: Session, candidate_id: UUID) -> None:
    """Take away all that hangs on a person, without a word of each."""
    _release(session, Attachment.candidate_id == candidate_id)


def _delete(session: Session, actor: Actor, which: ColumnElement[bool]) -> None:
    for one in _release(session, which):
        for parent_id in (one.candidate_id, one.follow_up_id, one.milestone_id):
            if parent_id is not None:
                depart(session, ATTACHMENT, [one.id], of=parent_id, reason="deleted")
        record_change(
            session,
            actor,
            "attachment.deleted",
            "attachment",
            one.id,
            candidate_id=one.candidate_id,
            data={"follow_up_id": one.follow_up_id, "milestone_id": one.milestone_id},
        )


def _release(session: Session, which: ColumnElement[bool]) -> Sequence[Attachment]:
    """Delete attachments, and let go of the files that nobody names then; return what was there."""
    tenant = organization_of(session)
    mine = (Attachment.organization_id == tenant, which)
    gone = session.scalars(select(Attachment).where(*mine).order_by(Attachment.id)).all()
    if not gone:
        return gone
    blob_ids = {one.blob_id for one in gone}
    these = (Blob.organization_id == tenant, Blob.id.in_(blob_ids))
    # In the order of their ids, and before anybody counts who names them.
    session.execute(select(Blob.id).where(*these).order_by(Blob.id).with_for_update())
    session.execute(delete(Attachment).where(*mine).execution_options(synchronize_session=False))
    for one in gone:
        session.expunge(one)
    named = exists().where(
        Attachment.organization_id == Blob.organization_id, Attachment.blob_id == Blob.id
    )
    session.execute(
        update(Blob)
        .where(*these, ~named)
        .values(state="leaving")
        .execution_options(synchronize_session=False)
    )
    return gone


def give_up_on_arrivals(session: Session, before: datetime) -> None:
    """Let go of files that were expected before then and that nobody has come to name."""
    session.execute(
        update(Blob)
        .where(
            Blob.organization_id == organization_of(session),
            Blob.state == "arriving",
            Blob.created_at < before,
        )
        .values(state="leaving")
        .execution_options(synchronize_session=False)
    )


def forget_blobs(session: Session, blob_ids: Sequence[UUID]) -> None:
    """Forget files that have left the storage."""
    session.execute(
        delete(Blob)
        .where(
            Blob.organization_id == organization_of(session),
            Blob.id.in_(blob_ids),
            Blob.state == "leaving",
        )
        .execution_options(synchronize_session=False)
    )
