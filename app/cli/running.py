"""Serving, working, migrating, backing up."""

import signal
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Annotated, NoReturn

import typer
import uvicorn
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from app.cli.asking import err, give_up, opened, out, read_settings
from app.core.distribution import Kind, NoCitusError
from app.core.distribution import distribute as spread
from app.core.http import UvicornProtocol
from app.core.logging import set_up
from app.core.memory import giving_back, hold_little, spare_what_stays
from app.core.migration import ServiceRoleMissingError
from app.core.migration import migrate as bring_up
from app.core.settings import Settings
from app.main import create_app
from app.models import Base
from app.shortlists.actions import post_everyone
from app.shortlists.jobs import organization_ids
from app.worker import work

_GRACE_SECONDS = 20
_BECAME = {Kind.REFERENCE: "on every machine", Kind.TENANT: "divided by organization"}


def serve(
    host: Annotated[str | None, typer.Option(help="Default: FIRSTINLINE_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Default: FIRSTINLINE_PORT.")] = None,
    *,
    with_worker: Annotated[bool, typer.Option(help="Run the worker in this process too.")] = True,
) -> None:
    """Serve the API. On SQLite the worker runs beside it; elsewhere start `worker` by itself."""
    settings = read_settings()
    set_up(settings.log_format, settings.log_level)
    hold_little()
    stop = threading.Event()
    with opened() as database, giving_back():
        app = create_app(settings, database)
        spare_what_stays()
        beside = None
        try:
            # The server raises the signal that ended it once more when it is done; as it is, that
            # would end the process in the middle of the worker's event.
            signal.signal(signal.SIGTERM, _end)
            if with_worker and database.is_sqlite:
                beside = threading.Thread(target=work, args=(database, stop), name="worker")
                beside.start()
            uvicorn.run(
                app,
                host=host or settings.host,
                port=settings.port if port is None else port,
                http=UvicornProtocol,
                ws="none",
                log_config=None,
                # Its line holds the query, in which there are addresses; we write our own.
                access_log=False,
                # Those of FIRSTINLINE_TRUSTED_PROXIES are believed, within the application.
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        finally:
            stop.set()
            if beside is not None:
                beside.join()


def _end(*_: object) -> NoReturn:
    raise SystemExit(0)


def worker() -> None:
    """Do what can wait: claim events and work on them until told to stop."""
    settings = read_settings()
    set_up(settings.log_format, settings.log_level)
    hold_little()
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    with opened() as database, giving_back():
        spare_what_stays()
        work(database, stop)


def migrate(
    *,
    distribute: Annotated[
        bool, typer.Option("--distribute", help="Divide the tables by organization, on Citus.")
    ] = False,
) -> None:
    """Bring the store up to the newest schema, as the owner of its tables."""
    settings = read_settings()
    try:
        bring_up(settings)
        if distribute:
            _spread(settings)
    except ServiceRoleMissingError as error:
        give_up(str(error))
    except OperationalError as error:
        # Where it is, and why it does not answer; nothing of what is in it.
        give_up(f"The store cannot be migrated: {str(error.orig).partition(chr(10))[0]}")
    with opened() as database:
        for organization_id in organization_ids(database):
            for posted in post_everyone(database, organization_id):
                err.print(f"Put {posted} candidates into the lists of the ranking.")
    out.print("The store has every migration.")


def _spread(settings: Settings) -> None:
    try:
        steps = spread(settings, Base.metadata)
    except NoCitusError:
        give_up(
            "The store has every migration, and was not distributed: it is not PostgreSQL with the "
            "extension Citus. As a superuser: CREATE EXTENSION citus."
        )
    for step in steps:
        err.print(f"{step.table}: {_BECAME[step.kind]}.")
    out.print(f"Distributed {len(steps)} tables; the others were.")


def backup(
    file: Annotated[Path, typer.Argument(help="Where to write the copy; it may not exist yet.")],
) -> None:
    """Copy the SQLite store while it is in use, with SQLite's own backup.

    A live file copied by hand is corrupt: part of it is in the write-ahead log.
    """
    url = make_url(read_settings().database_url.get_secret_value())
    if url.get_backend_name() != "sqlite" or not url.database:
        give_up("`backup` copies a SQLite file; for PostgreSQL use pg_dump.")
    store = Path(url.database)
    if not store.exists():
        give_up(f"There is no store at {store}.")
    if not file.parent.is_dir():
        give_up(f"There is no folder {file.parent}.")
    if file.exists():
        give_up(f"{file} exists; a backup never overwrites.")
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    try:
        _copy(store, part)
        # Another backup may have come first meanwhile, and renaming would overwrite it.
        file.touch(exist_ok=False)
        part.replace(file)
    except FileExistsError:
        give_up(f"{file} exists; a backup never overwrites.")
    except sqlite3.Error as error:
        give_up(f"The store could not be copied: {error}.")
    finally:
        part.unlink(missing_ok=True)
    out.print(f"Copied to {file}, and checked.", markup=False)


def _copy(store: Path, file: Path) -> None:
    """Copy all that is committed now; raises sqlite3.Error, also where the copy is not sound."""
    with (
        closing(sqlite3.connect(f"{store.resolve().as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(file)) as copy,
    ):
        # All pages in one step, which holds up no writer: between two steps a write by another
        # connection makes SQLite begin anew, and a busy store would never be copied.
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        if copy.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            message = "the copy is not sound, and the store itself may be damaged"
            raise sqlite3.DatabaseError(message)
