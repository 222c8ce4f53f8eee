"""Log lines have one form, whoever writes them, and no secret."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from app.core.logging import REDACTED, set_up


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configured = structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**configured)
    structlog.contextvars.clear_contextvars()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_both_kinds_of_logger_write_the_same_json() -> None:
    stream = io.StringIO()
    set_up("json", stream=stream)
    structlog.contextvars.bind_contextvars(request_id="r1")
    structlog.get_logger("ours").info("application.rejected", application_id=7)
    logging.getLogger("theirs").warning("slow: %s", "x")
    ours, theirs = lines(stream)
    assert ours["event"] == "application.rejected"
    assert ours["application_id"] == 7
    assert theirs["event"] == "slow: x"
    for line, logger, level in ((ours, "ours", "info"), (theirs, "theirs", "warning")):
        assert line["request_id"] == "r1"
        assert line["logger"] == logger
        assert line["level"] == level
        assert line["timestamp"].endswith("Z")


def test_no_secret_is_written() -> None:
    stream = io.StringIO()
    set_up("json", stream=stream)
    log = structlog.get_logger("ours")
    log.info(
        "started",
        api_key="s3cret",
        api_key_id="shown",
        FIRSTINLINE_DATABASE_URL="s3cret",
        headers={"Authorization": "s3cret", "Accept": "x", "deep": [{"set-cookie": "s3cret"}]},
        url="postgresql+psycopg://ada:s3cret@host/db?x=1",
    )
    log.info("presented Bearer s3cret to postgresql://ada:s3cret@host")
    log.info('GET /v1/candidates?email=s3cret%40mail.example HTTP/1.1" 200')
    log.info("from s3cret@mail.example", key=f"fil_test_abcdefgh_s3cret{'A' * 37}")
    try:
        raise ValueError("cannot reach postgresql://ada:s3cret@host/db")
    except ValueError:
        logging.getLogger("theirs").exception("failed")
    assert "s3cret" not in stream.getvalue()
    first, *_, failed = lines(stream)
    assert first["headers"]["Accept"] == "x"
    assert first["api_key_id"] == "shown"
    assert first["url"] == f"postgresql+psycopg://ada:{REDACTED}@host/db?x=1"
    assert "ValueError: cannot reach" in failed["exception"]


def test_the_level_and_the_console() -> None:
    stream = io.StringIO()
    set_up("console", "WARNING", stream)
    log = structlog.get_logger("ours")
    log.info("quiet")
    log.warning("loud", password="s3cret")
    text = stream.getvalue()
    assert "loud" in text
    assert "quiet" not in text
    assert "s3cret" not in text


def test_setting_up_twice_writes_each_line_once() -> None:
    set_up("json", stream=io.StringIO())
    stream = io.StringIO()
    set_up("json", stream=stream)
    structlog.get_logger("ours").info("once")
    logging.getLogger("uvicorn.access").info("once")
    assert len(lines(stream)) == 2
