"""What Citus refuses is found without one; and with one, the whole schema is put on it.

What it refuses: its manual, "SQL Support and Workarounds" and "Creating and Modifying Distributed
Objects"; and what version 13.2 said to this suite.
"""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from sqlalchemy import create_engine, event, select, text

from app.core.database import Database, Mode
from app.core.distribution import Kind, NoCitusError, distribute, plan
from app.core.settings import Settings
from app.entry.actor import Actor
from app.entry.tenancy import open_database
from app.models import Base
from app.models.organization import User
from app.organizations.actions import create_user
from tests import cluster, postgresql
from tests.cast import Cast
from tests.entry.test_tenancy import GLOBAL, TENANT
from tests.house.acme import furnish
from tests.house.test_hot_plans import hot_requests
from tests.mould import found

on_postgresql = pytest.mark.parametrize("store", ["postgresql"], indirect=True, scope="session")
TENANTS = {table.name for table in TENANT}
# Of the names of these, each is followed by the table.
_TABLES = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE) (\w+)")
# Also as SQLAlchemy asks for the children of several parents, which Citus understands.
_BY_VALUE = re.compile(r"\borganization_id = %\(|\(\w+\.organization_id, [\w., ]+\) IN \(\(%\(")
_OF_EACH_ROW = re.compile(
    r"\b(now|clock_timestamp|statement_timestamp|random|gen_random_uuid|nextval|to_char)\("
    r"|CURRENT_TIMESTAMP",
    re.IGNORECASE,
)

# In the catalog of a migrated store: what, and where. A row is a fault.
_FAULTS = {
    "a trigger": "SELECT tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal",
    "an identity or a serial": "SELECT attrelid::regclass FROM pg_attribute JOIN pg_class AS c "
    "ON c.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum "
    "WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND (attidentity <> '' "
    "OR pg_get_expr(adbin, adrelid) LIKE '%nextval%')",
    "what a deletion or a change brings on": "SELECT conname FROM pg_constraint "
    "WHERE contype = 'f' AND (confdeltype <> 'a' OR confupdtype <> 'a')",
    "a constraint that no one shard can keep": "SELECT conname FROM pg_constraint "
    "WHERE contype = 'x'",
    "a policy that asks another table": "SELECT polname FROM pg_policy WHERE "
    "pg_get_expr(polqual, polrelid) || coalesce(pg_get_expr(polwithcheck, polrelid), '') "
    "ILIKE '%select%'",
    "a rule": "SELECT ev_class::regclass FROM pg_rewrite JOIN pg_class AS c ON c.oid = ev_class "
    "WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace",
}


def test_parents_are_distributed_before_their_children_and_what_all_refer_to_first() -> None:
    steps = plan(Base.metadata)
    place = {step.table: number for number, step in enumerate(steps)}
    assert {step.table for step in steps if step.kind is Kind.REFERENCE} == GLOBAL
    assert {step.table for step in steps if step.kind is Kind.TENANT} == TENANTS
    assert max(place[name] for name in GLOBAL) < min(place[name] for name in TENANTS)
    late = [
        (table.name, key.referred_table.name)
        for table in Base.metadata.sorted_tables
        for key in table.foreign_key_constraints
        if key.referred_table is not table and place[key.referred_table.name] > place[table.name]
    ]
    assert late == []


def test_what_is_distributed_is_left_alone_and_what_is_new_lies_beside_it() -> None:
    steps = plan(Base.metadata)
    first = next(step.table for step in steps if step.kind is Kind.TENANT)
    (last,) = plan(Base.metadata, {step.table for step in steps} - {"advice"})
    assert last.statement == (
        f"SELECT create_distributed_table('advice', 'organization_id', colocate_with => '{first}')"
    )
    assert steps[0].statement == "SELECT create_reference_table('organizations')"


@on_postgresql
def test_the_schema_has_nothing_that_citus_refuses(database: Database) -> None:
    with database.engine.connect() as connection:
        found = {what: connection.scalars(text(where)).all() for what, where in _FAULTS.items()}
    assert {what: where for what, where in found.items() if where} == {}


