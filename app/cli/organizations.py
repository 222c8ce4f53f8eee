"""Organizations, users and keys."""

from datetime import UTC, datetime
from typing import Annotated, Literal

import typer
from pydantic import TypeAdapter, ValidationError
from rich.markup import escape
from rich.table import Table
from sqlalchemy import select

from app.cli.asking import (
    InOrganization,
    as_id,
    give_up,
    opened,
    organization_named,
    out,
    print_table,
    sentence_of,
    system_actor,
)
from app.core.clock import real_now
from app.core.database import Mode
from app.core.problems import Conflict
from app.core.schema import EmailText, Line
from app.entry.actor import SCOPES
from app.models.organization import ApiKey
from app.organizations.actions import (
    create_api_key,
    create_organization,
    create_user,
    revoke_api_key,
)
from app.sandboxes.actions import furnish, mark_sandbox
from app.sandboxes.jobs import remove_sandbox

organizations = typer.Typer(help="Tenants.", no_args_is_help=True)
users = typer.Typer(help="The people who work here.", no_args_is_help=True)
keys = typer.Typer(help="Keys to the API.", no_args_is_help=True)

_LINE: TypeAdapter[str] = TypeAdapter(Line)
_EMAIL: TypeAdapter[str] = TypeAdapter(EmailText)


def _checked(adapter: TypeAdapter[str], value: str) -> str:
    """Return what the API would take for this; what it would refuse ends the command."""
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        give_up(f"{value!r}: {error.errors()[0]['msg']}")


@organizations.command("create", no_args_is_help=True)
def create_tenant(
    name: Annotated[str, typer.Argument(help="What it is called; two may be called the same.")],
    time_zone: Annotated[str, typer.Option(help="An IANA name: Europe/Berlin.")] = "UTC",
    domain: Annotated[
        list[str] | None, typer.Option(help="A mail domain of its own; may be repeated.")
    ] = None,
    *,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="To try things in: with the story, and a test key.")
    ] = False,
) -> None:
    """Create an organization and print its id; of a sandbox, its key too."""
    name = _checked(_LINE, name)
    with opened() as database:
        with database.transaction(Mode.WRITE) as session:
            created = create_organization(
                session, name=name, time_zone=time_zone, domains=domain or ()
            )
            if sandbox:
                mark_sandbox(session)
        out.print(str(created.id))
        if sandbox:
            with database.transaction(Mode.LIST, created.id) as session:
                founded = furnish(session, name=name)
            typer.echo(founded.key)


@organizations.command("remove", no_args_is_help=True)
def remove_tenant(
    sandbox: Annotated[str, typer.Argument(help="The name or id of a sandbox.")],
) -> None:
    """Remove a sandbox with everything in it, its files and keys too; any other one is refused."""
    with opened() as database:
        organization_id = organization_named(database, sandbox)
        try:
            remove_sandbox(database, organization_id)
        except Conflict as problem:
            give_up(sentence_of(problem))
        out.print(str(organization_id))


@users.command("create", no_args_is_help=True)
def create_person(
    name: Annotated[str, typer.Argument(help="The person's full name.")],
    email: Annotated[list[str], typer.Option(help="May be repeated; the first is the main one.")],
    role: Annotated[
        Literal["admin", "recruiter", "hiring_manager"],
        typer.Option(
            help="admin, recruiter or hiring_manager; what may be done is the key's scope."
        ),
    ] = "recruiter",
    organization: InOrganization = None,
) -> None:
    """Create a user and print the id."""
    name = _checked(_LINE, name)
    email = [_checked(_EMAIL, address) for address in email]
    with opened() as database:
        organization_id = organization_named(database, organization)
        with database.transaction(Mode.WRITE, organization_id) as session:
            actor = system_actor(session, organization_id)
            created = create_user(session, actor, name=name, emails=email, role=role)
            out.print(str(created.id))


@keys.command("create", no_args_is_help=True)
def create_key(
    name: Annotated[str, typer.Argument(help="What it is for, so that it is known in a list.")],
    scope: Annotated[str, typer.Option(help="read, write or admin.")] = "write",
    user: Annotated[
        str | None, typer.Option(help="The address or id of the user it belongs to.")
    ] = None,
    expires_on: Annotated[datetime | None, typer.Option(help="The first day without it.")] = None,
    organization: InOrganization = None,
    *,
    may_act_for_others: Annotated[
        bool, typer.Option("--may-act-for-others", help="On-Behalf-Of may name another user.")
    ] = False,
) -> None:
    """Create an API key and print it, once."""
    if scope not in SCOPES:
        give_up(f"A scope is one of {', '.join(SCOPES)}.")
    name = _checked(_LINE, name)
    with opened() as database:
        organization_id = organization_named(database, organization)
        with database.transaction(Mode.WRITE, organization_id) as session:
            owner = system_actor(session, organization_id, user).user_id if user else None
            _, shown = create_api_key(
                session,
                system_actor(session, organization_id),
                name=name,
                scope=scope,
                user_id=owner,
                expires_at=expires_on.replace(tzinfo=UTC) if expires_on else None,
                may_act_for_others=may_act_for_others,
            )
        typer.echo(shown)


@keys.command("list")
def list_keys(organization: InOrganization = None) -> None:
    """List the keys; their secrets are not kept."""
    with opened() as database:
        organization_id = organization_named(database, organization)
        with database.transaction(Mode.READ, organization_id) as session:
            rows = session.scalars(
                select(ApiKey).where(ApiKey.organization_id == organization_id).order_by(ApiKey.id)
            ).all()
    table = Table()
    for heading in ("id", "name", "prefix", "scope", "created", "state"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(
            str(row.id),
            escape(row.name),
            row.prefix,
            row.scope,
            f"{row.created_at:%Y-%m-%d}",
            _state(row),
        )
    print_table(table)


def _state(key: ApiKey) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is not None and key.expires_at <= real_now():
        return "expired"
    return "in use"


@keys.command("revoke", no_args_is_help=True)
def revoke_key(
    key: Annotated[str, typer.Argument(help="The key's id or prefix.")],
    organization: InOrganization = None,
) -> None:
    """Revoke a key at once, for good."""
    with opened() as database:
        organization_id = organization_named(database, organization)
        with database.transaction(Mode.WRITE, organization_id) as session:
            found = session.scalar(select(ApiKey.id).where(ApiKey.prefix == key)) or as_id(key)
            if found is None:
                give_up("That is neither a key's id nor a prefix.")
            revoke_api_key(session, system_actor(session, organization_id), found)
        out.print("Revoked.")
