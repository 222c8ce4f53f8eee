"""The rows under a follow-up, and the locks under which they are changed."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.core.database import Mode, organization_of
from app.core.ids import new_id
from app.core.problems import Conflict, InProgress, NotFound, StaleVersion
from app.entry.actor import Actor
from app.facts.actions import recorded_at
from app.follow_ups.queries.reading import loaded_follow_up
from app.follow_ups.rules.drafts import MilestoneDraft
from app.models.base import BINDS_ITS_TENANT, table_of
from app.models.candidate import Candidate
from app.models.follow_up import FollowUp, FollowUpAdvice, Milestone

# As many ids as one statement names.
_AT_ONCE = 500
_LOCKED = (
    select(Candidate)
    .where(
        Candidate.organization_id == bindparam("organization_id"),
        Candidate.id.in_(bindparam("candidate_ids", expanding=True)),
    )
    .order_by(Candidate.id)
    .with_for_update()
    .execution_options(populate_existing=True, **{BINDS_ITS_TENANT: True})
)
_ROWS = table_of(FollowUp).c
_WHOSE = select(_ROWS.candidate_id).where(
    _ROWS.organization_id == bindparam("organization_id"), _ROWS.id == bindparam("follow_up_id")
)


def lock_candidates(session: Session, candidate_ids: Iterable[UUID]) -> dict[UUID, Candidate]:
    """Lock several candidates' rows in the order of their ids, and read the clock behind the locks.

    Absent ones are left out; deleted ones are there, with `deleted_at`.
    """
    wanted = sorted(set(candidate_ids))
    found: dict[UUID, Candidate] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        asked = {
            "organization_id": organization_of(session),
            "candidate_ids": wanted[start : start + _AT_ONCE],
        }
        found |= {row.id: row for row in session.scalars(_LOCKED, asked)}
    if session.info["mode"] is not Mode.LIST:
        session.info.pop("recorded_at", None)
    return found


def lock_follow_up(
    session: Session,
    follow_up_id: UUID,
    *,
    expected_version: int | None = None,
    and_candidate: UUID | None = None,
) -> tuple[FollowUp, dict[UUID, Candidate]]:
    """Return a follow-up, whole, with its candidate's row locked, and another's if one is named.

    Raises NotFound, Gone where it was deleted, StaleVersion, and InProgress where it was
    reassigned at this very moment.
    """
    asked = {"organization_id": organization_of(session), "follow_up_id": follow_up_id}
    candidate_id = session.scalar(_WHOSE, asked)
    if candidate_id is None:
        raise NotFound("No such follow-up.")
    candidates = lock_candidates(session, {candidate_id, and_candidate or candidate_id})
    row = loaded_follow_up(session, follow_up_id)
    if row.candidate_id != candidate_id:
        raise InProgress("The follow-up is being reassigned. Try again.")
    if expected_version is not None and expected_version != row.version:
        raise StaleVersion("It is no longer the version that If-Match names. Read it again.")
    return row, candidates


def refuse_known_message(
    session: Session, candidate_id: UUID, message_id: str | None, *, but: UUID | None = None
) -> None:
    """Raise Conflict with `existing_id` where a follow-up of the candidate is this message."""
    if message_id is None:
        return
    existing = session.scalar(
        select(FollowUp.id).where(
            FollowUp.organization_id == organization_of(session),
            FollowUp.message_id == message_id,
            FollowUp.candidate_id == candidate_id,
            FollowUp.deleted_at.is_(None),
            FollowUp.id != (but or UUID(int=0)),
        )
    )
    if existing is not None:
        raise Conflict("The message is a follow-up already.", existing_id=existing)


def new_milestone(
    session: Session, candidate_id: UUID, follow_up_id: UUID, draft: MilestoneDraft
) -> Milestone:
    """Return the row of a milestone as reported, not yet added."""
    return Milestone(
        id=new_id(),
        candidate_id=candidate_id,
        follow_up_id=follow_up_id,
        status="reported",
        status_at=recorded_at(session),
        **draft._asdict(),
    )


def new_link(session: Session, actor: Actor, advice_id: UUID) -> FollowUpAdvice:
    """Return a link to a piece of advice, made by whoever acts."""
    return FollowUpAdvice(
        advice_id=advice_id,
        linked_by_user_id=actor.user_id,
        linked_by_api_key_id=actor.api_key_id,
        linked_at=recorded_at(session),
    )


def set_links(session: Session, actor: Actor, row: FollowUp, wanted: Iterable[UUID]) -> bool:
    """Make a follow-up's links these; those that stay keep who made them. Tell if any changed."""
    wanted = frozenset(wanted)
    there = {link.advice_id for link in row.advice_links}
    if wanted == there:
        return False
    row.advice_links = [
        *(link for link in row.advice_links if link.advice_id in wanted),
        *(new_link(session, actor, advice_id) for advice_id in sorted(wanted - there)),
    ]
    return True
