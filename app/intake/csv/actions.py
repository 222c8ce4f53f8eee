"""Taking a spreadsheet in, a hundred rows a transaction, and writing one."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from types import MappingProxyType
from typing import Any, BinaryIO
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from app.candidates.queries import CandidateView
from app.core.database import Database, Mode
from app.core.faults import of_database_error
from app.core.problems import Problem
from app.custom_fields.queries import fields_of
from app.entry.actor import Actor
from app.intake.csv import cells, headers, queries
from app.intake.csv.rows import Fault, RowTold, read_row
from app.intake.csv.sheets import Sheet, open_sheet
from app.intake.csv.taking import Became, take_row
from app.organizations.queries import current_policy
from app.search.queries.finding import Place
from app.search.rules.asked import Word
from app.upserts.actions import attempt

_A_TRANSACTION = 100
_A_PAGE = 200
# As many faults as anybody reads.
MOST_FAULTS = 1000
_BOM = "\ufeff"


class MappingError(ValueError):
    """The header, or what was told of its columns, is of no use."""


@dataclass(slots=True)
class Imported:
    """What has become of a file so far."""

    encoding: str
    delimiter: str
    columns: list[tuple[str, str | None]]
    rows: int = 0
    candidates: Counter[str] = field(default_factory=Counter)
    beside: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    faults_left_out: int = 0

    def called(self, known: str) -> str:
        """Return what the file calls a field's column."""
        return next((name for name, each in self.columns if each == known), known)

    def note(self, faults: Iterable[Fault]) -> None:
        """Keep faults, as many as anybody reads, and count the others."""
        for fault in faults:
            if len(self.faults) < MOST_FAULTS:
                self.faults.append(fault)
            else:
                self.faults_left_out += 1

    def note_left_out(self, line: int, became: Became | list[Fault]) -> None:
        """Note what of a row was left out though the rest was taken."""
        if isinstance(became, Became):
            self.note(Fault(line, self.called(known), why) for known, why in became.left_out)

    def count(self, became: Became | list[Fault]) -> None:
        """Note what became of a row."""
        self.rows += 1
        if isinstance(became, Became):
            self.candidates[became.candidate] += 1
            self.beside.update(became.beside)
        else:
            self.candidates["failed"] += 1
            self.note(became)

    def note_read(self, rows: Iterable[tuple[RowTold | None, list[Fault]]]) -> None:
        """Note what of some rows cannot be read, or would be left out."""
        for row, faults in rows:
            self.rows += 1
            self.candidates["failed"] += row is None
            self.note(faults)


def rows_in(file: BinaryIO) -> int:
    """Return how many records a file has beneath its header."""
    return sum(1 for _ in open_sheet(file, headers.PLAIN.is_known).records)


def import_candidates(
    database: Database,
    actor: Actor,
    file: BinaryIO,
    *,
    told: Mapping[str, str],
    source: str = "csv",
    encoding: str | None = None,
    only_read: bool = False,
) -> Iterator[Imported]:
    """Take a spreadsheet in; yield how far it has come, before it and after each transaction.

    Each row is done by itself: one that cannot be taken is noted by its line and spoils no other.
    What was yielded is committed; taken in again, a file changes nothing that it changed before.
    With `only_read` each row is read and nothing is done: whom it means is not looked up.

    Raises:
        MappingError: a mapping names no column or no field, or no column means anything.
    """
    with database.transaction(Mode.READ, actor.organization_id) as session:
        zone = ZoneInfo(current_policy(session).time_zone)
        own, own_of_tries = (fields_of(session, each) for each in ("candidate", "application"))
    known = headers.Columns(own.values(), own_of_tries.values())
    sheet = open_sheet(file, known.is_known, encoding)
    columns = _columns(sheet, known, told)
    named = list(zip(sheet.header, columns, strict=True))
    imported = Imported(sheet.encoding, sheet.delimiter, named)
    yield imported
    read_one = partial(
        read_row,
        header=sheet.header,
        columns=columns,
        zone=zone,
        source=source,
        own=own,
        own_of_tries=own_of_tries,
    )
    while records := list(islice(sheet.records, _A_TRANSACTION)):
        read = map(read_one, records)
        if only_read:
            imported.note_read(read)
        else:
            _take_in(database, actor, imported, list(read))
        yield imported


def _columns(sheet: Sheet, known: headers.Columns, told: Mapping[str, str]) -> list[str | None]:
    faults = known.faults(sheet.header, told)
    columns = known.read(sheet.header, told)
    if not faults and not any(columns):
        faults = ["no column of the first line has a name that is known"]
    if faults:
        raise MappingError("; ".join(faults))
    return columns


