"""Merging two records of one person: one survives with everything of both."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.audit_log.actions import record_change
from app.candidates.actions import found_by
from app.candidates.queries import candidate_with_children
from app.core.database import Mode, organization_of
from app.core.problems import Conflict, Invalid, NotFound, StaleVersion
from app.duplicates.actions.kinds import KINDS
from app.duplicates.actions.ledger import retell_facts
from app.duplicates.actions.messages import index_kept, keep_messages_once
from app.duplicates.actions.pair import Pair, run
from app.duplicates.queries.pairs import Two, active_for_one_position, told_twice
from app.entry.actor import Actor
from app.facts.actions import recorded_at
from app.facts.queries import candidate_facts, gone, no_candidate
from app.facts.rules import CandidateRecord, candidate_record
from app.follow_ups.actions.ledger import settle
from app.follow_ups.actions.rows import lock_candidates
from app.models.base import table_of
from app.models.candidate import Candidate, Consent
from app.search.actions import index_profile
from app.tombstones.actions import leave_tombstones

_DUPLICATE = "/duplicate_candidate_id"


class NotAloneError(RuntimeError):
    """Two were to be merged beside a list that might name the one who is absorbed."""


def merge_candidates(
    session: Session,
    actor: Actor,
    candidate_id: UUID,
    *,
    duplicate_candidate_id: UUID,
    expected_version: int | None = None,
) -> Candidate:
    """Give a candidate all that a duplicate of theirs has; the duplicate is a tombstone after.

    The candidate's own value wins where there can be but one, an empty one is filled. The score is
    as if all follow-ups had always been theirs. There is no way back. Merged before: nothing is
    done. Needs a transaction of the mode ALONE.

    Raises:
        NotFound, Gone: there is no such candidate; `merged_into` says where they went.
        StaleVersion: the candidate is not of the version expected.
        Invalid: the duplicate is nobody here, or the candidate themself.
        Conflict: the duplicate was merged into somebody else (`merged_into`), or both have an
            active application for one position (`conflicting_ids`).
    """
    if session.info["mode"] is not Mode.ALONE:
        raise NotAloneError
    two = Two(candidate_id, duplicate_candidate_id)
    if candidate_id == duplicate_candidate_id:
        raise Invalid(_DUPLICATE, "is the candidate themself")
    survivor, absorbed = _locked(session, two)
    if absorbed is None:
        return survivor
    if expected_version is not None and expected_version != survivor.version:
        raise StaleVersion
    _refuse_two_tries(session, two)
    pair = Pair(
        actor,
        survivor,
        absorbed,
        tuple(candidate_facts(session, survivor.id)),
        tuple(candidate_facts(session, absorbed.id)),
        told_twice(session, two),
    )
    answers = _detached(session, _consents(session, absorbed.id))
    copies = keep_messages_once(session, pair)
    for kind in KINDS:
        kind.move(session, pair)
    retell_facts(session, pair, copies)
    index_kept(session, copies.values())
    filled = _fill(pair)
    record = candidate_record(survivor.id, candidate_facts(session, survivor.id))
    _show_what_is_so(session, pair, record, answers)
    _leave_a_tombstone(session, pair)
    survivor.touch()
    session.flush()
    index_profile(session, found_by(candidate_with_children(session, survivor.id)))
    record_change(
        session,
        actor,
        "candidate.merged",
        "candidate",
        survivor.id,
        candidate_id=survivor.id,
        changes={"duplicate_candidate_id": absorbed.id, **filled},
        data={
            "duplicate_candidate_id": absorbed.id,
            **{name: sorted(ids) for name, ids in pair.told.items() if ids},
        },
    )
    settle(session, survivor)
    session.flush()
    return survivor


def _locked(session: Session, two: Two) -> tuple[Candidate, Candidate | None]:
    """Return both, locked; no second one where the merge was done before."""
    rows = lock_candidates(session, two)
    survivor, absorbed = (rows.get(each) for each in two)
    if survivor is None:
        raise NotFound("No such candidate.")
    if survivor.deleted_at is not None:
        raise gone(survivor.deletion_reason, survivor.merged_into_id)
    if absorbed is not None and absorbed.merged_into_id == survivor.id:
        return survivor, None
    if absorbed is not None and absorbed.merged_into_id is not None:
        raise Conflict(
            "The duplicate was merged into another candidate.", merged_into=absorbed.merged_into_id
        )
    if absorbed is None or absorbed.deleted_at is not None:
        raise no_candidate(_DUPLICATE, None)
    return survivor, absorbed


def _refuse_two_tries(session: Session, two: Two) -> None:
    both = active_for_one_position(session, two)
    if both is not None:
        raise Conflict(
            "Both have an active application for one position: one of the two has to end first.",
            conflicting_ids=[str(each) for each in both],
        )


def _fill(pair: Pair) -> dict[str, Any]:
    """Fill what the survivor has left empty; return that, for the audit log."""
    filled: dict[str, Any] = {}
    for name in ("location", "relationship_owner_id"):
        value = getattr(pair.absorbed, name)
        if value is not None and getattr(pair.survivor, name) is None:
            filled[name] = value
            setattr(pair.survivor, name, value)
    own = pair.survivor.custom_fields
    new = {key: value for key, value in pair.absorbed.custom_fields.items() if own.get(key) is None}
    if new:
        filled["custom_fields"] = new
        pair.survivor.custom_fields = {**own, **new}
    return filled


def _consents(session: Session, candidate_id: UUID) -> dict[str, Consent]:
    rows = session.scalars(
        select(Consent).where(
            Consent.organization_id == organization_of(session),
            Consent.candidate_id == candidate_id,
        )
    )
    return {row.purpose: row for row in rows}


def _detached(session: Session, rows: dict[str, Consent]) -> dict[str, Consent]:
    """Return rows that are about to be dropped or handed over by statements."""
    for row in rows.values():
        session.expunge(row)
    return rows


def _show_what_is_so(
    session: Session, pair: Pair, record: CandidateRecord, answers: dict[str, Consent]
) -> None:
    """Make the survivor's rows what the ledger says by now; `answers` were the absorbed one's."""
    survivor = candidate_with_children(session, pair.survivor.id)
    survivor.available_from = record.available_from
    survivor.do_not_contact = record.do_not_contact
    known = {(each.competency, each.source): each for each in record.competencies}
    for level in survivor.competencies:
        so = known[level.competency, level.source]
        level.level, level.effective_at = so.level, so.at
    for purpose, row in _consents(session, survivor.id).items():
        said = record.consents[purpose]
        theirs = answers.get(purpose)
        if theirs is not None and _said(theirs) == (said.granted, said.basis, said.expires_on):
            row.granted_at, row.source = theirs.granted_at, theirs.source
            row.notice_version = theirs.notice_version
        row.granted, row.basis, row.expires_on = said.granted, said.basis, said.expires_on
        row.effective_at = said.at


def _said(row: Consent) -> tuple[bool, str, date | None]:
    return row.granted, row.basis, row.expires_on


def _leave_a_tombstone(session: Session, pair: Pair) -> None:
    """Leave of the absorbed one an id and where they went; who went to them before goes on too."""
    absorbed = pair.absorbed
    absorbed.full_name, absorbed.custom_fields = "", {}
    absorbed.location = absorbed.available_from = None
    absorbed.relationship_owner_id = absorbed.awaiting_reply_since = None
    absorbed.do_not_contact = False
    absorbed.deleted_at, absorbed.deletion_reason = recorded_at(session), "merged"
    absorbed.merged_into_id = pair.survivor.id
    absorbed.touch()
    persons = table_of(Candidate)
    run(
        session,
        update(persons)
        .where(
            persons.c.organization_id == organization_of(session),
            persons.c.merged_into_id == absorbed.id,
        )
        .values(merged_into_id=pair.survivor.id),
    )
    leave_tombstones(session, "candidate", [absorbed.id], reason="merged")
