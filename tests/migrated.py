"""Migrated, empty stores on SQLite: migrated once in each process, then copied."""

import tempfile
from functools import cache
from pathlib import Path

from app.core.migration import migrate
from app.core.settings import Settings
from tests import postgresql


@cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory(prefix="firstinline-", dir=postgresql.memory()) as folder:
        file = Path(folder) / "empty.db"
        migrate(Settings(), url=f"sqlite:///{file}")
        return file.read_bytes()


def migrated_store(file: Path) -> str:
    """Put a migrated, empty store where there is no file yet; return its address."""
    file.write_bytes(_empty())
    return f"sqlite:///{file}"
