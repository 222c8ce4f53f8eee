"""Reading applications, rejections and advice."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.core.problems import Gone, NotFound
from app.external_ids.queries import external_ids_of, named
from app.external_ids.rules import Name
from app.models.application import Advice, Application, Rejection
from app.models.candidate import Candidate
from app.models.organization import RejectionReason
from app.models.position import Opening


@dataclass(frozen=True, slots=True)
class Standing:
    """A rejection that stands, with what is shown beside it."""

    row: Rejection
    reason: str | None
    advice_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """An application with all that is shown of it."""

    row: Application
    opening_id: UUID | None
    external_ids: tuple[Name, ...]
    rejection: Standing | None


def applications(
    organization_id: UUID,
    *,
    candidate_id: UUID | None = None,
    position_id: UUID | None = None,
    status: str | None = None,
    external_id: Name | None = None,
    ids: Sequence[UUID] | None = None,
) -> Select[Application]:
    """Return the applications of everybody who is still here, filtered by what is given."""
    statement = (
        select(Application)
        .join(
            Candidate,
            (Candidate.organization_id == Application.organization_id)
            & (Candidate.id == Application.candidate_id),
        )
        .where(Application.organization_id == organization_id, Candidate.deleted_at.is_(None))
    )
    if candidate_id is not None:
        statement = statement.where(Application.candidate_id == candidate_id)
    if position_id is not None:
        statement = statement.where(Application.position_id == position_id)
    if status is not None:
        statement = statement.where(Application.status == status)
    if external_id is not None:
        called = named(organization_id, "application", external_id)
        statement = statement.where(Application.id.in_(called))
    if ids is not None:
        statement = statement.where(Application.id.in_(ids))
    return statement


def find_application(session: Session, application_id: UUID) -> Application:
    """Return one application; raises NotFound, or Gone where its candidate was deleted."""
    found = session.execute(
        select(Application, Candidate.deleted_at, Candidate.deletion_reason)
        .join(
            Candidate,
            (Candidate.organization_id == Application.organization_id)
            & (Candidate.id == Application.candidate_id),
        )
        .where(
            Application.organization_id == organization_of(session),
            Application.id == application_id,
        )
    ).one_or_none()
    if found is None:
        raise NotFound("No such application.")
    row, deleted_at, deletion_reason = found
    if deleted_at is not None:
        raise Gone(f"The candidate was {deletion_reason}.")
    return row


def find_active(session: Session, candidate_id: UUID, position_id: UUID) -> UUID | None:
    """Return the id of a candidate's active application to a position, None without one."""
    return session.scalar(
        select(Application.id).where(
            Application.organization_id == organization_of(session),
            Application.candidate_id == candidate_id,
            Application.position_id == position_id,
            Application.status == "active",
        )
    )


def standing_rejection(session: Session, application_id: UUID) -> Rejection | None:
    """Return the rejection of an application that stands, None without one."""
    return session.scalar(
        select(Rejection).where(
            Rejection.organization_id == organization_of(session),
            Rejection.application_id == application_id,
            Rejection.undone_at.is_(None),
        )
    )


def advice_of_rejection(session: Session, rejection_id: UUID) -> list[Advice]:
    """Return the advice given at a rejection and since, by number."""
    return list(
        session.scalars(
            select(Advice)
            .where(
                Advice.organization_id == organization_of(session),
                Advice.rejection_id == rejection_id,
            )
            .order_by(Advice.number)
        )
    )


def find_advice(session: Session, advice_id: UUID) -> Advice:
    """Return one piece of advice; raises NotFound."""
    row = session.scalar(
        select(Advice).where(
            Advice.organization_id == organization_of(session), Advice.id == advice_id
        )
    )
    if row is None:
        raise NotFound("No such advice.")
    return row


def advice_of_candidate(organization_id: UUID, candidate_id: UUID) -> Select[Advice, Rejection]:
    """Return a candidate's advice, each with its rejection, those undone too."""
    return (
        select(Advice, Rejection)
        .join(
            Rejection,
            (Rejection.organization_id == Advice.organization_id)
            & (Rejection.id == Advice.rejection_id),
        )
        .where(Advice.organization_id == organization_id, Advice.candidate_id == candidate_id)
    )


def views(session: Session, rows: Iterable[Application]) -> list[ApplicationView]:
    """Return applications with all that is shown of them: four queries, however many they are."""
    session.flush()
    rows = list(rows)
    ids = [row.id for row in rows]
    if not ids:
        return []
    names = external_ids_of(session, ids)
    seats = _openings_of(session, ids)
    rejections = _standing_of(session, ids)
    return [
        ApplicationView(
            row, seats.get(row.id), tuple(names.get(row.id, ())), rejections.get(row.id)
        )
        for row in rows
    ]


def view(session: Session, row: Application) -> ApplicationView:
    """Return one application with all that is shown of it."""
    return views(session, [row])[0]


def _openings_of(session: Session, ids: list[UUID]) -> dict[UUID, UUID]:
    rows = session.execute(
        select(Opening.application_id, Opening.id).where(
            Opening.organization_id == organization_of(session), Opening.application_id.in_(ids)
        )
    )
    return {application_id: opening_id for application_id, opening_id in rows if application_id}


def _standing_of(session: Session, ids: list[UUID]) -> dict[UUID, Standing]:
    organization_id = organization_of(session)
    rows = session.execute(
        select(Rejection, RejectionReason.name)
        .outerjoin(
            RejectionReason,
            (RejectionReason.organization_id == Rejection.organization_id)
            & (RejectionReason.id == Rejection.rejection_reason_id),
        )
        .where(
            Rejection.organization_id == organization_id,
            Rejection.application_id.in_(ids),
            Rejection.undone_at.is_(None),
        )
    ).all()
    advice: dict[UUID, list[UUID]] = defaultdict(list)
    for rejection_id, advice_id in session.execute(
        select(Advice.rejection_id, Advice.id)
        .where(
            Advice.organization_id == organization_id,
            Advice.rejection_id.in_([rejection.id for rejection, _ in rows]),
        )
        .order_by(Advice.number)
    ):
        advice[rejection_id].append(advice_id)
    return {
        rejection.application_id: Standing(rejection, reason, tuple(advice[rejection.id]))
        for rejection, reason in rows
    }
