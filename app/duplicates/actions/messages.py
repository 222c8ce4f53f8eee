"""Keeping a message once that both records have: the survivor's, with all that hung on either."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.duplicates.actions.pair import Pair, run
from app.duplicates.queries.pairs import recognisable_contacts
from app.duplicates.rules.messages import same_contacts
from app.facts.actions import recorded_at
from app.follow_ups.actions.finding import index_follow_up
from app.follow_ups.actions.ledger import correct_follow_up, correct_milestone
from app.follow_ups.queries.reading import loaded_follow_up, statuses_told
from app.follow_ups.rules.histories import StatusTold
from app.models.attachment import Attachment
from app.models.base import table_of
from app.models.follow_up import (
    FollowUp,
    FollowUpAdvice,
    FollowUpAttachment,
    IntakeMessage,
    Milestone,
)
from app.models.organization import ExternalId
from app.search.actions import forget_text
from app.tombstones.actions import leave_tombstones

_TEXTS: Final = ("subject", "body", "private_note")
_LABELS: Final = ("message_id", "in_reply_to", "thread", "fingerprint")


def keep_messages_once(session: Session, pair: Pair) -> dict[UUID, UUID]:
    """Fold the absorbed one's copies of messages into the survivor's; return which into which."""
    copies = same_contacts(*recognisable_contacts(session, pair.ids))
    for copy_id, kept_id in copies.items():
        _fold(session, pair, loaded_follow_up(session, copy_id), kept_id)
    leave_tombstones(session, "follow_up", copies, reason="merged")
    pair.tell("follow_up_ids", [*copies, *copies.values()])
    return copies


def index_kept(session: Session, follow_up_ids: Iterable[UUID]) -> None:
    """Tell the ledger and the index of the survivor's messages what they have gained."""
    for follow_up_id in follow_up_ids:
        row = loaded_follow_up(session, follow_up_id)
        correct_follow_up(session, row)
        index_follow_up(session, row)


def _fold(session: Session, pair: Pair, copy: FollowUp, kept_id: UUID) -> None:
    kept = loaded_follow_up(session, kept_id)
    _fold_milestones(session, pair, copy, kept)
    _hang(session, copy.id, kept.id)
    linked = {link.advice_id for link in kept.advice_links}
    kept.advice_links = [
        *kept.advice_links,
        *(_linked(link) for link in copy.advice_links if link.advice_id not in linked),
    ]
    _complete(kept, copy)
    forget_text(session, pair.absorbed.id, copy.id)
    _empty(session, copy)
    kept.touch()
    session.flush()


def _linked(link: FollowUpAdvice) -> FollowUpAdvice:
    return FollowUpAdvice(
        advice_id=link.advice_id,
        linked_by_user_id=link.linked_by_user_id,
        linked_by_api_key_id=link.linked_by_api_key_id,
        linked_at=link.linked_at,
    )


def _complete(kept: FollowUp, copy: FollowUp) -> None:
    """Give the one that is kept what it lacks; what it has stays, and both notes."""
    for name in ("subject", "body", *_LABELS, "captured_by_user_id"):
        if getattr(kept, name) is None:
            setattr(kept, name, getattr(copy, name))
    if not kept.attachments:
        kept.attachments = [
            FollowUpAttachment(
                position=one.position,
                filename=one.filename,
                content_type=one.content_type,
                size=one.size,
            )
            for one in copy.attachments
        ]
    notes = dict.fromkeys(filter(None, (kept.private_note, copy.private_note)))
    kept.private_note = "\n\n".join(notes) or None


def _empty(session: Session, copy: FollowUp) -> None:
    """Leave of a copy what is left of a follow-up that was deleted."""
    for name in (*_TEXTS, *_LABELS):
        setattr(copy, name, None)
    copy.advice_links, copy.attachments = [], []
    copy.deleted_at = recorded_at(session)
    copy.touch()


def _fold_milestones(session: Session, pair: Pair, copy: FollowUp, kept: FollowUp) -> None:
    """Hang the copy's milestones on what is kept; of two alike the one that somebody judged."""
    there = {(one.kind, one.title): one for one in kept.milestones}
    for one in copy.milestones:
        twin = there.get((one.kind, one.title))
        stays = one if twin is None or _judged(one, twin) else twin
        if twin is not None:
            goes = twin if stays is one else one
            _replace(session, pair, goes, stays)
        pair.tell("milestone_ids", [one.id, stays.id])
    for row in (copy, kept):
        session.expire(row, ["milestones"])
    milestones = table_of(Milestone)
    run(
        session,
        update(milestones)
        .where(
            milestones.c.organization_id == organization_of(session),
            milestones.c.follow_up_id == copy.id,
        )
        .values(follow_up_id=kept.id),
    )


def _judged(one: Milestone, twin: Milestone) -> bool:
    return one.status != "reported" and twin.status == "reported"


def _replace(session: Session, pair: Pair, goes: Milestone, stays: Milestone) -> None:
    """Let a milestone go for its twin, which keeps what hung on it."""
    answers_more = stays.advice_id is None and goes.advice_id is not None
    stays.advice_id = stays.advice_id or goes.advice_id
    # Of the absorbed one's the ledger is told with all else of theirs.
    if goes.candidate_id == pair.survivor.id:
        correct_milestone(session, goes, _history(session, goes), here=False)
    elif answers_more:
        correct_milestone(session, stays, _history(session, stays))
    session.flush()
    files, milestones = table_of(Attachment), table_of(Milestone)
    tenant = organization_of(session)
    run(
        session,
        update(files)
        .where(files.c.organization_id == tenant, files.c.milestone_id == goes.id)
        .values(milestone_id=stays.id),
    )
    run(
        session,
        delete(milestones).where(
            milestones.c.organization_id == tenant, milestones.c.id == goes.id
        ),
    )
    session.expunge(goes)


def _history(session: Session, milestone: Milestone) -> list[StatusTold]:
    return statuses_told(session, [milestone.id], milestone.candidate_id)[milestone.id]


def _hang(session: Session, copy_id: UUID, kept_id: UUID) -> None:
    """Hang files, mail and names on the follow-up that is kept."""
    tenant = organization_of(session)
    for table, column in (
        (table_of(Attachment), "follow_up_id"),
        (table_of(IntakeMessage), "follow_up_id"),
        (table_of(ExternalId), "subject_id"),
    ):
        run(
            session,
            update(table)
            .where(table.c.organization_id == tenant, table.c[column] == copy_id)
            .values({column: kept_id}),
        )
