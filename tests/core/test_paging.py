"""Pages neither share nor lose a row, and a cursor is good for its own list alone."""

import base64
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from fastapi import FastAPI, Request, Response
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import (
    Column,
    Connection,
    Float,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    create_engine,
    insert,
    select,
)
from sqlalchemy.dialects import postgresql

from app.core.paging import (
    USUAL,
    Cursor,
    Limit,
    Page,
    SortKey,
    Value,
    cut,
    decode_cursor,
    encode_cursor,
    keyset,
    link_next,
)
from app.core.problems import Invalid, install
from app.models.types import Id, UtcDateTime
from tests.client import Client
from tests.letters import LETTERS

people = Table(
    "people",
    MetaData(),
    Column("id", Id, primary_key=True),
    Column("name", String, nullable=False),
    Column("score", Float, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
ID = SortKey(people.c.id, UUID)
START = datetime(2019, 5, 13, 9, tzinfo=UTC)


class Person(NamedTuple):
    id: UUID
    name: str
    score: float
    rank: int
    at: datetime


# Few values each, so that ties are the rule.
persons = st.builds(
    Person,
    id=st.uuids(),
    name=st.sampled_from(["a", "B", "é", "b"]),
    score=st.sampled_from([0.1, 0.1 + 1e-17, 0.30000000000000004, 0.3, -0.0, 1e300]),
    rank=st.integers(-1, 1),
    at=st.sampled_from([START + timedelta(microseconds=n) for n in range(3)]),
)


def pages(
    connection: Connection, keys: Sequence[SortKey], limit: int, most: int
) -> Iterator[list[Row[Any]]]:
    cursor = None
    for _ in range(most):
        after = decode_cursor(cursor, keys, {})
        rows = connection.execute(keyset(select(people), keys, after, limit)).all()
        page, cursor = cut(
            rows, limit, keys, {}, lambda row: [getattr(row, str(key.column.key)) for key in keys]
        )
        yield page
        if cursor is None:
            return
    pytest.fail("the list does not end")


@given(
    rows=st.lists(persons, max_size=12, unique_by=lambda person: person.id),
    columns=st.permutations([("name", str), ("score", float), ("rank", int), ("at", datetime)]),
    depth=st.integers(0, 4),
    downward=st.lists(st.booleans(), min_size=5, max_size=5),
    limit=st.integers(1, 5),
)
def test_the_pages_put_together_are_the_list(
    rows: list[Person],
    columns: list[tuple[str, type[Value]]],
    depth: int,
    downward: list[bool],
    limit: int,
) -> None:
    keys = [
        SortKey(people.c[name], kind, descending)
        for (name, kind), descending in zip(
            [*columns[:depth], ("id", UUID)], downward, strict=False
        )
    ]
    order = [key.column.desc() if key.descending else key.column.asc() for key in keys]
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        people.create(connection)
        if rows:
            connection.execute(insert(people), [person._asdict() for person in rows])
        read = list(pages(connection, keys, limit, most=len(rows) + 1))
        whole = connection.execute(select(people).order_by(*order)).all()
    engine.dispose()
    assert [row for page in read for row in page] == whole
    assert all(len(page) == limit for page in read[:-1])


def test_the_comparison_is_plain_sql_with_a_bound_for_the_index() -> None:
    keys = (SortKey(people.c.at, datetime, descending=True), ID)
    statement = keyset(select(people.c.id), keys, (START, UUID(int=1)), 2)
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy left it untyped
    text = str(statement.compile(dialect=dialect))
    assert "people.at <= " in text
    assert "people.at < " in text
    assert "people.id > " in text
    assert "ORDER BY people.at DESC, people.id ASC" in text


def test_a_sort_order_ends_in_the_id() -> None:
    with pytest.raises(ValueError, match="ends in the id"):
        keyset(select(people), [SortKey(people.c.name, str)], None, 5)


KINDS: dict[type[Value], st.SearchStrategy[Any]] = {
    str: st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    int: st.integers(-(2**63) + 1, 2**63 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    UUID: st.uuids(),
    date: st.dates(),
    datetime: st.datetimes(
        min_value=datetime(1, 1, 3),  # noqa: DTZ001 - Hypothesis adds the zone
        max_value=datetime(9999, 12, 29),  # noqa: DTZ001 - the same
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))]),
    ),
}


