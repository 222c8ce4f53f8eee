"""Looking up consents and pauses."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.core.problems import NotFound
from app.models.base import BINDS_ITS_TENANT
from app.models.candidate import Consent, PauseRow

_CONSENTS = (
    select(Consent)
    .where(
        Consent.organization_id == bindparam("organization_id"),
        Consent.candidate_id == bindparam("candidate_id"),
    )
    .order_by(Consent.purpose)
    .execution_options(**{BINDS_ITS_TENANT: True})
)
_CONSENT = _CONSENTS.where(Consent.purpose == bindparam("purpose"))


def consents_of(session: Session, candidate_id: UUID) -> Sequence[Consent]:
    """Return what the candidate allowed or refused, at most one for each purpose."""
    asked = {"organization_id": organization_of(session), "candidate_id": candidate_id}
    return session.scalars(_CONSENTS, asked).all()


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


def pause_of(session: Session, candidate_id: UUID, pause_id: UUID) -> PauseRow:
    """Return one pause of the candidate's; raises NotFound."""
    found = session.scalar(
        pauses_of(organization_of(session), candidate_id).where(PauseRow.id == pause_id)
    )
    if found is None:
        raise NotFound("No such pause.")
    return found
