"""Giving advice, at a rejection or later, and saying how it stands."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.applications.actions.locking import (
    EFFECTIVE_AT,
    Held,
    Moment,
    lock_application,
    refuse_unknown_user,
)
from app.applications.queries import advice_of_rejection, find_advice, standing_rejection
from app.applications.rules import AdviceItem, Giver
from app.audit_log.actions import record_change
from app.core.database import organization_of
from app.core.ids import new_id
from app.core.problems import Conflict, Invalid, NotFound, StaleVersion
from app.entry.actor import Actor
from app.facts.actions import amend_fact, effective, lock_candidate, record_fact
from app.facts.queries import subject_facts
from app.facts.rules import FactRow, Kind, states
from app.models.application import Advice, Application, Rejection
from app.models.candidate import Candidate
from app.search.actions import forget_text, index_text
from app.search.rules.terms import Source, Text
from app.shortlists.actions import bring_up_to_date

_RANKED = ("competency", "target_level")


class Given(NamedTuple):
    """Advice, and the application that it was given at."""

    application: Application
    advice: list[Advice]


def give_advice(
    session: Session,
    actor: Actor,
    application_id: UUID,
    items: Sequence[AdviceItem],
    *,
    given_at: datetime | None = None,
    given_by: Giver | None = None,
    effective_at: datetime | None = None,
    expected_version: int | None = None,
) -> Given:
    """Add advice to the rejection that stands; the numbers go on. Given now unless told when.

    Raises:
        NotFound, Gone, StaleVersion: see `lock_application`.
        Conflict: no rejection of the application stands.
        Invalid: an instant lies ahead or before the rejection, the giver is no user of ours.
    """
    held = lock_application(session, application_id, expected_version=expected_version)
    rejection = standing_rejection(session, application_id)
    if rejection is None:
        raise Conflict(
            "No rejection of the application stands.", current_status=held.application.status
        )
    refuse_unknown_user(session, given_by.user_id if given_by else None, "/given_by/user_id")
    given = effective(session, given_at or effective_at, pointer="/given_at")
    counts = effective(session, effective_at or given, pointer=EFFECTIVE_AT)
    if given < rejection.rejected_at:
        at = "/given_at" if given_at is not None else EFFECTIVE_AT
        raise Invalid(at, "lies before the rejection")
    when = Moment(given, counts)
    last = max((row.number for row in advice_of_rejection(session, rejection.id)), default=0)
    rows = add_advice(
        session, actor, held, rejection, items, given_by=given_by, when=when, last=last
    )
    held.application.touch()
    bring_up_to_date(session, held.application.candidate_id)
    return Given(held.application, rows)


def add_advice(
    session: Session,
    actor: Actor,
    held: Held,
    rejection: Rejection,
    items: Sequence[AdviceItem],
    *,
    given_by: Giver | None,
    when: Moment,
    last: int = 0,
) -> list[Advice]:
    """Write the advice and its facts; who gave it looks after the candidate if nobody does.

    Where nobody says who gave it, the acting user did. `last` is the rejection's last number yet.
    """
    if not items:
        return []
    giver = given_by or Giver(user_id=actor.user_id)
    rows = [
        Advice(
            id=new_id(),
            candidate_id=rejection.candidate_id,
            application_id=rejection.application_id,
            rejection_id=rejection.id,
            number=number,
            text=item.text,
            competency=item.competency,
            target_level=item.target_level,
            evidence_expected=item.evidence_expected,
            given_at=when.happened_at,
            given_by_user_id=giver.user_id,
            given_by_name=giver.name,
            state="open",
            state_at=when.happened_at,
        )
        for number, item in enumerate(items, start=last + 1)
    ]
    session.add_all(rows)
    session.flush()
    for row in rows:
        record_fact(
            session,
            Kind.ADVICE,
            row.id,
            _fact_of(row),
            candidate_id=row.candidate_id,
            effective_at=when.effective_at,
        )
        index_text(session, _found_by(row, held.candidate), new=True)
    record_change(
        session,
        actor,
        "advice.given",
        "application",
        rejection.application_id,
        candidate_id=rejection.candidate_id,
        changes={"advice": [row.text for row in rows]},
        data={"rejection_id": rejection.id, "advice_ids": [row.id for row in rows]},
    )
    _find_owner(session, actor, held, giver)
    return rows


def update_advice(
    session: Session,
    actor: Actor,
    advice_id: UUID,
    changes: Mapping[str, Any],
    *,
    effective_at: datetime | None = None,
    expected_version: int | None = None,
) -> Advice:
    """Set a piece of advice's `state`, or correct its text, competency, level and evidence.

    The state is the person's own word from `effective_at` (default: now) until the next fact moves
    it on. Corrections hold from when the advice was given. Nothing new: nothing is recorded and the
    version stays.

    Raises:
        NotFound, StaleVersion: absent, or not of the version expected.
        Conflict: it was withdrawn, and stays so.
        Invalid: `effective_at` lies ahead, or before the advice was given.
    """
    candidate_id = find_advice(session, advice_id).candidate_id
    candidate = lock_candidate(session, candidate_id)
    row = _lock_advice(session, advice_id)
    if expected_version is not None and expected_version != row.version:
        raise StaleVersion
    changed: dict[str, Any] = {}
    if "state" in changes and _set_state(session, row, changes["state"], effective_at):
        changed["state"] = changes["state"]
    corrections = {
        field: value
        for field, value in changes.items()
        if field != "state" and value != getattr(row, field)
    }
    changed |= corrections
    if not changed:
        return row
    for field, value in corrections.items():
        setattr(row, field, value)
    ranked = {field: value for field, value in corrections.items() if field in _RANKED}
    if ranked:
        _amend(session, row, ranked, _first_told_at(session, row))
    row.touch()
    record_change(
        session,
        actor,
        "advice.updated",
        "advice",
        row.id,
        candidate_id=candidate_id,
        changes=changed,
        data={"application_id": row.application_id},
    )
    bring_up_to_date(session, candidate_id)
    if row.state == "withdrawn":
        forget_text(session, candidate_id, row.id)
    elif "text" in changed:
        index_text(session, _found_by(row, candidate))
    return row


def withdraw_advice(session: Session, rejection: Rejection, at: datetime) -> None:
    """Withdraw what is left of a rejection's advice, for good; what it earned before stays."""
    for row in advice_of_rejection(session, rejection.id):
        if row.state != "withdrawn":
            _amend(session, row, {"state": "withdrawn"}, max(at, _first_told_at(session, row)))
            forget_text(session, row.candidate_id, row.id)


