"""The scoring policy: which version is in force, and how far the next one has come."""

import time
from typing import Annotated, Final
from uuid import UUID

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.cli.asking import InOrganization, err, opened, organization_named, out
from app.core.database import Database, Mode
from app.models.organization import ScoringPolicyVersion
from app.organizations.queries import policy_versions

_LOOKS_EVERY: Final = 1.0


def scoring(
    *,
    watch: Annotated[
        bool, typer.Option("--watch", help="Show a bar until everybody has been scored.")
    ] = False,
    organization: InOrganization = None,
) -> None:
    """Say by which version of the scoring policy scores are made, and how far the next has come.

    The worker scores everybody by a new version, beside readers and writers; scores and shortlists
    go by the one in force until it has ended.
    """
    with opened() as database:
        organization_id = organization_named(database, organization)
        coming = _coming(database, organization_id)
        if watch and coming is not None:
            _watch(database, organization_id, coming.version)
            coming = _coming(database, organization_id)
        in_force = _newest(database, organization_id, scored=True)
        assert in_force is not None
        out.print(f"Scores are made by version {in_force.version}.")
        if coming is not None:
            out.print(f"Version {coming.version} is coming: {_told(coming)}.")


def _told(row: ScoringPolicyVersion) -> str:
    if row.to_score is None:
        return "the worker has not begun to score by it"
    return f"{row.scored} of {row.to_score} candidates have been scored by it"


def _watch(database: Database, organization_id: UUID, version: int) -> None:
    columns = (TextColumn("Scoring"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err) as progress:
        bar = progress.add_task("Scoring", total=None)
        while (row := _coming(database, organization_id)) is not None and row.version <= version:
            progress.update(bar, completed=row.scored, total=row.to_score)
            time.sleep(_LOOKS_EVERY)


def _coming(database: Database, organization_id: UUID) -> ScoringPolicyVersion | None:
    """Return the newest version where not everybody has been scored by it."""
    newest = _newest(database, organization_id, scored=False)
    return newest if newest is not None and newest.scored_at is None else None


def _newest(
    database: Database, organization_id: UUID, *, scored: bool
) -> ScoringPolicyVersion | None:
    statement = policy_versions(organization_id).order_by(ScoringPolicyVersion.version.desc())
    if scored:
        statement = statement.where(ScoringPolicyVersion.scored_at.is_not(None))
    with database.transaction(Mode.READ, organization_id) as session:
        found = session.scalar(statement.limit(1))
        session.expunge_all()
    return found
