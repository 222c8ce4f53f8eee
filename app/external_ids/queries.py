"""Looking up the names that other systems use."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.external_ids.rules import Name
from app.models.organization import ExternalId


def external_ids_of(session: Session, subject_ids: Iterable[UUID]) -> dict[UUID, list[Name]]:
    """Return the external ids of several rows, in one query; empty lists for rows without any."""
    found: dict[UUID, list[Name]] = defaultdict(list)
    rows = session.execute(
        select(ExternalId.subject_id, ExternalId.source, ExternalId.type, ExternalId.external_id)
        .where(
            ExternalId.organization_id == organization_of(session),
            ExternalId.subject_id.in_(list(subject_ids)),
        )
        .order_by(ExternalId.source, ExternalId.type, ExternalId.external_id)
    )
    for subject_id, *name in rows:
        found[subject_id].append(Name(*name))
    return found


def find_by_external_id(session: Session, subject_type: str, name: Name) -> UUID | None:
    """Return the id of the row of this type that goes by this name, None where there is none."""
    return session.scalar(named(organization_of(session), subject_type, name))


def named(organization_id: UUID, subject_type: str, name: Name) -> Select[UUID]:
    """The ids of the rows of this type that go by this name: one at the most."""
    return select(ExternalId.subject_id).where(
        ExternalId.organization_id == organization_id,
        ExternalId.source == name.source,
        ExternalId.type == name.type,
        ExternalId.external_id == name.id,
        ExternalId.subject_type == subject_type,
    )
