"""A connection to PostgreSQL on which nobody waits for a server that has fallen silent.

A server's own timeouts end what takes it long; they do nothing where the server itself hangs, or
the network swallows what is sent.
"""

import time
from collections.abc import Callable, Generator
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Engine, event

V = TypeVar("V")
_BROKEN_OFF = "the server did not answer in time"


class BreakingOff(psycopg.Connection[Any]):
    """Ends its waiting, and itself, past `until` (monotonic seconds) or when `given_up` says so.

    Both are looked at every tenth of a second in which nothing came.
    """

    until: float | None = None
    given_up: Callable[[], bool]

    def wait(self, gen: Generator[Any, Any, V], *args: Any, **options: Any) -> V:
        """Wait as psycopg does."""
        return super().wait(self._watched(gen), *args, **options)

    def _watched(self, gen: Generator[Any, Any, V]) -> Generator[Any, Any, V]:
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready and self._is_over():
                    self.close()
                    raise psycopg.OperationalError(_BROKEN_OFF)
                wanted = gen.send(ready)
        except StopIteration as done:
            result: V = done.value
            return result

    def _is_over(self) -> bool:
        return (self.until is not None and time.monotonic() > self.until) or self.given_up()


def break_off(engine: Engine, given_up: Callable[[], bool]) -> None:
    """Have an engine open connections that end when `given_up` says so."""

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: Any, _record: Any, args: list[Any], told: dict[str, Any]) -> BreakingOff:
        opened = BreakingOff.connect(*args, **told)
        opened.given_up = given_up
        return opened
