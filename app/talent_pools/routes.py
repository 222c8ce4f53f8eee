"""The addresses of talent pools."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.core.paging import ListFilters, RootPage, link_next
from app.core.problems import Conflict, Gone, NotFound, StaleVersion, responses
from app.entry.asking import Reading, Writing
from app.entry.routing import Route
from app.models.talent_pool import TalentPool
from app.talent_pools import actions, queries
from app.talent_pools.schemas import (
    TalentPoolCreate,
    TalentPoolMemberRead,
    TalentPoolRead,
    TalentPoolUpdate,
)

router = APIRouter(prefix="/v1/talent-pools", tags=["talent pools"], route_class=Route)


@router.post("", status_code=201, responses=responses(Conflict))
def create_talent_pool(ask: Writing, body: TalentPoolCreate, response: Response) -> TalentPoolRead:
    """Make an empty talent pool."""
    pool = actions.create_pool(ask.session, ask.actor, **dict(body))
    response.headers["Location"] = f"/v1/talent-pools/{pool.id}"
    return _read(pool, response)


@router.get("")
def list_talent_pools(
    ask: Reading,
    response: Response,
    *,
    asked: ListFilters,
    candidate_id: Annotated[
        UUID | None, Query(description="Those that this candidate is in.")
    ] = None,
) -> RootPage[TalentPoolRead]:
    """List talent pools by name, or what has changed of them since an instant."""
    pools, rows = queries.pool_page(ask.session, asked, candidate_id=candidate_id)
    link_next(ask.request, response, rows.next_cursor)
    return rows.page([TalentPoolRead.model_validate(row) for row in pools])


@router.get("/{talent_pool_id}", responses=responses(NotFound))
def read_talent_pool(ask: Reading, talent_pool_id: UUID, response: Response) -> TalentPoolRead:
    """Return a talent pool."""
    return _read(queries.find_pool(ask.session, talent_pool_id), response)


@router.patch("/{talent_pool_id}", responses=responses(NotFound, Conflict, StaleVersion))
def update_talent_pool(
    ask: Writing, talent_pool_id: UUID, body: TalentPoolUpdate, response: Response
) -> TalentPoolRead:
    """Change the name or the description."""
    pool = actions.update_pool(
        ask.session,
        ask.actor,
        talent_pool_id,
        body.changes(),
        expected_version=ask.expected_version(),
    )
    return _read(pool, response)


@router.delete("/{talent_pool_id}", status_code=204, responses=responses(NotFound, StaleVersion))
def delete_talent_pool(ask: Writing, talent_pool_id: UUID) -> None:
    """Delete a talent pool; the candidates in it stay."""
    expected = ask.expected_version()
    actions.delete_pool(ask.session, ask.actor, talent_pool_id, expected_version=expected)


@router.get("/{talent_pool_id}/candidates", responses=responses(NotFound))
def list_talent_pool_candidates(
    ask: Reading,
    talent_pool_id: UUID,
    response: Response,
    asked: ListFilters,
) -> RootPage[TalentPoolMemberRead]:
    """List who is in it and since when; `GET /v1/candidates?talent_pool_id=` shows them whole.

    With `updated_since` who came since, and in `deleted` the candidates who are in it no longer.
    """
    rows = queries.member_page(ask.session, talent_pool_id, asked)
    link_next(ask.request, response, rows.next_cursor)
    return rows.page([TalentPoolMemberRead.model_validate(row) for (row,) in rows.items])


@router.put(
    "/{talent_pool_id}/candidates/{candidate_id}",
    responses={
        201: {"model": TalentPoolMemberRead, "description": "Newly put in"},
        **responses(NotFound, Gone),
    },
)
def add_candidate_to_talent_pool(
    ask: Writing, talent_pool_id: UUID, candidate_id: UUID, response: Response
) -> TalentPoolMemberRead:
    """Put a candidate into a talent pool: 201, or 200 where they are in it already."""
    placed = actions.add_to_pool(ask.session, ask.actor, talent_pool_id, candidate_id)
    response.status_code = 201 if placed.is_new else 200
    return TalentPoolMemberRead.model_validate(placed.member)


@router.delete(
    "/{talent_pool_id}/candidates/{candidate_id}",
    status_code=204,
    responses=responses(NotFound, Gone),
)
def remove_candidate_from_talent_pool(
    ask: Writing, talent_pool_id: UUID, candidate_id: UUID
) -> None:
    """Take a candidate out of a talent pool."""
    actions.remove_from_pool(ask.session, ask.actor, talent_pool_id, candidate_id)


def _read(pool: TalentPool, response: Response) -> TalentPoolRead:
    response.headers["ETag"] = f'"{pool.version}"'
    return TalentPoolRead.model_validate(pool)