def _set_state(session: Session, row: Advice, state: str, effective_at: datetime | None) -> bool:
    """Record a person's own word; tell whether it says anything new."""
    if row.state == "withdrawn":
        raise Conflict("The advice was withdrawn.", current_status=row.state)
    at = effective(session, effective_at, pointer=EFFECTIVE_AT)
    if at < row.given_at:
        raise Invalid(EFFECTIVE_AT, "lies before the advice was given")
    if state == "withdrawn":
        _amend(session, row, {"state": state}, at)
        return True
    told = _told_of(session, row)
    before = states(told, at).get((Kind.ADVICE, row.id))
    if effective_at is None:
        if state == row.state:
            return False
    elif before is not None and (before.effective_at, before.value["state"]) == (at, state):
        return False
    record_fact(
        session,
        Kind.ADVICE,
        row.id,
        {**(before.value if before else _fact_of(row)), "state": state},
        candidate_id=row.candidate_id,
        effective_at=at,
    )
    return True


def _found_by(row: Advice, candidate: Candidate) -> Text:
    return Text(Source.ADVICE, row.id, candidate.id, candidate.full_name, row.text, row.given_at)


def _fact_of(row: Advice) -> dict[str, Any]:
    return {
        "application_id": row.application_id,
        "rejection_id": row.rejection_id,
        "number": row.number,
        "competency": row.competency,
        "target_level": row.target_level,
        "given_at": row.given_at,
        "state": None,
    }


def _amend(session: Session, row: Advice, changes: dict[str, Any], at: datetime) -> None:
    amend_fact(
        session, Kind.ADVICE, row.id, changes, candidate_id=row.candidate_id, effective_at=at
    )


def _first_told_at(session: Session, row: Advice) -> datetime:
    return min(fact.effective_at for fact in _told_of(session, row))


def _told_of(session: Session, row: Advice) -> list[FactRow]:
    return subject_facts(session, Kind.ADVICE, row.id, candidate_id=row.candidate_id)


def _lock_advice(session: Session, advice_id: UUID) -> Advice:
    row = session.scalar(
        select(Advice)
        .where(Advice.organization_id == organization_of(session), Advice.id == advice_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound("No such advice.")
    return row


def _find_owner(session: Session, actor: Actor, held: Held, giver: Giver) -> None:
    owner_id = giver.user_id
    if held.candidate.relationship_owner_id is not None or owner_id is None:
        return
    held.candidate.relationship_owner_id = owner_id
    held.candidate.touch()
    record_change(
        session,
        actor,
        "candidate.updated",
        "candidate",
        held.candidate.id,
        candidate_id=held.candidate.id,
        changes={"relationship_owner_id": owner_id},
    )
