"""Putting one row by what another system calls it: created where it is new, else updated."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Generic, Literal, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.database import Mode
from app.core.problems import Conflict, Invalid, StaleVersion
from app.external_ids.queries import external_ids_of
from app.external_ids.rules import Name
from app.facts.actions import recorded_at
from app.models.base import TenantRoot
from app.upserts.queries import row_named, version_of

Row = TypeVar("Row", bound=TenantRoot)


class Put(NamedTuple, Generic[Row]):
    """A row, what became of it, and of a new candidate who has one of the same addresses."""

    row: Row
    outcome: Literal["created", "updated", "unchanged"]
    possible_duplicates: Sequence[UUID] = ()


def put_row(
    session: Session,
    model: type[Row],
    subject_type: str,
    names: Sequence[Name],
    *,
    create: Callable[[], Row],
    update: Callable[[UUID], Row],
    expected_version: int | None = None,
) -> Put[Row]:
    """Update the row that goes by one of the names, or create it.

    Of several that create at once the external id's own uniqueness lets one; the others wait for
    it, take back what they had begun, and update its row.

    Raises:
        Conflict, Gone: see `row_named`.
        StaleVersion: a version was expected of a row that is not there.
    """
    known = row_named(session, subject_type, names)
    if known is None:
        if expected_version is not None:
            raise StaleVersion
        try:
            with attempt(session):
                return Put(create(), "created")
        except (Conflict, IntegrityError):
            known = row_named(session, subject_type, names)
            if known is None:
                raise
    before = version_of(session, model, known)
    row = update(known)
    return Put(row, "unchanged" if row.version == before else "updated")


@contextmanager
def attempt(session: Session) -> Iterator[None]:
    """Work inside a savepoint: what fails there leaves nothing behind, not even a time read."""
    # Before the savepoint: a clock read inside one is rolled back with it.
    recorded_at(session)
    try:
        with session.begin_nested():
            yield
            session.flush()
    except BaseException:
        if session.info["mode"] is not Mode.LIST:
            session.info.pop("recorded_at", None)
        raise


def require(told: Mapping[str, Any], field: str) -> None:
    """Raise Invalid where a field is missing without which the row cannot be created."""
    if told.get(field) is None:
        raise Invalid(f"/{field}", "Field required: nothing goes by this external id yet")


def with_more_names(session: Session, row_id: UUID, names: Sequence[Name]) -> list[Name] | None:
    """Return a row's external ids with these added; None where it has them all."""
    there = external_ids_of(session, [row_id])[row_id]
    more = [name for name in dict.fromkeys(names) if name not in there]
    return [*there, *more] if more else None
