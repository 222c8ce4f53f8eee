"""A thousand small organizations and a large one beside each other: each reads its own rows alone.

The plans are those that PostgreSQL chooses by itself: with statistics, as the service's role, once
for a small organization and once for the large one. What the search's function does inside itself
is told by the server's own `auto_explain`.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import Connection, Float, Integer, Table, create_engine, make_url

from app.core.database import Database
from app.models import Base
from app.models.types import Id
from app.search.rules.terms import mark_of
from tests.cast import Cast
from tests.house.test_hot_plans import TABLES, Statement, hot_requests, overheard
from tests.postgresql import SERVICE

on_postgresql = pytest.mark.parametrize("store", ["postgresql"], indirect=True, scope="session")

SMALL_ORGANIZATIONS: Final = 1_000
# How often the large one has what a small one has once.
TIMES: Final = 300
LARGE: Final = UUID(int=7)
OWNED: Final = {
    table.name: table
    for table in Base.metadata.sorted_tables
    if "organization_id" in table.primary_key and table.name in TABLES
}
# Of these a large organization has no more than a small one.
HOUSEHOLD: Final = {"users", "api_keys", "rejection_reasons", "audit_log", "events"}
SEARCH: Final = "search_texts_matching"
EXPLAINED: Final = {
    "log_min_duration": "0",
    "log_nested_statements": "on",
    "log_level": "notice",
    "log_format": "json",
}
_WORD: Final = re.compile(r"\w+")


@contextmanager
def crowded(
    store: str, organization_id: UUID, tables: list[Table]
) -> Iterator[tuple[Connection, set[str]]]:
    """Open a superuser's transaction in which an organization has many neighbours; none is kept.

    Comes with the names of the tables that have rows.
    """
    engine = create_engine(make_url(store).set(username="postgres"))
    try:
        with engine.connect() as connection:
            say = connection.exec_driver_sql
            # Neither keys nor plans ask whether a neighbour's parents are there.
            say("SET LOCAL session_replication_role = replica")
            filled = {
                each.name for each in tables if say(*multiplied(each, organization_id)).rowcount
            }
            for each in tables:
                say(*enlarged(each, organization_id))
            say("SET LOCAL default_statistics_target = 10")
            say("ANALYZE " + ", ".join(filled))
            yield connection, filled
            connection.rollback()
    finally:
        engine.dispose()


def multiplied(table: Table, organization_id: UUID) -> tuple[str, tuple[Any, ...]]:
    """Say how a thousand others come to have what an organization has."""
    names = others = ", ".join(each.name for each in table.columns if not is_tenant(each))
    sql = (
        f"INSERT INTO {table.name} (organization_id, {names}) "  # noqa: S608
        f"SELECT md5('small' || nth)::uuid, {others} FROM {table.name}, "
        "generate_series(1, %s) AS nth WHERE organization_id = %s"
    )
    return sql, (SMALL_ORGANIZATIONS, organization_id)


def enlarged(table: Table, organization_id: UUID) -> tuple[str, tuple[Any, ...]]:
    """Say how the large one comes to have it many times over, with ids as `another` makes them."""
    columns = [each for each in table.columns if not is_tenant(each)]
    values = [
        f"md5({each.name}::text || nth)::uuid"
        if isinstance(each.type, Id)
        else f"{each.name} + nth"
        if isinstance(each.type, (Integer, Float)) and each.name in {"number", "place"}
        else each.name
        for each in columns
    ]
    names = ", ".join(each.name for each in columns)
    sql = (
        f"INSERT INTO {table.name} (organization_id, {names}) "  # noqa: S608
        f"SELECT %s, {', '.join(values)} FROM {table.name}, "
        "generate_series(1, %s) AS nth WHERE organization_id = %s ON CONFLICT DO NOTHING"
    )
    return sql, (LARGE, 1 if table.name in HOUSEHOLD else TIMES, organization_id)


def is_tenant(column: Any) -> bool:
    return bool(column.name == "organization_id")


def another(value: Any) -> Any:
    """Give the id that the large one's first copy has for an id."""
    if isinstance(value, (list, tuple)):
        return [another(each) for each in value]
    if not isinstance(value, UUID):
        return value
    return UUID(hex=hashlib.md5(f"{value}1".encode(), usedforsecurity=False).hexdigest())


