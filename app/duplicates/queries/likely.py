"""Looking for whoever may be the same person: indexes nominate, rules decide."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select, union_all
from sqlalchemy.orm import Session

from app.candidates.queries import CandidateView, candidate_view, candidate_views
from app.core.addresses import fold_address
from app.core.database import organization_of
from app.duplicates.queries.pairs import dismissed_with
from app.duplicates.rules.likeness import LEAST_ID, Profile, Reason, reasons, strength
from app.models.application import Application
from app.models.base import table_of
from app.models.candidate import CandidateEmail, CandidatePhone
from app.models.organization import ExternalId
from app.search.queries.finding import candidates_called

# How many are shown at most, and how many one index nominates at most.
MOST_SHOWN: Final = 50
_MOST_NOMINATED: Final = 100

_EMAILS, _PHONES = table_of(CandidateEmail).c, table_of(CandidatePhone).c
_NAMES, _TRIES = table_of(ExternalId).c, table_of(Application).c


def _several(name: str) -> Any:
    return bindparam(name, expanding=True)


def _with(columns: Any, column: Any, name: str) -> Select[Any]:
    found = (
        select(columns.candidate_id)
        .where(columns.organization_id == bindparam("tenant"), column.in_(_several(name)))
        .limit(_MOST_NOMINATED)
    )
    return select(found.subquery())


_BY_CONTACT = union_all(
    _with(_EMAILS, _EMAILS.folded, "addresses"), _with(_PHONES, _PHONES.number, "phones")
)
# The systems that have named anything here: one step through the key for each of them.
SOURCES = (
    select(func.min(_NAMES.source).label("source"))
    .where(_NAMES.organization_id == bindparam("tenant"))
    .cte("sources", recursive=True)
)
SOURCES = SOURCES.union_all(
    select(
        select(func.min(_NAMES.source))
        .where(_NAMES.organization_id == bindparam("tenant"), _NAMES.source > SOURCES.c.source)
        .scalar_subquery()
    ).where(SOURCES.c.source.is_not(None))
)
_BY_ID = (
    select(_NAMES.subject_id)
    .join_from(SOURCES, table_of(ExternalId), _NAMES.source == SOURCES.c.source)
    .where(
        _NAMES.organization_id == bindparam("tenant"),
        _NAMES.type.in_(_several("types")),
        _NAMES.external_id.in_(_several("ids")),
        _NAMES.subject_type == "candidate",
    )
    .limit(_MOST_NOMINATED)
)
_TRIED = select(_TRIES.candidate_id, _TRIES.position_id).where(
    _TRIES.organization_id == bindparam("tenant"), _TRIES.candidate_id.in_(_several("ids"))
)


class Likely(NamedTuple):
    """Who may be the same person, why, and since when it is said that they are not."""

    candidate_id: UUID
    full_name: str
    reasons: tuple[Reason, ...]
    dismissed_at: datetime | None


def likely_duplicates(
    session: Session, candidate_id: UUID, *, dismissed: bool = False
) -> list[Likely]:
    """Return who may be the same person, the likeliest first; or only those told apart.

    Raises NotFound, Gone.
    """
    candidate = candidate_view(session, candidate_id)
    told = dismissed_with(session, candidate_id)
    alike = set() if dismissed else _nominated(session, candidate) - {candidate_id}
    wanted = sorted(told.keys() if dismissed else alike - told.keys())
    others = candidate_views(session, wanted)
    tried = positions_tried(session, [candidate_id, *wanted]) if others else {}
    own = profile(candidate, tried)
    found = []
    for other in others:
        why = reasons(own, profile(other, tried))
        if why or dismissed:
            said = told[other.id].dismissed_at if dismissed else None
            found.append(Likely(other.id, other.full_name, why, said))
    found.sort(key=lambda one: (-strength(one.reasons), one.candidate_id))
    return found[:MOST_SHOWN]


def _nominated(session: Session, candidate: CandidateView) -> set[UUID]:
    tenant = organization_of(session)
    found = set(candidates_called(session, candidate.full_name, most=_MOST_NOMINATED))
    contact = {
        "addresses": [fold_address(each.address) for each in candidate.emails],
        "phones": [each.number for each in candidate.phones],
    }
    if any(contact.values()):
        found.update(session.scalars(_BY_CONTACT, {"tenant": tenant, **contact}))
    long = [name for name in candidate.external_ids if len(name.id) >= LEAST_ID]
    if long:
        asked = {"types": [name.type for name in long], "ids": [name.id for name in long]}
        found.update(session.scalars(_BY_ID, {"tenant": tenant, **asked}))
    return found


def positions_tried(session: Session, candidate_ids: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    """Return the positions that each of them has tried at."""
    found: dict[UUID, set[UUID]] = defaultdict(set)
    asked = {"tenant": organization_of(session), "ids": list(candidate_ids)}
    for candidate_id, position_id in session.execute(_TRIED, asked):
        found[candidate_id].add(position_id)
    return found


def profile(candidate: CandidateView, tried: dict[UUID, set[UUID]]) -> Profile:
    """Return what a candidate is recognised by."""
    return Profile(
        candidate.full_name,
        candidate.location,
        frozenset(fold_address(each.address) for each in candidate.emails),
        frozenset(each.number for each in candidate.phones),
        frozenset(candidate.external_ids),
        frozenset(tried.get(candidate.id, ())),
    )
