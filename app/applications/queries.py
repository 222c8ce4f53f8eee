"""Reading applications, rejections and advice."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BindParameter, Select, bindparam, select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.core.paging import Pages, RootFilters, SortKey
from app.core.problems import Gone, NotFound
from app.external_ids.queries import external_ids_of, named
from app.external_ids.rules import Name
from app.facts.queries import require_candidate
from app.models.application import Advice, Application, Rejection
from app.models.base import BINDS_ITS_TENANT, table_of
from app.models.candidate import Candidate
from app.models.gathering import gathered
from app.models.holding import holding
from app.models.organization import ExternalId, RejectionReason
from app.models.position import Opening
from app.tombstones.queries import RootRows, page_of_roots


class Standing(NamedTuple):
    """A rejection that stands, with what is shown beside it."""

    id: UUID
    rejected_at: datetime
    rejection_reason_id: UUID | None
    details: str | None
    decided_by_user_id: UUID | None
    decided_by_name: str | None
    never_reconsider: bool
    reconsider_on: date | None
    preferred_channel: str | None
    follow_ups_invited: str
    reason: str | None
    advice_ids: list[UUID]


class ApplicationView(NamedTuple):
    """An application with all that is shown of it; `row` has the columns of its table."""

    row: Any
    opening_id: UUID | None
    external_ids: list[Name]
    rejection: Standing | None


# What is asked all day is built once, on tables, and names the tenant itself.
APPLICATIONS = table_of(Application)
_REJECTIONS, _REASONS, _ADVICE = table_of(Rejection), table_of(RejectionReason), table_of(Advice)
_OPENINGS, _NAMES, _PERSONS = table_of(Opening), table_of(ExternalId), table_of(Candidate)
_TENANT: BindParameter[UUID] = bindparam("organization_id")
_OF_ITS_CANDIDATE = (_PERSONS.c.organization_id == APPLICATIONS.c.organization_id) & (
    _PERSONS.c.id == APPLICATIONS.c.candidate_id
)
_WHOLE = (
    select(
        *APPLICATIONS.c,
        _PERSONS.c.deletion_reason,
        select(_OPENINGS.c.id)
        .where(
            _OPENINGS.c.organization_id == _TENANT,
            _OPENINGS.c.application_id == APPLICATIONS.c.id,
        )
        .scalar_subquery()
        .label("opening_id"),
        gathered(
            APPLICATIONS,
            _NAMES.c.source,
            _NAMES.c.type,
            _NAMES.c.external_id,
            where=(_NAMES.c.organization_id == _TENANT)
            & (_NAMES.c.subject_id == APPLICATIONS.c.id),
        ).label("names"),
        *(_REJECTIONS.c[name].label(f"rejection_{name}") for name in Standing._fields[:-2]),
        _REASONS.c.name.label("reason"),
        gathered(
            _REJECTIONS,
            _ADVICE.c.number,
            _ADVICE.c.id,
            where=(_ADVICE.c.organization_id == _TENANT)
            & (_ADVICE.c.rejection_id == _REJECTIONS.c.id),
        ).label("advice"),
    )
    .join(_PERSONS, _OF_ITS_CANDIDATE)
    .outerjoin(
        _REJECTIONS,
        (_REJECTIONS.c.organization_id == APPLICATIONS.c.organization_id)
        & (_REJECTIONS.c.application_id == APPLICATIONS.c.id)
        & _REJECTIONS.c.undone_at.is_(None),
    )
    .outerjoin(
        _REASONS,
        (_REASONS.c.organization_id == _REJECTIONS.c.organization_id)
        & (_REASONS.c.id == _REJECTIONS.c.rejection_reason_id),
    )
    .where(APPLICATIONS.c.organization_id == _TENANT)
)
_ONE = _WHOLE.where(APPLICATIONS.c.id == bindparam("application_id"))
_SEVERAL = _WHOLE.where(APPLICATIONS.c.id.in_(bindparam("application_ids", expanding=True)))


def applications(
    organization_id: UUID,
    *,
    candidate_id: UUID | None = None,
    position_id: UUID | None = None,
    status: str | None = None,
    external_id: Name | None = None,
    custom_field: tuple[str, str] | None = None,
    common_field: bool = False,
    ids: Sequence[UUID] | None = None,
) -> Select[UUID, datetime]:
    """Return the ids of the applications of everybody who is still here, and when each changed.

    Filtered by what is given.
    """
    statement = (
        select(APPLICATIONS.c.id, APPLICATIONS.c.updated_at)
        .join(_PERSONS, _OF_ITS_CANDIDATE)
        .where(APPLICATIONS.c.organization_id == organization_id, _PERSONS.c.deleted_at.is_(None))
    )
    if candidate_id is not None:
        statement = statement.where(APPLICATIONS.c.candidate_id == candidate_id)
    if position_id is not None:
        statement = statement.where(APPLICATIONS.c.position_id == position_id)
    if status is not None:
        statement = statement.where(APPLICATIONS.c.status == status)
    if external_id is not None:
        called = named(organization_id, "application", external_id)
        statement = statement.where(APPLICATIONS.c.id.in_(called))
    if custom_field is not None:
        field = ("application", *custom_field)
        statement = holding(statement, APPLICATIONS, organization_id, field, is_common=common_field)
    if ids is not None:
        statement = statement.where(APPLICATIONS.c.id.in_(ids))
    return statement


def find_application(session: Session, application_id: UUID) -> ApplicationView:
    """Return one application as shown; raises NotFound, or Gone where its candidate was deleted."""
    found = session.execute(_ONE, _asked(session, application_id=application_id)).one_or_none()
    if found is None:
        raise NotFound("No such application.")
    if found.deletion_reason is not None:
        raise Gone(f"The candidate was {found.deletion_reason}.")
    return _view(found)


def application_views(session: Session, application_ids: Sequence[UUID]) -> list[ApplicationView]:
    """Return applications as shown, in the order of their ids: one statement for all."""
    if not application_ids:
        return []
    asked = _asked(session, application_ids=list(application_ids))
    rows = session.execute(_SEVERAL, asked)
    # Its candidate may have been deleted since its id was read.
    found = {row.id: _view(row) for row in rows if row.deletion_reason is None}
    return [found[each] for each in application_ids if each in found]


def view(session: Session, row: Application) -> ApplicationView:
    """Return an application of this transaction as shown."""
    session.flush()
    if row.status == "active":
        # It fills no opening, and no rejection of it stands.
        return ApplicationView(row, None, external_ids_of(session, [row.id])[row.id], None)
    return _view(session.execute(_ONE, _asked(session, application_id=row.id)).one())


def _view(row: Any) -> ApplicationView:
    names = sorted(Name(*name) for name in row.names or ())
    if row.rejection_id is None:
        return ApplicationView(row, row.opening_id, names, None)
    told = (getattr(row, f"rejection_{name}") for name in Standing._fields[:-2])
    advice = [UUID(id_) for _, id_ in sorted(row.advice or ())]
    standing = Standing._make((*told, row.reason, advice))
    return ApplicationView(row, row.opening_id, names, standing)


def _asked(session: Session, **values: object) -> dict[str, object]:
    return {"organization_id": organization_of(session), **values}


# ------------------------------------------------------------------- rows that an action may change

_CHANGED = {BINDS_ITS_TENANT: True}
_ACTIVE = select(APPLICATIONS.c.id).where(
    APPLICATIONS.c.organization_id == _TENANT,
    APPLICATIONS.c.candidate_id == bindparam("candidate_id"),
    APPLICATIONS.c.position_id == bindparam("position_id"),
    APPLICATIONS.c.status == "active",
)
_STANDS = (
    select(Rejection)
    .where(
        Rejection.organization_id == _TENANT,
        Rejection.application_id == bindparam("application_id"),
        Rejection.undone_at.is_(None),
    )
    .execution_options(**_CHANGED)
)
_ADVICE_AT = (
    select(Advice)
    .where(Advice.organization_id == _TENANT, Advice.rejection_id == bindparam("rejection_id"))
    .order_by(Advice.number)
    .execution_options(**_CHANGED)
)
_PIECE = (
    select(Advice)
    .where(Advice.organization_id == _TENANT, Advice.id == bindparam("advice_id"))
    .execution_options(**_CHANGED)
)


def find_active(session: Session, candidate_id: UUID, position_id: UUID) -> UUID | None:
    """Return the id of a candidate's active application to a position, None without one."""
    return session.scalar(
        _ACTIVE, _asked(session, candidate_id=candidate_id, position_id=position_id)
    )


