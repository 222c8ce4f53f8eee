"""One line a request: enough to find it again, and nothing of whom it is about."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.database import Database, Mode
from app.core.logging import set_up
from tests.cast import Cast


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Whatever is logged, as JSON."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configured = structlog.get_config()
    stream = io.StringIO()
    set_up("json", "DEBUG", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**configured)
    structlog.contextvars.clear_contextvars()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    parsed = [json.loads(line) for line in stream.getvalue().splitlines()]
    return [line for line in parsed if line["event"] == "request"]


def test_a_statement_that_fails_is_logged_without_what_it_was_given(
    cast: Cast, database: Database, stream: io.StringIO
) -> None:
    with pytest.raises(DBAPIError), database.transaction(Mode.WRITE) as session:  # noqa: PT012
        try:
            row = {"id": uuid4(), "name": "s3cret"}
            session.execute(text("INSERT INTO organizations (id, name) VALUES (:id, :name)"), row)
        except DBAPIError:
            logging.getLogger("theirs").exception("failed")
            raise
    (line,) = stream.getvalue().splitlines()
    assert "INSERT INTO organizations" in line
    assert "s3cret" not in line


def test_a_request_leaves_one_line_and_no_secret(cast: Cast, stream: io.StringIO) -> None:
    person = "jane.s3cret@mail.example"
    body = {"full_name": "Jane S3cret", "emails": [{"address": person}], "tags": ["s3cret"]}
    made = cast.ben.call("POST", "candidates", json=body, headers={"X-Request-Id": "ats-1"})
    cast.ben.get(f"candidates?email={person}")
    cast.ben.get(f"candidates/{made.json()['id']}?email={person}", expect=422)
    wrong = cast.ben.key[:-43] + "s3cret" + "A" * 37
    cast.ben.http.get("/v1/me", headers={"Authorization": f"Bearer {wrong}"})
    cast.ben.http.get(f"/s3cret/{person}?key={cast.ben.key}")
    posted, listed, refused, unknown, nowhere = lines(stream)
    assert posted.pop("duration_ms") > 0
    assert posted.pop("timestamp")
    assert posted == {
        "event": "request",
        "logger": "firstinline.requests",
        "level": "info",
        "method": "POST",
        "route": "/v1/candidates",
        "status": 201,
        "request_id": "ats-1",
        "organization_id": str(cast.ben.organization_id),
        "api_key_id": cast.ben.get("me")["key"]["id"],
    }
    assert (listed["route"], listed["status"]) == ("/v1/candidates", 200)
    assert (refused["route"], refused["status"]) == ("/v1/candidates/{candidate_id}", 422)
    assert (unknown["route"], unknown["status"]) == ("/v1/me", 401)
    assert "organization_id" not in unknown
    assert (nowhere["route"], nowhere["status"]) == ("(none)", 404)
    written = stream.getvalue()
    assert "s3cret" not in written.lower()
    assert cast.ben.key not in written
