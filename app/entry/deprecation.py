"""How an address says that it will go: told in every answer and in the OpenAPI document.

    @router.get("/old")
    @deprecated(since=date(2027, 1, 1), sunset=date(2027, 7, 1), link="/docs/changes#old")
    def read_old(ask: Reading) -> OldRead: ...

`Deprecation` is RFC 9745's header: from when on the address is discouraged. `Sunset` is RFC 8594's:
from when on it may be gone. `Link` leads to what to do instead.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import Any, TypeVar

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

_MARK = "__deprecation__"
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Deprecation:
    """From which day (UTC) an address is discouraged, from which it may be gone, and what to read.

    `link` is the address of a page, absolute or relative to the service.
    """

    since: date
    sunset: date | None
    link: str

    def headers(self) -> list[tuple[str, str]]:
        """Return the headers of every answer."""
        told = [
            ("Deprecation", f"@{int(_midnight(self.since).timestamp())}"),
            ("Link", f'<{self.link}>; rel="deprecation"; type="text/html"'),
        ]
        if self.sunset is not None:
            told += [
                ("Sunset", format_datetime(_midnight(self.sunset), usegmt=True)),
                ("Link", f'<{self.link}>; rel="sunset"; type="text/html"'),
            ]
        return told

    def sentence(self) -> str:
        """Return the same in words, for the OpenAPI document."""
        end = "" if self.sunset is None else f" It may be gone from {self.sunset} on."
        return f"Deprecated since {self.since}.{end} See {self.link}."

    def sending(self, send: Send) -> Send:
        """Return `send` with the headers; a Link that the answer has already stays."""

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers():
                    headers.append(name, value)
            await send(message)

        return told


def deprecated(
    *, since: date, link: str, sunset: date | None = None
) -> Callable[[Endpoint], Endpoint]:
    """Mark a route's function; raises ValueError where it would end before it is discouraged."""
    if sunset is not None and sunset < since:
        message = "RFC 9745: a sunset may not be earlier than the deprecation"
        raise ValueError(message)

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _MARK, Deprecation(since, sunset, link))
        return endpoint

    return mark


def deprecation_of(endpoint: Callable[..., Any]) -> Deprecation | None:
    """Return what an endpoint was marked with."""
    found = getattr(endpoint, _MARK, None)
    assert found is None or isinstance(found, Deprecation)
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
