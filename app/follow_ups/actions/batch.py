"""Many follow-ups at once: each item on its own, every candidate brought up to date once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.problems import Conflict, Problem
from app.entry.actor import Actor
from app.external_ids.rules import Name
from app.facts.actions import recorded_at
from app.facts.queries import no_candidate
from app.follow_ups.actions.correcting import change_follow_up, note_update
from app.follow_ups.actions.ledger import settle
from app.follow_ups.actions.recording import add_follow_up
from app.follow_ups.actions.rows import lock_candidates
from app.follow_ups.queries.naming import (
    CandidateRef,
    Meant,
    Named,
    candidates_meant,
    follow_ups_by_id,
    named_subjects,
)
from app.follow_ups.queries.reading import advice_of
from app.follow_ups.rules.drafts import FollowUpDraft
from app.models.candidate import Candidate
from app.models.follow_up import FollowUp
from app.models.organization import ExternalId

Ended = Literal["created", "updated", "unchanged", "failed"]


class BatchItem(NamedTuple):
    """One follow-up of a batch; `fields` are those of FollowUpDraft that were told."""

    candidate: CandidateRef
    fields: Mapping[str, Any]
    external_ids: tuple[Name, ...] = ()


class Outcome(NamedTuple):
    """What became of an item; `problem` says why where it failed.

    `possible_duplicates`: of a new candidate, who has one of the same addresses.
    """

    outcome: Ended
    id: UUID | None
    problem: Problem | None = None
    possible_duplicates: Sequence[UUID] = ()


@dataclass(slots=True)
class _Desk:
    """Everything the items refer to, looked up for all of them together."""

    candidates: Mapping[UUID, Candidate]
    advice: Mapping[UUID, set[UUID]]
    names: dict[Name, Named]
    follow_ups: dict[UUID, FollowUp]
    touched: set[UUID]


def record_batch(
    session: Session, actor: Actor, items: Sequence[BatchItem | Problem]
) -> list[Outcome]:
    """Record each item that can be recorded; return what became of each, in their order.

    An item that is a problem already stays one. An item with an external id that is known is
    compared with what it was: `unchanged`, or `updated` by what it tells differently; what it
    leaves out stays. All candidates are locked first, in the order of their ids.
    """
    told = [item for item in items if isinstance(item, BatchItem)]
    meant = candidates_meant(session, (item.candidate for item in told))
    candidates = lock_candidates(session, (one for one in meant.values() if isinstance(one, UUID)))
    # Before the first savepoint: a clock read inside one would be rolled back with it.
    recorded_at(session)
    try:
        with session.begin_nested():
            desk = _desk(session, told, candidates)
            outcomes = [_record(session, actor, desk, item, meant) for item in items]
    except IntegrityError:
        # Somebody took an external id since we looked. Rarely: so all items share one savepoint at
        # first, and only now each has its own, to find the one that has to fail.
        desk = _desk(session, told, candidates)
        outcomes = [_record_apart(session, actor, desk, item, meant) for item in items]
    for candidate_id in sorted(desk.touched):
        settle(session, candidates[candidate_id])
    return outcomes


def _desk(
    session: Session, items: Sequence[BatchItem], candidates: Mapping[UUID, Candidate]
) -> _Desk:
    names = named_subjects(session, (name for item in items for name in item.external_ids))
    known = (one.subject_id for one in names.values() if one.subject_type == "follow_up")
    return _Desk(
        candidates=candidates,
        advice=advice_of(session, candidates),
        names=names,
        follow_ups=follow_ups_by_id(session, known),
        touched=set(),
    )


def _record_apart(
    session: Session, actor: Actor, desk: _Desk, item: BatchItem | Problem, meant: Meant
) -> Outcome:
    """Record one item inside a savepoint of its own."""
    names = set() if isinstance(item, Problem) else set(item.external_ids)
    known = {desk.names[name].subject_id for name in names if name in desk.names}
    new = names - desk.names.keys()
    try:
        with session.begin_nested():
            outcome = _record(session, actor, desk, item, meant)
            session.flush()
    except IntegrityError:
        for name in new:
            desk.names.pop(name, None)
        # What the savepoint took back is read anew.
        desk.follow_ups |= follow_ups_by_id(session, known)
        problem = Conflict("Another request took an external id first.")
        return Outcome("failed", None, problem)
    return outcome


def _record(
    session: Session, actor: Actor, desk: _Desk, item: BatchItem | Problem, meant: Meant
) -> Outcome:
    """Record one item; nothing has been written where it fails."""
    try:
        if isinstance(item, Problem):
            raise item
        candidate_id = _present(desk, item.candidate, meant[item.candidate])
        known = _known(desk, item, candidate_id)
        if known is None:
            outcome = _create(session, actor, desk, item, candidate_id)
        else:
            outcome = _update(session, actor, desk, item, known)
    except Problem as problem:
        return Outcome("failed", None, problem)
    if outcome.outcome != "unchanged":
        desk.touched.add(candidate_id)
    return outcome


def _present(desk: _Desk, ref: CandidateRef, meant: UUID | Problem) -> UUID:
    if isinstance(meant, Problem):
        raise meant
    row = desk.candidates.get(meant)
    if row is None or row.deleted_at is not None:
        raise no_candidate(ref.pointer, row.merged_into_id if row else None)
    return row.id


def _known(desk: _Desk, item: BatchItem, candidate_id: UUID) -> FollowUp | None:
    """Return the follow-up that the item's external ids name, None where they are all new."""
    named = {desk.names[name] for name in item.external_ids if name in desk.names}
    if not named:
        return None
    subject_type, subject_id = next(iter(named))
    if len(named) > 1 or subject_type != "follow_up":
        raise Conflict("An external id is known already.", existing_id=subject_id)
    row = desk.follow_ups[subject_id]
    if row.candidate_id != candidate_id:
        raise Conflict("It is another candidate's follow-up.", existing_id=subject_id)
    return row


def _create(
    session: Session, actor: Actor, desk: _Desk, item: BatchItem, candidate_id: UUID
) -> Outcome:
    draft = FollowUpDraft(**item.fields, dating="trusted", captured_by_user_id=actor.user_id)
    row = add_follow_up(session, actor, candidate_id, draft, desk.advice[candidate_id])
    desk.follow_ups[row.id] = row
    _add_names(session, desk, row.id, item.external_ids)
    return Outcome("created", row.id)


def _update(session: Session, actor: Actor, desk: _Desk, item: BatchItem, row: FollowUp) -> Outcome:
    if row in session.new:
        # An earlier item made it; only what is written can be corrected.
        session.flush()
    changed = change_follow_up(session, actor, row, item.fields, desk.advice[row.candidate_id])
    added = _add_names(session, desk, row.id, item.external_ids)
    if added:
        changed["external_ids"] = [tuple(name) for name in added]
    if not changed:
        return Outcome("unchanged", row.id)
    note_update(session, actor, row, changed)
    return Outcome("updated", row.id)


def _add_names(
    session: Session, desk: _Desk, follow_up_id: UUID, names: Iterable[Name]
) -> list[Name]:
    """Give a follow-up the names that it has not yet; return them."""
    new = [name for name in dict.fromkeys(names) if name not in desk.names]
    desk.names |= dict.fromkeys(new, Named("follow_up", follow_up_id))
    session.add_all(
        ExternalId(
            source=name.source,
            type=name.type,
            external_id=name.id,
            subject_type="follow_up",
            subject_id=follow_up_id,
        )
        for name in new
    )
    return new
