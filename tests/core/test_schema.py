"""What the types take, in what form they keep it, and what they refuse."""

import json
import re
import unicodedata
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Query, Request
from hypothesis import given
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

import app.main  # noqa: F401 - it has all shapes of what comes in
from app.core.problems import Invalid, install
from app.core.schema import (
    Body,
    Day,
    EmailText,
    ExternalId,
    FilledProse,
    HttpUrlText,
    Instant,
    Int64,
    Line,
    LongLine,
    Number,
    PhoneText,
    Prose,
    Read,
    Slug,
    Text,
    refuse_unknown_query,
    slug,
)
from tests.client import Client
from tests.letters import TEXT


def taken(kind: Any, value: object) -> Any:
    return TypeAdapter(kind).validate_python(value)


def refused(kind: Any, value: object) -> None:
    with pytest.raises(ValidationError) as raised:
        taken(kind, value)
    # What is no text is told so by pydantic; the rest is our own, and repeats nothing.
    if isinstance(value, str) and len(value) > 3:
        messages = [error["msg"].partition(", such as")[0] for error in raised.value.errors()]
        assert not any(value in message for message in messages)


@pytest.mark.parametrize(
    "kind", [Text, Prose, Line, LongLine, Slug, EmailText, PhoneText, HttpUrlText]
)
@pytest.mark.parametrize("value", ["a\0b", "a\ud800b", "\udfff", 5, True, None, ["x"]])
def test_no_text_holds_what_a_store_cannot_keep(kind: Any, value: object) -> None:
    refused(kind, value)


@pytest.mark.parametrize("text", ["x", " Zoë  O'Brien ", "王 小明", "👩‍👩‍👧", "أحمد", "a" * 200])
def test_a_line_is_kept_as_it_was_sent(text: str) -> None:
    assert taken(Line, text) == text


@pytest.mark.parametrize(
    "text", ["", " ", "\u3000", " \ufeff ", "a\nb", "a\tb", "a\x7f", "a\u2028b", "a" * 201]
)
def test_a_line_is_one_line_and_not_blank(text: str) -> None:
    refused(Line, text)


def test_longer_and_shorter_lines() -> None:
    assert taken(LongLine, "a" * 500) == "a" * 500
    refused(LongLine, "a" * 501)
    refused(Annotated[Line, Field(max_length=3)], "abcd")
    assert taken(Prose, "") == ""
    assert taken(Prose, "a\n" * 25_000) == "a\n" * 25_000
    refused(Prose, "a" * 50_001)


@pytest.mark.parametrize(
    "text",
    ["", "\n", " \n\t ", "\x1c", "\x85", "\ufeff", "\u3000", "a", "\n a\x1f", "\u200b", "\x00a"],
)
def test_prose_that_is_not_blank_is_what_the_document_calls_so(text: str) -> None:
    import re  # noqa: PLC0415 - the document's pattern is read as its readers read it

    pattern = TypeAdapter(FilledProse).json_schema()["pattern"]
    if re.search(pattern, text):
        assert taken(FilledProse, text) == text
    else:
        refused(FilledProse, text)


@given(TEXT)
def test_the_pattern_in_the_document_says_what_a_line_takes(text: str) -> None:
    import re  # noqa: PLC0415 - the document's pattern is read as its readers read it

    pattern = TypeAdapter(Line).json_schema()["pattern"]
    if 1 <= len(text) <= 200 and re.search(pattern, text) and "\n" not in text:
        assert taken(Line, text) == text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("customer-facing", "customer-facing"),
        (" Customer  Facing ", "customer-facing"),
        ("customer_facing", "customer-facing"),
        ("R&D", "r-d"),
        ("C", "c"),
        ("C++", "c++"),
        ("C#", "c#"),
        ("Vertrieb / Außendienst", "vertrieb-aussendienst"),
        ("販売", "販売"),
        ("हिन्दी भाषा", "हिन्दी-भाषा"),
        ("ＳＱＬ", "sql"),
    ],
)
def test_a_competency_has_one_name(text: str, name: str) -> None:
    assert taken(Slug, text) == name


@pytest.mark.parametrize("text", ["", "-", " / ", "__", "a" * 101])
def test_a_competency_has_letters(text: str) -> None:
    refused(Slug, text)


