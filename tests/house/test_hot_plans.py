"""Every statement of a hot request finds its rows by an index, as the service's own role.

With a handful of rows PostgreSQL would rather read a table whole, and rightly; told not to, it
still does so
where no index fits. Row-level security can take an index away, so the plans are the service's
role's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, event

from app.core.database import Database, Mode
from app.models import Base
from app.organizations.rules import VERSION_1
from app.shortlists import jobs
from app.shortlists.jobs import work_run
from app.shortlists.queries.ranking import rank_now, rank_of
from app.shortlists.rules import search
from app.shortlists.rules.position import PositionState, Requirement
from app.shortlists.rules.question import Case, ask
from tests.cast import Cast, Person
from tests.house.acme import furnish
from tests.shortlists.chance import COMPETENCIES, POSITIONS, Chance
from tests.shortlists.listed import arrive, taken_back, write
from tests.shortlists.strategies import AS_OF, TODAY

# The few rows of these are read whole on purpose.
SMALL = {"organizations", "scoring_policies", "organization_domains"}
TABLES = {table.name for table in Base.metadata.sorted_tables} - SMALL
Statement = tuple[str, Any]


@contextmanager
def overheard(database: Database) -> Iterator[list[Statement]]:
    """Note every SELECT, UPDATE and DELETE that reaches the store."""
    heard: list[Statement] = []

    def listen(
        _connection: Connection,
        _cursor: object,
        statement: str,
        parameters: Any,
        _context: object,
        executemany: bool,  # noqa: FBT001 - SQLAlchemy's own signature
    ) -> None:
        if statement.lstrip().startswith(("SELECT", "UPDATE", "DELETE")):
            heard.append((statement, parameters[0] if executemany else parameters))

    event.listen(database.engine, "before_cursor_execute", listen)
    try:
        yield heard
    finally:
        event.remove(database.engine, "before_cursor_execute", listen)


def hot_requests(ben: Person) -> None:
    """What integrations ask for all day."""
    position = ben.position(
        starts_on="2019-06-01",
        requirements=[{"competency": "sales", "min_level": 3, "kind": "must_have"}],
    )
    candidate = ben.candidate(emails=[{"address": "sam@student.example"}])
    application = ben.application(candidate, position)
    ben.reject(application, advice=[{"text": "Sell", "competency": "sales", "target_level": 3}])
    advice = ben.get(f"candidates/{candidate}/advice")["items"][0]["id"]
    ben.follow_up(candidate, "2019-01-01T00:00:00Z", advice_ids=[advice])
    ben.follow_up(candidate, "2019-02-01T00:00:00Z", advice_ids=[advice])
    ben.get(f"candidates/{candidate}")
    ben.get("candidates")
    ben.get("candidates", params={"email": "sam@student.example"})
    ben.get("candidates", params={"q": "sam porter", "application_status": "rejected"})
    ben.get("candidates", params={"sort": "-updated_at", "limit": 5})
    ben.get("applications", params={"candidate_id": candidate})
    ben.get("applications", params={"position_id": position, "status": "rejected"})
    ben.get(f"candidates/{candidate}/follow-ups")
    ben.get(f"candidates/{candidate}/timeline")
    ben.get(f"candidates/{candidate}/persistence")
    shortlist = ben.post(f"positions/{position}/shortlists")["id"]
    ben.get(f"shortlists/{shortlist}")
    ben.get("events")
    for path in ("candidates", "positions", "applications", "follow-ups", "advice"):
        ben.get(path, params={"updated_since": "2019-05-13T09:00:00Z", "limit": 2})
    for path in ("intake/unassigned", f"candidates/{candidate}/follow-ups"):
        ben.get(path, params={"updated_since": "2019-05-13T09:00:00Z", "limit": 2})
    ben.get("events", params={"after": 3, "limit": 2})
    ben.get(f"positions/{position}/candidates/{candidate}/match")


def whole_table_reads(database: Database, person: Person, heard: list[Statement]) -> list[str]:
    """Return the plans that read a large table from end to end."""
    with database.transaction(Mode.READ, person.organization_id) as session:
        plans = plans_of(session.connection(), heard, "seqscan")
    return [
        f"{line}\n    {statement}"
        for statement, lines in plans.items()
        for line in lines
        if reads_whole(line)
    ]


def plans_of(connection: Connection, heard: list[Statement], *avoided: str) -> dict[str, list[str]]:
    """Return the lines of each statement's plan; PostgreSQL is to avoid some ways if it can."""
    is_sqlite = connection.dialect.name == "sqlite"
    for way in () if is_sqlite else avoided:
        connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
    explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
    return {
        statement: [
            str(row[-1]) for row in connection.exec_driver_sql(explain + statement, parameters)
        ]
        for statement, parameters in dict(heard).items()
    }


def reads_whole(line: str) -> bool:
    """Tell whether a line of either store's plan reads a large table from end to end.

    Or, as SQLite calls it, for any value of what it was not told: each organization's rows.
    """
    words = line.replace("->", " ").split()
    if words[:2] == ["Seq", "Scan"]:
        return words[3] in TABLES
    return (words[:1] == ["SCAN"] and words[1] in TABLES) or "(ANY(" in line


def test_hot_statements_find_their_rows_by_an_index(cast: Cast, database: Database) -> None:
    with overheard(database) as heard:
        hot_requests(cast.ben)
    assert len(heard) > 20
    faults = whole_table_reads(database, cast.ben, heard)
    assert faults == [], "\n".join(faults)


