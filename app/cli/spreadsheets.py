"""Candidates out of spreadsheets, and back into one."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from app.cli.asking import (
    AsUser,
    InOrganization,
    err,
    give_up,
    opened,
    organization_named,
    out,
    system_actor,
)
from app.core.database import Mode
from app.intake.csv import actions
from app.intake.csv.headers import read_mapping

candidates = typer.Typer(
    help="Candidates in and out of spreadsheets, and those that are there twice.",
    no_args_is_help=True,
)
_SHOWN = 20


@candidates.command("import", no_args_is_help=True)
def import_candidates(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A CSV file.")],
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map", help="What a column is: 'Full Name=full_name'; 'Notes=' passes it over."
        ),
    ] = None,
    *,
    source: Annotated[str, typer.Option(help="The system whose plain ids the file has.")] = "csv",
    encoding: Annotated[
        str | None, typer.Option(help="The file's charset, where it is not found out by itself.")
    ] = None,
    only_read: Annotated[
        bool,
        typer.Option(
            "--only-read", help="Say what each column means and each fault; change nothing."
        ),
    ] = False,
    organization: InOrganization = None,
    user: AsUser = None,
) -> None:
    """Take candidates out of a spreadsheet, with tries, rejections and follow-ups beside them.

    Run again, it changes nothing that it changed before; a bad row stops no other.
    """
    with opened() as database, file.open("rb") as sheet, _progress() as progress:
        organization_id = organization_named(database, organization)
        with database.transaction(Mode.READ, organization_id) as session:
            actor = system_actor(session, organization_id, user)
        task = progress.add_task(
            "Reading" if only_read else "Importing", total=actions.rows_in(sheet)
        )
        done = None
        try:
            for done in actions.import_candidates(
                database,
                actor,
                sheet,
                told=read_mapping(columns or ()),
                source=source,
                encoding=encoding,
                only_read=only_read,
            ):
                progress.update(task, completed=done.rows)
        except actions.MappingError as error:
            give_up(str(error))
    assert done is not None
    _tell(done, only_read=only_read)
    if done.candidates["failed"]:
        raise typer.Exit(1)


@candidates.command("export", no_args_is_help=True)
def export_candidates(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="The CSV file to write.")],
    organization: InOrganization = None,
) -> None:
    """Write all candidates into a spreadsheet, which may be taken in again."""
    with opened() as database:
        organization_id = organization_named(database, organization)
        pieces = actions.export_candidates(database, organization_id)
        with file.open("w", encoding="utf-8", newline="") as sheet:
            sheet.writelines(pieces)
    out.print(f"{file}", highlight=False, markup=False)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeRemainingColumn(), console=err)


def _tell(done: actions.Imported, *, only_read: bool) -> None:
    taken = ", ".join(f"{name} = {field}" for name, field in done.columns if field)
    passed = ", ".join(name for name, field in done.columns if not field and name)
    out.print(f"columns: {taken}", highlight=False, markup=False)
    if passed:
        out.print(f"passed over: {passed}", highlight=False, markup=False)
    table = Table("outcome", "rows")
    failed = done.candidates["failed"]
    outcomes = {f"candidates {name}": count for name, count in done.candidates.items()}
    outcomes |= {name.replace("_", " "): count for name, count in sorted(done.beside.items())}
    if only_read:
        outcomes = {"can be read": done.rows - failed, "cannot be read": failed}
    for outcome, count in outcomes.items():
        if count:
            table.add_row(outcome, str(count))
    out.print(table)
    for fault in done.faults[:_SHOWN]:
        where = f"line {fault.line}" + (f", {fault.column}" if fault.column else "")
        err.print(f"{where}: {fault.why}", highlight=False, markup=False)
    more = len(done.faults) - _SHOWN + done.faults_left_out
    if more > 0:
        err.print(f"and {more} more", highlight=False)
