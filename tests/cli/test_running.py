"""Help, migrating, the OpenAPI document, and copying a store that is being written to."""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import UUID

import pytest

from app.core.clock import now
from app.core.database import Mode
from app.core.ids import new_id
from app.core.settings import Settings
from app.entry.tenancy import open_database
from app.models.organization import IdempotencyKey
from app.models.outbox import OutboxEvent
from tests.cli.terminal import Terminal, cells

COMMANDS = {
    (): "serve worker migrate backup demo openapi rank persistence organizations users keys "
    "follow-ups",
    ("organizations",): "create",
    ("users",): "create",
    ("keys",): "create list revoke",
    ("follow-ups",): "import",
}


@pytest.mark.parametrize("group", COMMANDS)
def test_help_lists_every_command_and_each_explains_itself(
    bare: Terminal, group: tuple[str, ...]
) -> None:
    listed = bare.run(*group, "--help").out
    for command in COMMANDS[group].split():
        assert f"│ {command} " in listed
        assert "Usage:" in bare.run(*group, command, "--help").out
    assert not list(bare.folder.iterdir())


def test_migrating_twice_changes_nothing(bare: Terminal) -> None:
    refusal = bare.refused("keys", "list")
    assert refusal == "The store wants migrating: firstinline migrate"
    for _ in range(2):
        assert bare.run("migrate").out.strip() == "The store has every migration."
    with bare.service() as client:
        assert client.get("/readyz").status_code == 200
    bare.id("organizations", "create", "Acme")
    bare.run("migrate")
    assert cells(bare.run("keys", "list", "-o", "Acme").out) == []


