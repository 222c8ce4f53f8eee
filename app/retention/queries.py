"""What belongs to a person."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from app.core.database import organization_of
from app.models.application import Advice, Application, Rejection
from app.models.attachment import Attachment
from app.models.candidate import Candidate, CandidateEmail, Consent, PauseRow
from app.models.follow_up import FollowUp, IntakeMessage, Milestone
from app.models.ranking import ShortlistEntry


@dataclass(frozen=True, slots=True)
class Person:
    """Whom to forget and why, and the folded addresses that nobody else here has."""

    organization_id: UUID
    candidate_id: UUID
    reason: str
    own_addresses: tuple[str, ...]


def person_of(session: Session, candidate_id: UUID, reason: str) -> Person:
    """Return whom to forget, while there is still something to tell them by."""
    organization_id = organization_of(session)
    other = aliased(CandidateEmail)
    shared = exists().where(
        other.organization_id == organization_id,
        other.folded == CandidateEmail.folded,
        other.candidate_id != candidate_id,
    )
    addresses = session.scalars(
        select(CandidateEmail.folded).where(
            CandidateEmail.organization_id == organization_id,
            CandidateEmail.candidate_id == candidate_id,
            ~shared,
        )
    )
    return Person(organization_id, candidate_id, reason, tuple(addresses))


def former_selves(session: Session, person: Person) -> list[Person]:
    """Return whom else the person was: each who was merged into them has a past of their own."""
    ids = session.scalars(
        select(Candidate.id).where(
            Candidate.organization_id == person.organization_id,
            Candidate.merged_into_id == person.candidate_id,
        )
    )
    return [replace(person, candidate_id=former) for former in ids]


def ids_about(session: Session, person: Person) -> list[UUID]:
    """Return the person's id, and those of all rows about them that others may speak of."""
    of_person: tuple[tuple[InstrumentedAttribute[UUID], ...], ...] = (
        (Application.id, Application.organization_id, Application.candidate_id),
        (Rejection.id, Rejection.organization_id, Rejection.candidate_id),
        (Advice.id, Advice.organization_id, Advice.candidate_id),
        (FollowUp.id, FollowUp.organization_id, FollowUp.candidate_id),
        (Milestone.id, Milestone.organization_id, Milestone.candidate_id),
        (Attachment.id, Attachment.organization_id, Attachment.candidate_id),
        (Consent.id, Consent.organization_id, Consent.candidate_id),
        (PauseRow.id, PauseRow.organization_id, PauseRow.candidate_id),
    )
    rows = union_all(
        *(
            select(row_id).where(tenant == person.organization_id, owner == person.candidate_id)
            for row_id, tenant, owner in of_person
        )
    )
    return [person.candidate_id, *session.scalars(rows)]


@dataclass(frozen=True, slots=True)
class Leaving:
    """The ids of what goes with a person, and of what stays and is changed by it."""

    application_ids: list[UUID]
    advice_ids: list[UUID]
    follow_up_ids: list[UUID]
    milestone_ids: list[UUID]
    attachment_ids: list[UUID]
    intake_message_ids: list[UUID]
    shortlist_ids: list[UUID]


def leaving_with(session: Session, person: Person, formers: Iterable[Person]) -> Leaving:
    """Return what others have to let go of with the person, or to read anew."""

    def theirs(row_id: Any, root: Any, *more: ColumnElement[bool]) -> list[UUID]:
        mine = (root.organization_id == person.organization_id, *more)
        return list(session.scalars(select(row_id).where(*mine).order_by(row_id)))

    owner = person.candidate_id
    names = [owner, *(former.candidate_id for former in formers)]
    return Leaving(
        theirs(Application.id, Application, Application.candidate_id == owner),
        theirs(Advice.id, Advice, Advice.candidate_id == owner),
        theirs(
            FollowUp.id, FollowUp, FollowUp.candidate_id == owner, FollowUp.deleted_at.is_(None)
        ),
        theirs(Milestone.id, Milestone, Milestone.candidate_id == owner),
        theirs(Attachment.id, Attachment, Attachment.candidate_id == owner),
        theirs(
            IntakeMessage.id,
            IntakeMessage,
            IntakeMessage.outcome == "unassigned",
            IntakeMessage.from_address.in_(person.own_addresses),
        ),
        theirs(ShortlistEntry.shortlist_id, ShortlistEntry, ShortlistEntry.candidate_id.in_(names)),
    )


def follow_ups_of(person: Person) -> Select[UUID]:
    """Return the ids of the person's follow-ups."""
    return select(FollowUp.id).where(
        FollowUp.organization_id == person.organization_id,
        FollowUp.candidate_id == person.candidate_id,
    )
