"""Writing the ledger: the clock it is stamped with, the lock it is written under, the rows."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from app.core.clock import GRACE, now
from app.core.database import Mode, database_clock, organization_of
from app.core.ids import new_id
from app.core.problems import Invalid, NotFound
from app.facts.queries import gone, subject_facts
from app.facts.rules import TOLD_AT, Kind, states
from app.models.base import BINDS_ITS_TENANT, table_of
from app.models.candidate import Candidate
from app.models.organization import OrganizationClock
from app.models.ranking import Fact

_CANDIDATE_LOCKED = (
    select(Candidate)
    .where(
        Candidate.organization_id == bindparam("organization_id"),
        Candidate.id == bindparam("candidate_id"),
    )
    .with_for_update()
    .execution_options(populate_existing=True, **{BINDS_ITS_TENANT: True})
)
_TICK = timedelta(microseconds=1)
_APPEND = insert(table_of(Fact))
_CLOCK = table_of(OrganizationClock)
_LAST_AT = select(_CLOCK.c.last_at).where(_CLOCK.c.organization_id == bindparam("tenant"))
_MOVE_ON = (
    update(_CLOCK)
    .where(_CLOCK.c.organization_id == bindparam("tenant"), _CLOCK.c.last_at < bindparam("instant"))
    .values(last_at=bindparam("instant"))
)
_START = insert(_CLOCK)


class NotAListError(RuntimeError):
    """A ranking was asked for in a transaction that is not of the mode LIST."""


def lock_candidate(session: Session, candidate_id: UUID) -> Candidate:
    """Return the candidate with its row locked, and read the clock anew behind the lock.

    Raises NotFound where it is absent or another's, Gone where it was deleted.
    """
    found = session.scalar(
        _CANDIDATE_LOCKED,
        {"organization_id": organization_of(session), "candidate_id": candidate_id},
    )
    if found is None:
        raise NotFound(detail="No such candidate.")
    if found.deleted_at is not None:
        raise gone(found.deletion_reason, found.merged_into_id)
    # A list knows what it knew when its snapshot was taken, whatever it locks afterwards.
    if session.info["mode"] is not Mode.LIST:
        session.info.pop("recorded_at", None)
    return found


def recorded_at(session: Session) -> datetime:
    """Return the instant this transaction's facts are stamped with.

    It is read behind the organization's advisory lock (PostgreSQL) or the write lock (SQLite),
    once, and
    once more behind each candidate's row lock: two writers of one candidate are stamped in the
    order in
    which they hold the row.
    """
    stamped = session.info.get("recorded_at")
    if stamped is None:
        stamped = session.info["recorded_at"] = _read_clock(session)
    assert isinstance(stamped, datetime)
    return stamped


def known_at(session: Session) -> datetime:
    """Return the instant up to which a list in this transaction knows everything."""
    if session.info["mode"] is not Mode.LIST:
        raise NotAListError
    return recorded_at(session)


def _read_clock(session: Session) -> datetime:
    if session.info["mode"] is Mode.READ:
        return now()
    if session.get_bind().dialect.name == "postgresql":
        return database_clock(session)
    ours = {"tenant": organization_of(session)}
    instant = now()
    # Statements, not the session's own flush: what the caller has not finished stays unwritten.
    if _moved_on(session, {**ours, "instant": instant}):
        return instant
    last_at = session.scalar(_LAST_AT, ours)
    if last_at is None:
        session.execute(_START, {"organization_id": ours["tenant"], "last_at": instant})
        return instant
    assert isinstance(last_at, datetime)
    instant = last_at + _TICK
    _moved_on(session, {**ours, "instant": instant})
    return instant


def _moved_on(session: Session, bound: dict[str, object]) -> bool:
    """Tell whether the instant lay after the last one handed out, and has been handed out."""
    return session.connection().execute(_MOVE_ON, bound).rowcount == 1


def effective(session: Session, told: datetime | None, *, pointer: str) -> datetime:
    """Return when a change takes effect: when we are told it did, else now.

    What lies up to five minutes ahead is taken as now; further ahead is refused.
    """
    present = recorded_at(session)
    if told is None:
        return present
    if told > present + GRACE:
        raise Invalid(pointer, "lies in the future")
    return min(told, present)


def record_fact(
    session: Session,
    kind: Kind,
    subject_id: UUID,
    value: dict[str, Any],
    *,
    candidate_id: UUID | None,
    effective_at: datetime,
    told_at: datetime | None = None,
) -> None:
    """Append one subject's whole new state of one kind.

    `told_at` is when we learned of it, where that was long before: by a fact about a candidate who
    is being merged. What a value carries of that itself belonged to the fact it was taken from.
    """
    plain = _plain({name: each for name, each in value.items() if name != TOLD_AT})
    if told_at is not None:
        plain[TOLD_AT] = told_at.isoformat()
    session.execute(
        _APPEND,
        {
            "organization_id": organization_of(session),
            "id": new_id(),
            "subject_id": subject_id,
            "candidate_id": candidate_id,
            "kind": kind,
            "effective_at": effective_at,
            "recorded_at": recorded_at(session),
            "value": plain,
        },
    )


def correct_fact(
    session: Session,
    kind: Kind,
    subject_id: UUID,
    value: dict[str, Any],
    *,
    candidate_id: UUID | None,
    effective_at: datetime,
) -> None:
    """Say that the subject never was otherwise: the value holds at every instant told of before."""
    told = session.scalars(
        select(Fact.effective_at)
        .where(
            Fact.organization_id == organization_of(session),
            Fact.subject_id == subject_id,
            Fact.kind == kind,
            Fact.candidate_id == candidate_id,
        )
        .distinct()
    )
    for instant in sorted({*told, effective_at}):
        record_fact(
            session, kind, subject_id, value, candidate_id=candidate_id, effective_at=instant
        )


def amend_fact(
    session: Session,
    kind: Kind,
    subject_id: UUID,
    changes: dict[str, Any],
    *,
    candidate_id: UUID | None,
    effective_at: datetime,
) -> None:
    """Say that from `effective_at` on the subject differs by `changes`, and in nothing else.

    What was told for later instants stays, each of them with the changes put in; so a change told
    late does not lose to a fact about something else that took effect after it. The subject must
    have a fact already.
    """
    told = subject_facts(session, kind, subject_id, candidate_id=candidate_id)
    later = {row.effective_at for row in told if row.effective_at > effective_at}
    for instant in sorted({effective_at, *later}):
        before = states(told, instant) or states(told, min(row.effective_at for row in told))
        value = {**before[kind, subject_id].value, **changes}
        record_fact(
            session, kind, subject_id, value, candidate_id=candidate_id, effective_at=instant
        )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(inner) for inner in value]
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    return value
