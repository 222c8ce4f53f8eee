"""Candidates out of spreadsheets, and back into one."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.cli.asking import (
    AsUser,
    InOrganization,
    as_id,
    err,
    give_up,
    opened,
    organization_named,
    out,
    system_actor,
)
from app.cli.candidates import INSTANTS, position_meant
from app.core.database import Mode
from app.core.schema import ExternalId, id_list
from app.custom_fields.queries import refuse_unknown_field
from app.external_ids.rules import Name
from app.intake.csv import actions
from app.intake.csv.headers import read_mapping
from app.models.talent_pool import TalentPool
from app.search.queries.finding import words_of

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
    *,
    q: Annotated[str | None, typer.Option("-q", help="Words by which they are found.")] = None,
    tag: Annotated[str | None, typer.Option(help="Who has this tag.")] = None,
    email: Annotated[str | None, typer.Option(help="Who has this address.")] = None,
    external_id: Annotated[str | None, typer.Option(help="source:type:id.")] = None,
    ids: Annotated[str | None, typer.Option(help="These alone: up to 200, with commas.")] = None,
    application_status: Annotated[
        Literal["active", "rejected", "withdrawn", "hired"] | None,
        typer.Option(help="active, rejected, withdrawn or hired: who has such an application."),
    ] = None,
    position: Annotated[
        str | None, typer.Option(help="Who tried at this one: its id, title or external id.")
    ] = None,
    awaiting_reply: Annotated[
        bool | None,
        typer.Option(
            "--awaiting-reply/--not-awaiting-reply", help="Who wrote and has had no answer yet."
        ),
    ] = None,
    talent_pool: Annotated[
        str | None, typer.Option(help="Who is in this talent pool: its id or name.")
    ] = None,
    custom_field: Annotated[
        str | None, typer.Option(help="key:value of a field of the organization's own.")
    ] = None,
    updated_since: Annotated[
        datetime | None, typer.Option(formats=INSTANTS, help="Who changed since then.")
    ] = None,
    organization: InOrganization = None,
) -> None:
    """Write candidates into a spreadsheet, which may be taken in again: all, or who passes.

    What is asked for narrows together, as over HTTP.
    """
    with opened() as database:
        words = () if q is None else words_of(q)
        organization_id = organization_named(database, organization)
        with database.transaction(Mode.READ, organization_id) as session:
            wanted = {
                "tag": tag,
                "email": email,
                "external_id": None if external_id is None else _name(external_id),
                "ids": id_list(ids, "--ids"),
                "application_status": application_status,
                "position_id": None if position is None else position_meant(session, position).id,
                "awaiting_reply": awaiting_reply,
                "talent_pool_id": None if talent_pool is None else _pool(session, talent_pool),
                "custom_field": None if custom_field is None else _value(session, custom_field),
            }
        pieces = actions.export_candidates(
            database, organization_id, wanted, changed_since=updated_since, words=words
        )
        with file.open("w", encoding="utf-8", newline="") as sheet:
            sheet.writelines(pieces)
    out.print(f"{file}", highlight=False, markup=False)


def _name(text: str) -> Name:
    told = ExternalId.parse(text, "--external-id")
    return Name(told.source, told.type, told.id)


def _pool(session: Session, wanted: str) -> UUID:
    """Return the id of the talent pool of that id or name."""
    found = session.scalar(
        select(TalentPool.id).where(
            or_(TalentPool.name == wanted, TalentPool.id == as_id(wanted)),
        )
    )
    if found is None:
        give_up("No such talent pool.")
    return found


def _value(session: Session, text: str) -> tuple[str, str]:
    key, colon, value = text.partition(":")
    if not colon:
        give_up("--custom-field is key:value.")
    refuse_unknown_field(session, "candidate", (key, value), "--custom-field")
    return key, value


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
