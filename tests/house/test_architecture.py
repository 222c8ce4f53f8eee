"""The structure, where import-linter cannot see it: names of files and classes, and who commits."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app"
FILES = sorted(APP.rglob("*.py"))
# Rooms whose shape is their own; CONTRIBUTING describes each.
OWN_SHAPE = {"cli", "core", "models", "outbox", "entry", "intake", "console"}
STOREYS = {"routes", "schemas", "actions", "queries", "rules", "jobs", "clients"}
# Names that say nothing about what is inside, so that anything ends up there.
VAGUE = {
    "util", "utils", "helper", "helpers", "manager", "managers", "common", "misc", "crud",
    "repository", "repositories", "service", "services",
}  # fmt: skip
VAGUE_CLASSES = ("Service", "Manager", "Helper", "Repository")
LARGEST = 20_000


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def commits(tree: ast.AST) -> Iterator[int]:
    """Lines on which something is committed."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "commit":
            yield node.lineno


def vague_classes(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name.endswith(VAGUE_CLASSES):
            yield node.name


def sql_names(tree: ast.AST) -> Iterator[str]:
    """What is imported to write SQL with; a session's type is none of it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names if one.name.startswith("sqlalchemy"))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
            yield from (one.name for one in node.names if one.name != "Session")


def misplaced(room: Path) -> list[str]:
    """What a room holds beside its storeys; a large storey is a folder of the same name."""
    found = {path.name for path in room.iterdir()}
    usual = {"__init__.py", "__pycache__", "templates", *STOREYS}
    return sorted(found - usual - {f"{storey}.py" for storey in STOREYS})


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_commits_only_if_it_is_the_database(path: Path) -> None:
    found = list(commits(ast.parse(path.read_text())))
    if path == APP / "core" / "database.py":
        assert found
    else:
        assert not found, f"one request is one transaction: commit on line {found}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_class_is_named_for_what_it_is(path: Path) -> None:
    assert list(vague_classes(ast.parse(path.read_text()))) == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_has_one_subject_and_a_name_that_says_it(path: Path) -> None:
    parts = {part.removesuffix(".py") for part in path.relative_to(APP).parts}
    assert not parts & VAGUE
    assert path.stat().st_size <= LARGEST


@pytest.mark.parametrize("path", sorted(APP.rglob("routes.py")), ids=name_of)
def test_routes_hold_no_sql(path: Path) -> None:
    assert list(sql_names(ast.parse(path.read_text()))) == []


ROOMS = sorted(
    path.parent for path in APP.glob("*/__init__.py") if path.parent.name not in OWN_SHAPE
)


@pytest.mark.parametrize("room", ROOMS, ids=name_of)
def test_a_room_holds_only_files_of_its_shape(room: Path) -> None:
    assert misplaced(room) == []


def test_every_folder_with_code_is_a_package() -> None:
    folders = {path.parent for path in FILES}
    assert {folder for folder in folders if not (folder / "__init__.py").is_file()} == set()


def test_these_tests_would_notice(tmp_path: Path) -> None:
    bad = ast.parse(
        "from sqlalchemy import select\n"
        "from sqlalchemy.orm import Session\n"
        "import sqlalchemy.exc\n"
        "class CandidateService: ...\n"
        "def f(session): session.commit()\n"
        "g = connection.commit\n"
    )
    assert sorted(commits(bad)) == [5, 6]
    assert list(vague_classes(bad)) == ["CandidateService"]
    assert list(sql_names(bad)) == ["select", "sqlalchemy.exc"]
    for name in ("rules.py", "service.py"):
        (tmp_path / name).touch()
    assert misplaced(tmp_path) == ["service.py"]
    assert len(FILES) > len(ROOMS) > 0
