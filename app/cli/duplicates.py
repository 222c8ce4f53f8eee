"""Candidates that are there twice: found, and made one."""

from collections.abc import Iterable, Sequence
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
from app.core.database import Database, Mode
from app.core.paging import MOST
from app.duplicates.actions import merge_candidates
from app.duplicates.queries.likely import likely_duplicates
from app.duplicates.queries.listing import LikelyPair, duplicate_pairs
from app.duplicates.rules.likeness import Reason


def duplicates(
    candidate: Annotated[
        str | None, typer.Argument(help=f"{WHO} Without: all pairs that share something.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many pairs to show at most.")] = 200,
    organization: InOrganization = None,
) -> None:
    """Say who may be the same person as a candidate, and why; the likeliest first.

    Without a candidate: everybody who shares an address, a telephone number or an external id with
    somebody, in pairs.
    """
    with opened() as database:
        organization_id = organization_named(database, organization)
        if candidate is None:
            _print_pairs(*_all_pairs(database, organization_id, limit))
            return
        with database.transaction(Mode.READ, organization_id) as session:
            candidate_id, name = candidate_meant(session, candidate)
            found = likely_duplicates(session, candidate_id)
    if not found:
        out.print(f"{name}: nobody else seems to be the same person.", markup=False)
        return
    table = Table("id", "name", "why")
    for one in found:
        table.add_row(str(one.candidate_id), escape(one.full_name), escape(_why(one.reasons)))
    print_table(table)


def _why(reasons: Iterable[Reason]) -> str:
    return ", ".join(f"{reason.kind.replace('_', ' ')} {reason.value}" for reason in reasons)


def _all_pairs(
    database: Database, organization_id: UUID, limit: int
) -> tuple[list[LikelyPair], bool]:
    """Return the first pairs, each page read for itself, and whether there may be more."""
    found, cursor = list[LikelyPair](), None
    while True:
        with database.transaction(Mode.READ, organization_id) as session:
            page, cursor = duplicate_pairs(session, min(MOST, limit - len(found)), cursor)
        found += page
        if cursor is None or len(found) == limit:
            return found, cursor is not None


def _print_pairs(found: Sequence[LikelyPair], more: bool) -> None:
    if not found:
        out.print("Nobody seems to be there twice.")
        return
    table = Table("id", "name", "other id", "other name", "why")
    for one in found:
        names = escape(one.full_name), escape(one.other_full_name)
        ids = str(one.candidate_id), str(one.other_candidate_id)
        table.add_row(ids[0], names[0], ids[1], names[1], escape(_why(one.reasons)))
    print_table(table)
    if more:
        out.print(f"the first {len(found)}; --limit shows more", style="dim", highlight=False)


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
