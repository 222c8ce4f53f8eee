"""Work in threads, and who waits for it."""

import asyncio
import threading
from contextvars import ContextVar

import pytest

from app.core.threads import in_thread

_word: ContextVar[str] = ContextVar("word")


def test_work_returns_and_raises_as_if_it_were_called() -> None:
    async def ask() -> tuple[str, str]:
        _word.set("known")
        name = await in_thread(lambda: threading.current_thread().name)
        with pytest.raises(ZeroDivisionError):
            await in_thread(divmod, 1, 0)
        return name, await in_thread(_word.get)

    name, word = asyncio.run(ask())
    assert name != threading.current_thread().name
    assert word == "known"


def test_who_is_cancelled_is_let_go_when_the_work_has_ended() -> None:
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        assert may_end.wait(10)
        ended.set()

    async def cancel() -> bool:
        asked = asyncio.ensure_future(in_thread(work))
        await in_thread(begun.wait, 10)
        asked.cancel()
        await asyncio.sleep(0.01)
        waits = not asked.done()
        may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await asked
        return waits

    assert asyncio.run(cancel())
    assert ended.is_set()
