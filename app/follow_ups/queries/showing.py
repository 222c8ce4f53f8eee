"""Follow-ups and milestones as they are shown: each with all that hangs on it in one row."""

from collections.abc import Sequence
from datetime import date, datetime
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, Table, bindparam, select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.core.paging import Pages, RootFilters, SortKey
from app.core.problems import Gone, NotFound
from app.external_ids.queries import named
from app.external_ids.rules import Name
from app.facts.queries import require_candidate
from app.models.base import table_of
from app.models.follow_up import FollowUp, FollowUpAdvice, FollowUpAttachment, Milestone
from app.models.gathering import gathered, instant_of
from app.models.organization import ExternalId
from app.tombstones.queries import RootRows, page_of_roots


class MilestoneView(NamedTuple):
    """A milestone."""

    id: UUID
    candidate_id: UUID
    follow_up_id: UUID
    advice_id: UUID | None
    kind: str
    title: str
    achieved_on: date | None
    quote: str | None
    evidence_url: str | None
    status: str
    status_at: datetime
    status_by_user_id: UUID | None


class AttachmentView(NamedTuple):
    """An attachment, its size in bytes."""

    filename: str | None
    content_type: str
    size: int


class FollowUpView(NamedTuple):
    """A follow-up with all that is shown of it."""

    id: UUID
    candidate_id: UUID
    occurred_at: datetime
    received_at: datetime
    direction: str
    channel: str
    subject: str | None
    body: str | None
    automated: str | None
    dating: str
    message_id: str | None
    in_reply_to: str | None
    thread: str | None
    captured_by_user_id: UUID | None
    private_note: str | None
    version: int
    created_at: datetime
    updated_at: datetime
    advice_ids: list[UUID]
    milestones: list[MilestoneView]
    attachments: list[AttachmentView]
    external_ids: list[Name]


# Built once, on tables: they name the tenant themselves.
FOLLOW_UPS = _ROWS = table_of(FollowUp)
_NAMES = table_of(ExternalId)
_LINKS, _MILESTONES = table_of(FollowUpAdvice), table_of(Milestone)
_ATTACHMENTS = table_of(FollowUpAttachment)
_OWN = FollowUpView._fields[:-4]
_TENANT: BindParameter[UUID] = bindparam("organization_id")


def _hanging(table: Table, *names: str, parent: str = "follow_up_id") -> ColumnElement[Any]:
    on_it = (table.c.organization_id == _TENANT) & (table.c[parent] == _ROWS.c.id)
    return gathered(_ROWS, *(table.c[name] for name in names), where=on_it)


_WHOLE = select(
    *(_ROWS.c[name] for name in _OWN),
    _hanging(_LINKS, "advice_id").label("links"),
    _hanging(_MILESTONES, *MilestoneView._fields).label("milestones"),
    _hanging(_ATTACHMENTS, "position", *AttachmentView._fields).label("attachments"),
    _hanging(_NAMES, "source", "type", "external_id", parent="subject_id").label("names"),
).where(_ROWS.c.organization_id == _TENANT)
_SEVERAL = _WHOLE.where(
    _ROWS.c.id.in_(bindparam("follow_up_ids", expanding=True)), _ROWS.c.deleted_at.is_(None)
)
_ONE = _WHOLE.add_columns(_ROWS.c.deleted_at).where(_ROWS.c.id == bindparam("follow_up_id"))
_OF_CANDIDATE = Pages(
    _WHOLE.where(_ROWS.c.candidate_id == bindparam("candidate_id"), _ROWS.c.deleted_at.is_(None)),
    (
        SortKey(_ROWS.c.occurred_at, datetime, descending=True),
        SortKey(_ROWS.c.id, UUID, descending=True),
    ),
    lambda row: (row.occurred_at, row.id),
)
_FIRST = itemgetter(0)
_VERSION = select(_ROWS.c.version).where(
    _ROWS.c.organization_id == _TENANT, _ROWS.c.id == bindparam("follow_up_id")
)


