"""Writing positions down and changing what they say."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.audit_log.actions import record_change
from app.core.clock import EVER
from app.core.ids import new_id
from app.core.problems import Invalid
from app.custom_fields.queries import checked_values
from app.entry.actor import Actor
from app.external_ids.actions import name_new_row, refuse_taken_names, set_external_ids
from app.external_ids.queries import external_ids_of
from app.external_ids.rules import Name
from app.facts.actions import amend_fact, effective, record_fact
from app.facts.rules import Kind
from app.models.position import Position, Requirement
from app.positions.actions.locking import lock_position
from app.positions.actions.seats import make_openings
from app.positions.actions.states import shortlist_of_news
from app.positions.queries import unused_shortlist
from app.positions.rules import RANKED, Seat, Wanted, requirement_faults

_AT = "/effective_at"


def create_position(
    session: Session,
    actor: Actor,
    *,
    title: str,
    department: str | None = None,
    job_family: str | None = None,
    location: str | None = None,
    starts_on: date | None = None,
    openings: Sequence[Seat] = (Seat(),),
    requirements: Sequence[Wanted] = (),
    external_ids: Sequence[Name] = (),
    custom_fields: Mapping[str, Any] | None = None,
    effective_at: datetime | None = None,
) -> Position:
    """Write a position down, as a draft; what it asks for holds from ever, or `effective_at`.

    Raises:
        Conflict: an external id, its own or an opening's, is known (`existing_id`).
        Invalid: a competency is asked for twice, the instant lies ahead, or a custom field is not
            told as it should be.
    """
    refuse_taken_names(session, external_ids, None)
    _refuse_faults(requirements)
    at = effective(session, effective_at, pointer=_AT)
    position = Position(
        id=new_id(),
        title=title,
        department=department,
        job_family=job_family,
        location=location,
        starts_on=starts_on,
        status="draft",
        openings=[],
        requirements=_requirement_rows(requirements),
        custom_fields=checked_values(session, "position", custom_fields or {}),
    )
    session.add(position)
    session.flush()
    name_new_row(session, "position", position.id, external_ids)
    make_openings(session, position, openings, at)
    record_fact(
        session,
        Kind.POSITION,
        position.id,
        _ranked(position),
        candidate_id=None,
        effective_at=EVER if effective_at is None else at,
    )
    shown = _described(session, position)
    record_change(session, actor, "position.created", "position", position.id, changes=shown)
    session.flush()
    return position


def update_position(
    session: Session,
    actor: Actor,
    position_id: UUID,
    changes: Mapping[str, Any],
    *,
    effective_at: datetime | None = None,
    expected_version: int | None = None,
) -> Position:
    """Change what is given; arrays replace. `changes` has keys of `create_position`.

    A shortlist that nobody has opened or decided on is made anew where the ranking reads what has
    changed, and the old one names it.

    Raises:
        NotFound, StaleVersion: there is no such position, or it has moved on.
        Conflict, Invalid: as in `create_position`.
    """
    position = lock_position(session, position_id, expected_version)
    at = effective(session, effective_at, pointer=_AT)
    before, ranked_before = _described(session, position), _ranked(position)
    for name in ("title", "department", "job_family", "location", "starts_on"):
        if name in changes:
            setattr(position, name, changes[name])
    if "custom_fields" in changes:
        position.custom_fields = checked_values(
            session, "position", changes["custom_fields"], before=position.custom_fields
        )
    if "requirements" in changes:
        _replace_requirements(session, position, changes["requirements"])
    if "external_ids" in changes:
        set_external_ids(session, "position", position_id, changes["external_ids"])
    ranked = _ranked(position)
    told = {name: ranked[name] for name in RANKED if name in changes}
    differs = any(ranked[name] != ranked_before[name] for name in told)
    if told and (differs or effective_at is not None):
        amend_fact(session, Kind.POSITION, position_id, told, candidate_id=None, effective_at=at)
    _note_changes(session, actor, position, before)
    session.flush()
    if differs:
        _remake_shortlist(session, actor, position, at)
    return position


def _refuse_faults(requirements: Sequence[Wanted]) -> None:
    faults = requirement_faults(requirements)
    if faults:
        raise Invalid.of(faults)


def _requirement_rows(requirements: Iterable[Wanted]) -> list[Requirement]:
    # Ids in the order given: they are listed by id.
    return [Requirement(id=new_id(), **each._asdict()) for each in requirements]


def _replace_requirements(
    session: Session, position: Position, requirements: Sequence[Wanted]
) -> None:
    _refuse_faults(requirements)
    if [_wanted(row) for row in position.requirements] == [*requirements]:
        return
    # The old rows go first: a flush writes new rows before it deletes, and the two may be alike.
    position.requirements = []
    session.flush()
    position.requirements = _requirement_rows(requirements)


def _wanted(row: Requirement) -> Wanted:
    return Wanted(row.competency, row.min_level, row.kind, float(row.weight), row.verified_only)


def _ranked(position: Position) -> dict[str, Any]:
    """Return what the ranking reads of a position, as its fact holds it."""
    return {
        "starts_on": position.starts_on,
        "job_family": position.job_family,
        "department": position.department,
        "requirements": [_wanted(row)._asdict() for row in position.requirements],
    }


def _described(session: Session, position: Position) -> dict[str, Any]:
    """Return what a reader is shown and a user can change, in plain values."""
    return {
        "title": position.title,
        "location": position.location,
        **_ranked(position),
        "external_ids": sorted(external_ids_of(session, [position.id])[position.id]),
        "custom_fields": position.custom_fields,
    }


def _note_changes(
    session: Session, actor: Actor, position: Position, before: dict[str, Any]
) -> None:
    after = _described(session, position)
    changes = {
        name: {"from": before[name], "to": after[name]}
        for name in after
        if before[name] != after[name]
    }
    if changes:
        position.touch()
        record_change(session, actor, "position.updated", "position", position.id, changes=changes)


def _remake_shortlist(session: Session, actor: Actor, position: Position, at: datetime) -> None:
    if position.status != "open":
        return
    old = unused_shortlist(session, position.id)
    if old is None:
        return
    new = shortlist_of_news(
        session, actor, position.id, trigger="requirements_changed", at=at, limit=old.row_limit
    )
    if new is not None:
        old.superseded_by_id = new.id
        old.touch()
        session.flush()
        record_change(
            session,
            actor,
            "shortlist.superseded",
            "shortlist",
            old.id,
            data={"position_id": position.id, "superseded_by_id": new.id},
        )
