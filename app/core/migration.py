"""Bringing a store up to the newest schema."""

from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import Connection, create_engine, text

from app.core.planner import tell_planner
from app.core.settings import Settings

if TYPE_CHECKING:
    from alembic.config import Config

# Alembic's `op` is one for the whole process: two stores are migrated one after the other.
_ONE_AT_A_TIME = Lock()
ROOT = Path(__file__).resolve().parents[2]


class ServiceRoleMissingError(RuntimeError):
    """PostgreSQL has no role of the name that the service is to use."""


def configuration(settings: Settings, connection: Connection | None = None) -> "Config":
    """Return Alembic's configuration, bound to a connection if one is given."""
    from alembic.config import Config  # noqa: PLC0415 - Alembic is large, and rarely asked for

    config = Config(toml_file=str(ROOT / "pyproject.toml"))
    config.attributes["service_role"] = settings.service_role
    if connection is not None:
        config.attributes["connection"] = connection
    return config


def migrate(settings: Settings, *, url: str | None = None) -> None:
    """Run every migration that the store has not had, as the owner of its tables.

    Raises ServiceRoleMissingError before anything is changed.
    """
    from alembic import command  # noqa: PLC0415 - as above

    owner = settings.owner_database_url or settings.database_url
    engine = create_engine(url or owner.get_secret_value())
    try:
        with engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                _require_role(connection, settings.service_role)
            else:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
                connection.rollback()
            with _ONE_AT_A_TIME:
                command.upgrade(configuration(settings, connection), "head")
        if engine.dialect.name == "sqlite":
            with engine.begin() as connection:
                tell_planner(connection)
    finally:
        engine.dispose()


def _require_role(connection: Connection, role: str) -> None:
    found = connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role})
    connection.rollback()
    if found is None:
        message = f"PostgreSQL has no role {role!r}: CREATE ROLE {role} LOGIN PASSWORD '...'"
        raise ServiceRoleMissingError(message)


def is_current(connection: Connection) -> bool:
    """Tell whether the store has had every migration."""
    from alembic.migration import MigrationContext  # noqa: PLC0415 - as above

    return MigrationContext.configure(connection).get_current_heads() == _newest()


@cache
def _newest() -> tuple[str, ...]:
    from alembic.config import Config  # noqa: PLC0415 - as above
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    # By its configuration, which says where what the migrations import is found.
    config = Config(toml_file=str(ROOT / "pyproject.toml"))
    return tuple(ScriptDirectory.from_config(config).get_heads())
