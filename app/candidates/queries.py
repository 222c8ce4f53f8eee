"""Looking candidates up."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, Table, bindparam, select
from sqlalchemy.orm import Session, selectinload

from app.candidates.rules import Address, Level, Phone
from app.core.addresses import fold_address
from app.core.clock import EVER
from app.core.database import organization_of
from app.core.problems import NotFound
from app.external_ids.queries import named
from app.external_ids.rules import Name
from app.facts.queries import gone
from app.models.application import Application
from app.models.base import BINDS_ITS_TENANT, table_of
from app.models.candidate import (
    Candidate,
    CandidateCompetency,
    CandidateEmail,
    CandidatePhone,
    CandidateTag,
)
from app.models.gathering import gathered, instant_of
from app.models.holding import holding
from app.models.organization import ExternalId
from app.models.talent_pool import TalentPoolMember
from app.search.queries.finding import FEW, Passing, Place, found_candidates
from app.search.queries.telling import text_hits
from app.search.rules.asked import Word
from app.search.rules.snippets import Hit, profile_hits

_CHILDREN = (
    selectinload(Candidate.emails),
    selectinload(Candidate.phones),
    selectinload(Candidate.tags),
    selectinload(Candidate.competencies),
)
# Who shares an address with more people than this shares it with a mailing list.
MOST_DUPLICATES = 20


_LOADED = (
    select(Candidate)
    .where(
        Candidate.organization_id == bindparam("organization_id"),
        Candidate.id == bindparam("candidate_id"),
    )
    .options(*_CHILDREN)
    .execution_options(**{BINDS_ITS_TENANT: True})
)


def candidate_with_children(session: Session, candidate_id: UUID) -> Candidate:
    """Return a candidate with all that belongs to them; raises NotFound, Gone where deleted."""
    asked = {"organization_id": organization_of(session), "candidate_id": candidate_id}
    found = session.scalar(_LOADED, asked)
    if found is None:
        raise NotFound("No such candidate.")
    if found.deleted_at is not None:
        raise gone(found.deletion_reason, found.merged_into_id)
    return found


class CandidateView(NamedTuple):
    """A candidate with all that is shown of them."""

    emails: list[Address]
    phones: list[Phone]
    tags: list[str]
    competencies: list[Level]
    external_ids: list[Name]
    id: UUID
    full_name: str
    location: str | None
    available_from: date | None
    do_not_contact: bool
    relationship_owner_id: UUID | None
    awaiting_reply_since: datetime | None
    custom_fields: dict[str, Any]
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def hits(self) -> None:
        """Nothing was looked for."""
        return


# What is asked all day is built once, on tables, and names the tenant itself.
CANDIDATES = table_of(Candidate)
_OWN = CandidateView._fields[5:]
_TENANT: BindParameter[UUID] = bindparam("organization_id")


def _children(table: Table, *names: str, parent: str = "candidate_id") -> ColumnElement[Any]:
    of_the_parent = (table.c.organization_id == _TENANT) & (table.c[parent] == CANDIDATES.c.id)
    return gathered(CANDIDATES, *(table.c[name] for name in names), where=of_the_parent)


_WHOLE = select(
    CANDIDATES.c.deletion_reason,
    CANDIDATES.c.merged_into_id,
    _children(table_of(CandidateEmail), "position", "address", "type"),
    _children(table_of(CandidatePhone), "position", "number", "type"),
    _children(table_of(CandidateTag), "tag"),
    _children(table_of(CandidateCompetency), "competency", "source", "level", "effective_at"),
    _children(table_of(ExternalId), "source", "type", "external_id", parent="subject_id"),
    *(CANDIDATES.c[name] for name in _OWN),
).where(CANDIDATES.c.organization_id == bindparam("organization_id"))
_ONE = _WHOLE.where(CANDIDATES.c.id == bindparam("candidate_id"))
_SEVERAL = _WHOLE.where(CANDIDATES.c.id.in_(bindparam("candidate_ids", expanding=True)))


def candidate_view(session: Session, candidate_id: UUID) -> CandidateView:
    """Return a candidate as shown; raises NotFound, Gone where deleted."""
    asked = {"organization_id": organization_of(session), "candidate_id": candidate_id}
    row = session.execute(_ONE, asked).one_or_none()
    if row is None:
        raise NotFound("No such candidate.")
    if row.deletion_reason is not None:
        raise gone(row.deletion_reason, row.merged_into_id)
    return _view(row)


def candidate_views(session: Session, candidate_ids: Sequence[UUID]) -> list[CandidateView]:
    """Return candidates as shown, in the order of their ids: one statement for all."""
    if not candidate_ids:
        return []
    asked = {"organization_id": organization_of(session), "candidate_ids": list(candidate_ids)}
    rows = session.execute(_SEVERAL, asked)
    # One may have been deleted since its id was read.
    found = {row.id: _view(row) for row in rows if row.deletion_reason is None}
    return [found[each] for each in candidate_ids if each in found]


def view_of(candidate: Candidate, names: Iterable[Name]) -> CandidateView:
    """Return a candidate whose children are loaded as shown."""
    return CandidateView(
        [Address(each.address, each.type) for each in candidate.emails],
        [Phone(each.number, each.type) for each in candidate.phones],
        sorted(each.tag for each in candidate.tags),
        _levels((e.competency, e.source, e.level, e.effective_at) for e in candidate.competencies),
        sorted(names),
        *(getattr(candidate, name) for name in _OWN),
    )


def _view(row: Any) -> CandidateView:
    _, _, emails, phones, tags, levels, names, *own = row
    return CandidateView(
        [Address(address, kind) for _, address, kind in sorted(emails or ())],
        [Phone(number, kind) for _, number, kind in sorted(phones or ())],
        sorted(tag for (tag,) in tags or ()),
        _levels((*level, instant_of(at)) for *level, at in levels or ()),
        sorted(Name(*name) for name in names or ()),
        *own,
    )


def _levels(rows: Iterable[tuple[str, str, int, datetime]]) -> list[Level]:
    return [
        Level(competency, level, source, None if at == EVER else at)
        for competency, source, level, at in sorted(rows)
    ]


def candidates(
    organization_id: UUID,
    *,
    email: str | None = None,
    external_id: Name | None = None,
    tag: str | None = None,
    application_status: str | None = None,
    position_id: UUID | None = None,
    awaiting_reply: bool | None = None,
    talent_pool_id: UUID | None = None,
    custom_field: tuple[str, str] | None = None,
    common_field: bool = False,
    ids: Sequence[UUID] | None = None,
) -> Select[UUID, datetime]:
    """Return the ids of candidates who are here, and when each changed last.

    Filters narrow together; `application_status` and `position_id` speak of one application.
    """
    statement = select(CANDIDATES.c.id, CANDIDATES.c.updated_at).where(
        CANDIDATES.c.organization_id == organization_id, CANDIDATES.c.deleted_at.is_(None)
    )
    if email is not None:
        statement = statement.where(CANDIDATES.c.id.in_(_by_address(organization_id, [email])))
    if external_id is not None:
        statement = statement.where(
            CANDIDATES.c.id.in_(named(organization_id, "candidate", external_id))
        )
    if tag is not None:
        statement = statement.where(CANDIDATES.c.id.in_(_by_tag(organization_id, tag)))
    if application_status is not None or position_id is not None:
        tried = _by_application(organization_id, application_status, position_id)
        statement = statement.where(CANDIDATES.c.id.in_(tried))
    if awaiting_reply is not None:
        waits = CANDIDATES.c.awaiting_reply_since
        statement = statement.where(waits.is_not(None) if awaiting_reply else waits.is_(None))
    if talent_pool_id is not None:
        pooled = _by_talent_pool(organization_id, talent_pool_id)
        statement = statement.where(CANDIDATES.c.id.in_(pooled))
    if custom_field is not None:
        field = ("candidate", *custom_field)
        statement = holding(statement, CANDIDATES, organization_id, field, is_common=common_field)
    if ids is not None:
        statement = statement.where(CANDIDATES.c.id.in_(ids))
    return statement


class FoundCandidate(NamedTuple):
    """A candidate as shown, and where the words were found."""

    view: CandidateView
    hits: list[Hit]


def search_candidates(
    session: Session,
    words: Sequence[Word],
    *,
    after: Place | None,
    limit: int,
    **wanted: Any,
) -> tuple[list[FoundCandidate], Place | None]:
    """Return who is found by all words and passes the filters of `candidates`, the best first.

    With the place where the next page goes on, None on the last.
    """
    page = found_candidates(
        session, words, after=after, limit=limit, passing=passing(session, wanted)
    )
    views = candidate_views(session, [one.candidate_id for one in page.items])
    misspelt = {one.candidate_id: one.misspelt for one in page.items}
    texts = text_hits(session, page.items, words)
    return [
        FoundCandidate(
            view,
            [
                *profile_hits(_searched(view), words, misspelt=misspelt[view.id]),
                *texts.get(view.id, ()),
            ],
        )
        for view in views
    ], page.following


def passing(session: Session, wanted: Mapping[str, Any]) -> Passing | None:
    """Return who passes the filters of `candidates`, None where there are none."""
    if all(value is None for value in wanted.values()):
        return None
    tenant = organization_of(session)
    few = session.scalars(candidates(tenant, **wanted).limit(FEW + 1)).all()
    # Who is asked for by id needs no index of values.
    among = candidates(tenant, **wanted, common_field=True)
    return Passing(
        lambda ids: session.scalars(among.where(CANDIDATES.c.id.in_(ids))),
        few if len(few) <= FEW else None,
    )


def _searched(view: CandidateView) -> Iterator[tuple[str, str]]:
    yield "full_name", view.full_name
    yield from (("email", each.address) for each in view.emails)
    yield from (("phone", each.number) for each in view.phones)
    if view.location is not None:
        yield "location", view.location
    yield from (("tag", each) for each in view.tags)


_EMAILS = table_of(CandidateEmail).c
_ALIKE = (
    select(_EMAILS.candidate_id)
    .where(
        _EMAILS.organization_id == bindparam("organization_id"),
        _EMAILS.folded.in_(bindparam("folded", expanding=True)),
    )
    .distinct()
    .order_by(_EMAILS.candidate_id)
    .limit(MOST_DUPLICATES)
)


def sharing_an_address(session: Session, addresses: Iterable[str]) -> list[UUID]:
    """Return the ids of candidates who have one of these addresses, the oldest first."""
    folded = [fold_address(each) for each in addresses]
    if not folded:
        return []
    asked = {"organization_id": organization_of(session), "folded": folded}
    return list(session.scalars(_ALIKE, asked))


def _by_address(organization_id: UUID, addresses: Iterable[str]) -> Select[UUID]:
    return select(CandidateEmail.candidate_id).where(
        CandidateEmail.organization_id == organization_id,
        CandidateEmail.folded.in_([fold_address(each) for each in addresses]),
    )


def _by_tag(organization_id: UUID, tag: str) -> Select[UUID]:
    return select(CandidateTag.candidate_id).where(
        CandidateTag.organization_id == organization_id, CandidateTag.tag == tag
    )


def _by_talent_pool(organization_id: UUID, talent_pool_id: UUID) -> Select[UUID]:
    return select(TalentPoolMember.candidate_id).where(
        TalentPoolMember.organization_id == organization_id,
        TalentPoolMember.talent_pool_id == talent_pool_id,
    )


def _by_application(
    organization_id: UUID, status: str | None, position_id: UUID | None
) -> Select[UUID]:
    statement = select(Application.candidate_id).where(
        Application.organization_id == organization_id
    )
    if status is not None:
        statement = statement.where(Application.status == status)
    if position_id is not None:
        statement = statement.where(Application.position_id == position_id)
    return statement
