"""Which stores a test is tried on: both, unless it says otherwise.

With a mark for the whole session, pytest keeps the one store open.
"""

import os

import pytest

_EVERY = ["sqlite", "postgresql"]

# For what is decided before the store is asked.
on_one_store = pytest.mark.parametrize("store", _EVERY[:1], indirect=True, scope="session")

# For one more way in which a room decides, where every statement of its way is sent to PostgreSQL
# by another test: on both stores with STORES=all, as CI has it.
usually_on_one_store = pytest.mark.parametrize(
    "store",
    _EVERY if os.environ.get("STORES") == "all" else _EVERY[:1],
    indirect=True,
    scope="session",
)