def asked_of_the_large_one(parameters: dict[str, Any], organization_id: UUID) -> dict[str, Any]:
    return {
        name: LARGE if value == organization_id else another(value)
        for name, value in parameters.items()
    }


def read_by(heard: list[Statement]) -> list[Table]:
    """Name the organizations' tables that the statements speak of."""
    said = {word for statement, _ in heard for word in _WORD.findall(statement)}
    said |= {"search_texts"} if SEARCH in said else set()
    return [table for name, table in OWNED.items() if name in said]


def as_the_service(connection: Connection, organization_id: UUID) -> None:
    connection.exec_driver_sql(f"SET LOCAL ROLE {SERVICE}")
    told = (str(organization_id),)
    connection.exec_driver_sql("SELECT set_config('app.organization_id', %s, true)", told)


def plans(
    connection: Connection, heard: list[Statement], organization_id: UUID
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each statement's plan, as the service's role."""
    as_the_service(connection, organization_id)
    for statement, parameters in dict(heard).items():
        (plan,) = connection.exec_driver_sql(
            "EXPLAIN (FORMAT JSON) " + statement, parameters
        ).scalar_one()
        yield statement, plan["Plan"]


def plans_inside(
    connection: Connection, heard: list[Statement], organization_id: UUID
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the plans of what the search's function says, as the server tells them."""
    said: list[str] = []
    connection.exec_driver_sql("SET LOCAL ROLE postgres")
    connection.exec_driver_sql("LOAD 'auto_explain'")
    for name, value in EXPLAINED.items():
        connection.exec_driver_sql(f"SET LOCAL auto_explain.{name} = {value}")
    driver: Any = connection.connection.driver_connection
    driver.add_notice_handler(lambda notice: said.append(notice.message_primary))
    as_the_service(connection, organization_id)
    for statement, parameters in heard:
        if SEARCH in statement:
            connection.exec_driver_sql(statement, parameters).all()
    for each in said:
        told = json.loads(each[each.index("{") :])
        yield told["Query Text"], told["Plan"]


def faults(
    found: Iterable[tuple[str, dict[str, Any]]], filled: set[str], organization_id: UUID
) -> list[str]:
    """Return what statements read that is not their organization's."""
    walls = ("organization_id", mark_of(organization_id))
    return [
        f"{fault}\n    {statement}"
        for statement, plan in found
        for table, fault in faults_in(plan, walls)
        if table in filled
    ]


def faults_in(
    node: dict[str, Any], walls: tuple[str, str], above: str = ""
) -> Iterator[tuple[str, str]]:
    """Yield where a plan reads a table whole, or by an index but behind none of the walls."""
    table, kind = node.get("Relation Name", above), node["Node Type"]
    if kind == "Seq Scan":
        yield table, f"reads all of {table}"
    by_index = kind in {"Index Scan", "Index Only Scan", "Bitmap Index Scan"}
    if by_index and not any(each in node.get("Index Cond", "") for each in walls):
        yield table, f"reads {table} by {node['Index Name']} without its organization"
    for child in node.get("Plans", ()):
        yield from faults_in(child, walls, table)


@on_postgresql
def test_no_organization_reads_anothers_rows(cast: Cast, database: Database, store: str) -> None:
    ours = cast.ben.organization_id
    with overheard(database) as heard:
        hot_requests(cast.ben)
        cast.ben.get("candidates", params={"q": "sam porter"})
    of_the_large_one = [(each, asked_of_the_large_one(told, ours)) for each, told in heard]
    with crowded(store, ours, read_by(heard)) as (connection, filled):
        assert filled > {"applications", "candidates", "facts", "ranked_postings", "search_texts"}
        assert faults(plans(connection, heard, ours), filled, ours) == []
        inside = list(plans_inside(connection, heard, ours))
        assert any("search_texts" in json.dumps(plan) for _, plan in inside)
        assert faults(inside, filled, ours) == []
        # In a store of a few megabytes many pages of one organization are most of all.
        connection.exec_driver_sql("SET LOCAL random_page_cost = 1.1")
        assert faults(plans(connection, of_the_large_one, LARGE), filled, LARGE) == []
