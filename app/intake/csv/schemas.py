"""HTTP shapes of spreadsheets."""

from pydantic import Field

from app.core.schema import Read
from app.intake.csv.actions import Imported
from app.intake.csv.rows import Fault


class CsvColumnRead(Read):
    """A column of the file, and what it was taken for."""

    name: str = Field(description="As the first line calls it.")
    field: str | None = Field(description="What it was taken for; null: it was passed over.")


class CsvErrorRead(Read):
    """What could not be taken, and where."""

    line: int = Field(description="Where the row begins, from 1; line breaks in cells count.")
    column: str | None = Field(description="As the file calls it; null: the whole row.")
    why: str


class CsvImportRead(Read):
    """What became of a spreadsheet."""

    rows: int = Field(description="Beneath the first line, empty ones left out.")
    created: int = Field(description="Rows whose candidate is new.")
    updated: int = Field(description="Rows that told something new of a known candidate.")
    unchanged: int = Field(description="Rows that told nothing new of a known candidate.")
    failed: int = Field(
        description="Rows of which nothing was taken, or could be; `errors` says why."
    )
    positions_created: int
    applications_created: int
    applications_updated: int
    rejections_created: int
    follow_ups_created: int
    follow_ups_updated: int
    encoding: str = Field(description="How the file was read: `utf-8`, `cp1252`, `gb18030`.")
    delimiter: str = Field(description="What separates its cells.")
    columns: list[CsvColumnRead]
    errors: list[CsvErrorRead] = Field(
        description="By line, the first 1,000. Of a row that did not fail, what was left out."
    )
    errors_left_out: int = Field(description="How many more there are.")


_BESIDE = (
    "positions_created",
    "applications_created",
    "applications_updated",
    "rejections_created",
    "follow_ups_created",
    "follow_ups_updated",
)


def csv_import_read(done: Imported) -> CsvImportRead:
    """Return the shape of what became of a spreadsheet."""
    outcomes = ("created", "updated", "unchanged", "failed")
    return CsvImportRead(
        rows=done.rows,
        **{name: done.candidates[name] for name in outcomes},
        **{name: done.beside[name] for name in _BESIDE},
        encoding=done.encoding,
        delimiter=done.delimiter,
        columns=[CsvColumnRead(name=name, field=field) for name, field in done.columns],
        errors=[_error(fault) for fault in done.faults],
        errors_left_out=done.faults_left_out,
    )


def _error(fault: Fault) -> CsvErrorRead:
    return CsvErrorRead(line=fault.line, column=fault.column, why=fault.why)