@given(st.data())
def test_a_cursor_gives_back_the_values(data: st.DataObject) -> None:
    kinds = data.draw(st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=4))
    values = tuple(data.draw(KINDS[kind]) for kind in kinds)
    keys = [SortKey(people.c.name, kind) for kind in kinds]
    cursor = encode_cursor(values, keys, {"tag": "x"})
    assert decode_cursor(cursor, keys, {"tag": "x", "absent": None}) == values


def refused(cursor: str, keys: Sequence[SortKey] = (ID,)) -> None:
    with pytest.raises(Invalid) as raised:
        decode_cursor(cursor, keys, {})
    (error,) = raised.value.extensions["errors"]
    assert error["pointer"] == "?cursor"


def test_a_cursor_belongs_to_its_filters_and_its_order() -> None:
    cursor = encode_cursor((UUID(int=1),), [ID], {"tag": "x"})
    with pytest.raises(Invalid, match="Invalid request"):
        decode_cursor(cursor, [ID], {"tag": "y"})
    refused(cursor)
    refused(encode_cursor((UUID(int=1),), [ID], {}), [SortKey(people.c.id, UUID, descending=True)])


@given(st.text(LETTERS, max_size=60))
def test_any_text_as_a_cursor_is_refused(text: str) -> None:
    refused(text)


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        [],
        {},
        "a\0",
        "\ud800",
        "NaN",
        float("nan"),
        1e999,
        2**64,
        "2019-13-01",
        "9" * 5000,
    ],
)
def test_a_forged_value_is_refused_or_harmless(kind: type[Value], value: object) -> None:
    keys = [SortKey(people.c.name, kind)]
    own = encode_cursor((UUID(int=1),), [SortKey(people.c.name, UUID)], {})
    digest = json.loads(base64.urlsafe_b64decode(own + "=="))[0]
    forged = base64.urlsafe_b64encode(json.dumps([digest, value]).encode()).decode().rstrip("=")
    as_text = kind is str and value in ("NaN", "2019-13-01", "9" * 5000)
    if as_text or (kind is float and value == 2**64):
        assert decode_cursor(forged, keys, {}) == (value,)
    else:
        refused(forged, keys)


def test_a_page_over_http_links_to_the_next() -> None:
    app = FastAPI()
    install(app)

    @app.get("/v1/pé ople")
    def listed(
        request: Request,
        response: Response,
        tag: str | None = None,
        limit: Limit = USUAL,
        cursor: Cursor = None,
    ) -> Page[int]:
        keys = [SortKey(people.c.rank, int), ID]
        filters = {"tag": tag}
        after = decode_cursor(cursor, keys, filters)
        start = int(str(after[0])) + 1 if after else 0
        rows = list(range(5))[start : start + limit + 1]
        items, following = cut(rows, limit, keys, filters, lambda row: (row, UUID(int=row)))
        link_next(request, response, following)
        return Page[int](items=items, next_cursor=following)

    with Client(app) as client:
        first = client.get("/v1/pé ople", params={"limit": 3, "tag": "a&b=ü"})
        assert first.json()["items"] == [0, 1, 2]
        link = first.links["next"]["url"]
        assert link.startswith("/v1/p%C3%A9%20ople?limit=3&tag=a%26b%3D%C3%BC&cursor=")
        second = client.get(link)
        assert second.json() == {"items": [3, 4], "next_cursor": None}
        assert "Link" not in second.headers
        assert client.get("/v1/pé ople", params={"limit": 201}).status_code == 422
        assert client.get("/v1/pé ople", params={"limit": 0}).status_code == 422
        other = client.get("/v1/pé ople", params={"cursor": first.json()["next_cursor"]})
        assert other.status_code == 422
