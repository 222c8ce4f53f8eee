"""What every command needs: the store, the organization, and plain words for what went wrong."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, NoReturn
from uuid import UUID

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.core.addresses import fold_address
from app.core.clock import own_clock
from app.core.database import Database, Mode
from app.core.faults import of_database_error
from app.core.migration import is_current
from app.core.problems import Problem
from app.core.settings import Settings
from app.entry.actor import Actor
from app.entry.sandbox_clock import go_by_its_clock
from app.entry.tenancy import open_database
from app.models.organization import Organization, User, UserAddress

out = Console()
err = Console(stderr=True)
# What is read by a program has no screen to fit.
_WIDTH_OF_A_PIPE = 140

InOrganization = Annotated[
    str | None,
    typer.Option(
        "--organization",
        "-o",
        envvar="FIRSTINLINE_ORGANIZATION",
        help="The organization's name or id; not needed where there is only one.",
    ),
]
AsUser = Annotated[
    str | None,
    typer.Option("--user", "-u", help="The address or id of the user in whose name this is done."),
]


def give_up(sentence: str) -> NoReturn:
    """Say what is wrong and end with status 1."""
    err.print(f"[red]{escape(sentence)}[/red]", highlight=False)
    raise typer.Exit(1)


def print_table(table: Table) -> None:
    """Print a table, wide enough for whole ids where no terminal says how wide it is."""
    wide = out if out.is_terminal else Console(width=_WIDTH_OF_A_PIPE)
    wide.print(table)


def read_settings() -> Settings:
    """Return the settings; what cannot be used ends the command, by its name."""
    try:
        return Settings()
    except ValidationError as error:
        faults = [
            f"FIRSTINLINE_{str(fault['loc'][0]).upper()}: "
            f"{fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors(include_input=False)
        ]
        give_up("; ".join(faults))


@contextmanager
def opened() -> Iterator[Database]:
    """Yield the store of the settings; problems end the command with their sentence."""
    database = open_database(read_settings())
    try:
        with own_clock():
            yield database
    except Problem as problem:
        give_up(sentence_of(problem))
    except DBAPIError as error:
        give_up(_fault_of_the_store(database, error))
    finally:
        database.close()


def _fault_of_the_store(database: Database, error: DBAPIError) -> str:
    """Return a database error in words; raises it where it is our fault."""
    try:
        with database.engine.connect() as connection:
            if not is_current(connection):
                return "The store wants migrating: firstinline migrate"
    except DBAPIError:
        return "The store cannot be reached."
    problem = of_database_error(error)
    if problem is None:
        raise error
    return sentence_of(problem)


def sentence_of(problem: Problem) -> str:
    """Return a problem in words."""
    parts = [problem.detail or problem.title]
    parts += [
        f"{fault['pointer']} {fault['detail']}" for fault in problem.extensions.get("errors", [])
    ]
    return ": ".join(parts)


_NAMED = 5


def _listed(names: Sequence[str]) -> str:
    return ", ".join([*names[:_NAMED], *(["..."] if len(names) > _NAMED else [])])


def organization_named(database: Database, name: str | None) -> UUID:
    """Return the organization of that name or id, or the only one; what follows is by its clock."""
    with database.transaction(Mode.READ) as session:
        statement = (
            select(Organization.id, Organization.name).order_by(Organization.name).limit(_NAMED + 1)
        )
        if name is not None:
            wanted = as_id(name)
            statement = statement.where(
                Organization.id == wanted if wanted else named(Organization.name, name)
            )
        found = session.execute(statement).all()
    if len(found) == 1:
        only: UUID = found[0].id
        go_by_its_clock(database, only)
        return only
    if name is None:
        names = _listed([row.name for row in found])
        give_up(
            "There is no organization yet: firstinline organizations create NAME"
            if not found
            else f"There are several organizations: say which with --organization: {names}."
        )
    give_up("No organization of that name." if not found else "Several have that name: use the id.")


def system_actor(session: Session, organization_id: UUID, user: str | None = None) -> Actor:
    """Return the command line's own actor, in a user's name if one is given."""
    if user is None:
        return Actor(organization_id, "admin")
    wanted = as_id(user)
    row = session.execute(
        select(User.id, User.name)
        .join(
            UserAddress,
            (UserAddress.organization_id == User.organization_id)
            & (UserAddress.user_id == User.id),
            isouter=True,
        )
        .where(
            User.id == wanted if wanted else UserAddress.address == fold_address(user),
            User.active.is_(True),
        )
    ).first()
    if row is None:
        give_up("No such user.")
    return Actor(organization_id, "admin", user_id=row.id, user_name=row.name)


def named(column: InstrumentedAttribute[str], name: str) -> ColumnElement[bool]:
    """Compare names whatever their case; SQLite lowers no letter beyond ASCII."""
    return or_(column == name, func.lower(column) == name.lower())


def as_id(text: str) -> UUID | None:
    """Return the id that a text spells, None where it spells none."""
    try:
        return UUID(text)
    except ValueError:
        return None
