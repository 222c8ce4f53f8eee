"""A terminal: a folder, a store, and the commands that are typed there."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import UUID

import pytest
from typer import testing
from typer.main import get_command

from app.cli.commands import app
from app.core.database import Database
from app.core.settings import Settings
from app.entry.tenancy import open_database
from app.main import create_app
from tests.cast import Person
from tests.client import Client

STORE = "firstinline.db"

# It makes all commands anew whenever one is typed, which takes longer than most of them do.
setattr(testing, "_get_command", cache(get_command))  # noqa: B010 - none of its API


@dataclass(frozen=True)
class Answer:
    """What a command printed, and its status."""

    status: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """What went wrong, on one line however it was broken."""
        return " ".join(self.err.split())


@dataclass(frozen=True)
class Terminal:
    """Runs commands in this process; the environment is that of the test."""

    folder: Path

    def run(self, *words: str | Path, expect: int = 0) -> Answer:
        """Type a command; it ends with the expected status, and never with a traceback."""
        result = testing.CliRunner().invoke(app, [str(word) for word in words])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        answer = Answer(result.exit_code, result.stdout, result.stderr)
        assert answer.status == expect, answer
        return answer

    def refused(self, *words: str | Path) -> str:
        """Type a command that cannot be done; return the sentence that says why."""
        answer = self.run(*words, expect=1)
        assert not answer.out
        return answer.said

    def id(self, *words: str | Path) -> UUID:
        """Type a command that prints an id."""
        return UUID(self.run(*words).out.strip())

    @contextmanager
    def database(self) -> Iterator[Database]:
        """Open the store that the commands work on."""
        database = open_database(Settings())
        try:
            yield database
        finally:
            database.close()

    @contextmanager
    def service(self) -> Iterator[Client]:
        """Serve the store that the commands work on."""
        with (
            self.database() as database,
            Client(create_app(Settings(), database)) as client,
        ):
            yield client

    @contextmanager
    def person(self, key: str) -> Iterator[Person]:
        """Let whoever holds a key ask over HTTP."""
        with self.service() as client:
            nobody = Person(client, "", UUID(int=0), UUID(int=0), key)
            me = nobody.get("me")
            user_id = UUID(me["user"]["id"]) if me["user"] else nobody.user_id
            yield Person(client, "", UUID(me["organization"]["id"]), user_id, key)


def copied(folder: Path, to: Path) -> Path:
    """Copy what is in a folder, its store too; return where to."""
    shutil.copytree(folder, to, dirs_exist_ok=True)
    return to


def sit_down(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Take a terminal in a folder, whose store the commands then work on."""
    for name in [name for name in os.environ if name.startswith("FIRSTINLINE_")]:
        if not name.startswith("FIRSTINLINE_TEST_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("FIRSTINLINE_DATABASE_URL", f"sqlite:///{folder / STORE}")
    monkeypatch.chdir(folder)
    return Terminal(folder)


def cells(table: str) -> list[list[str]]:
    """Return the rows of the tables in a print, cell by cell."""
    return [
        [cell.strip() for cell in line.strip("│").split("│")]
        for line in table.splitlines()
        if line.startswith("│")
    ]


def line_of(text: str, label: str) -> str:
    """Return what stands behind a label."""
    found = re.search(rf"^{label}\s+(.+)$", text, re.MULTILINE)
    assert found is not None, text
    return found[1]
