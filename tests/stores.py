"""Which stores a test is tried on."""

import pytest

# For what is decided before the store is asked, or asks it for nothing that stores differ in. With
# a mark for the whole session, pytest keeps the one store open.
on_one_store = pytest.mark.parametrize("store", ["sqlite"], indirect=True, scope="session")
