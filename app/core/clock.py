"""The process's clock, and the two ends of time that the ledger knows."""

from datetime import UTC, datetime, timedelta

# What was given when a row was created holds "from ever": earlier than anything that can be told.
EVER = datetime(1900, 1, 1, tzinfo=UTC)
GRACE = timedelta(minutes=5)


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)
