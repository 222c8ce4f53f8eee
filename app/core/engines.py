"""SQLAlchemy's engines: how each store is opened."""

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from app.core.settings import Settings

ON_CITUS = "on_citus"
_CACHED_STATEMENTS = 64
HAS_CITUS = "SELECT 1 FROM pg_extension WHERE extname = 'citus'"


def sqlite_engine(address: str, settings: Settings) -> Engine:
    """Return an engine for a file, in WAL mode, which begins every transaction itself."""
    engine = create_engine(
        address,
        pool_size=settings.places,
        max_overflow=2,
        pool_use_lifo=True,
        # What a statement was given names people; an error that is logged shows its SQL alone.
        hide_parameters=True,
        connect_args={
            "timeout": settings.sqlite_busy_seconds,
            "check_same_thread": False,
            # Of each connection; the usual 128 of eighteen connections were most of what a process
            # under load still grew by after a minute.
            "cached_statements": _CACHED_STATEMENTS,
        },
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            # What is erased is overwritten, not left in free pages.
            "secure_delete=ON",
            # 1 MB for each connection: eighteen of them share a process of under 200 MB. Whatever
            # another connection writes empties it, and the system's own cache is behind it: four
            # times as much made no request cheaper.
            "cache_size=-1000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("firstinline_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def postgresql_engine(address: str, settings: Settings, **more: int) -> Engine:
    """Return an engine for a PostgreSQL server; `more` is told to libpq."""
    milliseconds = int(settings.statement_seconds * 1000)
    engine = create_engine(
        address,
        pool_size=settings.places,
        max_overflow=2,
        # The connection used last knows its plans and the catalog; one that slept has to learn.
        pool_use_lifo=True,
        pool_pre_ping=False,
        hide_parameters=True,
        connect_args={
            "options": f"-c timezone=UTC -c statement_timeout={milliseconds} "
            f"-c idle_in_transaction_session_timeout={milliseconds}",
            **more,
        },
    )
    event.listen(engine, "connect", _ask_for_citus)
    return engine


def _ask_for_citus(driver: Any, record: ConnectionPoolEntry) -> None:
    # Outside any transaction: a SET is forgotten with the one it was rolled back in.
    driver.set_autocommit(True)
    record.info[ON_CITUS] = driver.execute(HAS_CITUS).fetchone() is not None
    if record.info[ON_CITUS]:
        # Row-level security asks on each machine who the tenant is.
        driver.execute("SET citus.propagate_set_commands = 'local'")
    driver.set_autocommit(False)
