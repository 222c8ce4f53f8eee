"""Keeping searches."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit_log.actions import record_change
from app.core.database import organization_of
from app.core.ids import new_id
from app.core.problems import Invalid, StaleVersion
from app.entry.actor import Actor
from app.models.organization import User
from app.models.saved_search import SavedSearch
from app.saved_searches.queries import find_saved_search
from app.tombstones.actions import leave_tombstones


def create_saved_search(
    session: Session,
    actor: Actor,
    *,
    name: str,
    parameters: Mapping[str, Any],
    owner_user_id: UUID | None = None,
) -> SavedSearch:
    """Keep a search, in the acting user's name unless told whose; raises Invalid."""
    _refuse_unknown_user(session, owner_user_id)
    search = SavedSearch(
        id=new_id(),
        name=name,
        parameters=dict(parameters),
        owner_user_id=owner_user_id or actor.user_id,
    )
    session.add(search)
    session.flush()
    _note(session, actor, "created", search, ["name", "parameters", "owner_user_id"])
    return search


def update_saved_search(
    session: Session,
    actor: Actor,
    search_id: UUID,
    changes: Mapping[str, Any],
    *,
    expected_version: int | None = None,
) -> SavedSearch:
    """Change `name`, `parameters` or `owner_user_id`; nothing new changes nothing.

    Raises NotFound, StaleVersion, Invalid.
    """
    search = _lock(session, search_id, expected_version)
    _refuse_unknown_user(session, changes.get("owner_user_id"))
    changed = [name for name, value in changes.items() if value != getattr(search, name)]
    if not changed:
        return search
    for name in changed:
        setattr(search, name, changes[name])
    search.touch()
    _note(session, actor, "updated", search, changed)
    session.flush()
    return search


def delete_saved_search(
    session: Session, actor: Actor, search_id: UUID, *, expected_version: int | None = None
) -> None:
    """Delete a saved search; raises NotFound, StaleVersion."""
    search = _lock(session, search_id, expected_version)
    session.delete(search)
    leave_tombstones(session, "saved_search", [search.id], reason="deleted")
    _note(session, actor, "deleted", search, [])
    session.flush()


def _lock(session: Session, search_id: UUID, expected_version: int | None) -> SavedSearch:
    search = find_saved_search(session, search_id, lock=True)
    if expected_version is not None and expected_version != search.version:
        raise StaleVersion
    return search


def _refuse_unknown_user(session: Session, user_id: UUID | None) -> None:
    if user_id is None:
        return
    found = session.scalar(
        select(User.id).where(User.organization_id == organization_of(session), User.id == user_id)
    )
    if found is None:
        raise Invalid("/owner_user_id", "is no user of this organization")


def _note(
    session: Session, actor: Actor, what: str, search: SavedSearch, changed: list[str]
) -> None:
    # Only what was changed: words that are looked for may be somebody's name, and erasure would not
    # find it in the audit log.
    changes = dict.fromkeys(changed, "changed")
    event = f"saved_search.{what}"
    record_change(session, actor, event, "saved_search", search.id, changes=changes)