def standing_rejection(session: Session, application_id: UUID) -> Rejection | None:
    """Return the rejection of an application that stands, None without one."""
    return session.scalar(_STANDS, _asked(session, application_id=application_id))


def advice_of_rejection(session: Session, rejection_id: UUID) -> list[Advice]:
    """Return the advice given at a rejection and since, by number."""
    return list(session.scalars(_ADVICE_AT, _asked(session, rejection_id=rejection_id)))


def find_advice(session: Session, advice_id: UUID) -> Advice:
    """Return one piece of advice; raises NotFound."""
    row = session.scalar(_PIECE, _asked(session, advice_id=advice_id))
    if row is None:
        raise NotFound("No such advice.")
    return row


# ----------------------------------------------------------------------------- a candidate's advice

ADVICE = _ADVICE
_PIECES = select(_ADVICE).where(
    _ADVICE.c.organization_id == _TENANT,
    _ADVICE.c.id.in_(bindparam("advice_ids", expanding=True)),
)
_ADVICE_PAGES = Pages(
    select(*_ADVICE.c, _REJECTIONS.c.rejected_at)
    .join(
        _REJECTIONS,
        (_REJECTIONS.c.organization_id == _ADVICE.c.organization_id)
        & (_REJECTIONS.c.id == _ADVICE.c.rejection_id),
    )
    .where(
        _ADVICE.c.organization_id == _TENANT, _ADVICE.c.candidate_id == bindparam("candidate_id")
    ),
    (
        SortKey(_REJECTIONS.c.rejected_at, datetime, descending=True),
        SortKey(_REJECTIONS.c.id, UUID, descending=True),
        SortKey(_ADVICE.c.number, int),
        SortKey(_ADVICE.c.id, UUID),
    ),
    lambda row: (row.rejected_at, row.rejection_id, row.number, row.id),
)


