"""Candidates that are there twice: found, and made one."""

from typing import Annotated
from uuid import UUID

import typer
from rich.markup import escape
from rich.table import Table

from app.cli.asking import (
    AsUser,
    InOrganization,
    opened,
    organization_named,
    out,
    print_table,
    system_actor,
)
from app.cli.candidates import WHO, candidate_meant
from app.core.database import Mode
from app.duplicates.actions import merge_candidates
from app.duplicates.queries.likely import likely_duplicates


def duplicates(
    candidate: Annotated[str, typer.Argument(help=WHO)],
    organization: InOrganization = None,
) -> None:
    """Say who may be the same person as a candidate, and why; the likeliest first."""
    with opened() as database:
        organization_id = organization_named(database, organization)
        with database.transaction(Mode.READ, organization_id) as session:
            candidate_id, name = candidate_meant(session, candidate)
            found = likely_duplicates(session, candidate_id)
    if not found:
        out.print(f"{name}: nobody else seems to be the same person.", markup=False)
        return
    table = Table("id", "name", "why")
    for one in found:
        why = ", ".join(f"{reason.kind.replace('_', ' ')} {reason.value}" for reason in one.reasons)
        table.add_row(str(one.candidate_id), escape(one.full_name), escape(why))
    print_table(table)


def merge(
    candidate: Annotated[str, typer.Argument(help=f"Who stays: {WHO}")],
    duplicate: Annotated[str, typer.Argument(help=f"Who is absorbed: {WHO}")],
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    organization: InOrganization = None,
    user: AsUser = None,
) -> None:
    """Give a candidate all that a duplicate of theirs has, for good: asks first."""
    with opened() as database:
        organization_id = organization_named(database, organization)
        with database.transaction(Mode.READ, organization_id) as session:
            stays, goes = candidate_meant(session, candidate), candidate_meant(session, duplicate)
            told = f"{_told(goes)} becomes {_told(stays)}"
        if not yes:
            typer.confirm(f"{told}. There is no way back. Merge them?", abort=True)
        with database.transaction(Mode.ALONE, organization_id) as session:
            actor = system_actor(session, organization_id, user)
            merge_candidates(session, actor, stays[0], duplicate_candidate_id=goes[0])
    out.print(f"{told}.", highlight=False, markup=False)


def _told(who: tuple[UUID, str]) -> str:
    return f"{who[1]} ({who[0]})"
