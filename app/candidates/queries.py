"""Looking candidates up."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from app.core.addresses import fold_address
from app.core.database import organization_of
from app.core.problems import Gone, NotFound
from app.external_ids.queries import named
from app.external_ids.rules import Name
from app.models.application import Application
from app.models.candidate import Candidate, CandidateEmail, CandidateTag

_CHILDREN = (
    selectinload(Candidate.emails),
    selectinload(Candidate.phones),
    selectinload(Candidate.tags),
    selectinload(Candidate.competencies),
)
# Who shares an address with more people than this shares it with a mailing list.
MOST_DUPLICATES = 20


def candidate_with_children(session: Session, candidate_id: UUID) -> Candidate:
    """Return a candidate with all that belongs to them; raises NotFound, Gone where deleted."""
    found = session.scalar(
        select(Candidate)
        .where(Candidate.organization_id == organization_of(session), Candidate.id == candidate_id)
        .options(*_CHILDREN)
    )
    if found is None:
        raise NotFound("No such candidate.")
    if found.deleted_at is not None:
        raise Gone(f"The candidate was {found.deletion_reason}.")
    return found


def candidates(
    organization_id: UUID,
    *,
    email: str | None = None,
    external_id: Name | None = None,
    tag: str | None = None,
    application_status: str | None = None,
    position_id: UUID | None = None,
    awaiting_reply: bool | None = None,
    ids: Sequence[UUID] | None = None,
) -> Select[Candidate]:
    """Candidates who are here, with all that belongs to them; filters narrow together.

    `application_status` and `position_id` speak of one and the same application.
    """
    statement = (
        select(Candidate)
        .where(Candidate.organization_id == organization_id, Candidate.deleted_at.is_(None))
        .options(*_CHILDREN)
    )
    if email is not None:
        statement = statement.where(Candidate.id.in_(_by_address(organization_id, [email])))
    if external_id is not None:
        statement = statement.where(
            Candidate.id.in_(named(organization_id, "candidate", external_id))
        )
    if tag is not None:
        statement = statement.where(Candidate.id.in_(_by_tag(organization_id, tag)))
    if application_status is not None or position_id is not None:
        tried = _by_application(organization_id, application_status, position_id)
        statement = statement.where(Candidate.id.in_(tried))
    if awaiting_reply is not None:
        waits = Candidate.awaiting_reply_since
        statement = statement.where(waits.is_not(None) if awaiting_reply else waits.is_(None))
    if ids is not None:
        statement = statement.where(Candidate.id.in_(ids))
    return statement


def sharing_an_address(session: Session, addresses: Iterable[str]) -> list[UUID]:
    """Return the ids of candidates who have one of these addresses, the oldest first."""
    told = list(addresses)
    if not told:
        return []
    organization_id = organization_of(session)
    return list(
        session.scalars(
            select(Candidate.id)
            .where(
                Candidate.organization_id == organization_id,
                Candidate.id.in_(_by_address(organization_id, told)),
            )
            .order_by(Candidate.id)
            .limit(MOST_DUPLICATES)
        )
    )


def _by_address(organization_id: UUID, addresses: Iterable[str]) -> Select[UUID]:
    return select(CandidateEmail.candidate_id).where(
        CandidateEmail.organization_id == organization_id,
        CandidateEmail.folded.in_([fold_address(each) for each in addresses]),
    )


def _by_tag(organization_id: UUID, tag: str) -> Select[UUID]:
    return select(CandidateTag.candidate_id).where(
        CandidateTag.organization_id == organization_id, CandidateTag.tag == tag
    )


def _by_application(
    organization_id: UUID, status: str | None, position_id: UUID | None
) -> Select[UUID]:
    statement = select(Application.candidate_id).where(
        Application.organization_id == organization_id
    )
    if status is not None:
        statement = statement.where(Application.status == status)
    if position_id is not None:
        statement = statement.where(Application.position_id == position_id)
    return statement
