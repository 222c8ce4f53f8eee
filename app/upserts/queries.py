"""Which rows external ids mean."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.core.problems import Conflict, Invalid, NotFound
from app.external_ids.queries import refuse_removed_names
from app.external_ids.rules import Name
from app.follow_ups.queries.naming import named_subjects
from app.models.application import Application
from app.models.base import TenantRoot
from app.upserts.rules import Ref


def row_named(session: Session, subject_type: str, names: Sequence[Name]) -> UUID | None:
    """Return the row of this type that goes by any of these names, None where all are new.

    Raises:
        Conflict: one is the name of something else, or they are the names of several rows.
        Gone: what went by one of them was removed.
    """
    found = {*named_subjects(session, names).values()}
    if not found:
        refuse_removed_names(session, names)
        return None
    kind, subject_id = min(found)
    if len(found) > 1 or kind != subject_type:
        raise Conflict("An external id is known already.", existing_id=subject_id)
    return subject_id


def require_named(session: Session, subject_type: str, name: Name) -> UUID:
    """Return the row of this type that goes by a name; raises NotFound, Gone."""
    found = named_subjects(session, [name]).get(name)
    if found is None:
        refuse_removed_names(session, [name])
    if found is None or found.subject_type != subject_type:
        raise NotFound("Nothing goes by this external id.")
    return found.subject_id


def meant(session: Session, subject_type: str, ref: Ref, pointer: str) -> UUID:
    """Return the id of the row that a reference means; one given as it is may be nobody's.

    Raises:
        Invalid: nothing of this type goes by the name.
        Gone: it did, and was removed.
    """
    if ref.external_id is None:
        assert ref.id is not None
        return ref.id
    found = named_subjects(session, [ref.external_id]).get(ref.external_id)
    if found is None:
        refuse_removed_names(session, [ref.external_id])
    if found is None or found.subject_type != subject_type:
        raise Invalid(f"{pointer}/external_id", f"is no {subject_type} here")
    return found.subject_id


def known_rows(session: Session, subject_type: str, names: Iterable[Name]) -> list[UUID]:
    """Return the rows of this type that go by any of these names."""
    found = named_subjects(session, names).values()
    return [one.subject_id for one in found if one.subject_type == subject_type]


def candidates_of(session: Session, application_ids: Iterable[UUID]) -> list[UUID]:
    """Return whose applications these are; absent ones are left out."""
    return list(
        session.scalars(
            select(Application.candidate_id).where(
                Application.organization_id == organization_of(session),
                Application.id.in_(list(application_ids)),
            )
        )
    )


def version_of(session: Session, model: type[TenantRoot], row_id: UUID) -> int | None:
    """Return the present version of a row."""
    return session.scalar(
        select(model.version).where(
            model.organization_id == organization_of(session), model.id == row_id
        )
    )
