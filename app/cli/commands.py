"""All commands, by subject."""

import typer

from app.cli import (
    candidates,
    demo,
    duplicates,
    openapi,
    organizations,
    running,
    scoring,
    searching,
    spreadsheets,
)

app = typer.Typer(
    name="firstinline",
    help="First in Line: who is first in line when a seat opens.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(running.serve)
app.command()(running.worker)
app.command()(running.migrate)
app.command()(running.backup)
app.command()(demo.demo)
app.command()(openapi.openapi)
app.command()(candidates.rank)
app.command()(candidates.match)
app.command()(candidates.persistence)
app.command()(scoring.scoring)
app.add_typer(organizations.organizations, name="organizations")
app.add_typer(organizations.users, name="users")
app.add_typer(organizations.keys, name="keys")
app.add_typer(candidates.follow_ups, name="follow-ups")
spreadsheets.candidates.command("duplicates")(duplicates.duplicates)
spreadsheets.candidates.command("merge")(duplicates.merge)
app.add_typer(spreadsheets.candidates, name="candidates")
app.add_typer(searching.search, name="search")
