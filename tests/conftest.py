"""The run: a PostgreSQL server beside it, and the fixtures where tests run.

The process that only starts workers and listens to them has no use for the product: whatever it
imports, they wait for.
"""

import gc

import pytest

from tests import postgresql

_server: postgresql.Starting | None = None


def pytest_configure(config: pytest.Config) -> None:
    """Have the server made by the process that starts the workers, the fixtures where they run."""
    global _server  # noqa: PLW0603 - pytest offers no other place between its two hooks
    # What is imported and collected stays to the end.
    gc.disable()
    is_worker = hasattr(config, "workerinput")
    if is_worker or getattr(config.option, "dist", "no") == "no":
        config.pluginmanager.import_plugin("tests.fixtures")
    programs = postgresql.binaries()
    if not (is_worker or programs is None or config.option.collectonly):
        _server = postgresql.Starting(programs)


def pytest_unconfigure() -> None:
    """Stop it."""
    if _server is not None:
        _server.stop()


def pytest_collection_finish() -> None:
    """Spare the garbage collector what stays to the end, and let it come seldom."""
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(20_000, 20, 20)


def pytest_sessionfinish() -> None:
    """Look once for what nobody holds any more: pytest looks five times, through all there is."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a store's tests together, and what needs none at the end of each half.

    Two workers begin with a half each, and who is done takes from the end of the other's: so each
    store is opened, and its statements are compiled, by one of them.
    """
    anywhere = [item for item in items if _store_of(item) == ""]
    half = (len(items) + 1) // 2 - sum(_store_of(item) == "sqlite" for item in items)
    early = set(anywhere[: max(0, half)])
    places = {"sqlite": 0, "postgresql": 2}
    items.sort(key=lambda item: places.get(_store_of(item), 1 if item in early else 3))


def _store_of(item: pytest.Item) -> str:
    return next((store for store in ("postgresql", "sqlite") if store in item.name), "")
