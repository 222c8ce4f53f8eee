"""Follow-ups and milestones as rows, and what is needed to judge new ones."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, bindparam, func, literal, select
from sqlalchemy.orm import Session, selectinload

from app.core.clock import EVER
from app.core.database import organization_of
from app.core.paging import SortKey, keyset
from app.core.problems import Gone, NotFound
from app.facts.rules import Kind
from app.follow_ups.rules.histories import StatusTold
from app.models.application import Advice
from app.models.base import table_of
from app.models.follow_up import FollowUp, Milestone
from app.models.ranking import Fact

NEWEST_FIRST = (
    SortKey(FollowUp.occurred_at, datetime, descending=True),
    SortKey(FollowUp.id, UUID, descending=True),
)


def whole_follow_ups(organization_id: UUID) -> Select[FollowUp]:
    """Follow-ups with their links, milestones and attachments; deleted ones too."""
    return (
        select(FollowUp)
        .where(FollowUp.organization_id == organization_id)
        .options(
            selectinload(FollowUp.advice_links),
            selectinload(FollowUp.milestones),
            selectinload(FollowUp.attachments),
        )
    )


def find_follow_up(session: Session, follow_up_id: UUID) -> FollowUp:
    """Return one follow-up, whole; raises NotFound, or Gone where it was deleted."""
    row = session.scalar(
        whole_follow_ups(organization_of(session)).where(FollowUp.id == follow_up_id)
    )
    return present(row)


def present(row: FollowUp | None) -> FollowUp:
    """Return the row if it is there; raises NotFound, or Gone where it was deleted."""
    if row is None:
        raise NotFound("No such follow-up.")
    if row.deleted_at is not None:
        raise Gone("The follow-up was deleted.")
    return row


def find_milestone(session: Session, milestone_id: UUID) -> Milestone:
    """Return one milestone; raises NotFound."""
    row = session.scalar(
        select(Milestone).where(
            Milestone.organization_id == organization_of(session), Milestone.id == milestone_id
        )
    )
    if row is None:
        raise NotFound("No such milestone.")
    return row


def follow_ups_page(
    session: Session, candidate_id: UUID, after: tuple[object, ...] | None, limit: int
) -> list[FollowUp]:
    """Return a candidate's follow-ups, newest first, one more than `limit`."""
    statement = whole_follow_ups(organization_of(session)).where(
        FollowUp.candidate_id == candidate_id, FollowUp.deleted_at.is_(None)
    )
    return list(session.scalars(keyset(statement, NEWEST_FIRST, after, limit)))  # type: ignore[arg-type]


def advice_of(session: Session, candidate_ids: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    """Return the ids of each candidate's advice, withdrawn advice too."""
    wanted = list(candidate_ids)
    found: dict[UUID, set[UUID]] = {candidate_id: set() for candidate_id in wanted}
    rows = session.execute(
        select(Advice.candidate_id, Advice.id).where(
            Advice.organization_id == organization_of(session), Advice.candidate_id.in_(wanted)
        )
    )
    for candidate_id, advice_id in rows:
        found[candidate_id].add(advice_id)
    return found


def statuses_told(
    session: Session, milestone_ids: Iterable[UUID], candidate_id: UUID
) -> dict[UUID, list[StatusTold]]:
    """Return each milestone's statuses as the ledger tells them of this candidate, oldest first.

    Only what holds: of several facts of one instant, the one told last.
    """
    session.flush()
    rows = session.execute(
        select(Fact.subject_id, Fact.effective_at, Fact.value)
        .where(
            Fact.organization_id == organization_of(session),
            Fact.candidate_id == candidate_id,
            Fact.kind == Kind.MILESTONE,
            Fact.subject_id.in_(list(milestone_ids)),
        )
        .order_by(Fact.effective_at, Fact.recorded_at, Fact.id)
    )
    told: dict[UUID, dict[datetime, StatusTold]] = {}
    for milestone_id, at, value in rows:
        told.setdefault(milestone_id, {})[at] = StatusTold(at, value["status"])
    return {milestone_id: list(by_instant.values()) for milestone_id, by_instant in told.items()}


_ROWS = table_of(FollowUp).c
_SPOKEN = (
    _ROWS.organization_id == bindparam("organization_id"),
    _ROWS.candidate_id == bindparam("candidate_id"),
    _ROWS.automated.is_(None),
    _ROWS.deleted_at.is_(None),
)
_ANSWERED_AT = (
    select(func.max(_ROWS.occurred_at))
    .where(*_SPOKEN, _ROWS.direction == "outbound")
    .scalar_subquery()
    .correlate(None)
)
_FIRST_WORD_SINCE = select(func.min(_ROWS.occurred_at)).where(
    *_SPOKEN,
    _ROWS.direction == "inbound",
    _ROWS.occurred_at > func.coalesce(_ANSWERED_AT, literal(EVER)),
)


def awaiting_since(session: Session, candidate_id: UUID) -> datetime | None:
    """Return since when the candidate waits for an answer, None where nothing is unanswered.

    It is the earliest inbound follow-up, no machine's, after our latest outbound one; a machine's
    acknowledgement is no answer.
    """
    since: datetime | None = session.scalar(
        _FIRST_WORD_SINCE,
        {"organization_id": organization_of(session), "candidate_id": candidate_id},
    )
    return since