def advice_page(
    session: Session, candidate_id: UUID, asked: RootFilters
) -> tuple[Sequence[Any], RootRows]:
    """Return a candidate's advice, of rejections undone too, or what has changed of it.

    Raises NotFound, or Gone where the candidate was deleted.
    """
    require_candidate(session, candidate_id)
    filters = {"candidate_id": candidate_id}
    if asked.updated_since is not None:
        statement = pieces_of_advice(organization_of(session), candidate_id=candidate_id)
        rows = page_of_roots(
            session, statement, ADVICE, asked, filters, kind="advice", parent_id=candidate_id
        )
        return advice_rows(session, rows.ids), rows
    whose = _asked(session, candidate_id=candidate_id)
    page, following = _ADVICE_PAGES.page(session, whose, asked, filters)
    return page, RootRows([row.id for row in page], following)


def pieces_of_advice(
    organization_id: UUID,
    *,
    candidate_id: UUID | None = None,
    application_id: UUID | None = None,
    state: str | None = None,
    ids: Sequence[UUID] | None = None,
) -> Select[UUID, datetime]:
    """Return the ids of everybody's advice, and when each piece changed last; filtered."""
    statement = select(_ADVICE.c.id, _ADVICE.c.updated_at).where(
        _ADVICE.c.organization_id == organization_id
    )
    given = {"candidate_id": candidate_id, "application_id": application_id, "state": state}
    for name, value in given.items():
        if value is not None:
            statement = statement.where(_ADVICE.c[name] == value)
    if ids is not None:
        statement = statement.where(_ADVICE.c.id.in_(ids))
    return statement


def advice_rows(session: Session, advice_ids: Sequence[UUID]) -> Sequence[Any]:
    """Return pieces of advice, in the order of these ids: one statement for all."""
    if not advice_ids:
        return []
    asked = _asked(session, advice_ids=list(advice_ids))
    found = {row.id: row for row in session.execute(_PIECES, asked)}
    return [found[each] for each in advice_ids if each in found]
