"""Every table that knows a candidate, and what a merge does with the absorbed one's rows.

A new table gets its place in `KINDS`; a test compares the two.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from app.audit_log.actions import record_change
from app.core.clock import now
from app.duplicates.actions.pair import Pair, drop, hand_over, run, theirs
from app.duplicates.queries.pairs import absorbed_into, dismissed_with
from app.duplicates.rules.likeness import in_order
from app.models.application import Advice, Application, Rejection
from app.models.attachment import Attachment
from app.models.base import Base, table_of
from app.models.candidate import (
    CandidateCompetency,
    CandidateEmail,
    CandidatePhone,
    CandidateTag,
    Consent,
    DismissedDuplicate,
    PauseRow,
)
from app.models.follow_up import FollowUp, IntakeMessage, Milestone
from app.models.organization import AuditRow, ExternalId
from app.models.ranking import (
    Fact,
    PersistencePeriod,
    QuietPosting,
    RankedPosting,
    RankingRow,
    Shortlist,
    ShortlistEntry,
)
from app.models.run import ShortlistRunPlace
from app.models.search import SearchText
from app.models.talent_pool import MEMBER, TalentPoolMember
from app.search.actions import hand_texts_over
from app.shortlists.actions.posting import forget_postings
from app.tombstones.actions import depart


class Kind(NamedTuple):
    """One kind of rows, where they lie, and what becomes of the absorbed one's."""

    name: str
    tables: tuple[type[Base], ...]
    move: Callable[[Session, Pair], None]


def move_addresses(session: Session, pair: Pair) -> None:
    """Put the addresses that the survivor lacks behind the survivor's own."""
    _append(session, pair, CandidateEmail, "folded")


def move_phones(session: Session, pair: Pair) -> None:
    """Put the numbers that the survivor lacks behind the survivor's own."""
    _append(session, pair, CandidatePhone, "number")


def _append(session: Session, pair: Pair, model: type[Base], name: str) -> None:
    table = table_of(model)
    own = session.execute(
        select(table.c[name], table.c.position).where(
            table.c.organization_id == pair.survivor.organization_id,
            table.c.candidate_id == pair.survivor.id,
        )
    ).all()
    behind = max((position for _, position in own), default=-1) + 1
    known = [value for value, _ in own]
    moved = update(table).where(theirs(pair, table), table.c[name].not_in(known))
    run(
        session,
        moved.values(candidate_id=pair.survivor.id, position=table.c.position + behind),
    )
    drop(session, pair, model)


def move_tags(session: Session, pair: Pair) -> None:
    """Give the survivor the tags of both."""
    _join(session, pair, CandidateTag, "tag")


def move_places(session: Session, pair: Pair) -> None:
    """Put the survivor into the talent pools of both."""
    members = table_of(TalentPoolMember)
    left = select(members.c.talent_pool_id).where(theirs(pair, members))
    for pool_id in session.scalars(left).all():
        depart(session, MEMBER, [pair.absorbed.id], of=pool_id, reason="merged")
    for pool_id in _join(session, pair, TalentPoolMember, "talent_pool_id"):
        record_change(
            session,
            pair.actor,
            "talent_pool.candidate_added",
            "talent_pool",
            pool_id,
            candidate_id=pair.survivor.id,
        )


def _join(session: Session, pair: Pair, model: type[Base], name: str) -> list[Any]:
    """Move what the survivor has not, drop the rest; return what was moved."""
    table = table_of(model)
    own = select(table.c[name]).where(
        table.c.organization_id == pair.survivor.organization_id,
        table.c.candidate_id == pair.survivor.id,
    )
    known = list(session.scalars(own))
    moved = session.scalars(
        update(table)
        .where(theirs(pair, table), table.c[name].not_in(known))
        .values(candidate_id=pair.survivor.id)
        .returning(table.c[name])
    ).all()
    drop(session, pair, model)
    return sorted(moved)


def move_levels(session: Session, pair: Pair) -> None:
    """Move levels and consents that the survivor has none of; of the others the ledger is told."""
    for model in (CandidateCompetency, Consent):
        table = table_of(model)
        hand_over(session, pair, model, table.c.id.not_in(list(pair.twice)))
        drop(session, pair, model)


def move_pauses(session: Session, pair: Pair) -> None:
    """Let the clock stand still on the days of both."""
    hand_over(session, pair, PauseRow)


def move_applications(session: Session, pair: Pair) -> None:
    """Move applications with their rejections and advice."""
    pair.tell("application_ids", hand_over(session, pair, Application, raising=True))
    hand_over(session, pair, Rejection)
    pair.tell("advice_ids", hand_over(session, pair, Advice, raising=True))


