"""Identifiers: UUID version 7, in the order in which one process made them."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a new UUIDv7; within one process each is greater than the one before."""
    return uuid7()
