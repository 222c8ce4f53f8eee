"""A migrated store, and one with the story in it, made once and copied for each test."""

from pathlib import Path

import pytest

from tests.cli.terminal import STORE, Terminal, copied, sit_down
from tests.migrated import migrated_store


@pytest.fixture(scope="session")
def empty_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a migrated store."""
    folder = tmp_path_factory.mktemp("empty")
    migrated_store(folder / STORE)
    return folder


@pytest.fixture(scope="session")
def told_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `firstinline demo` was typed once; its print is in demo.txt."""
    folder = tmp_path_factory.mktemp("told")
    with pytest.MonkeyPatch.context() as monkeypatch:
        printed = sit_down(folder, monkeypatch).run("demo").out
    (folder / "demo.txt").write_text(printed, encoding="utf-8")
    return folder


@pytest.fixture
def terminal(empty_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal in a folder with a migrated, empty store."""
    return sit_down(copied(empty_folder, tmp_path), monkeypatch)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal in a folder without a store."""
    return sit_down(tmp_path, monkeypatch)


@pytest.fixture
def told(told_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal in a folder whose store holds the story."""
    return sit_down(copied(told_folder, tmp_path), monkeypatch)