@given(TEXT)
def test_a_name_stays_what_it_is(text: str) -> None:
    once = slug(text)
    assert slug(once) == once
    assert slug(text.upper().lower()) == slug(text.lower()) or not text.isascii()
    assert unicodedata.is_normalized("NFKC", once)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2019-05-13T09:00Z", datetime(2019, 5, 13, 9, tzinfo=UTC)),
        ("2019-05-13T09:00:00Z", datetime(2019, 5, 13, 9, tzinfo=UTC)),
        ("2019-05-13t11:00:00.25+02:00", datetime(2019, 5, 13, 9, 0, 0, 250_000, tzinfo=UTC)),
        ("2019-05-13 11:00:00+0200", datetime(2019, 5, 13, 9, tzinfo=UTC)),
        ("2019-05-13T11:00:00 02:00", datetime(2019, 5, 13, 9, tzinfo=UTC)),
        ("1900-01-01T00:00:00Z", datetime(1900, 1, 1, tzinfo=UTC)),
        ("2200-12-31T23:59:59Z", datetime(2200, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_an_instant_is_given_in_utc(text: str, instant: datetime) -> None:
    found = taken(Instant, text)
    assert found == instant
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        "2019-05-13",
        "2019-05-13T09:00:00",
        "2019-02-30T09:00:00Z",
        "2019-05-13T25:00:00Z",
        "2019-05-13T09:00:00+99:00",
        "1899-12-31T23:59:59Z",
        "1900-01-01T00:00:00+01:00",
        "2201-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "１９１９-05-13T09:00:00Z",
        "1557738000",
        1557738000,
        1557738000.0,
        True,
        datetime(2019, 5, 13),  # noqa: DTZ001 - that is what is refused
    ],
)
def test_an_instant_has_an_offset_and_a_sane_year(value: object) -> None:
    refused(Instant, value)


def test_a_day() -> None:
    assert taken(Day, "2019-05-13") == date(2019, 5, 13)
    for value in (
        "2019-5-13",
        "2019-02-30",
        "1899-12-31",
        "2201-01-01",
        "2019-05-13T00:00:00Z",
        18029,
    ):
        refused(Day, value)


def test_numbers() -> None:
    assert taken(Int64, 2**63 - 1) == 2**63 - 1
    assert taken(Int64, -5.0) == -5
    assert taken(Number, 3) == 3.0
    for value in (2**63, -(2**63) - 1, 1.5, True, "x", "-5", float("inf")):
        refused(Int64, value)
    for value in (float("nan"), float("inf"), "inf", 10**400, True, "x", "1.5"):
        refused(Number, value)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ada@example.com", "ada@example.com"),
        (" Ada.L @ Example.COM ", "Ada.L@example.com"),
        ("<ada@example.com>", "ada@example.com"),
        ("ada@sandbox.test", "ada@sandbox.test"),
        ("ada@old-employer.invalid", "ada@old-employer.invalid"),
        ("ada@localhost", "ada@localhost"),
        ("用户@例え.jp", "用户@例え.jp"),
        ("o'brien+jobs@example.co.uk", "o'brien+jobs@example.co.uk"),
    ],
)
def test_an_address_is_mended_where_it_can_be(text: str, address: str) -> None:
    assert taken(EmailText, text) == address
    assert taken(EmailText, address) == address


