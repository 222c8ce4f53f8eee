"""Reading the ledger."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from itertools import groupby, starmap
from operator import attrgetter
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.core.problems import Gone, Invalid, NotFound
from app.facts.rules import FactRow, Kind
from app.models.base import table_of
from app.models.candidate import Candidate
from app.models.ranking import Fact

_AT_ONCE = 500
# Statements on hot paths are built once, on tables: building one costs more than running it. They
# name the tenant themselves.
_FACTS = table_of(Fact).c
_COLUMNS = (
    _FACTS.id,
    _FACTS.subject_id,
    _FACTS.kind,
    _FACTS.effective_at,
    _FACTS.recorded_at,
    _FACTS.value,
)
_TENANTS = _FACTS.organization_id == bindparam("organization_id")
_OF_CANDIDATE = select(*_COLUMNS).where(_TENANTS, _FACTS.candidate_id == bindparam("candidate_id"))
_OF_SUBJECT = _OF_CANDIDATE.where(
    _FACTS.kind == bindparam("kind"), _FACTS.subject_id == bindparam("subject_id")
)
_OF_SEVERAL = select(_FACTS.candidate_id, *_COLUMNS).where(
    _TENANTS, _FACTS.candidate_id.in_(bindparam("candidate_ids", expanding=True))
)
_OF_SEVERAL_KNOWN = _OF_SEVERAL.where(_FACTS.recorded_at <= bindparam("known_at"))
_OF_SEVERAL_THEN = _OF_SEVERAL_KNOWN.where(_FACTS.effective_at <= bindparam("as_of"))
# A position's facts are nobody's.
_OF_A_POSITION = select(*_COLUMNS).where(
    _TENANTS, _FACTS.candidate_id.is_(None), _FACTS.kind == Kind.POSITION
)
_OF_POSITION = _OF_A_POSITION.where(_FACTS.subject_id == bindparam("subject_id"))
_OF_POSITIONS = _OF_A_POSITION.order_by(_FACTS.subject_id).execution_options(yield_per=_AT_ONCE)
_CANDIDATES = _FACTS.candidate_id.is_not(None)
_MOVED = (
    select(_FACTS.candidate_id)
    .where(
        _TENANTS,
        _FACTS.candidate_id.in_(bindparam("candidate_ids", expanding=True)),
        (_FACTS.effective_at > bindparam("as_of")) | (_FACTS.recorded_at > bindparam("known_at")),
    )
    .distinct()
)
# In the order of an index, which is therefore read from its end for as long as is wanted.
_EFFECTIVE_LATER, _RECORDED_LATER = (
    select(_FACTS.candidate_id)
    .where(_TENANTS, _CANDIDATES, at > bindparam(clock))
    .order_by(at.desc())
    .limit(bindparam("facts"))
    .execution_options(yield_per=_AT_ONCE)
    for at, clock in ((_FACTS.effective_at, "as_of"), (_FACTS.recorded_at, "known_at"))
)
_PERSONS = table_of(Candidate).c
_PERSON = select(_PERSONS.full_name, _PERSONS.deletion_reason, _PERSONS.merged_into_id).where(
    _PERSONS.organization_id == bindparam("organization_id"),
    _PERSONS.id == bindparam("candidate_id"),
)


def require_candidate(session: Session, candidate_id: UUID) -> str:
    """Return the candidate's name; raises NotFound where absent or another's, Gone if deleted."""
    asked = {"organization_id": organization_of(session), "candidate_id": candidate_id}
    row = session.execute(_PERSON, asked).one_or_none()
    if row is None:
        raise NotFound("No such candidate.")
    name: str
    name, deletion_reason, merged_into_id = row
    if deletion_reason is not None:
        raise gone(deletion_reason, merged_into_id)
    return name


def gone(deletion_reason: str | None, merged_into_id: UUID | None) -> Gone:
    """Return the problem for a candidate who is there no longer: who was merged, into whom."""
    return Gone(f"The candidate was {deletion_reason}.", merged_into=merged_into_id)


def no_candidate(pointer: str, merged_into_id: UUID | None) -> Invalid:
    """Return the problem for a candidate named in a body who is not here.

    `merged_into_id` is null but for one who was merged.
    """
    if merged_into_id is None:
        return Invalid(pointer, "is no candidate here")
    return Invalid(pointer, "was merged into another candidate", merged_into=merged_into_id)


def refuse_absent(session: Session, pointer: str, candidate_id: UUID) -> None:
    """Raise Invalid where a candidate named in a body is not here, or no longer."""
    asked = {"organization_id": organization_of(session), "candidate_id": candidate_id}
    row = session.execute(_PERSON, asked).one_or_none()
    if row is None or row.deletion_reason is not None:
        raise no_candidate(pointer, row and row.merged_into_id)


def candidate_facts(session: Session, candidate_id: UUID) -> list[FactRow]:
    """Return all facts of one candidate."""
    session.flush()
    tenant = organization_of(session)
    rows = session.execute(_OF_CANDIDATE, {"organization_id": tenant, "candidate_id": candidate_id})
    return [FactRow(*row) for row in rows]


def subject_facts(
    session: Session, kind: Kind, subject_id: UUID, *, candidate_id: UUID | None
) -> list[FactRow]:
    """Return the facts of one kind about one subject; `candidate_id` is null for a position."""
    if candidate_id is None:
        return position_facts(session, subject_id)
    session.flush()
    asked = {
        "organization_id": organization_of(session),
        "candidate_id": candidate_id,
        "kind": kind,
        "subject_id": subject_id,
    }
    return [FactRow(*row) for row in session.execute(_OF_SUBJECT, asked)]


def facts_of(
    session: Session,
    candidate_ids: Iterable[UUID],
    known_at: datetime | None = None,
    as_of: datetime | None = None,
) -> dict[UUID, list[FactRow]]:
    """Return the facts of several candidates, up to `known_at`, and up to `as_of` of those."""
    asked: dict[str, object] = {
        "organization_id": organization_of(session),
        "candidate_ids": list(candidate_ids),
    }
    statement = _OF_SEVERAL
    if known_at is not None:
        asked["known_at"], statement = known_at, _OF_SEVERAL_KNOWN
        if as_of is not None:
            asked["as_of"], statement = as_of, _OF_SEVERAL_THEN
    found: dict[UUID, list[FactRow]] = defaultdict(list)
    for candidate_id, *row in session.execute(statement, asked):
        found[candidate_id].append(FactRow(*row))
    return found


def position_facts(session: Session, position_id: UUID) -> list[FactRow]:
    """Return the facts of one position."""
    session.flush()
    asked = {"organization_id": organization_of(session), "subject_id": position_id}
    return [FactRow(*row) for row in session.execute(_OF_POSITION, asked)]


def each_positions_facts(session: Session) -> Iterator[tuple[UUID, list[FactRow]]]:
    """Yield every position with its facts, one after the other."""
    session.flush()
    asked = {"organization_id": organization_of(session)}
    with session.execute(_OF_POSITIONS, asked) as rows:
        for position_id, found in groupby(starmap(FactRow, rows), attrgetter("subject_id")):
            yield position_id, list(found)


def moved_of(
    session: Session, candidate_ids: Collection[UUID], as_of: datetime, known_at: datetime
) -> set[UUID]:
    """Return who of these candidates has a fact later than either clock."""
    if not candidate_ids:
        return set()
    asked = {
        "organization_id": organization_of(session),
        "candidate_ids": list(candidate_ids),
        "as_of": as_of,
        "known_at": known_at,
    }
    return set(session.scalars(_MOVED, asked))


def moved_after(
    session: Session, as_of: datetime, known_at: datetime, *, most: int, facts: int
) -> list[UUID] | None:
    """Return the candidates with a fact later than either clock.

    None where they are more than `most`, or have more than so many `facts` of the kind: reads no
    more than it takes to know that, the latest first.
    """
    moved: set[UUID] = set()
    asked = {"organization_id": organization_of(session), "as_of": as_of, "known_at": known_at}
    for statement in (_EFFECTIVE_LATER, _RECORDED_LATER):
        with session.execute(statement, {**asked, "facts": facts + 1}) as rows:
            for (candidate_id,) in rows:
                moved.add(candidate_id)
                facts -= 1
                if len(moved) > most or facts < 0:
                    return None
    return sorted(moved)
