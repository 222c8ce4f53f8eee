"""Claiming the names that other systems use."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.core.problems import Conflict
from app.external_ids.rules import Name
from app.models.organization import ExternalId


def refuse_taken_names(session: Session, names: Sequence[Name], subject_id: UUID | None) -> None:
    """Raise Conflict with `existing_id` where a name is another row's already."""
    if not names:
        return
    taken = session.scalar(
        select(ExternalId.subject_id).where(
            tuple_(ExternalId.source, ExternalId.type, ExternalId.external_id).in_(
                [tuple(name) for name in names]
            ),
            *((ExternalId.subject_id != subject_id,) if subject_id else ()),
        )
    )
    if taken is not None:
        raise Conflict("An external id is known already.", existing_id=taken)


def set_external_ids(
    session: Session, subject_type: str, subject_id: UUID, names: Sequence[Name]
) -> None:
    """Replace a row's external ids; raises Conflict with `existing_id` for one that is taken."""
    wanted = list(dict.fromkeys(names))
    refuse_taken_names(session, wanted, subject_id)
    session.execute(
        delete(ExternalId).where(
            ExternalId.organization_id == organization_of(session),
            ExternalId.subject_id == subject_id,
        )
    )
    if wanted and _claim(session, subject_type, subject_id, wanted) < len(wanted):
        # Another request was faster: its row can be seen by now.
        refuse_taken_names(session, wanted, subject_id)
        raise Conflict("An external id is known already.")


def _claim(session: Session, subject_type: str, subject_id: UUID, names: Sequence[Name]) -> int:
    """Insert the names that are free; return how many were."""
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    insert = sqlite.insert if on_sqlite else postgresql.insert
    rows = [
        {
            "organization_id": organization_of(session),
            "source": name.source,
            "type": name.type,
            "external_id": name.id,
            "subject_type": subject_type,
            "subject_id": subject_id,
        }
        for name in names
    ]
    statement = insert(ExternalId).values(rows).on_conflict_do_nothing()
    return len(session.execute(statement.returning(ExternalId.external_id)).all())