def test_a_store_that_is_away_is_not_migrated(
    bare: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody listens at the lowest port.
    monkeypatch.setenv("FIRSTINLINE_DATABASE_URL", "postgresql+psycopg://a:secret@127.0.0.1:1/b")
    refusal = bare.refused("migrate")
    assert refusal.startswith("The store cannot be migrated: connection failed: ")
    assert "secret" not in refusal


def test_a_store_without_citus_is_migrated_and_not_distributed(bare: Terminal) -> None:
    refusal = bare.refused("migrate", "--distribute")
    assert refusal.startswith("The store has every migration, and was not distributed")
    with bare.service() as client:
        assert client.get("/readyz").status_code == 200


def test_a_store_that_cannot_be_reached_is_told_in_a_sentence(
    bare: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRSTINLINE_DATABASE_URL", f"sqlite:///{bare.folder}/no/such/folder.db")
    assert bare.refused("keys", "list") == "The store cannot be reached."


def test_openapi_is_printed_as_json(bare: Terminal) -> None:
    document = json.loads(bare.run("openapi").out)
    assert document["openapi"].startswith("3.")
    with_body = document["paths"]["/v1/intake/email"]["post"]["requestBody"]["content"]
    assert "message/rfc822" in with_body
    # No store is asked for it.
    assert not list(bare.folder.iterdir())


# ------------------------------------------------------------------------------------------ backup


@contextmanager
def writing(organization_id: UUID, threads: int = 2) -> Iterator[list[UUID]]:
    """Write events until the block ends, as fast as it goes; yield those that are committed."""
    committed: list[UUID] = []
    stop = threading.Event()

    def write() -> None:
        with closing(open_database(Settings())) as database:
            until = time.monotonic() + 20
            while not stop.is_set() and time.monotonic() < until:
                event = OutboxEvent(
                    id=new_id(), organization_id=organization_id, type="test.happened", data={}
                )
                with database.transaction(Mode.WRITE) as session:
                    session.add(event)
                committed.append(event.id)

    writers = [threading.Thread(target=write) for _ in range(threads)]
    for writer in writers:
        writer.start()
    try:
        while len(committed) < 20:
            assert not stop.wait(0.001)
        yield committed
        assert all(writer.is_alive() for writer in writers)
    finally:
        stop.set()
        for writer in writers:
            writer.join()


def fill(terminal: Terminal, organization_id: UUID, megabytes: int) -> None:
    """Let the store be larger than what is copied in one breath."""
    with (
        terminal.database() as database,
        database.transaction(Mode.WRITE, organization_id) as session,
    ):
        session.add_all(
            IdempotencyKey(
                api_key_id=new_id(),
                key=str(number),
                fingerprint=bytes(32),
                created_at=now(),
                body=bytes(1_000_000),
            )
            for number in range(megabytes)
        )


def test_a_backup_beside_writers_has_all_that_was_committed_before_it_began(
    terminal: Terminal,
) -> None:
    acme = terminal.id("organizations", "create", "Acme")
    terminal.run("keys", "create", "ours")
    fill(terminal, acme, 12)
    copy = terminal.folder / "copy.db"
    with writing(acme) as committed:
        before = committed.copy()
        terminal.run("backup", copy)
        during = len(committed) - len(before)
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        ids = {UUID(bytes=row[0]) for row in connection.execute("SELECT id FROM outbox")}
    assert during > 0
    assert set(before) <= ids
    assert sorted(path.name for path in terminal.folder.glob("copy*")) == ["copy.db"]


def test_a_backup_is_a_store(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    acme = terminal.id("organizations", "create", "Acme")
    key = terminal.run("keys", "create", "ours", "--scope", "admin").out.strip()
    # A process that holds the store open: what it wrote is still in the log beside the file.
    with terminal.database() as database:
        with database.transaction(Mode.READ) as session:
            session.get(OutboxEvent, new_id())
        terminal.run("users", "create", "Ada", "--email", "ada@acme.example")
        terminal.run("backup", "copy.db")
    monkeypatch.setenv("FIRSTINLINE_DATABASE_URL", f"sqlite:///{terminal.folder / 'copy.db'}")
    with terminal.person(key) as person:
        assert person.organization_id == acme
        assert [user["name"] for user in person.get("users")["items"]] == ["Ada"]
        assert person.call("GET", "/readyz").status_code == 200


def test_a_backup_never_overwrites(terminal: Terminal) -> None:
    copy = terminal.folder / "copy.db"
    copy.write_text("mine")
    assert terminal.refused("backup", copy).endswith("exists; a backup never overwrites.")
    assert copy.read_text() == "mine"
    assert "never overwrites" in terminal.refused("backup", "firstinline.db")


def test_what_an_interrupted_backup_left_behind_is_in_nobodys_way(terminal: Terminal) -> None:
    (terminal.folder / "copy.db.part").write_text("half of a copy")
    terminal.run("backup", "copy.db")
    assert not (terminal.folder / "copy.db.part").exists()
    with closing(sqlite3.connect("copy.db")) as connection:
        assert connection.execute("SELECT count(*) FROM organizations").fetchone() == (0,)


def test_a_store_under_any_name_is_copied(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = terminal.folder / "100% #1?"
    folder.mkdir()
    store = (terminal.folder / "firstinline.db").rename(folder / "a b.db")
    # SQLAlchemy reads what follows a question mark as options, so it is told of it by a link.
    link = terminal.folder / "link.db"
    link.symlink_to(store)
    monkeypatch.setenv("FIRSTINLINE_DATABASE_URL", f"sqlite:///{link}")
    terminal.run("backup", folder / "copy.db")
    assert (folder / "copy.db").exists()


def test_what_cannot_be_copied_is_told(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    assert terminal.refused("backup", "no/folder/copy.db") == "There is no folder no/folder."
    Path("torn.db").write_bytes(b"not a database" * 100)
    for url, why in (
        ("sqlite:///torn.db", "The store could not be copied: file is not a database."),
        ("sqlite:///none.db", "There is no store at none.db."),
        ("postgresql+psycopg://u:p@db.example/x", "for PostgreSQL use pg_dump."),
    ):
        monkeypatch.setenv("FIRSTINLINE_DATABASE_URL", url)
        assert terminal.refused("backup", "copy.db").endswith(why)
        assert not list(terminal.folder.glob("copy.db*"))
        assert not Path("none.db").exists()
