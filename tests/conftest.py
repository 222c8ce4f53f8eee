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
    gc.set_threshold(20_000, 20, 20)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a store's tests together, so that each worker opens it once."""
    items.sort(key=lambda item: "postgresql" in item.name)
