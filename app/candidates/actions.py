"""Creating and changing candidates."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit_log.actions import record_change
from app.candidates.queries import candidate_with_children, sharing_an_address
from app.candidates.rules import Address, Level, Phone, different_addresses, level_faults
from app.core.addresses import fold_address
from app.core.clock import EVER
from app.core.database import organization_of
from app.core.ids import new_id
from app.core.problems import Invalid, StaleVersion
from app.custom_fields.queries import checked_values
from app.entry.actor import Actor
from app.external_ids.actions import name_new_row, refuse_taken_names, set_external_ids
from app.external_ids.queries import external_ids_of
from app.external_ids.rules import Name
from app.facts.actions import effective, lock_candidate, record_fact
from app.facts.rules import CandidateRecord, Kind
from app.models.candidate import (
    Candidate,
    CandidateCompetency,
    CandidateEmail,
    CandidatePhone,
    CandidateTag,
)
from app.models.organization import User
from app.search.actions import index_profile, rename_texts
from app.search.rules.terms import Profile
from app.shortlists.actions import bring_up_to_date


class Created(NamedTuple):
    """A new candidate, and who has one of the same addresses."""

    candidate: Candidate
    possible_duplicates: list[UUID]


def create_candidate(
    session: Session,
    actor: Actor,
    *,
    full_name: str,
    emails: Sequence[Address] = (),
    phones: Sequence[Phone] = (),
    location: str | None = None,
    tags: Iterable[str] = (),
    competencies: Sequence[Level] = (),
    available_from: date | None = None,
    do_not_contact: bool = False,
    relationship_owner_id: UUID | None = None,
    external_ids: Sequence[Name] = (),
    custom_fields: Mapping[str, Any] | None = None,
    effective_at: datetime | None = None,
) -> Created:
    """Remember a person; what is told of them holds from ever, or from `effective_at`.

    A known address is no obstacle: families share one, and a duplicate can be merged later.

    Raises:
        Conflict: an external id is known; `existing_id` says whose it is.
        Invalid: the owner is no user of ours, a level is told twice, an instant lies ahead, a
            custom field is not told as it should be.
    """
    refuse_taken_names(session, external_ids, None)
    _refuse_unknown_user(session, relationship_owner_id)
    _refuse_faults(competencies)
    since = EVER if effective_at is None else effective(session, effective_at, pointer=_AT)
    addresses = different_addresses(emails)
    alike = sharing_an_address(session, (each.address for each in addresses))
    candidate = Candidate(
        id=new_id(),
        full_name=full_name,
        location=location,
        available_from=available_from,
        do_not_contact=do_not_contact,
        relationship_owner_id=relationship_owner_id,
        emails=_email_rows(addresses),
        phones=_phone_rows(phones),
        tags=_tag_rows(tags),
        competencies=[],
        custom_fields=checked_values(session, "candidate", custom_fields or {}),
    )
    session.add(candidate)
    session.flush()
    name_new_row(session, "candidate", candidate.id, external_ids)
    _tell(session, candidate, Kind.EXISTENCE, {"state": "present"}, EVER)
    if available_from is not None:
        _tell(session, candidate, Kind.AVAILABLE_FROM, {"on": available_from}, since)
    if do_not_contact:
        _tell(session, candidate, Kind.DO_NOT_CONTACT, {"flag": True}, since)
    _set_levels(session, candidate, competencies, since)
    shown = _described(session, candidate)
    record_change(
        session,
        actor,
        "candidate.created",
        "candidate",
        candidate.id,
        candidate_id=candidate.id,
        changes=shown,
    )
    _show_what_is_so(candidate, bring_up_to_date(session, candidate.id))
    session.flush()
    index_profile(session, found_by(candidate), new=True)
    return Created(candidate, alike)


def update_candidate(
    session: Session,
    actor: Actor,
    candidate_id: UUID,
    changes: Mapping[str, Any],
    *,
    effective_at: datetime | None = None,
    expected_version: int | None = None,
) -> Candidate:
    """Change what is given; arrays replace, and what no longer stands in one is gone.

    `changes` has keys of `create_candidate`. A change told to have happened before another one does
    not undo that later one. Nothing new: nothing is recorded and the version stays.

    Raises:
        NotFound, Gone, StaleVersion, Conflict, Invalid: as in `create_candidate`.
    """
    candidate = lock_candidate(session, candidate_id)
    if expected_version is not None and candidate.version != expected_version:
        raise StaleVersion
    candidate = candidate_with_children(session, candidate_id)
    since = effective(session, effective_at, pointer=_AT)
    before = _described(session, candidate)
    _refuse_unknown_user(session, changes.get("relationship_owner_id"))
    _set_own(session, candidate, changes)
    _replace_children(session, candidate, changes)
    if "external_ids" in changes:
        set_external_ids(session, "candidate", candidate_id, changes["external_ids"])
    dated = effective_at is not None
    for name, kind, field in _SINGLE:
        if name in changes and (dated or changes[name] != getattr(candidate, name)):
            _tell(session, candidate, kind, {field: changes[name]}, since)
    if "competencies" in changes:
        _refuse_faults(changes["competencies"])
        _set_levels(session, candidate, changes["competencies"], since, dated=dated)
    _show_what_is_so(candidate, bring_up_to_date(session, candidate_id))
    _note_changes(session, actor, candidate, before)
    session.flush()
    if _SEARCHED & changes.keys():
        index_profile(session, found_by(candidate))
    if candidate.full_name != before["full_name"]:
        rename_texts(session, candidate_id, candidate.full_name)
    return candidate


_AT = "/effective_at"
_SEARCHED = {"full_name", "emails", "phones", "location", "tags"}
_SINGLE = (
    ("available_from", Kind.AVAILABLE_FROM, "on"),
    ("do_not_contact", Kind.DO_NOT_CONTACT, "flag"),
)


def found_by(candidate: Candidate) -> Profile:
    """Return what a candidate whose children are loaded is found by."""
    addresses = (
        *(row.address for row in candidate.emails),
        *(row.number for row in candidate.phones),
        *filter(None, [candidate.location]),
    )
    tags = tuple(row.tag for row in candidate.tags)
    return Profile(candidate.id, candidate.full_name, addresses, tags, candidate.created_at)


def _tell(
    session: Session, candidate: Candidate, kind: Kind, value: dict[str, Any], since: datetime
) -> None:
    record_fact(session, kind, candidate.id, value, candidate_id=candidate.id, effective_at=since)


def _set_own(session: Session, candidate: Candidate, changes: Mapping[str, Any]) -> None:
    for name in ("full_name", "location", "relationship_owner_id"):
        if name in changes:
            setattr(candidate, name, changes[name])
    if "custom_fields" in changes:
        candidate.custom_fields = checked_values(
            session, "candidate", changes["custom_fields"], before=candidate.custom_fields
        )


def _refuse_unknown_user(session: Session, user_id: UUID | None) -> None:
    if user_id is None:
        return
    found = session.scalar(
        select(User.id).where(User.organization_id == organization_of(session), User.id == user_id)
    )
    if found is None:
        raise Invalid("/relationship_owner_id", "is no user of this organization")


def _refuse_faults(levels: Sequence[Level]) -> None:
    faults = level_faults(levels)
    if faults:
        raise Invalid.of(faults)


def _replace_children(session: Session, candidate: Candidate, changes: Mapping[str, Any]) -> None:
    rows: dict[str, list[Any]] = {}
    if "emails" in changes:
        rows["emails"] = _email_rows(different_addresses(changes["emails"]))
    if "phones" in changes:
        rows["phones"] = _phone_rows(changes["phones"])
    if "tags" in changes:
        rows["tags"] = _tag_rows(changes["tags"])
    for name in rows:
        setattr(candidate, name, [])
    # The old rows go first: a flush writes new rows before it deletes, and the two may be alike.
    session.flush()
    for name, new in rows.items():
        setattr(candidate, name, new)


def _email_rows(addresses: Iterable[Address]) -> list[CandidateEmail]:
    return [
        CandidateEmail(
            position=at, address=each.address, folded=fold_address(each.address), type=each.type
        )
        for at, each in enumerate(addresses)
    ]


def _phone_rows(phones: Iterable[Phone]) -> list[CandidatePhone]:
    return [
        CandidatePhone(position=at, number=each.number, type=each.type)
        for at, each in enumerate(phones)
    ]


def _tag_rows(tags: Iterable[str]) -> list[CandidateTag]:
    return [CandidateTag(tag=each) for each in dict.fromkeys(tags)]


def _set_levels(
    session: Session,
    candidate: Candidate,
    levels: Sequence[Level],
    since: datetime,
    *,
    dated: bool = False,
) -> None:
    """Record what is told of each level; the ones not told are gone since then.

    `dated`: `since` was told, so it is news of a level too that is as it was.
    """
    left = {(row.competency, row.source): row for row in candidate.competencies}
    for at, each in enumerate(levels):
        told = each.effective_at
        pointer = f"/competencies/{at}/effective_at"
        from_then = since if told is None else effective(session, told, pointer=pointer)
        row = left.pop((each.competency, each.source), None)
        if row is None:
            row = CandidateCompetency(
                id=new_id(),
                competency=each.competency,
                source=each.source,
                level=each.level,
                effective_at=from_then,
            )
            candidate.competencies.append(row)
        elif row.level == each.level and (
            from_then == row.effective_at or not (dated or told is not None)
        ):
            continue
        _tell_level(session, candidate, row, each.level, from_then)
    for row in left.values():
        _tell_level(session, candidate, row, None, since)


def _tell_level(
    session: Session,
    candidate: Candidate,
    row: CandidateCompetency,
    level: int | None,
    since: datetime,
) -> None:
    record_fact(
        session,
        Kind.COMPETENCY,
        row.id,
        {"competency": row.competency, "source": row.source, "level": level},
        candidate_id=candidate.id,
        effective_at=since,
    )


def _show_what_is_so(candidate: Candidate, record: CandidateRecord) -> None:
    """Make the current row what the ledger says: a change told late may be no news any more."""
    candidate.available_from = record.available_from
    candidate.do_not_contact = record.do_not_contact
    known = {(each.competency, each.source): each for each in record.competencies}
    for row in list(candidate.competencies):
        so = known.get((row.competency, row.source))
        if so is None:
            candidate.competencies.remove(row)
        elif (row.level, row.effective_at) != (so.level, so.at):
            row.level, row.effective_at = so.level, so.at


def _note_changes(
    session: Session, actor: Actor, candidate: Candidate, before: dict[str, Any]
) -> None:
    after = _described(session, candidate)
    changes = {
        name: {"from": before[name], "to": after[name]}
        for name in after
        if before[name] != after[name]
    }
    if not changes:
        return
    candidate.touch()
    record_change(
        session,
        actor,
        "candidate.updated",
        "candidate",
        candidate.id,
        candidate_id=candidate.id,
        changes=changes,
    )


def _described(session: Session, candidate: Candidate) -> dict[str, Any]:
    """Return what a reader is shown and a user can change, in plain values."""
    return {
        "full_name": candidate.full_name,
        "location": candidate.location,
        "available_from": candidate.available_from,
        "do_not_contact": candidate.do_not_contact,
        "relationship_owner_id": candidate.relationship_owner_id,
        "emails": [[row.address, row.type] for row in candidate.emails],
        "phones": [[row.number, row.type] for row in candidate.phones],
        "tags": sorted(row.tag for row in candidate.tags),
        "competencies": sorted(
            [row.competency, row.source, row.level, row.effective_at.isoformat()]
            for row in candidate.competencies
        ),
        "external_ids": sorted(external_ids_of(session, [candidate.id])[candidate.id]),
        "custom_fields": candidate.custom_fields,
    }
