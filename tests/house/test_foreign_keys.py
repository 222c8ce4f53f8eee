"""What is dropped is looked up in the tables that point to it."""

from sqlalchemy import ForeignKeyConstraint, Table, UniqueConstraint

from app.models import Base

# Of these an organization has few, and hardly ever one is dropped.
FEW = {"users", "rejection_reasons", "positions"}


def keys_of(table: Table) -> list[list[str]]:
    """Return the columns of all indexes that every row is in, each in its order."""
    unique = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    return [
        table.primary_key.columns.keys(),
        *(each.columns.keys() for each in unique),
        *(
            each.columns.keys()
            for each in table.indexes
            if each.dialect_options["sqlite"]["where"] is None
        ),
    ]


def is_looked_up(table: Table, key: ForeignKeyConstraint) -> bool:
    wanted = {column.name for column in key.columns}
    return any(set(columns[: len(wanted)]) == wanted for columns in keys_of(table))


def test_a_foreign_key_to_what_may_be_many_has_an_index() -> None:
    """Without one, each row that is dropped has the whole table read, on either store."""
    found = {
        f"{table.name}.{key.columns.keys()[-1]}": is_looked_up(table, key)
        for table in Base.metadata.sorted_tables
        for key in table.foreign_key_constraints
        if key.referred_table.name not in FEW | {"organizations"}
    }
    assert len(found) > 20
    assert [name for name, looked_up in found.items() if not looked_up] == []
