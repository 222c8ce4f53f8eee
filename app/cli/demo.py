"""The main job on an empty machine: a store, a story, a ranking, a running service."""

import os
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy import select

from app.cli.asking import opened, out, read_settings
from app.cli.running import serve
from app.cli.tables import show_shortlist
from app.core.clock import now
from app.core.database import Database, Mode
from app.core.migration import migrate
from app.core.problems import Unauthenticated
from app.entry.actor import Actor
from app.entry.authentication import actor_of_key, organization_of_key, read_key
from app.external_ids.queries import find_by_external_id
from app.models.organization import Organization, User
from app.models.ranking import Shortlist
from app.organizations.actions import create_api_key, create_organization, create_user
from app.sandboxes.actions.story import POSITION, TITLE, Story
from app.shortlists.queries.kept import entries_of

NAME = "Acme (demo)"
_KEY_FILE = Path(".firstinline-demo-key")


def demo(
    *,
    serve_after: Annotated[
        bool, typer.Option("--serve", help="Serve when the shortlist is printed.")
    ] = False,
) -> None:
    """Load the story once, and print an API key and the shortlist of the seat that re-opened."""
    settings = read_settings()
    migrate(settings)
    with opened() as database:
        organization_id = _organization(database)
        actor = _recruiter(database, organization_id)
        position_id = _story(database, organization_id, actor)
        _print_shortlist(database, organization_id, position_id)
        key = _key(database, organization_id, actor)
    address = f"http://{settings.host}:{settings.port}"
    out.print()
    out.print(f"address  {address}", highlight=False)
    out.print(f"API key  {key}", highlight=False)
    out.print(
        f"try      curl -H 'Authorization: Bearer {key}' {address}/v1/positions",
        highlight=False,
        soft_wrap=True,
    )
    out.print()
    if serve_after:
        serve()


def _organization(database: Database) -> UUID:
    with database.transaction(Mode.WRITE) as session:
        found = session.scalar(
            select(Organization.id).where(Organization.name == NAME).order_by(Organization.id)
        )
        if found is not None:
            return found
        created = create_organization(session, name=NAME, domains=["acme.example"])
        create_user(
            session,
            Actor(created.id, "admin"),
            name="Ben Recruiter",
            emails=["ben@acme.example"],
        )
        return created.id


def _recruiter(database: Database, organization_id: UUID) -> Actor:
    with database.transaction(Mode.READ, organization_id) as session:
        user = session.scalars(select(User).order_by(User.id).limit(1)).one()
        return Actor(organization_id, "admin", user_id=user.id, user_name=user.name)


def _story(database: Database, organization_id: UUID, actor: Actor) -> UUID:
    """Tell the story, all of it or none, unless it has been told."""
    with database.transaction(Mode.LIST, organization_id) as session:
        told = find_by_external_id(session, "position", POSITION)
        return told or Story(session, actor, now().date()).tell().position_id


def _print_shortlist(database: Database, organization_id: UUID, position_id: UUID) -> None:
    with database.transaction(Mode.READ, organization_id) as session:
        shortlist = session.scalars(
            select(Shortlist)
            .where(
                Shortlist.organization_id == organization_id,
                Shortlist.position_id == position_id,
            )
            .order_by(Shortlist.id.desc())
            .limit(1)
        ).one()
        show_shortlist(out, TITLE, shortlist, entries_of(session, shortlist.id))


def _key(database: Database, organization_id: UUID, actor: Actor) -> str:
    """Return the demo's key: the one shown before while it works, else a new one."""
    known = _KEY_FILE.read_text(encoding="ascii").strip() if _KEY_FILE.exists() else ""
    if known and _works(database, organization_id, known):
        return known
    with database.transaction(Mode.WRITE, organization_id) as session:
        _, shown = create_api_key(session, actor, name="demo", scope="admin", user_id=actor.user_id)
    _KEY_FILE.unlink(missing_ok=True)
    descriptor = os.open(_KEY_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(shown + "\n")
    return shown


def _works(database: Database, organization_id: UUID, shown: str) -> bool:
    try:
        key = read_key(shown)
        with database.transaction(Mode.READ) as session:
            if organization_of_key(session, key) != organization_id:
                return False
        with database.transaction(Mode.READ, organization_id) as session:
            actor_of_key(session, key, None)
    except Unauthenticated:
        return False
    return True
