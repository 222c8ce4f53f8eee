"""Whom a row means, and the pages of an export."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.candidates.queries import (
    CANDIDATES,
    CandidateView,
    candidate_views,
    candidates,
    passing,
)
from app.core.database import organization_of
from app.models.application import Advice, Application, Rejection
from app.models.candidate import Candidate
from app.models.position import Position
from app.search.queries.finding import Place, found_candidates
from app.search.rules.asked import Word


class CandidatesPage(NamedTuple):
    """Some candidates, and after whom or what the next page goes on; null on the last."""

    views: list[CandidateView]
    following: UUID | Place | None


def candidates_page(
    session: Session,
    after: Any,
    limit: int,
    wanted: Mapping[str, Any],
    changed_since: datetime | None,
) -> CandidatesPage:
    """Return the next candidates by id who pass the filters, with all that is shown of them."""
    rows = candidates(organization_of(session), **wanted)
    by = rows.selected_columns.id
    if after is not None:
        rows = rows.where(by > after, CANDIDATES.c.id > after)
    if changed_since is not None:
        rows = rows.where(CANDIDATES.c.updated_at >= changed_since)
    ids = list(session.scalars(rows.order_by(by).limit(limit)))
    following = ids[-1] if len(ids) == limit else None
    return CandidatesPage(candidate_views(session, ids), following)


def found_page(
    session: Session, words: Sequence[Word], after: Any, limit: int, wanted: Mapping[str, Any]
) -> CandidatesPage:
    """Return the next candidates who are found by all words and pass the filters."""
    page = found_candidates(
        session, words, after=after, limit=limit, passing=passing(session, wanted)
    )
    ids = [one.candidate_id for one in page.items]
    return CandidatesPage(candidate_views(session, ids), page.following)


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
