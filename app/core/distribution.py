"""One store over many machines: what becomes of each table on Citus, in which order, and how.

    1. What belongs to no one organization is put on every machine whole, as a reference table.
    2. Every table of tenants is divided by organization_id, all alike, so that one organization's
       rows lie together; parents before children, for a foreign key needs where it points first.

The plan is pure. What is distributed already is left alone, so it may be carried out again after
every migration. Functions stay where they are called, on the coordinator: what they ask names one
organization, and is sent to where that lies.
"""

import enum
from collections.abc import Collection
from typing import Final, NamedTuple

from sqlalchemy import Connection, MetaData, Table, create_engine, text

from app.core.engines import HAS_CITUS
from app.core.settings import Settings

TENANT: Final = "organization_id"
# Both for the one transaction. What is done on a machine is done on one connection, for it refers
# to what was made there before. And a table that is divided in a moment is not first taken in as
# something else, because it refers to a reference table.
BEFORE: Final = (
    "SET LOCAL citus.multi_shard_modify_mode = 'sequential'",
    "SET LOCAL citus.enable_local_reference_table_foreign_keys = off",
)
# Divided by hash, or replicated in two phases, which is a reference table.
_DONE: Final = text(
    "SELECT c.relname FROM pg_dist_partition AS p JOIN pg_class AS c ON c.oid = p.logicalrelid "
    "WHERE c.relnamespace = current_schema()::regnamespace "
    "AND (p.partmethod = 'h' OR p.repmodel = 't')"
)

_FORCED: Final = text(
    "SELECT relname FROM pg_class "
    "WHERE relnamespace = current_schema()::regnamespace AND relforcerowsecurity"
)


class NoCitusError(RuntimeError):
    """The store is not PostgreSQL with the extension Citus."""


class Kind(enum.StrEnum):
    """What becomes of a table."""

    REFERENCE = "reference"
    TENANT = "tenant"


class Step(NamedTuple):
    """One table, what becomes of it, and the statement that does it."""

    table: str
    kind: Kind
    statement: str


def plan(metadata: MetaData, done: Collection[str] = ()) -> list[Step]:
    """Return a step for each table that is not `done`, in the order in which to take them."""
    kinds = {table.name: _kind_of(table) for table in metadata.sorted_tables}
    first = next((name for name, kind in kinds.items() if kind is Kind.TENANT), "")
    return [
        Step(name, kind, _statement(name, kind, first))
        for wanted in Kind
        for name, kind in kinds.items()
        if kind is wanted and name not in done
    ]


def distribute(settings: Settings, metadata: MetaData, *, url: str | None = None) -> list[Step]:
    """Carry the plan out as the owner of the tables, in one transaction; return what was done.

    Raises NoCitusError before anything is changed.
    """
    owner = settings.owner_database_url or settings.database_url
    engine = create_engine(url or owner.get_secret_value())
    try:
        with engine.begin() as connection:
            return _carry_out(connection, metadata)
    finally:
        engine.dispose()


def _kind_of(table: Table) -> Kind:
    first = next(iter(table.primary_key.columns), None)
    return Kind.TENANT if first is not None and first.name == TENANT else Kind.REFERENCE


def _statement(table: str, kind: Kind, first: str) -> str:
    if kind is Kind.REFERENCE:
        return f"SELECT create_reference_table('{table}')"
    # By name: left to itself, Citus puts it beside tables with as many shards as a setting has at
    # that moment, and a later migration's tables would lie elsewhere.
    beside = "none" if table == first else first
    return f"SELECT create_distributed_table('{table}', '{TENANT}', colocate_with => '{beside}')"


def _carry_out(connection: Connection, metadata: MetaData) -> list[Step]:
    if connection.dialect.name != "postgresql" or not connection.scalar(text(HAS_CITUS)):
        raise NoCitusError
    for setting in BEFORE:
        connection.exec_driver_sql(setting)
    steps = plan(metadata, set(connection.scalars(_DONE)))
    forced = set(connection.scalars(_FORCED)) & {step.table for step in steps}
    # Rows are moved as the owner, whom a forced wall keeps from every one of them.
    for table in sorted(forced):
        connection.exec_driver_sql(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    for step in steps:
        connection.exec_driver_sql(step.statement)
    for table in sorted(forced):
        connection.exec_driver_sql(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    return steps
