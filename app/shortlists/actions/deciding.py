"""A person decides on an entry, in whichever section it stands."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit_log.actions import record_change
from app.core.clock import now
from app.core.database import organization_of
from app.core.problems import Conflict, Forbidden, Gone, NotFound, StaleVersion
from app.entry.actor import Actor
from app.facts.actions import effective
from app.facts.queries import gone
from app.models.ranking import Shortlist, ShortlistEntry


def decide_on_entry(
    session: Session,
    actor: Actor,
    shortlist_id: UUID,
    candidate_id: UUID,
    *,
    decision: str,
    reason: str | None,
    effective_at: datetime | None = None,
    expected_version: int | None = None,
) -> tuple[int, ShortlistEntry]:
    """Invite a candidate or pass them over; deciding again replaces the decision.

    Returns the list's new version and the entry.

    Raises Forbidden for a key that is nobody's: a decision has a name under it. And Gone for who
    was erased, or merged into somebody else since (`merged_into`).
    """
    if actor.user_id is None:
        raise Forbidden("A decision is a person's: use a key that belongs to a user.")
    shortlist, entry = _locked(session, shortlist_id, candidate_id, expected_version)
    if entry.erased:
        raise Gone("The candidate was erased.")
    merged_into = entry.shown["candidate"].get("merged_into")
    if merged_into is not None:
        raise gone("merged", UUID(merged_into))
    entry.decision, entry.decision_reason = decision, reason
    entry.decided_at = effective(session, effective_at, pointer="/effective_at")
    entry.decided_by_user_id = actor.user_id
    shortlist.touch()
    _record(session, actor, f"shortlist.{decision}", entry, {"reason": reason})
    session.flush()
    return shortlist.version, entry


def withdraw_decision(
    session: Session,
    actor: Actor,
    shortlist_id: UUID,
    candidate_id: UUID,
    *,
    expected_version: int | None = None,
) -> None:
    """Take a decision back; raises Conflict where none was taken."""
    shortlist, entry = _locked(session, shortlist_id, candidate_id, expected_version)
    if entry.decision is None:
        raise Conflict("Nothing was decided on this entry.", current_status="undecided")
    taken_back = entry.decision
    entry.decision = entry.decision_reason = entry.decided_at = entry.decided_by_user_id = None
    shortlist.touch()
    _record(session, actor, "shortlist.decision_withdrawn", entry, {"decision": taken_back})
    session.flush()


def note_opened(session: Session, actor: Actor, shortlist: Shortlist) -> None:
    """Note that a person has seen the list: from now on it is not remade by itself."""
    if shortlist.opened_at is None and actor.user_id is not None:
        shortlist.opened_at = now()
        session.flush()


def _locked(
    session: Session, shortlist_id: UUID, candidate_id: UUID, expected_version: int | None
) -> tuple[Shortlist, ShortlistEntry]:
    organization_id = organization_of(session)
    shortlist = session.scalar(
        select(Shortlist)
        .where(Shortlist.organization_id == organization_id, Shortlist.id == shortlist_id)
        .with_for_update()
    )
    if shortlist is None:
        raise NotFound("No such shortlist.")
    if expected_version is not None and expected_version != shortlist.version:
        raise StaleVersion
    entry = session.scalar(
        select(ShortlistEntry).where(
            ShortlistEntry.organization_id == organization_id,
            ShortlistEntry.shortlist_id == shortlist_id,
            ShortlistEntry.candidate_id == candidate_id,
        )
    )
    if entry is None:
        raise NotFound("The candidate does not stand in this shortlist.")
    return shortlist, entry


def _record(
    session: Session,
    actor: Actor,
    event: str,
    entry: ShortlistEntry,
    changes: dict[str, str | None],
) -> None:
    record_change(
        session,
        actor,
        event,
        "shortlist",
        entry.shortlist_id,
        candidate_id=entry.candidate_id,
        changes=changes,
    )
