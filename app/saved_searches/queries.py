"""Looking saved searches up."""

from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.core.paging import SortKey, cut, decode_cursor, keyset
from app.core.problems import NotFound
from app.models.saved_search import SavedSearch

_NEWEST_FIRST: Final = (SortKey(SavedSearch.id, UUID, descending=True),)


def find_saved_search(session: Session, search_id: UUID, *, lock: bool = False) -> SavedSearch:
    """Return a saved search, its row locked if told so; raises NotFound."""
    statement = select(SavedSearch).where(
        SavedSearch.organization_id == organization_of(session), SavedSearch.id == search_id
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise NotFound("No such saved search.")
    return found


def saved_search_page(
    session: Session, limit: int, cursor: str | None, *, owner_user_id: UUID | None = None
) -> tuple[list[SavedSearch], str | None]:
    """Return saved searches, the newest first, all or one user's, and the next cursor."""
    filters = {"owner_user_id": owner_user_id}
    statement = select(SavedSearch).where(SavedSearch.organization_id == organization_of(session))
    if owner_user_id is not None:
        statement = statement.where(SavedSearch.owner_user_id == owner_user_id)
    after = decode_cursor(cursor, _NEWEST_FIRST, filters)
    rows = session.scalars(keyset(statement, _NEWEST_FIRST, after, limit)).all()
    return cut(rows, limit, _NEWEST_FIRST, filters, lambda row: (row.id,))
