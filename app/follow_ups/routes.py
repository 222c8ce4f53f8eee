"""The addresses of follow-ups, milestones and timelines."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response, status

from app.core.database import organization_of
from app.core.paging import (
    USUAL,
    Cursor,
    Limit,
    ListFilters,
    Page,
    RootPage,
    cut,
    decode_cursor,
    link_next,
)
from app.core.problems import (
    Conflict,
    Gone,
    InProgress,
    Invalid,
    NotFound,
    StaleVersion,
    responses,
)
from app.entry.asking import Asked, Reading, Writing
from app.entry.routing import Route
from app.external_ids.queries import external_ids_of
from app.facts.queries import require_candidate
from app.follow_ups import actions
from app.follow_ups.actions import MilestoneDraft
from app.follow_ups.queries.reading import (
    find_milestone,
)
from app.follow_ups.queries.showing import (
    FOLLOW_UPS,
    find_follow_up,
    follow_up_views,
    follow_ups,
    follow_ups_page,
    version_of_follow_up,
)
from app.follow_ups.queries.timeline import ORDER, timeline_page
from app.follow_ups.schemas import (
    FollowUpCreate,
    FollowUpFilters,
    FollowUpRead,
    FollowUpReassign,
    FollowUpUpdate,
    MilestoneCreate,
    MilestoneRead,
    MilestoneUpdate,
    TimelineItem,
    follow_up_fields,
    follow_up_names,
    follow_up_read,
    follow_up_shown,
    milestone_read,
    timeline_item,
)
from app.models.follow_up import FollowUp
from app.tombstones.queries import page_of_roots

router = APIRouter(prefix="/v1", tags=["follow_ups"], route_class=Route)

_ABSENT = responses(NotFound, Gone)
_CHANGING = responses(NotFound, Conflict, InProgress, Gone, StaleVersion, Invalid)


@router.post(
    "/candidates/{candidate_id}/follow-ups",
    status_code=status.HTTP_201_CREATED,
    responses=responses(NotFound, Conflict, Gone, Invalid),
)
def create_follow_up(
    ask: Writing, candidate_id: UUID, body: FollowUpCreate, response: Response
) -> FollowUpRead:
    """Record a contact with a candidate; it counts in the very next ranking.

    An `occurred_at` more than 48 hours old is taken on the word of the key and marked `trusted`.
    """
    row = actions.record_follow_up(
        ask.session,
        ask.actor,
        candidate_id,
        **follow_up_fields(body, set(FollowUpCreate.model_fields) - {"external_ids"}),
        external_ids=follow_up_names(body),
        dating="trusted",
        captured_by_user_id=ask.actor.user_id,
    )
    response.headers["Location"] = f"/v1/follow-ups/{row.id}"
    return _read(ask, row, response)


@router.get("/candidates/{candidate_id}/follow-ups", responses=_ABSENT)
def list_follow_ups(
    ask: Reading,
    request: Request,
    response: Response,
    candidate_id: UUID,
    asked: ListFilters,
) -> RootPage[FollowUpRead]:
    """List a candidate's follow-ups, both ways, newest first, or what has changed of them."""
    found, rows = follow_ups_page(ask.session, candidate_id, asked)
    link_next(request, response, rows.next_cursor)
    return rows.page([follow_up_shown(one) for one in found])


@router.get("/follow-ups")
def list_all_follow_ups(
    ask: Reading,
    request: Request,
    response: Response,
    asked: Annotated[FollowUpFilters, Query()],
) -> RootPage[FollowUpRead]:
    """List everybody's follow-ups, by id unless told otherwise; deleted ones are left out."""
    wanted = asked.wanted()
    statement = follow_ups(organization_of(ask.session), **wanted)
    rows = page_of_roots(ask.session, statement, FOLLOW_UPS, asked, wanted, kind="follow_up")
    link_next(request, response, rows.next_cursor)
    return rows.page([follow_up_shown(one) for one in follow_up_views(ask.session, rows.ids)])


@router.get("/follow-ups/{follow_up_id}", responses=_ABSENT)
def read_follow_up(ask: Reading, follow_up_id: UUID, response: Response) -> FollowUpRead:
    """Read one follow-up."""
    found = find_follow_up(ask.session, follow_up_id)
    response.headers["ETag"] = f'"{found.version}"'
    return follow_up_shown(found)


