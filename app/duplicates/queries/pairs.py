"""What two candidates have, where it cannot simply be put together."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, or_, select, union_all
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.duplicates.rules.messages import Contact
from app.models.application import Application
from app.models.base import table_of
from app.models.candidate import Candidate, CandidateCompetency, Consent, DismissedDuplicate
from app.models.follow_up import FollowUp

_TRIES, _LEVELS = table_of(Application).c, table_of(CandidateCompetency).c
_CONSENTS, _CONTACTS = table_of(Consent).c, table_of(FollowUp).c
_PERSONS = table_of(Candidate).c
_TENANT: BindParameter[UUID] = bindparam("tenant")
_BOTH: BindParameter[list[UUID]] = bindparam("both", expanding=True)
_ACTIVE = (
    select(_TRIES.id, _TRIES.candidate_id, _TRIES.position_id)
    .where(
        _TRIES.organization_id == _TENANT,
        _TRIES.candidate_id.in_(_BOTH),
        _TRIES.status == "active",
    )
    .order_by(_TRIES.id)
)
_KNOWN_LEVELS = select(_LEVELS.id, _LEVELS.candidate_id, _LEVELS.competency, _LEVELS.source).where(
    _LEVELS.organization_id == _TENANT, _LEVELS.candidate_id.in_(_BOTH)
)
_ANSWERS = select(_CONSENTS.id, _CONSENTS.candidate_id, _CONSENTS.purpose).where(
    _CONSENTS.organization_id == _TENANT, _CONSENTS.candidate_id.in_(_BOTH)
)
_RECOGNISABLE = (
    select(
        _CONTACTS.candidate_id,
        _CONTACTS.id,
        _CONTACTS.direction,
        _CONTACTS.occurred_at,
        _CONTACTS.message_id,
        _CONTACTS.fingerprint,
    )
    .where(
        _CONTACTS.organization_id == _TENANT,
        _CONTACTS.candidate_id.in_(_BOTH),
        _CONTACTS.deleted_at.is_(None),
        or_(_CONTACTS.message_id.is_not(None), _CONTACTS.fingerprint.is_not(None)),
    )
    .order_by(_CONTACTS.id)
)
_ABSORBED = select(_PERSONS.id).where(
    _PERSONS.organization_id == _TENANT, _PERSONS.merged_into_id == bindparam("candidate_id")
)

_SAID = table_of(DismissedDuplicate).c
_SAID_OF = union_all(
    *(
        select(other, _SAID.dismissed_at, _SAID.dismissed_by_user_id).where(
            _SAID.organization_id == _TENANT, own == bindparam("candidate_id")
        )
        for own, other in (
            (_SAID.candidate_id, _SAID.other_candidate_id),
            (_SAID.other_candidate_id, _SAID.candidate_id),
        )
    )
)


class Two(NamedTuple):
    """Who stays, and whose everything becomes theirs."""

    survivor_id: UUID
    absorbed_id: UUID


def active_for_one_position(session: Session, two: Two) -> tuple[UUID, UUID] | None:
    """Return two active applications for one position, the survivor's first; None without any."""
    own: dict[UUID, UUID] = {}
    theirs: dict[UUID, UUID] = {}
    for row in session.execute(_ACTIVE, _asked(session, two)):
        (own if row.candidate_id == two.survivor_id else theirs)[row.position_id] = row.id
    return next(((own[each], theirs[each]) for each in own if each in theirs), None)


def told_twice(session: Session, two: Two) -> dict[UUID, UUID]:
    """Return which of the absorbed one's levels and consents the survivor has as well, and as what.

    By the id of the absorbed one's row the survivor's.
    """
    asked = _asked(session, two)
    rows = [*session.execute(_KNOWN_LEVELS, asked), *session.execute(_ANSWERS, asked)]
    own = {tuple(about): id_ for id_, whose, *about in rows if whose == two.survivor_id}
    return {
        id_: own[tuple(about)]
        for id_, whose, *about in rows
        if whose == two.absorbed_id and tuple(about) in own
    }


def recognisable_contacts(session: Session, two: Two) -> tuple[list[Contact], list[Contact]]:
    """Return the follow-ups that are known when they come again: the survivor's, the other's."""
    found: dict[UUID, list[Contact]] = {two.survivor_id: [], two.absorbed_id: []}
    for whose, *contact in session.execute(_RECOGNISABLE, _asked(session, two)):
        found[whose].append(Contact(*contact))
    return found[two.survivor_id], found[two.absorbed_id]


def absorbed_into(session: Session, candidate_id: UUID) -> list[UUID]:
    """Return the ids of all who have been merged into a candidate."""
    asked = {"tenant": organization_of(session), "candidate_id": candidate_id}
    return list(session.scalars(_ABSORBED, asked))


class Dismissal(NamedTuple):
    """When two were told apart, and by whom."""

    dismissed_at: datetime
    dismissed_by_user_id: UUID | None


def dismissed_with(session: Session, candidate_id: UUID) -> dict[UUID, Dismissal]:
    """Return from whom a candidate was told apart, by id."""
    asked = {"tenant": organization_of(session), "candidate_id": candidate_id}
    return {other_id: Dismissal(*said) for other_id, *said in session.execute(_SAID_OF, asked)}


def _asked(session: Session, two: Two) -> dict[str, object]:
    return {"tenant": organization_of(session), "both": list(two)}
