"""Consents given and refused; pauses declared, ended early and taken back."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.audit_log.actions import note_change, record_change
from app.consent.queries import consent_for, pause_of, pauses_of
from app.consent.rules import day_of, early_end_faults, pause_counts_from
from app.core.database import organization_of
from app.core.ids import new_id
from app.core.problems import Conflict, Invalid
from app.entry.actor import Actor
from app.facts.actions import effective, lock_candidate, record_fact, recorded_at
from app.facts.rules import Kind
from app.models.candidate import Consent, PauseRow
from app.organizations.queries import current_policy
from app.persistence_scores.rules import Pause, pause_faults
from app.shortlists.actions import bring_up_to_date
from app.tombstones.actions import depart


def set_consent(
    session: Session,
    actor: Actor,
    candidate_id: UUID,
    *,
    purpose: str,
    granted: bool = True,
    basis: str = "consent",
    granted_at: datetime | None = None,
    expires_on: date | None = None,
    source: str | None = None,
    notice_version: str | None = None,
    effective_at: datetime | None = None,
) -> Consent:
    """Record what the candidate answered for one purpose: store, contact or rank.

    It takes effect at `effective_at`, else `granted_at`, else now. An answer that took effect
    before the one on record is kept in the ledger and does not replace it. Returns what holds now.

    Raises:
        NotFound, Gone: there is no such candidate.
        Invalid: an instant lies ahead, or the consent ends before it was given.
    """
    lock_candidate(session, candidate_id)
    consent = note_consent(
        session,
        actor,
        candidate_id,
        purpose=purpose,
        granted=granted,
        basis=basis,
        granted_at=granted_at,
        expires_on=expires_on,
        source=source,
        notice_version=notice_version,
        effective_at=effective_at,
    )
    bring_up_to_date(session, candidate_id)
    return consent


def note_consent(
    session: Session,
    actor: Actor,
    candidate_id: UUID,
    *,
    purpose: str,
    granted: bool,
    basis: str,
    granted_at: datetime | None = None,
    expires_on: date | None = None,
    source: str | None = None,
    notice_version: str | None = None,
    effective_at: datetime | None = None,
) -> Consent:
    """Do what `set_consent` does for a caller who holds the candidate's row lock.

    The caller brings the ranking up to date when it has done the rest.
    """
    if granted_at is not None:
        granted_at = effective(session, granted_at, pointer="/granted_at")
    since = effective(session, effective_at or granted_at, pointer="/effective_at")
    zone = current_policy(session).time_zone
    if granted_at is not None and expires_on is not None and expires_on < day_of(granted_at, zone):
        raise Invalid("/expires_on", "must not lie before granted_at")
    consent = consent_for(session, candidate_id, purpose)
    if consent is None:
        consent = Consent(id=new_id(), candidate_id=candidate_id, purpose=purpose)
        consent.effective_at = since
        session.add(consent)
    if since >= consent.effective_at:
        consent.granted, consent.basis = granted, basis
        consent.granted_at = since if granted and granted_at is None else granted_at
        consent.expires_on, consent.effective_at = expires_on, since
        consent.source, consent.notice_version = source, notice_version
    record_fact(
        session,
        Kind.CONSENT,
        consent.id,
        {"purpose": purpose, "granted": granted, "basis": basis, "expires_on": expires_on},
        candidate_id=candidate_id,
        effective_at=since,
    )
    record_change(
        session,
        actor,
        "consent.granted" if granted else "consent.refused",
        "consent",
        consent.id,
        candidate_id=candidate_id,
        changes={
            "purpose": purpose,
            "granted": granted,
            "basis": basis,
            "expires_on": expires_on,
            "source": source,
            "notice_version": notice_version,
            "effective_at": since,
        },
    )
    return consent


def declare_pause(
    session: Session,
    actor: Actor,
    candidate_id: UUID,
    *,
    first_day: date,
    last_day: date,
    effective_at: datetime | None = None,
) -> PauseRow:
    """Let the candidate's clock stand still on these days, both included.

    It takes effect on its first day, or now where that lies ahead. No event tells of a pause:
    who ranks candidates is not to know.

    Raises:
        NotFound, Gone: there is no such candidate.
        Invalid: the days are not in order, too far ahead, or too many.
    """
    lock_candidate(session, candidate_id)
    zone = current_policy(session).time_zone
    present = recorded_at(session)
    rows = session.scalars(pauses_of(organization_of(session), candidate_id))
    others = [Pause(row.first_day, row.last_day) for row in rows]
    faults = pause_faults(others, Pause(first_day, last_day), day_of(present, zone))
    if faults:
        raise Invalid.of((f"/{field}", why) for field, why in faults)
    since = (
        pause_counts_from(first_day, present, zone)
        if effective_at is None
        else effective(session, effective_at, pointer="/effective_at")
    )
    pause = PauseRow(
        id=new_id(),
        candidate_id=candidate_id,
        first_day=first_day,
        last_day=last_day,
        effective_at=since,
    )
    session.add(pause)
    _record(session, actor, "pause.declared", pause, since)
    return pause


def end_pause(
    session: Session,
    actor: Actor,
    candidate_id: UUID,
    pause_id: UUID,
    *,
    last_day: date,
    effective_at: datetime | None = None,
) -> PauseRow:
    """End a pause early, today or later.

    Raises:
        NotFound, Gone: there is no such candidate or pause.
        Conflict: the pause is over.
        Invalid: the day is not within what is left of it.
    """
    lock_candidate(session, candidate_id)
    pause = pause_of(session, candidate_id, pause_id)
    since = effective(session, effective_at, pointer="/effective_at")
    today = _today(session)
    if pause.last_day < today:
        raise Conflict("The pause is over.", current_status="over")
    faults = early_end_faults(pause.first_day, pause.last_day, last_day, today)
    if faults:
        raise Invalid.of((f"/{field}", why) for field, why in faults)
    pause.last_day, pause.effective_at = last_day, since
    _record(session, actor, "pause.ended", pause, since)
    return pause


def cancel_pause(session: Session, actor: Actor, candidate_id: UUID, pause_id: UUID) -> None:
    """Take a pause back before it has begun.

    Raises:
        NotFound, Gone: there is no such candidate or pause.
        Conflict: it has begun; it can be ended.
    """
    lock_candidate(session, candidate_id)
    pause = pause_of(session, candidate_id, pause_id)
    today = _today(session)
    if pause.first_day <= today:
        status = "over" if pause.last_day < today else "running"
        raise Conflict("The pause has begun: it can be ended early.", current_status=status)
    pause.cancelled, pause.effective_at = True, recorded_at(session)
    depart(session, "pause", [pause.id], of=candidate_id, reason="deleted")
    _record(session, actor, "pause.cancelled", pause, pause.effective_at)


def _today(session: Session) -> date:
    return day_of(recorded_at(session), current_policy(session).time_zone)


def _record(session: Session, actor: Actor, action: str, pause: PauseRow, since: datetime) -> None:
    # Which days is nobody's business who reads the audit log: they stand in the ledger alone.
    days = {"first_day": pause.first_day, "last_day": pause.last_day}
    record_fact(
        session,
        Kind.PAUSE,
        pause.id,
        {**days, "cancelled": pause.cancelled},
        candidate_id=pause.candidate_id,
        effective_at=since,
    )
    note_change(
        session,
        actor,
        action,
        "pause",
        pause.id,
        candidate_id=pause.candidate_id,
    )
    bring_up_to_date(session, pause.candidate_id)