@on_postgresql
def test_a_store_without_citus_is_told_so(store: str) -> None:
    owner = store.replace(postgresql.SERVICE, postgresql.OWNER)
    with pytest.raises(NoCitusError):
        distribute(Settings(), Base.metadata, url=owner)


def refused(statement: str) -> str | None:
    """Tell why Citus would refuse a statement, or ask every machine for it."""
    tables = set(_TABLES.findall(statement)) & TENANTS
    if not tables:
        return None
    if re.match(r"\s*MERGE\b", statement):
        return "a MERGE"
    if statement.startswith("INSERT"):
        _, _, again = statement.partition(" DO UPDATE ")
        return "a function of each row" if _OF_EACH_ROW.search(again) else None
    if statement.startswith("UPDATE") and _OF_EACH_ROW.search(statement):
        return "a function of each row"
    # A subquery in a list of columns is not reached by what the statement around it says.
    for part in [statement, *_subqueries(statement)]:
        if set(_TABLES.findall(part)) & TENANTS and not _BY_VALUE.search(part):
            return "no organization by its value"
    return None


def _subqueries(statement: str) -> Iterator[str]:
    """Yield what stands in each pair of brackets that begins with SELECT."""
    for begin in (one.end() for one in re.finditer(r"\((?=SELECT)", statement)):
        depth, end = 1, begin
        while depth:
            depth += {"(": 1, ")": -1}.get(statement[end], 0)
            end += 1
        yield statement[begin : end - 1]


@contextmanager
def hearing(database: Database) -> Iterator[set[str]]:
    heard: set[str] = set()

    def note(_connection: Any, _cursor: Any, statement: str, *_told: Any) -> None:
        heard.add(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield heard
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


@on_postgresql
def test_every_statement_names_its_organization_by_value(cast: Cast, database: Database) -> None:
    """So it goes to one machine; those that lock, to the one that may."""
    with hearing(database) as heard:
        furnish(cast.ada)
        hot_requests(cast.ben)
    assert len(heard) > 100
    assert {one: why for one in heard if (why := refused(one)) is not None} == {}


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT id FROM candidates FOR UPDATE",
        (
            "SELECT p.id, (SELECT count(a.id) FROM applications AS a WHERE a.position_id = p.id) "
            "FROM positions AS p WHERE p.organization_id = %(organization_id)s"
        ),
        "INSERT INTO tombstones (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET deleted_at = now()",
        "UPDATE candidates SET updated_at = now() WHERE organization_id = %(organization_id)s",
        "MERGE INTO candidates USING x ON true WHEN MATCHED THEN DELETE",
    ],
)
def test_these_tests_would_notice(statement: str) -> None:
    assert refused(statement) is not None


def test_on_a_cluster_a_list_sees_what_was_there_when_its_writers_stood_still() -> None:
    """Of several organizations: some lie on the coordinator, where it would be so by itself."""
    with closing(open_database(Settings(), url=cluster.prepared())) as database:
        for name in ("Acme", "Globex", "Initech", "Hooli", "Umbrella", "Wonka"):
            (ada, *_) = found(database, name, {"Ada": "admin"})
            tenant = ada.organization_id
            with database.transaction(Mode.LIST, tenant) as session:
                with database.transaction(Mode.WRITE, tenant) as other:
                    create_user(other, Actor(tenant, "admin"), name="Ben", emails=[])
                assert [user.name for user in session.scalars(select(User))] == ["Ada"]


def test_on_a_cluster_all_tables_lie_where_the_plan_says() -> None:
    owner = cluster.address(postgresql.OWNER)
    cluster.prepared()
    assert distribute(Settings(), Base.metadata, url=owner) == []
    engine = create_engine(owner)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT table_name::text, citus_table_type, colocation_id FROM citus_tables"
        ).all()
    engine.dispose()
    assert {name for name, kind, _ in rows if kind == "reference"} == GLOBAL
    assert {name for name, kind, _ in rows if kind == "distributed"} == TENANTS
    assert len({beside for _, kind, beside in rows if kind == "distributed"}) == 1
