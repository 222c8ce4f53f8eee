"""A migrated store, and one with the story in it, made once and copied for each test."""

import os
import shutil
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal
from tests.migrated import migrated_store

STORE = "firstinline.db"


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
        printed = _sit_down(folder, monkeypatch).run("demo").out
    (folder / "demo.txt").write_text(printed, encoding="utf-8")
    return folder


@pytest.fixture
def terminal(empty_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal in a folder with a migrated, empty store."""
    return _sit_down(_copy(empty_folder, tmp_path), monkeypatch)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal in a folder without a store."""
    return _sit_down(tmp_path, monkeypatch)


@pytest.fixture
def told(told_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal in a folder whose store holds the story."""
    return _sit_down(_copy(told_folder, tmp_path), monkeypatch)


def _copy(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to, dirs_exist_ok=True)
    return to


def _sit_down(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    for name in [name for name in os.environ if name.startswith("FIRSTINLINE_")]:
        if not name.startswith("FIRSTINLINE_TEST_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("FIRSTINLINE_DATABASE_URL", f"sqlite:///{folder / STORE}")
    monkeypatch.chdir(folder)
    return Terminal(folder)
