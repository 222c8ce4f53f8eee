"""Many rows at once: each item on its own, so that a bad one spoils no other."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.candidates.queries import CandidateView, candidate_views
from app.core.database import organization_of
from app.core.problems import Conflict, Problem
from app.entry.actor import Actor
from app.external_ids.rules import Name
from app.follow_ups.actions import Outcome
from app.follow_ups.actions.rows import lock_candidates
from app.follow_ups.queries.naming import CandidateRef, candidates_meant
from app.models.position import Position
from app.positions.rules import Seat
from app.upserts.actions.applications import put_application
from app.upserts.actions.candidates import put_candidate
from app.upserts.actions.positions import put_position
from app.upserts.actions.putting import attempt
from app.upserts.actions.rejections import reject_once
from app.upserts.queries import candidates_of, known_rows, meant
from app.upserts.rules import Ref, in_order_of_names, says_nothing_new

_AT_ONCE = 500
_TAKEN = "Another request changed the same thing first. Send it again."
Item = TypeVar("Item")


class CandidateItem(NamedTuple):
    """A candidate as `put_candidate` takes it."""

    names: Sequence[Name]
    told: Mapping[str, Any]
    effective_at: datetime | None = None


class PositionItem(NamedTuple):
    """A position as `put_position` takes it."""

    names: Sequence[Name]
    told: Mapping[str, Any]
    openings: Sequence[Seat] = (Seat(),)
    effective_at: datetime | None = None


class ApplicationItem(NamedTuple):
    """An application as `put_application` takes it."""

    names: Sequence[Name]
    told: Mapping[str, Any]
    candidate: CandidateRef | None = None
    position: Ref | None = None
    effective_at: datetime | None = None


class RejectionItem(NamedTuple):
    """A rejection; `told` has those keys of `reject_application` that were given."""

    application: Ref
    told: Mapping[str, Any]


def put_candidates(
    session: Session, actor: Actor, items: Sequence[CandidateItem | Problem]
) -> list[Outcome]:
    """Put each candidate that can be put; return what became of each, in their order.

    Of most candidates a sync by night tells nothing new: they are compared, all read at once, and
    let be.
    """
    names = [name for item in items if isinstance(item, CandidateItem) for name in item.names]
    lock_candidates(session, known_rows(session, "candidate", names))
    shown = _as_shown(session, names)
    changed: set[UUID] = set()

    def put(item: CandidateItem) -> Outcome:
        known = shown.get(item.names[0]) if item.names and item.effective_at is None else None
        if (
            known is not None
            and known.id not in changed
            and says_nothing_new(known._asdict(), item.told, item.names)
        ):
            return Outcome("unchanged", known.id)
        done = put_candidate(session, actor, item.names, item.told, effective_at=item.effective_at)
        changed.add(done.row.id)
        return Outcome(done.outcome, done.row.id, possible_duplicates=done.possible_duplicates)

    return _each(session, items, put, by=lambda item: item.names)


def _as_shown(session: Session, names: Iterable[Name]) -> dict[Name, CandidateView]:
    """Return the candidates that go by these names, as they are before the batch."""
    ids = sorted({*known_rows(session, "candidate", names)})
    return {name: view for view in candidate_views(session, ids) for name in view.external_ids}


def put_positions(
    session: Session, actor: Actor, items: Sequence[PositionItem | Problem]
) -> list[Outcome]:
    """Put each position that can be put. Needs a transaction of the mode LIST."""

    def put(item: PositionItem) -> Outcome:
        done = put_position(
            session,
            actor,
            item.names,
            item.told,
            openings=item.openings,
            effective_at=item.effective_at,
        )
        return Outcome(done.outcome, done.row.id)

    return _each(session, items, put, by=lambda item: item.names)


def put_applications(
    session: Session, actor: Actor, items: Sequence[ApplicationItem | Problem]
) -> list[Outcome]:
    """Put each application that can be put; return what became of each, in their order."""
    told = [item for item in items if isinstance(item, ApplicationItem)]
    _hold_positions(session, (item.position for item in told if item.position))
    names = [name for item in told for name in item.names]
    whose = candidates_of(session, known_rows(session, "application", names))
    found = candidates_meant(session, (item.candidate for item in told if item.candidate))
    new = [one for one in found.values() if isinstance(one, UUID)]
    lock_candidates(session, [*whose, *new])

    def put(item: ApplicationItem) -> Outcome:
        done = put_application(
            session,
            actor,
            item.names,
            item.told,
            candidate=item.candidate,
            position=item.position,
            effective_at=item.effective_at,
        )
        return Outcome(done.outcome, done.row.id)

    return _each(session, items, put, by=lambda item: item.names)


def reject_applications(
    session: Session, actor: Actor, items: Sequence[RejectionItem | Problem]
) -> list[Outcome]:
    """Turn down each application that can be; an outcome's id is the rejection's.

    Told again as it was, a rejection is unchanged.
    """
    told = [item.application for item in items if isinstance(item, RejectionItem)]
    names = [ref.external_id for ref in told if ref.external_id]
    ids = [ref.id for ref in told if ref.id]
    rows = [*known_rows(session, "application", names), *ids]
    lock_candidates(session, candidates_of(session, rows))

    def put(item: RejectionItem) -> Outcome:
        application_id = meant(session, "application", item.application, "/application")
        return reject_once(session, actor, application_id, item.told)

    return _each(session, items, put, by=lambda _: ())


def _each(
    session: Session,
    items: Sequence[Item | Problem],
    put: Callable[[Item], Outcome],
    *,
    by: Callable[[Item], Sequence[Name]],
) -> list[Outcome]:
    """Put each item inside a savepoint of its own.

    New names are claimed in one order, whoever sends them: two batches never wait for each other.
    """
    names = [() if isinstance(item, Problem) else tuple(by(item)) for item in items]
    outcomes: dict[int, Outcome] = {}
    for at in in_order_of_names(names):
        item = items[at]
        if isinstance(item, Problem):
            outcomes[at] = Outcome("failed", None, item)
            continue
        try:
            with attempt(session):
                outcomes[at] = put(item)
        except Problem as problem:
            outcomes[at] = Outcome("failed", None, problem)
        except IntegrityError:
            outcomes[at] = Outcome("failed", None, Conflict(_TAKEN))
    return [outcomes[at] for at in range(len(items))]


def _hold_positions(session: Session, refs: Iterable[Ref]) -> None:
    """Keep the positions in place before any candidate is locked, as everybody takes the two."""
    told = set(refs)
    named = known_rows(session, "position", [ref.external_id for ref in told if ref.external_id])
    ids = sorted({*named, *(ref.id for ref in told if ref.id)})
    for start in range(0, len(ids), _AT_ONCE):
        session.execute(
            select(Position.id)
            .where(
                Position.organization_id == organization_of(session),
                Position.id.in_(ids[start : start + _AT_ONCE]),
            )
            .order_by(Position.id)
            .with_for_update(read=True, key_share=True)
        )
