"""Looking saved searches up."""

from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.core.paging import RootFilters, RootSort
from app.core.problems import NotFound
from app.models.base import table_of
from app.models.saved_search import SavedSearch
from app.tombstones.queries import RootRows, page_of_roots

_SEARCHES: Final = table_of(SavedSearch)


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
    session: Session, asked: RootFilters, *, owner_user_id: UUID | None = None
) -> tuple[list[SavedSearch], RootRows]:
    """Return saved searches, the newest first, all or one user's.

    With `updated_since` those that changed since, in the order of the changes, and what is gone.
    """
    filters = {"owner_user_id": owner_user_id}
    statement = select(SavedSearch).where(SavedSearch.organization_id == organization_of(session))
    if owner_user_id is not None:
        statement = statement.where(SavedSearch.owner_user_id == owner_user_id)
    if asked.updated_since is None:
        asked = asked.model_copy(update={"sort": RootSort.NEWEST})
    ids = statement.with_only_columns(SavedSearch.id, SavedSearch.updated_at)
    rows = page_of_roots(session, ids, _SEARCHES, asked, filters, kind="saved_search")
    shown = session.scalars(statement.where(SavedSearch.id.in_(rows.ids)))
    found = {row.id: row for row in shown}
    return [found[each] for each in rows.ids if each in found], rows