@router.patch("/follow-ups/{follow_up_id}", responses=_CHANGING)
def update_follow_up(
    ask: Writing, follow_up_id: UUID, body: FollowUpUpdate, response: Response
) -> FollowUpRead:
    """Correct a follow-up: scores and lists are from now on as if it had always been so."""
    row = actions.update_follow_up(
        ask.session,
        ask.actor,
        follow_up_id,
        follow_up_fields(body, body.model_fields_set - {"external_ids"}),
        external_ids=follow_up_names(body) if "external_ids" in body.model_fields_set else None,
        expected_version=ask.expected_version(),
    )
    return _read(ask, row, response)


@router.delete(
    "/follow-ups/{follow_up_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=responses(NotFound, InProgress, Gone, StaleVersion),
)
def delete_follow_up(ask: Writing, follow_up_id: UUID) -> None:
    """Take a follow-up away as if it had never come."""
    actions.delete_follow_up(
        ask.session, ask.actor, follow_up_id, expected_version=ask.expected_version()
    )


@router.post("/follow-ups/{follow_up_id}/reassign", responses=_CHANGING)
def reassign_follow_up(
    ask: Writing, follow_up_id: UUID, body: FollowUpReassign, response: Response
) -> FollowUpRead:
    """Say that a follow-up was another candidate's; its links to advice are dropped."""
    row = actions.reassign_follow_up(
        ask.session,
        ask.actor,
        follow_up_id,
        candidate_id=body.candidate_id,
        expected_version=ask.expected_version(),
    )
    return _read(ask, row, response)


@router.post(
    "/follow-ups/{follow_up_id}/milestones",
    status_code=status.HTTP_201_CREATED,
    responses=responses(NotFound, InProgress, Gone, StaleVersion, Invalid),
)
def create_milestone(
    ask: Writing, follow_up_id: UUID, body: MilestoneCreate, response: Response
) -> MilestoneRead:
    """Add a milestone that a follow-up reports; If-Match and ETag are the follow-up's."""
    reported = actions.add_milestone(
        ask.session,
        ask.actor,
        follow_up_id,
        MilestoneDraft(**body.model_dump()),
        expected_version=ask.expected_version(),
    )
    response.headers["Location"] = f"/v1/milestones/{reported.milestone.id}"
    response.headers["ETag"] = f'"{reported.follow_up.version}"'
    return milestone_read(reported.milestone)


@router.get("/milestones/{milestone_id}", responses=responses(NotFound))
def read_milestone(ask: Reading, milestone_id: UUID, response: Response) -> MilestoneRead:
    """Read one milestone; the ETag is its follow-up's."""
    row = find_milestone(ask.session, milestone_id)
    response.headers["ETag"] = f'"{version_of_follow_up(ask.session, row.follow_up_id)}"'
    return milestone_read(row)


@router.patch(
    "/milestones/{milestone_id}",
    responses=responses(NotFound, InProgress, Gone, StaleVersion, Invalid),
)
def update_milestone(
    ask: Writing, milestone_id: UUID, body: MilestoneUpdate, response: Response
) -> MilestoneRead:
    """Confirm or refute a milestone, or correct what was noted of it.

    If-Match and ETag are its follow-up's, whose version a change of it raises.
    """
    given = body.model_fields_set
    reported = actions.update_milestone(
        ask.session,
        ask.actor,
        milestone_id,
        {name: getattr(body, name) for name in given - {"status", "effective_at"}},
        status=body.status if "status" in given else None,
        effective_at=body.effective_at,
        expected_version=ask.expected_version(),
    )
    response.headers["ETag"] = f'"{reported.follow_up.version}"'
    return milestone_read(reported.milestone)


@router.get("/candidates/{candidate_id}/timeline", responses=_ABSENT)
def read_timeline(
    ask: Reading,
    request: Request,
    response: Response,
    candidate_id: UUID,
    limit: Limit = USUAL,
    cursor: Cursor = None,
) -> Page[TimelineItem]:
    """Return everything that happened between a candidate and the organization, newest first."""
    require_candidate(ask.session, candidate_id)
    filters = {"candidate_id": candidate_id}
    after = decode_cursor(cursor, ORDER, filters)
    rows = timeline_page(ask.session, candidate_id, after, limit)
    page, next_cursor = cut(rows, limit, ORDER, filters, lambda row: row[0])
    link_next(request, response, next_cursor)
    return Page(items=[timeline_item(one) for _, one in page], next_cursor=next_cursor)


def _read(ask: Asked, row: FollowUp, response: Response) -> FollowUpRead:
    response.headers["ETag"] = f'"{row.version}"'
    return follow_up_read(row, external_ids_of(ask.session, [row.id]).get(row.id, []))
