"""Removing a candidate everywhere."""

from dataclasses import asdict
from uuid import UUID

from sqlalchemy.orm import Session

from app.audit_log.actions import record_change
from app.core.database import Mode
from app.core.problems import StaleVersion
from app.entry.actor import Actor
from app.facts.actions import lock_candidate, recorded_at
from app.models.candidate import Candidate
from app.models.follow_up import WAITING
from app.retention.actions.kinds import KINDS
from app.retention.queries import former_selves, leaving_with, person_of
from app.tombstones.actions import depart, leave_tombstones


class NotAloneError(RuntimeError):
    """Somebody was to be removed beside a list that might write them down again."""


def remove_candidate(
    session: Session,
    actor: Actor,
    candidate_id: UUID,
    *,
    reason: str,
    expected_version: int | None = None,
) -> None:
    """Remove a person everywhere; a tombstone stays, of an id, an instant and the reason.

    `reason` is deleted or erased: what goes is the same, only its name differs. What stays beside
    the tombstone says nothing of the person: that a seat is filled, a rank and its numbers under a
    pseudonym, and in the audit log who did what when. Needs a transaction of the mode ALONE.

    Raises:
        NotFound: there is no such candidate.
        Gone: they were removed before.
        StaleVersion: they have changed since they were read.
    """
    if session.info["mode"] is not Mode.ALONE:
        raise NotAloneError
    candidate = lock_candidate(session, candidate_id)
    if expected_version is not None and candidate.version != expected_version:
        raise StaleVersion
    person = person_of(session, candidate_id, reason)
    formers = former_selves(session, person)
    leaving = leaving_with(session, person, formers)
    for kind in KINDS:
        for each in (person, *formers):
            kind.forget(session, each)
    _leave_a_tombstone(session, candidate, reason)
    for root, ids in (
        ("candidate", [candidate_id]),
        ("application", leaving.application_ids),
        ("advice", leaving.advice_ids),
        ("follow_up", leaving.follow_up_ids),
    ):
        leave_tombstones(session, root, ids, reason=reason)
    depart(session, WAITING, leaving.intake_message_ids, reason=reason)
    record_change(
        session,
        actor,
        f"candidate.{reason}",
        "candidate",
        candidate_id,
        candidate_id=candidate_id,
        data={name: ids or None for name, ids in asdict(leaving).items()},
    )
    session.flush()


def _leave_a_tombstone(session: Session, candidate: Candidate, reason: str) -> None:
    candidate.full_name, candidate.custom_fields = "", {}
    candidate.location = candidate.available_from = None
    candidate.relationship_owner_id = candidate.awaiting_reply_since = None
    candidate.do_not_contact = False
    candidate.deleted_at, candidate.deletion_reason = recorded_at(session), reason
    candidate.touch()
