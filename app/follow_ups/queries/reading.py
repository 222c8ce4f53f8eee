"""Follow-ups and milestones as rows, and what is needed to judge new ones."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, func, literal, select
from sqlalchemy.orm import Session, selectinload

from app.core.clock import EVER
from app.core.database import organization_of
from app.core.problems import Gone, NotFound
from app.facts.rules import Kind
from app.follow_ups.rules.histories import StatusTold
from app.models.application import Advice
from app.models.base import BINDS_ITS_TENANT, table_of
from app.models.follow_up import FollowUp, Milestone
from app.models.ranking import Fact

# What is asked all day is built once, and names the tenant itself.
_TENANT: BindParameter[UUID] = bindparam("organization_id")
_LOADED = (
    select(FollowUp)
    .where(FollowUp.organization_id == _TENANT)
    .options(
        selectinload(FollowUp.advice_links),
        selectinload(FollowUp.milestones),
        selectinload(FollowUp.attachments),
    )
    .execution_options(populate_existing=True, **{BINDS_ITS_TENANT: True})
)
_LOADED_ONE = _LOADED.where(FollowUp.id == bindparam("follow_up_id"))
_LOADED_SEVERAL = _LOADED.where(
    FollowUp.id.in_(bindparam("follow_up_ids", expanding=True)), FollowUp.deleted_at.is_(None)
)
_MILESTONE = (
    select(Milestone)
    .where(Milestone.organization_id == _TENANT, Milestone.id == bindparam("milestone_id"))
    .execution_options(**{BINDS_ITS_TENANT: True})
)
_ADVICE, _FACTS = table_of(Advice).c, table_of(Fact).c
_ADVICE_OF = select(_ADVICE.candidate_id, _ADVICE.id).where(
    _ADVICE.organization_id == _TENANT,
    _ADVICE.candidate_id.in_(bindparam("candidate_ids", expanding=True)),
)
_STATUSES = (
    select(_FACTS.subject_id, _FACTS.effective_at, _FACTS.value)
    .where(
        _FACTS.organization_id == _TENANT,
        _FACTS.candidate_id == bindparam("candidate_id"),
        _FACTS.kind == Kind.MILESTONE,
        _FACTS.subject_id.in_(bindparam("milestone_ids", expanding=True)),
    )
    .order_by(_FACTS.effective_at, _FACTS.recorded_at, _FACTS.id)
)


def loaded_follow_up(session: Session, follow_up_id: UUID) -> FollowUp:
    """Return one follow-up, whole and read anew; raises NotFound, or Gone where it was deleted."""
    asked = {"organization_id": organization_of(session), "follow_up_id": follow_up_id}
    row = session.scalar(_LOADED_ONE, asked)
    if row is None:
        raise NotFound("No such follow-up.")
    if row.deleted_at is not None:
        raise Gone("The follow-up was deleted.")
    return row


def loaded_follow_ups(session: Session, follow_up_ids: Sequence[UUID]) -> list[FollowUp]:
    """Return follow-ups, whole and read anew; deleted ones left out."""
    asked = {"organization_id": organization_of(session), "follow_up_ids": list(follow_up_ids)}
    return list(session.scalars(_LOADED_SEVERAL, asked))


def find_milestone(session: Session, milestone_id: UUID) -> Milestone:
    """Return one milestone; raises NotFound."""
    asked = {"organization_id": organization_of(session), "milestone_id": milestone_id}
    row = session.scalar(_MILESTONE, asked)
    if row is None:
        raise NotFound("No such milestone.")
    return row


def advice_of(session: Session, candidate_ids: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    """Return the ids of each candidate's advice, withdrawn advice too."""
    wanted = list(candidate_ids)
    found: dict[UUID, set[UUID]] = {candidate_id: set() for candidate_id in wanted}
    asked = {"organization_id": organization_of(session), "candidate_ids": wanted}
    for candidate_id, advice_id in session.execute(_ADVICE_OF, asked):
        found[candidate_id].add(advice_id)
    return found


def statuses_told(
    session: Session, milestone_ids: Iterable[UUID], candidate_id: UUID
) -> dict[UUID, list[StatusTold]]:
    """Return each milestone's statuses as the ledger tells them of this candidate, oldest first.

    Only what holds: of several facts of one instant, the one told last.
    """
    wanted = list(milestone_ids)
    if not wanted:
        return {}
    session.flush()
    asked = {
        "organization_id": organization_of(session),
        "candidate_id": candidate_id,
        "milestone_ids": wanted,
    }
    told: dict[UUID, dict[datetime, StatusTold]] = {}
    for milestone_id, at, value in session.execute(_STATUSES, asked):
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
