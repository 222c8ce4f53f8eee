"""Which candidates and follow-ups the items of a batch mean, a few statements for all of them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias, TypeVar
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from app.core.addresses import fold_address
from app.core.database import organization_of
from app.core.problems import Invalid, Problem
from app.external_ids.rules import Name
from app.facts.queries import no_candidate
from app.follow_ups.queries.reading import loaded_follow_ups
from app.models.candidate import Candidate, CandidateEmail
from app.models.follow_up import FollowUp
from app.models.organization import ExternalId

# As many values as one statement names: stores limit them, and three make a name.
_AT_ONCE = 500
T = TypeVar("T")


class CandidateRef(NamedTuple):
    """Whom something is about: exactly one of the three is given."""

    id: UUID | None = None
    external_id: Name | None = None
    email: str | None = None

    @property
    def pointer(self) -> str:
        """Where in the body it was given."""
        field = "id" if self.id is not None else "external_id" if self.external_id else "email"
        return f"/candidate/{field}"


Meant: TypeAlias = Mapping[CandidateRef, UUID | Problem]


class Named(NamedTuple):
    """What an external id stands for."""

    subject_type: str
    subject_id: UUID


def candidates_meant(session: Session, references: Iterable[CandidateRef]) -> Meant:
    """Return whom each reference means, or why nobody can be told; an id is taken as it is."""
    refs = set(references)
    names = named_subjects(session, (ref.external_id for ref in refs if ref.external_id))
    folded = {ref: fold_address(ref.email) for ref in refs if ref.email}
    by_address = candidates_by_address(session, folded.values())
    meant: dict[CandidateRef, UUID | Problem] = {}
    for ref in refs:
        if ref.id is not None:
            meant[ref] = ref.id
        elif ref.external_id is not None:
            named = names.get(ref.external_id)
            is_candidate = named is not None and named.subject_type == "candidate"
            meant[ref] = (
                named.subject_id
                if named is not None and is_candidate
                else no_candidate(ref.pointer, None)
            )
        else:
            meant[ref] = _of_address(ref, by_address.get(folded[ref], set()))
    return meant


def _of_address(ref: CandidateRef, found: set[UUID]) -> UUID | Problem:
    if len(found) == 1:
        return next(iter(found))
    if not found:
        return Invalid(ref.pointer, "is no candidate's address")
    return Invalid(ref.pointer, f"fits {len(found)} candidates: name one by id")


def named_subjects(session: Session, names: Iterable[Name]) -> dict[Name, Named]:
    """Return what each of these names stands for, of whatever kind; unknown names are left out."""
    found: dict[Name, Named] = {}
    for some in _portions(names):
        rows = session.execute(
            select(
                ExternalId.source,
                ExternalId.type,
                ExternalId.external_id,
                ExternalId.subject_type,
                ExternalId.subject_id,
            ).where(
                ExternalId.organization_id == organization_of(session),
                tuple_(ExternalId.source, ExternalId.type, ExternalId.external_id).in_(
                    [tuple(name) for name in some]
                ),
            )
        )
        for source, kind, id_, subject_type, subject_id in rows:
            found[Name(source, kind, id_)] = Named(subject_type, subject_id)
    return found


def candidates_by_address(session: Session, folded: Iterable[str]) -> dict[str, set[UUID]]:
    """Return the candidates, deleted ones left out, that go by each folded address."""
    found: dict[str, set[UUID]] = defaultdict(set)
    for some in _portions(folded):
        rows = session.execute(
            select(CandidateEmail.folded, CandidateEmail.candidate_id)
            .join(Candidate, Candidate.id == CandidateEmail.candidate_id)
            .where(
                CandidateEmail.organization_id == organization_of(session),
                CandidateEmail.folded.in_(some),
                Candidate.deleted_at.is_(None),
            )
        )
        for address, candidate_id in rows:
            found[address].add(candidate_id)
    return found


def follow_ups_by_id(session: Session, follow_up_ids: Iterable[UUID]) -> dict[UUID, FollowUp]:
    """Return these follow-ups, whole, as they are now; deleted ones left out."""
    found: dict[UUID, FollowUp] = {}
    for some in _portions(follow_up_ids):
        found |= {row.id: row for row in loaded_follow_ups(session, some)}
    return found


def _portions(values: Iterable[T]) -> Iterator[list[T]]:
    wanted = list(dict.fromkeys(values))
    for start in range(0, len(wanted), _AT_ONCE):
        yield wanted[start : start + _AT_ONCE]
