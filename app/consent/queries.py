"""Looking up consents and pauses."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.core.paging import RootFilters, SortKey
from app.core.problems import NotFound
from app.facts.queries import require_candidate
from app.models.base import BINDS_ITS_TENANT
from app.models.candidate import Consent, PauseRow
from app.tombstones.queries import Listing, Rows, page_of_rows

_CONSENT = (
    select(Consent)
    .where(
        Consent.organization_id == bindparam("organization_id"),
        Consent.candidate_id == bindparam("candidate_id"),
        Consent.purpose == bindparam("purpose"),
    )
    .execution_options(**{BINDS_ITS_TENANT: True})
)
# An answer gives way to another one; a pause can be taken back.
_ANSWERS = Listing(
    (SortKey(Consent.purpose, str), SortKey(Consent.id, UUID)),
    (SortKey(Consent.updated_at, datetime), SortKey(Consent.id, UUID)),
)
_PAUSES = Listing(
    (SortKey(PauseRow.first_day, date), SortKey(PauseRow.id, UUID)),
    (SortKey(PauseRow.updated_at, datetime), SortKey(PauseRow.id, UUID)),
    "pause",
)


def consents_page(session: Session, candidate_id: UUID, asked: RootFilters) -> Rows:
    """Return what the candidate allowed or refused, at most one for each purpose.

    Raises NotFound, or Gone where they were deleted.
    """
    require_candidate(session, candidate_id)
    statement = select(Consent).where(
        Consent.organization_id == organization_of(session), Consent.candidate_id == candidate_id
    )
    return page_of_rows(session, statement, _ANSWERS, asked, {"candidate_id": candidate_id})


def consent_for(session: Session, candidate_id: UUID, purpose: str) -> Consent | None:
    """Return what holds for one purpose, None where nothing was told."""
    asked = {
        "organization_id": organization_of(session),
        "candidate_id": candidate_id,
        "purpose": purpose,
    }
    return session.scalar(_CONSENT, asked)


def pauses_of(organization_id: UUID, candidate_id: UUID) -> Select[PauseRow]:
    """The candidate's pauses, without those that were taken back."""
    return select(PauseRow).where(
        PauseRow.organization_id == organization_id,
        PauseRow.candidate_id == candidate_id,
        PauseRow.cancelled.is_(False),
    )


def pauses_page(session: Session, candidate_id: UUID, asked: RootFilters) -> Rows:
    """Return the candidate's pauses, the earliest first, without those that were taken back.

    Raises NotFound, or Gone where they were deleted.
    """
    require_candidate(session, candidate_id)
    return page_of_rows(
        session,
        pauses_of(organization_of(session), candidate_id),
        _PAUSES,
        asked,
        {"candidate_id": candidate_id},
        parent_id=candidate_id,
    )


def pause_of(session: Session, candidate_id: UUID, pause_id: UUID) -> PauseRow:
    """Return one pause of the candidate's; raises NotFound."""
    found = session.scalar(
        pauses_of(organization_of(session), candidate_id).where(PauseRow.id == pause_id)
    )
    if found is None:
        raise NotFound("No such pause.")
    return found
