"""Looking up the names that other systems use."""

from collections import defaultdict
from collections.abc import Iterable
from typing import cast
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.core.problems import Gone
from app.external_ids.rules import Name, digest
from app.models.base import table_of
from app.models.organization import ExternalId, RemovedName

_NAMES = table_of(ExternalId).c
_OF_SUBJECTS = (
    select(_NAMES.subject_id, _NAMES.source, _NAMES.type, _NAMES.external_id)
    .where(
        _NAMES.organization_id == bindparam("organization_id"),
        _NAMES.subject_id.in_(bindparam("subject_ids", expanding=True)),
    )
    .order_by(_NAMES.source, _NAMES.type, _NAMES.external_id)
)
_GONE = table_of(RemovedName).c
_REMOVED = (
    select(_GONE.reason)
    .where(
        _GONE.organization_id == bindparam("organization_id"),
        _GONE.digest.in_(bindparam("digests", expanding=True)),
    )
    .limit(1)
)


def external_ids_of(session: Session, subject_ids: Iterable[UUID]) -> dict[UUID, list[Name]]:
    """Return the external ids of several rows, in one query; empty lists for rows without any.

    What was given to a row of this transaction is not asked for again.
    """
    found: dict[UUID, list[Name]] = defaultdict(list)
    new = _new_names(session)
    wanted = []
    for subject_id in subject_ids:
        if subject_id in new:
            found[subject_id] = sorted(new[subject_id])
        else:
            wanted.append(subject_id)
    if wanted:
        asked = {"organization_id": organization_of(session), "subject_ids": wanted}
        for subject_id, *name in session.execute(_OF_SUBJECTS, asked):
            found[subject_id].append(Name(*name))
    return found


def know_new_names(session: Session, subject_id: UUID, names: Iterable[Name]) -> None:
    """Note what a row made in this transaction is called: nobody else can have named it."""
    _new_names(session)[subject_id] = tuple(names)


def forget_new_names(session: Session, subject_id: UUID) -> None:
    """Ask the store again what a row is called."""
    _new_names(session).pop(subject_id, None)


def _new_names(session: Session) -> dict[UUID, tuple[Name, ...]]:
    noted = session.info.setdefault("new_names", {})
    return cast("dict[UUID, tuple[Name, ...]]", noted)


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


def refuse_removed_names(session: Session, names: Iterable[Name]) -> None:
    """Raise Gone where a row that went by one of these names was removed."""
    organization_id = organization_of(session)
    digests = [digest(organization_id, name) for name in names]
    asked = {"organization_id": organization_id, "digests": digests}
    reason = session.scalar(_REMOVED, asked) if digests else None
    if reason is not None:
        raise Gone(f"What went by this external id was {reason}.")
