"""Whom a row means, and the pages of an export."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.candidates.queries import CandidateView, candidate_views, candidates
from app.core.database import organization_of
from app.models.application import Advice, Application, Rejection
from app.models.candidate import Candidate
from app.models.position import Position


def candidates_page(session: Session, after: UUID | None, limit: int) -> list[CandidateView]:
    """Return the next candidates by id, with all that is shown of them."""
    rows = candidates(organization_of(session))
    by_id = rows.selected_columns[0]
    if after is not None:
        rows = rows.where(by_id > after)
    ids = list(session.scalars(rows.order_by(by_id).limit(limit)))
    return candidate_views(session, ids)


def is_here(session: Session, candidate_id: UUID) -> bool:
    """Tell whether a candidate exists and was not removed."""
    found = session.scalar(
        select(Candidate.id).where(
            Candidate.organization_id == organization_of(session),
            Candidate.id == candidate_id,
            Candidate.deleted_at.is_(None),
        )
    )
    return found is not None


def positions_titled(session: Session, title: str) -> Sequence[UUID]:
    """Return the positions of this title, two at the most."""
    return session.scalars(
        select(Position.id)
        .where(Position.organization_id == organization_of(session), Position.title == title)
        .limit(2)
    ).all()


def tries_at(session: Session, candidate_id: UUID, position_id: UUID) -> Sequence[Application]:
    """Return a candidate's tries at a position, the latest first."""
    return session.scalars(
        select(Application)
        .where(
            Application.organization_id == organization_of(session),
            Application.candidate_id == candidate_id,
            Application.position_id == position_id,
        )
        .order_by(Application.id.desc())
    ).all()


def tries_of(session: Session, candidate_id: UUID) -> Sequence[Application]:
    """Return a candidate's tries, two at the most."""
    return session.scalars(
        select(Application)
        .where(
            Application.organization_id == organization_of(session),
            Application.candidate_id == candidate_id,
        )
        .limit(2)
    ).all()


def numbered_advice(session: Session, candidate_id: UUID) -> dict[int, UUID]:
    """Return the advice of a candidate's latest standing rejection by its numbers."""
    latest = (
        select(Rejection.id)
        .where(
            Rejection.organization_id == organization_of(session),
            Rejection.candidate_id == candidate_id,
            Rejection.undone_at.is_(None),
        )
        .order_by(Rejection.rejected_at.desc(), Rejection.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Advice.number, Advice.id).where(
            Advice.organization_id == organization_of(session), Advice.rejection_id == latest
        )
    )
    return {row.number: row.id for row in rows}