def list_statements(cast: Cast, database: Database) -> list[Statement]:
    """Ask what has the lists read in each shape: one or many, begun, gone on with, to a bound."""
    chance = Chance(1)
    policy = replace(VERSION_1, version=7)
    people = [replace(chance.candidate(), rank_objection=number % 3 == 0) for number in range(60)]
    must, other = (
        Requirement(name, 1, kind, 1.0, verified_only=False)
        for name, kind in zip(COMPETENCIES, ("must_have", "nice_to_have"), strict=False)
    )
    near = frozenset(POSITIONS[:3])
    positions = [
        PositionState(POSITIONS[0], starts_on, asked, near)
        for starts_on in (None, TODAY)
        for asked in ((), (must,), (must, other), (other,))
    ]
    with taken_back(database, cast) as session, overheard(database) as heard:
        arrive(session, people, policy)
        write(session, [replace(each, do_not_contact=True) for each in people[:1]], policy)
        write(session, [replace(each, available_from=TODAY) for each in people[1:]], policy)
        for position in positions:
            rank_now(session, position, policy, as_of=AS_OF, limit=2)
        rank_of(session, Case(people[1], ask(positions[0], policy, AS_OF)))
    return [each for each in heard if "_postings" in each[0]]


def test_lists_are_read_in_their_order_by_their_key(
    cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_MORE_AT_FIRST", 0)
    heard = list_statements(cast, database)
    statements = " ".join(dict(heard))
    many = "UNION ALL" if database.is_sqlite else "LATERAL"
    for each in ("DELETE", "UPDATE", many, "place <="):
        assert each in statements
    with database.transaction(Mode.READ, cast.ben.organization_id) as session:
        avoided = ("seqscan", "bitmapscan", "sort", "incremental_sort")
        plans = plans_of(session.connection(), heard, *avoided)
    found = [line for lines in plans.values() for line in lines]
    assert [line for line in found if reads_whole(line) or sorts(line)] == []
    # Gone on with from within a crowd of ties, none of those before is read again.
    mark = "(place,alike,candidate_id)>(" if database.is_sqlite else "ROW(place, alike, candidate"
    assert sum(mark in line for line in found) > 10
    assert not [line for line in found if "place>" in line or "(place >" in line]
    # Were the lists read under another name, nothing of this would be seen.
    assert all("_postings" in "".join(lines) for lines in plans.values())


def past_statements(cast: Cast, database: Database) -> list[Statement]:
    """Ask what a list of the past has read: in a request, and in two steps of a run."""
    ids = furnish(cast.ada)
    then = {"as_of": "2018-10-20T00:00:00Z"}
    path = f"positions/{ids['position_id']}/shortlists"
    with overheard(database) as heard:
        cast.ada.post(path, then)
        run = cast.ada.post(path, then, expect=202, headers={"Prefer": "respond-async"})
        for _ in work_run(database, cast.ada.organization_id, UUID(run["id"])):
            pass
    return heard


def test_lists_of_the_past_read_their_own_organization_by_indexes(
    cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_WALKED_AT_ONCE", 2)
    heard = past_statements(cast, database)
    assert whole_table_reads(database, cast.ada, heard) == []
    later = [each for each in heard if "facts" in each[0] and "LIMIT" in each[0]]
    with database.transaction(Mode.READ, cast.ada.organization_id) as session:
        avoided = ("seqscan", "bitmapscan", "sort", "incremental_sort")
        plans = plans_of(session.connection(), later, *avoided)
    # Who has moved is read from the end of each clock's own index, for as long as is wanted.
    for clock, lines in zip(("effective_at", "recorded_at"), plans.values(), strict=True):
        found = [line for line in lines if f"ix_facts_organization_id_{clock}" in line]
        assert len(found) == 1, lines
        assert [line for line in lines if sorts(line)] == []


def test_who_holds_a_value_is_looked_up_and_paged_in_order(cast: Cast, database: Database) -> None:
    with overheard(database) as heard:
        for place in ("candidate", "position", "application"):
            field = {"applies_to": place, "key": "shoe", "name": "Shoe", "type": "number"}
            cast.ada.post("custom-fields", field)
            cast.ben.get(f"{place}s", params={"custom_field": "shoe:43", "sort": "-id"})
    asked = [each for each in heard if "custom_field_marks" in each[0]]
    with database.transaction(Mode.READ, cast.ben.organization_id) as session:
        avoided = ("seqscan", "bitmapscan", "sort", "incremental_sort", "hashjoin", "mergejoin")
        plans = plans_of(session.connection(), asked, *avoided)
    assert len(plans) == 3
    for statement, lines in plans.items():
        index = "ix_custom_field_marks_organization_id_mark_subject_id"
        assert [line for line in lines if index in line], statement
        assert [line for line in lines if reads_whole(line) or sorts(line)] == []


def sorts(line: str) -> bool:
    """Tell whether a line of either store's plan puts rows in another order than they had."""
    words = line.replace("->", " ").split()
    return "TEMP B-TREE" in line or words[:1] in (["Sort"], ["Incremental"])


@pytest.mark.parametrize(
    ("line", "whole"),
    [
        ("SCAN candidates", True),
        ("SCAN candidates USING INDEX ix_candidates_organization_id_updated_at_id", True),
        ("SEARCH candidates USING PRIMARY KEY (organization_id=?)", False),
        ("->  Seq Scan on facts  (cost=0.00..1.00 rows=1 width=1)", True),
        ("Index Scan using pk_facts on facts  (cost=0.1..1.0 rows=1 width=1)", False),
        ("Seq Scan on scoring_policies  (cost=0.00..1.00 rows=1 width=1)", False),
    ],
)
def test_a_whole_read_is_recognised(line: str, *, whole: bool) -> None:
    assert reads_whole(line) is whole
