"""Log lines, by structlog: for people on a console, or one JSON object a line; never with a secret.

    log = structlog.get_logger()
    log.info("application.rejected", application_id=application.id)

What other libraries log through the standard library comes out in the same form.
"""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, Literal, TextIO

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

REDACTED = "[redacted]"
_SECRET_NAME = re.compile(
    r"password|passwd|secret|token|authorization|cookie|credential|api_?key(?!_id\b)|private_?key"
    r"|database_url|dsn",
    re.IGNORECASE,
)
# The password in postgresql://user:password@host, and a key as it is presented.
_PASSWORD_IN_URL = re.compile(r"(?<=://)([^\s:/@]*):[^\s/]*(?=@)")
_BEARER = re.compile(r"(?i)\bbearer\s+\S+")
_KEY = re.compile(r"\bfil_(?:test_)?[a-z0-9]{8}_[A-Za-z0-9_-]{20,}")
_DETAIL = re.compile(r"(?m)\bDETAIL:.*$")
# Who is written about; also as addresses stand in a query, with %40 for the @.
_ADDRESS = re.compile(r"[\w.+%~-]+?(?:@|%40)[\w-]+(?:\.[\w-]+)+")


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace values under names that speak of secrets, and keys, passwords and mail addresses."""
    return {name: _redacted(name, value) for name, value in event.items()}


def _redacted(name: object, value: Any) -> Any:
    if isinstance(name, str) and _SECRET_NAME.search(name):
        return REDACTED
    if isinstance(value, Mapping):
        return {inner: _redacted(inner, one) for inner, one in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(None, one) for one in value]
    return _without_secrets(value) if isinstance(value, str) else value


def _without_secrets(text: str) -> str:
    # PostgreSQL's detail of a violated constraint holds the row.
    text = _DETAIL.sub(f"DETAIL: {REDACTED}", text)
    text = _PASSWORD_IN_URL.sub(rf"\1:{REDACTED}", text)
    text = _KEY.sub(REDACTED, _BEARER.sub(f"Bearer {REDACTED}", text))
    return _ADDRESS.sub(REDACTED, text) if "@" in text or "%40" in text else text


def set_up(
    log_format: Literal["console", "json"] = "console",
    level: str = "INFO",
    stream: TextIO | None = None,
) -> None:
    """Send all log lines from `level` up to `stream` (standard error) in this form."""
    stream = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        # A later call of this function, as in tests, must reach every logger.
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_last(log_format, colors=stream.isatty()),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        server = logging.getLogger(name)
        server.handlers.clear()
        server.propagate = True
    # The first two write a line for each call out, with its whole address; the third two for each
    # look at whether the store is migrated.
    for name in ("httpx", "httpcore", "alembic.runtime.migration"):
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _last(log_format: Literal["console", "json"], *, colors: bool) -> list[Processor]:
    if log_format == "console":
        plain = structlog.dev.plain_traceback
        return [redact, structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain)]
    # The traceback is text before secrets are looked for.
    return [structlog.processors.format_exc_info, redact, structlog.processors.JSONRenderer()]