def find_follow_up(session: Session, follow_up_id: UUID) -> FollowUpView:
    """Return one follow-up as shown; raises NotFound, or Gone where it was deleted."""
    asked = {"organization_id": organization_of(session), "follow_up_id": follow_up_id}
    row = session.execute(_ONE, asked).one_or_none()
    if row is None:
        raise NotFound("No such follow-up.")
    if row.deleted_at is not None:
        raise Gone("The follow-up was deleted.")
    return _view(row[:-1])


def version_of_follow_up(session: Session, follow_up_id: UUID) -> int:
    """Return the version of a follow-up that is there."""
    asked = {"organization_id": organization_of(session), "follow_up_id": follow_up_id}
    version: int = session.scalars(_VERSION, asked).one()
    return version


def follow_ups(
    organization_id: UUID,
    *,
    candidate_id: UUID | None = None,
    direction: str | None = None,
    external_id: Name | None = None,
    ids: Sequence[UUID] | None = None,
) -> Select[UUID, datetime]:
    """Return the ids of follow-ups that are there, and when each changed last; filtered."""
    statement = select(_ROWS.c.id, _ROWS.c.updated_at).where(
        _ROWS.c.organization_id == organization_id, _ROWS.c.deleted_at.is_(None)
    )
    if candidate_id is not None:
        statement = statement.where(_ROWS.c.candidate_id == candidate_id)
    if direction is not None:
        statement = statement.where(_ROWS.c.direction == direction)
    if external_id is not None:
        statement = statement.where(
            _ROWS.c.id.in_(named(organization_id, "follow_up", external_id))
        )
    if ids is not None:
        statement = statement.where(_ROWS.c.id.in_(ids))
    return statement


def follow_up_views(session: Session, follow_up_ids: Sequence[UUID]) -> list[FollowUpView]:
    """Return follow-ups as shown, in the order of their ids: one statement for all."""
    if not follow_up_ids:
        return []
    asked = {"organization_id": organization_of(session), "follow_up_ids": list(follow_up_ids)}
    found = {row.id: _view(row) for row in session.execute(_SEVERAL, asked)}
    return [found[each] for each in follow_up_ids if each in found]


def follow_ups_page(
    session: Session, candidate_id: UUID, asked: RootFilters
) -> tuple[list[FollowUpView], RootRows]:
    """Return a candidate's follow-ups, newest first, or what has changed of them.

    Raises NotFound, or Gone where the candidate was deleted.
    """
    require_candidate(session, candidate_id)
    filters = {"candidate_id": candidate_id}
    if asked.updated_since is not None:
        statement = follow_ups(organization_of(session), candidate_id=candidate_id)
        rows = page_of_roots(
            session, statement, _ROWS, asked, filters, kind="follow_up", parent_id=candidate_id
        )
        return follow_up_views(session, rows.ids), rows
    whose = {"organization_id": organization_of(session), "candidate_id": candidate_id}
    page, following = _OF_CANDIDATE.page(session, whose, asked, filters)
    return [_view(row) for row in page], RootRows([row.id for row in page], following)


def _view(row: Sequence[Any]) -> FollowUpView:
    *own, links, milestones, attachments, names = row
    return FollowUpView._make(
        (
            *own,
            sorted(UUID(advice_id) for (advice_id,) in links or ()),
            # By id, which comes first.
            [_milestone(each) for each in sorted(milestones or (), key=lambda one: one[0])],
            [
                AttachmentView(*each)
                for _, *each in sorted(attachments or (), key=lambda one: one[0])
            ],
            sorted(Name(*name) for name in names or ()),
        )
    )


def _milestone(packed: list[Any]) -> MilestoneView:
    told = dict(zip(MilestoneView._fields, packed, strict=True))
    for name, value in told.items():
        if value is not None and (name == "id" or name.endswith("_id")):
            told[name] = UUID(value)
    told["status_at"] = instant_of(told["status_at"])
    if told["achieved_on"] is not None:
        told["achieved_on"] = date.fromisoformat(told["achieved_on"])
    return MilestoneView(**told)
