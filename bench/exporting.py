"""An export as a script gets it: what the score needs of each table, in Parquet files."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

# Rows of a file: so many are in memory at once.
ROWS_A_FILE: Final = 250_000
# What the score reads of each table; `_at` are instants, `id` ids, the rest texts.
TABLES: Final[dict[str, tuple[str, ...]]] = {
    "follow_ups": ("id", "candidate_id", "occurred_at", "direction", "automated", "deleted_at"),
    "follow_up_advice": ("follow_up_id",),
    "milestones": ("follow_up_id", "status"),
    "advice": ("candidate_id", "given_at"),
    "rejections": ("candidate_id", "rejected_at", "undone_at"),
}
Stream = Callable[[str, int], Iterator[Sequence[Any]]]


def export(stream: Stream, tenant: str, spelling: dict[str, str], folder: Path) -> None:
    """Write one organization's tables as `TABLE-NUMBER.parquet`; ids as 16 bytes.

    `stream` yields a statement's rows in lists of at most so many; `spelling` says how the store's
    SQL writes an id's bytes and an instant's text, each with a place for the column.
    """
    import polars as pl  # noqa: PLC0415 - a benchmark without it leaves this out, and says so

    folder.mkdir(parents=True, exist_ok=True)
    for name, columns in TABLES.items():
        wanted = ", ".join(spelling[_kind(each)].format(column=each) for each in columns)
        statement = f"SELECT {wanted} FROM {name} WHERE organization_id = {tenant}"  # noqa: S608
        schema = {each: pl.Binary() if _kind(each) == "id" else pl.String() for each in columns}
        for number, rows in enumerate(stream(statement, ROWS_A_FILE)):
            frame = pl.DataFrame(rows, schema=schema, orient="row").with_columns(
                pl.col(each).str.to_datetime(time_unit="us", format="%Y-%m-%d %H:%M:%S%.f")
                for each in columns
                if _kind(each) == "at"
            )
            frame.write_parquet(folder / f"{name}-{number:04}.parquet")


def _kind(column: str) -> str:
    ending = column.rpartition("_")[2]
    return ending if ending in {"id", "at"} else "text"
