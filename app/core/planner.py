"""What SQLite's planner is told of the data, so that it chooses the right index from the first row.

SQLite keeps no statistics by itself. Without any it takes ten rows for what an index's first column
selects, and ours all begin with the organization: of which one file mostly holds one, so that the
first column selects everything. It then reads a whole tenant in the order of some instant, to spare
itself the sorting of a candidate's twenty rows.

These are fixed, made from the names of the columns, and not measured: plans do not change from one
day to the next, and an empty store that is filled in an hour has the same as a full one.
"""

from typing import Final

from sqlalchemy import Connection, text

_ROWS: Final = 1_000_000
# One organization has most of a file. Half, and not all, so that where there is nothing better its
# rows are found by it; with a fifth, fifty candidates' addresses were looked for among all.
_OF_ONE_ORGANIZATION: Final = 500_000
# Selects nearly all of these: there are one or two versions at a time.
_SHARED: Final = {"policy_version"}
# Null in most rows until somebody asks: unique only where it is not.
_NULL_AT_FIRST: Final = {"sequence"}
# Of these there are a few dozen different ones.
_FEW: Final = {
    "action",
    "competency",
    "department",
    "job_family",
    "kind",
    "list",
    "outcome",
    "position_id",
    "section",
    "source",
    "status",
    "tag",
    "type",
}
_IN_FEW: Final = 30
_USUAL: Final = 10


def tell_planner(connection: Connection) -> None:
    """Write the statistics of every index; connections opened from now on plan by them."""
    # Makes the table that statistics are kept in, measuring nothing.
    connection.exec_driver_sql("ANALYZE sqlite_schema")
    connection.exec_driver_sql("DELETE FROM sqlite_stat1")
    for table, index, unique in _indexes(connection):
        columns = connection.execute(
            text("SELECT name FROM pragma_index_info(:index) ORDER BY seqno"), {"index": index}
        ).scalars()
        connection.execute(
            text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:table, :index, :stat)"),
            {
                "table": table,
                "index": index if _is_stored(connection, index) else table,
                "stat": statistics(list(columns), unique=unique),
            },
        )
    connection.exec_driver_sql("ANALYZE sqlite_schema")


def statistics(columns: list[str | None], *, unique: bool) -> str:
    """Return sqlite_stat1's text: all rows, then how many each longer prefix selects.

    A null column is an expression.
    """
    selected, found = _ROWS, [_ROWS]
    for at, column in enumerate(columns, start=1):
        if column in _NULL_AT_FIRST:
            pass
        elif unique and at == len(columns):
            selected = 1
        elif column == "organization_id":
            selected = _OF_ONE_ORGANIZATION
        elif column in _FEW:
            selected = max(selected // _IN_FEW, 1)
        elif column not in _SHARED:
            selected = min(selected, _USUAL) if selected > _USUAL else max(selected // 2, 1)
        found.append(selected)
    return " ".join(map(str, found))


def _indexes(connection: Connection) -> list[tuple[str, str, bool]]:
    rows = connection.execute(
        text(
            'SELECT tables.name, indexes.name, indexes."unique" FROM sqlite_schema AS tables, '
            "pragma_index_list(tables.name) AS indexes WHERE tables.type = 'table' "
            "AND tables.name NOT LIKE 'sqlite!_%' ESCAPE '!' "
            # What the full-text index keeps its own things in.
            "AND tables.name NOT LIKE 'search!_index%' ESCAPE '!' ORDER BY 1, 2"
        )
    )
    return [(table, index, bool(unique)) for table, index, unique in rows]


def _is_stored(connection: Connection, index: str) -> bool:
    """Whether there is such an index; the key of a table without rowid is the table itself."""
    stored = text("SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = :index")
    return connection.scalar(stored, {"index": index}) is not None
