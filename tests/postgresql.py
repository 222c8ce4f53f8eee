"""A PostgreSQL server of the suite's own: made for one run, on a socket in a temporary folder."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

OWNER, SERVICE = "suite_owner", "firstinline_service"
# Nothing here outlives the run, so nothing need reach the disk.
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
_ROOM = 2 * 1024**3
_CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


class Server:
    """A running server; `url` names a database on it as one of its roles."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def url(self, role: str, database: str) -> str:
        """Return SQLAlchemy's address of a database."""
        return f"postgresql+psycopg://{role}@/{database}?host={self.folder}"

    def run(self, *statements: str, role: str = "postgres", database: str = "postgres") -> None:
        """Run statements outside any transaction."""
        import psycopg  # noqa: PLC0415 - the suite also runs where there is no libpq

        with psycopg.connect(
            host=str(self.folder), user=role, dbname=database, autocommit=True
        ) as connection:
            for statement in statements:
                connection.execute(statement.encode())


def binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs, None where they are not installed."""
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    return next((folder for folder in candidates if (folder / "initdb").exists()), None)


def start(programs: Path) -> Server:
    """Start a server as another user than root, who may not run one, and create its roles."""
    folder = Path(tempfile.mkdtemp(prefix="firstinline-pg-", dir=memory()))
    user = _unprivileged()
    if user is not None:
        shutil.chown(folder, user)
    initdb = [str(programs / "initdb"), "--no-sync", "-A", "trust", "-U", "postgres"]
    _as(user, [*initdb, "-D", f"{folder}/data"])
    options = " ".join(f"-c {option}" for option in _CARELESS)
    _as(
        user,
        [
            *(str(programs / "pg_ctl"), "-D", f"{folder}/data", "-w", "-l", f"{folder}/log"),
            *("-o", f"-k {folder} -c listen_addresses='' {options}", "start"),
        ],
    )
    server = Server(folder)
    server.run(
        f"CREATE ROLE {OWNER} LOGIN",
        f"CREATE ROLE {SERVICE} LOGIN",
        f"CREATE DATABASE template OWNER {OWNER}",
    )
    return server


def stop(programs: Path, server: Server) -> None:
    """Stop the server at once and remove its folder."""
    data = f"{server.folder}/data"
    _as(_unprivileged(), [str(programs / "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop"])
    shutil.rmtree(server.folder, ignore_errors=True)


def memory() -> Path | None:
    """A file system in memory, if there is one with room: making and removing a store is quick."""
    if not os.access(_MEMORY, os.W_OK) or shutil.disk_usage(_MEMORY).free < _ROOM:
        return None
    return _MEMORY


def _unprivileged() -> str | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _as(user: str | None, command: list[str]) -> None:
    subprocess.run(
        command,
        user=user,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
    )