def _take_in(
    database: Database,
    actor: Actor,
    imported: Imported,
    rows: Sequence[tuple[RowTold | None, list[Fault]]],
) -> None:
    done = _in_one_transaction(database, actor, imported, rows)
    for became, (row, faults) in zip(done, rows, strict=True):
        imported.count(became)
        if row is not None:
            imported.note(faults)
            imported.note_left_out(row.line, became)


def _in_one_transaction(
    database: Database,
    actor: Actor,
    imported: Imported,
    rows: Sequence[tuple[RowTold | None, list[Fault]]],
    tries: int = 3,
) -> list[Became | list[Fault]]:
    """Take rows in; tried again where another transaction was in the way."""
    try:
        with database.transaction(Mode.WRITE, actor.organization_id) as session:
            return [
                faults if row is None else _apart(session, actor, row, imported)
                for row, faults in rows
            ]
    except DBAPIError as error:
        if of_database_error(error) is None or tries == 1:
            raise
        return _in_one_transaction(database, actor, imported, rows, tries - 1)


def _apart(
    session: Session, actor: Actor, row: RowTold, imported: Imported
) -> Became | list[Fault]:
    """Take a row in, all of it or nothing."""
    try:
        with attempt(session):
            return take_row(session, actor, row)
    except Problem as problem:
        return _faults(row, problem, imported)
    except IntegrityError:
        return [Fault(row.line, None, "another request changed the same thing first")]


# Where a verb's field is not called as the column.
_FIELD_OF = {
    "occurred_at": "follow_up_at",
    "body": "follow_up",
    "subject": "follow_up_subject",
    "advice_ids": "follow_up_advice",
    "milestones": "milestone",
    "title": "position",
}


def _faults(row: RowTold, problem: Problem, imported: Imported) -> list[Fault]:
    """Return a problem by line and column."""
    errors = problem.extensions.get("errors")
    if not errors:
        return [Fault(row.line, None, problem.detail or problem.title)]
    fields = [_field_at(str(error["pointer"])) for error in errors]
    return [
        Fault(row.line, imported.called(_FIELD_OF.get(known, known)), str(error["detail"]))
        for known, error in zip(fields, errors, strict=True)
    ]


def _field_at(pointer: str) -> str:
    """Return the field that a pointer leads into, by its column's name."""
    inside = pointer.strip("/").replace("/", ".")
    for before in (headers.OWN, headers.OWN_OF_TRIES):
        if inside.startswith(before):
            return before + inside.removeprefix(before).partition(".")[0]
    return inside.partition(".")[0]


# ---------------------------------------------------------------------------------------- going out


def export_candidates(
    database: Database,
    organization_id: UUID,
    wanted: Mapping[str, Any] = MappingProxyType({}),
    *,
    changed_since: datetime | None = None,
    words: Sequence[Word] = (),
) -> Iterator[str]:
    """Yield a spreadsheet of candidates, piece by piece, a short transaction each.

    All of them, or those that pass the filters of the list of candidates and are found by `words`.
    Every cell is quoted and none begins a formula; a byte order mark tells Excel the charset.
    """
    with database.transaction(Mode.READ, organization_id) as session:
        own = [key for key, field in fields_of(session, "candidate").items() if not field.archived]
    yield _BOM + _written([[*headers.CANDIDATE, *(headers.OWN + key for key in own)]])
    after: UUID | Place | None = None
    while True:
        with database.transaction(Mode.READ, organization_id) as session:
            page = (
                queries.found_page(session, words, after, _A_PAGE, wanted)
                if words
                else queries.candidates_page(session, after, _A_PAGE, wanted, changed_since)
            )
        yield _written(_cells(each, own) for each in page.views)
        after = page.following
        if after is None:
            return


def _written(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)
    return text.getvalue()


def _cells(row: CandidateView, own: Iterable[str]) -> list[str]:
    owner, since = row.relationship_owner_id, row.available_from
    told = (
        str(row.id),
        row.full_name,
        cells.of_emails(row.emails),
        cells.of_phones(row.phones),
        row.location or "",
        cells.joined(row.tags),
        cells.of_competencies(row.competencies),
        "" if since is None else since.isoformat(),
        "yes" if row.do_not_contact else "no",
        "" if owner is None else str(owner),
        cells.of_external_ids(row.external_ids),
        *(cells.of_own_value(row.custom_fields.get(key, "")) for key in own),
    )
    return [cells.guarded(text) for text in told]