@pytest.mark.parametrize(
    "text", ["ada", "@example.com", "ada@", "a@b@c.de", "ada@-x.de", "ada@x..de"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    refused(EmailText, text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+1 (330) 281-8004", "+13302818004"),
        ("+49 30 901820 ext. 12", "+4930901820;ext=12"),
        ("330-281-8004", "3302818004"),
        ("+999 123 456", "+999123456"),
        ("٠١٢٣٤٥", "012345"),
    ],
)
def test_a_telephone_number(text: str, number: str) -> None:
    assert taken(PhoneText, text) == number


@pytest.mark.parametrize("text", ["call me", "12", "+-()", "x" * 61])
def test_what_is_no_telephone_number_is_refused(text: str) -> None:
    refused(PhoneText, text)


def test_a_link_is_kept_as_it_was_sent() -> None:
    assert taken(HttpUrlText, "HTTPS://Example.com/ä?x=1#y") == "HTTPS://Example.com/ä?x=1#y"
    for text in (
        "javascript:alert(1)",
        "ftp://example.com/",
        "example.com/x",
        "http://",
        "http://a\nb",
    ):
        refused(HttpUrlText, text)


def test_an_external_id_is_read_from_a_filter() -> None:
    found = ExternalId.parse("greenhouse:candidate:a:1")
    assert found == ExternalId(source="greenhouse", type="candidate", id="a:1")
    assert len({found, ExternalId.parse("greenhouse:candidate:a:1")}) == 1
    for text in ("", "a", "a:b", "a:b:", ":b:c", "a: :c", "a:b:\0"):
        with pytest.raises(Invalid):
            ExternalId.parse(text)
    refused(ExternalId, {"source": "a:b", "type": "t", "id": "1"})


def test_a_body_refuses_fields_that_it_does_not_know_and_numbers_that_are_none() -> None:
    class Weighted(Body):
        weight: float

    refused(Weighted, {"weight": 1, "wieght": 2})
    refused(Weighted, {"weight": float("nan")})


def test_a_field_that_is_read_has_no_default() -> None:
    class Good(Read):
        name: str | None

    assert Good.model_json_schema()["required"] == ["name"]
    with pytest.raises(TypeError, match="Bad: a field that is read has no default: name"):

        class Bad(Read):
            name: str | None = None


def test_an_unknown_query_parameter_is_refused() -> None:
    class Filters(BaseModel):
        tag: str | None = None
        kind: str | None = Field(default=None, alias="type")

    def paged(limit: int = 5) -> int:
        return limit

    def deeper(limit: Annotated[int, Depends(paged)], sort: str = "name") -> str:
        return f"{sort}{limit}"

    router = APIRouter()

    @router.get("/things/{thing_id}", dependencies=[Depends(refuse_unknown_query)])
    def things(
        request: Request,
        thing_id: int,
        filters: Annotated[Filters, Query()],
        order: Annotated[str, Depends(deeper)],
    ) -> str:
        refuse_unknown_query(request)
        return order

    @router.get("/plain", dependencies=[Depends(refuse_unknown_query)])
    def plain(ids: Annotated[list[str], Query(alias="id")] = []) -> None:  # noqa: B006 - FastAPI copies it
        ...

    app = FastAPI()
    install(app)
    app.include_router(router, prefix="/v1")
    with Client(app) as client:
        known = {"tag": "x", "type": "y", "limit": "1", "sort": "age"}
        assert client.get("/v1/things/1", params=known).status_code == 200
        assert client.get("/v1/plain", params={"id": ["1", "2"]}).status_code == 200
        answer = client.get(
            "/v1/things/1", params={**known, "kind": "y", "<b>": "x", "thing_id": "1"}
        )
        assert answer.status_code == 422
        pointers = [error["pointer"] for error in answer.json()["errors"]]
        assert pointers == ["?kind", "?", "?thing_id"]
        assert client.get("/v1/plain", params={"ids": "1"}).status_code == 422


def bodies(kind: type[Body] = Body) -> list[type[Body]]:
    """All shapes of the service's bodies; an address has nothing but text."""
    below = [each for each in kind.__subclasses__() if not each.__name__.endswith("Filters")]
    # Other tests have shapes of their own.
    ours = [each for each in below if each.__module__.startswith("app.")]
    return [each for one in ours for each in (one, *bodies(one))]


def test_where_a_body_wants_a_number_nothing_else_passes_for_one() -> None:
    passed, asked = [], 0
    for body in bodies():
        for name, field in body.model_fields.items():
            told: Any = Annotated[field.annotation, None, *field.metadata]
            kind: TypeAdapter[Any] = TypeAdapter(told)
            shape = json.dumps(kind.json_schema())
            if {"integer", "number"}.isdisjoint(re.findall(r'"type": "(\w+)"', shape)):
                continue
            asked += 1
            for value in (True, "1", b"1"):
                with suppress(ValidationError):
                    kind.validate_python(value)
                    passed.append((body.__name__, name, value))
    assert asked > 10
    assert not passed
