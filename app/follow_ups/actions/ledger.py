"""What the room tells the ledger, and what follows from it for the candidate."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.facts.actions import correct_fact, record_fact
from app.facts.rules import Kind
from app.follow_ups.queries.reading import awaiting_since
from app.follow_ups.rules.histories import StatusTold, restated
from app.models.candidate import Candidate
from app.models.follow_up import FollowUp, Milestone
from app.models.ranking import Fact
from app.outbox.actions import record
from app.shortlists.actions import bring_up_to_date


def settle(session: Session, candidate: Candidate) -> None:
    """Bring up to date what follows from a candidate's follow-ups; the caller holds the row lock.

    Whether an answer is owed, the states of the advice, the score, the ranking.
    """
    session.flush()
    since = awaiting_since(session, candidate.id)
    if since != candidate.awaiting_reply_since:
        candidate.awaiting_reply_since = since
        candidate.touch()
        ids = {"candidate_id": str(candidate.id)}
        record(session, candidate.organization_id, "candidate.updated", ids)
    bring_up_to_date(session, candidate.id)


def tell_follow_up(session: Session, row: FollowUp) -> None:
    """Record the fact of a new follow-up, from when it happened."""
    record_fact(
        session,
        Kind.FOLLOW_UP,
        row.id,
        _follow_up_value(row, here=True),
        candidate_id=row.candidate_id,
        effective_at=row.occurred_at,
    )


def correct_follow_up(session: Session, row: FollowUp, *, here: bool = True) -> None:
    """Say that a follow-up never was otherwise; not `here`, that this candidate never sent it."""
    session.flush()
    correct_fact(
        session,
        Kind.FOLLOW_UP,
        row.id,
        _follow_up_value(row, here=here),
        candidate_id=row.candidate_id,
        effective_at=row.occurred_at,
    )


def tell_milestone(
    session: Session, row: Milestone, told: StatusTold, *, here: bool = True
) -> None:
    """Record the fact that a milestone has this status from that instant on."""
    record_fact(
        session,
        Kind.MILESTONE,
        row.id,
        {
            "follow_up_id": row.follow_up_id,
            "advice_id": row.advice_id,
            "status": told.status,
            "here": here,
        },
        candidate_id=row.candidate_id,
        effective_at=told.at,
    )


def correct_milestone(
    session: Session,
    row: Milestone,
    history: Iterable[StatusTold],
    *,
    here: bool = True,
    since: datetime | None = None,
) -> None:
    """Say that a milestone was as the row is now, with this history of its status.

    It was so at every instant told of before, or at those from `since` on.
    """
    session.flush()
    for told in restated(list(history), _told_instants(session, row.id, row.candidate_id)):
        if since is None or told.at >= since:
            tell_milestone(session, row, told, here=here)


def _told_instants(session: Session, milestone_id: UUID, candidate_id: UUID) -> set[datetime]:
    return set(
        session.scalars(
            select(Fact.effective_at).where(
                Fact.organization_id == organization_of(session),
                Fact.candidate_id == candidate_id,
                Fact.kind == Kind.MILESTONE,
                Fact.subject_id == milestone_id,
            )
        )
    )


def _follow_up_value(row: FollowUp, *, here: bool) -> dict[str, object]:
    return {
        "occurred_at": row.occurred_at,
        "direction": row.direction,
        "automated": row.automated is not None,
        "advice_ids": sorted(link.advice_id for link in row.advice_links),
        "here": here,
    }
