"""Looking talent pools up."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.core.paging import RootFilters, SortKey, cut, decode_cursor, keyset
from app.core.problems import NotFound
from app.models.base import table_of
from app.models.talent_pool import MEMBER, TalentPool, TalentPoolMember
from app.tombstones.queries import Listing, RootRows, Rows, page_of_roots, page_of_rows

_POOLS: Final = table_of(TalentPool)
_BY_NAME: Final = (SortKey(TalentPool.name, str), SortKey(TalentPool.id, UUID))
_MEMBERS: Final = Listing(
    (SortKey(TalentPoolMember.candidate_id, UUID),),
    (
        SortKey(TalentPoolMember.updated_at, datetime),
        SortKey(TalentPoolMember.candidate_id, UUID),
    ),
    MEMBER,
)


def find_pool(session: Session, pool_id: UUID, *, lock: bool = False) -> TalentPool:
    """Return a talent pool, its row locked if told so; raises NotFound."""
    statement = select(TalentPool).where(
        TalentPool.organization_id == organization_of(session), TalentPool.id == pool_id
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise NotFound("No such talent pool.")
    return found


def pool_page(
    session: Session, asked: RootFilters, *, candidate_id: UUID | None = None
) -> tuple[list[TalentPool], RootRows]:
    """Return talent pools by name, all or those that a candidate is in.

    With `updated_since` those that changed since, in the order of the changes, and what is gone.
    """
    filters = {"candidate_id": candidate_id}
    statement = select(TalentPool).where(TalentPool.organization_id == organization_of(session))
    if candidate_id is not None:
        theirs = select(TalentPoolMember.talent_pool_id).where(
            TalentPoolMember.organization_id == organization_of(session),
            TalentPoolMember.candidate_id == candidate_id,
        )
        statement = statement.where(TalentPool.id.in_(theirs))
    if asked.updated_since is not None:
        ids = statement.with_only_columns(TalentPool.id, TalentPool.updated_at)
        rows = page_of_roots(session, ids, _POOLS, asked, filters, kind="talent_pool")
        found = {
            row.id: row for row in session.scalars(statement.where(TalentPool.id.in_(rows.ids)))
        }
        return [found[each] for each in rows.ids if each in found], rows
    after = decode_cursor(asked.cursor, _BY_NAME, filters)
    named = session.scalars(keyset(statement, _BY_NAME, after, asked.limit)).all()
    page, following = cut(named, asked.limit, _BY_NAME, filters, lambda row: (row.name, row.id))
    return page, RootRows([row.id for row in page], following)


def member_page(session: Session, pool_id: UUID, asked: RootFilters) -> Rows:
    """Return who is in a talent pool by candidate id, or who came and left; raises NotFound."""
    find_pool(session, pool_id)
    statement = select(TalentPoolMember).where(
        TalentPoolMember.organization_id == organization_of(session),
        TalentPoolMember.talent_pool_id == pool_id,
    )
    filters = {"talent_pool_id": pool_id}
    return page_of_rows(session, statement, _MEMBERS, asked, filters, parent_id=pool_id)


def find_member(session: Session, pool_id: UUID, candidate_id: UUID) -> TalentPoolMember | None:
    """Return a candidate's place in a talent pool, None where they are not in it."""
    return session.scalar(
        select(TalentPoolMember).where(
            TalentPoolMember.organization_id == organization_of(session),
            TalentPoolMember.talent_pool_id == pool_id,
            TalentPoolMember.candidate_id == candidate_id,
        )
    )