def move_follow_ups(session: Session, pair: Pair) -> None:
    """Move follow-ups and milestones; of those that are gone nothing is shown that could change."""
    here = table_of(FollowUp).c.deleted_at.is_(None)
    pair.tell("follow_up_ids", hand_over(session, pair, FollowUp, here, raising=True))
    hand_over(session, pair, FollowUp)
    pair.tell("milestone_ids", hand_over(session, pair, Milestone))


def move_files(session: Session, pair: Pair) -> None:
    """Move attachments; their files stay where they lie."""
    pair.tell("attachment_ids", hand_over(session, pair, Attachment))


def move_messages(session: Session, pair: Pair) -> None:
    """Move messages as they arrived: what came once is known again when it comes twice."""
    pair.tell("intake_message_ids", hand_over(session, pair, IntakeMessage))


def move_names(session: Session, pair: Pair) -> None:
    """Let what other systems call the absorbed one mean the survivor."""
    names = table_of(ExternalId)
    run(
        session,
        update(names)
        .where(
            names.c.organization_id == pair.survivor.organization_id,
            names.c.subject_id == pair.absorbed.id,
        )
        .values(subject_id=pair.survivor.id),
    )


def move_texts(session: Session, pair: Pair) -> None:
    """Let the survivor be found by what is written of both."""
    hand_texts_over(session, pair.absorbed.id, pair.survivor.id, pair.survivor.full_name)


def point_on(session: Session, pair: Pair) -> None:
    """Leave frozen places as they are, each saying who the candidate is now."""
    before = absorbed_into(session, pair.absorbed.id)
    entries = session.scalars(
        select(ShortlistEntry).where(
            ShortlistEntry.organization_id == pair.survivor.organization_id,
            ShortlistEntry.candidate_id.in_([pair.absorbed.id, *before]),
        )
    ).all()
    for entry in entries:
        who = {**entry.shown["candidate"], "merged_into": str(pair.survivor.id)}
        entry.shown = {**entry.shown, "candidate": who}
    session.flush()
    lists = table_of(Shortlist)
    ids = {entry.shortlist_id for entry in entries}
    run(
        session,
        update(lists)
        .where(lists.c.organization_id == pair.survivor.organization_id, lists.c.id.in_(ids))
        .values(version=lists.c.version + 1, updated_at=now()),
    )
    pair.tell("shortlist_ids", ids)


def move_dismissals(session: Session, pair: Pair) -> None:
    """Let whom the absorbed one was told apart from be told apart from the survivor."""
    known = dismissed_with(session, pair.survivor.id)
    moved = dismissed_with(session, pair.absorbed.id)
    said = table_of(DismissedDuplicate)
    run(
        session,
        delete(said).where(
            said.c.organization_id == pair.survivor.organization_id,
            or_(
                said.c.candidate_id == pair.absorbed.id,
                said.c.other_candidate_id == pair.absorbed.id,
            ),
        ),
    )
    for other_id, word in moved.items():
        if other_id != pair.survivor.id and other_id not in known:
            first, second = in_order(pair.survivor.id, other_id)
            session.add(
                DismissedDuplicate(
                    candidate_id=first,
                    other_candidate_id=second,
                    dismissed_at=word.dismissed_at,
                    dismissed_by_user_id=word.dismissed_by_user_id,
                )
            )


def _stays(session: Session, pair: Pair) -> None:
    """Leave the rows as they are: they say what was done, and to whom, at that time."""


def forget_ranking(session: Session, pair: Pair) -> None:
    """Drop the duplicate's score, state, and the rows of the lists that lead to it."""
    forget_postings(session, [pair.absorbed.id], None)
    drop(session, pair, PersistencePeriod, RankingRow)


KINDS: tuple[Kind, ...] = (
    Kind("the profile's lists", (CandidateEmail,), move_addresses),
    Kind("telephone numbers", (CandidatePhone,), move_phones),
    Kind("tags", (CandidateTag,), move_tags),
    Kind("levels and consents", (CandidateCompetency, Consent), move_levels),
    Kind("pauses", (PauseRow,), move_pauses),
    Kind("places in talent pools", (TalentPoolMember,), move_places),
    Kind("applications", (Application, Rejection, Advice), move_applications),
    Kind("follow-ups", (FollowUp, Milestone), move_follow_ups),
    Kind("attachments", (Attachment,), move_files),
    Kind("mail as it arrived", (IntakeMessage,), move_messages),
    Kind("names in other systems", (ExternalId,), move_names),
    Kind("who they are not", (DismissedDuplicate,), move_dismissals),
    Kind("what they are found by", (SearchText,), move_texts),
    Kind("places in shortlists", (ShortlistEntry,), point_on),
    Kind(
        "the score and the ranking",
        (PersistencePeriod, RankedPosting, QuietPosting, RankingRow),
        forget_ranking,
    ),
    Kind("the ledger and the audit log", (Fact, AuditRow), _stays),
    Kind("places in runs, which are at past clocks", (ShortlistRunPlace,), _stays),
)
