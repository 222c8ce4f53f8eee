"""Claiming the names that other systems use."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, delete, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.core.problems import Conflict
from app.external_ids.queries import forget_new_names, know_new_names
from app.external_ids.rules import Name, digest
from app.models.base import table_of
from app.models.organization import ExternalId, RemovedName

# Built once, on the table: they name the tenant themselves.
_NAMES = table_of(ExternalId)
_HOLDERS = select(_NAMES.c.subject_id).where(
    _NAMES.c.organization_id == bindparam("organization_id"),
    tuple_(_NAMES.c.source, _NAMES.c.type, _NAMES.c.external_id).in_(
        bindparam("names", expanding=True)
    ),
)
# What the name is claimed for comes back where it was free.
_CLAIMS = {
    "sqlite": sqlite.insert(_NAMES).on_conflict_do_nothing().returning(_NAMES.c.subject_id),
    "postgresql": postgresql.insert(_NAMES).on_conflict_do_nothing().returning(_NAMES.c.subject_id),
}
_FORGET = delete(_NAMES).where(
    _NAMES.c.organization_id == bindparam("organization_id"),
    _NAMES.c.subject_id == bindparam("subject_id"),
)


def refuse_taken_names(session: Session, names: Sequence[Name], subject_id: UUID | None) -> None:
    """Raise Conflict with `existing_id` where a name is another row's already."""
    if not names:
        return
    asked = {"organization_id": organization_of(session), "names": [tuple(each) for each in names]}
    for holder in session.scalars(_HOLDERS, asked):
        if holder != subject_id:
            raise Conflict("An external id is known already.", existing_id=holder)


def name_new_row(
    session: Session, subject_type: str, subject_id: UUID, names: Sequence[Name]
) -> None:
    """Give a row of this transaction its first external ids; raises Conflict as below."""
    wanted = list(dict.fromkeys(names))
    _claim(session, subject_type, subject_id, wanted)
    know_new_names(session, subject_id, wanted)


def set_external_ids(
    session: Session, subject_type: str, subject_id: UUID, names: Sequence[Name]
) -> None:
    """Replace a row's external ids; raises Conflict with `existing_id` for one that is taken."""
    wanted = list(dict.fromkeys(names))
    refuse_taken_names(session, wanted, subject_id)
    forget_new_names(session, subject_id)
    asked = {"organization_id": organization_of(session), "subject_id": subject_id}
    session.execute(_FORGET, asked)
    _claim(session, subject_type, subject_id, wanted)


def _claim(session: Session, subject_type: str, subject_id: UUID, names: Sequence[Name]) -> None:
    if not names or _insert_free(session, subject_type, subject_id, names) == len(names):
        return
    # Another request was faster, or another row has it: it can be seen by now.
    refuse_taken_names(session, names, subject_id)
    raise Conflict("An external id is known already.")


def _insert_free(
    session: Session, subject_type: str, subject_id: UUID, names: Sequence[Name]
) -> int:
    """Insert the names that are free; return how many were."""
    statement = _CLAIMS[session.get_bind().dialect.name]
    whose = {
        "organization_id": organization_of(session),
        "subject_type": subject_type,
        "subject_id": subject_id,
    }
    rows = [
        whose | {"source": name.source, "type": name.type, "external_id": name.id} for name in names
    ]
    # A row has one name or two; one statement for each is compiled once, one for all whenever met.
    return sum(session.scalar(statement, row) is not None for row in rows)


def note_removed_names(
    session: Session, names: Iterable[Name], *, reason: str, removed_at: datetime
) -> None:
    """Keep a digest of names whose rows are being removed: deleted, erased or merged."""
    organization_id = organization_of(session)
    rows = [
        {
            "organization_id": organization_id,
            "digest": digest(organization_id, name),
            "reason": reason,
            "removed_at": removed_at,
        }
        for name in names
    ]
    if not rows:
        return
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    statement = (sqlite.insert if on_sqlite else postgresql.insert)(RemovedName).values(rows)
    again = {"reason": reason, "removed_at": removed_at}
    session.execute(
        statement.on_conflict_do_update(index_elements=["organization_id", "digest"], set_=again)
    )
