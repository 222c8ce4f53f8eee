"""The structure, where import-linter cannot see it: names of files and classes, and who commits."""

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app"
FILES = sorted(APP.rglob("*.py"))
# Rooms whose shape is their own; CONTRIBUTING describes each.
OWN_SHAPE = {"cli", "core", "document", "models", "outbox", "entry", "intake", "console"}
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


@cache
def parsed(path: Path) -> ast.AST:
    return ast.parse(path.read_text())


def found_in(
    paths: Iterable[Path], look: Callable[[ast.AST], Iterator[object]], *words: str
) -> dict[str, list[object]]:
    """What is found in each file in which anything is, of those that hold one of the words."""
    read = [path for path in paths if any(word in path.read_text() for word in words)]
    found = {str(path): list(look(parsed(path))) for path in read}
    return {name.removeprefix(f"{ROOT}/"): what for name, what in found.items() if what}


def vague_names(paths: Iterable[Path]) -> list[str]:
    """Files of which the name, or a folder's, says nothing about what is inside."""
    return [
        path.as_posix()
        for path in paths
        if {part.removesuffix(".py") for part in path.parts} & VAGUE
    ]


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
    usual = {"__init__.py", "__pycache__", "static", "templates", *STOREYS}
    return sorted(found - usual - {f"{storey}.py" for storey in STOREYS})


def test_the_database_alone_commits() -> None:
    """One request is one transaction."""
    found = found_in(FILES, commits, "commit")
    assert found.pop("app/core/database.py")
    assert found == {}, "commits, by file and line"


def test_a_class_is_named_for_what_it_is() -> None:
    assert found_in(FILES, vague_classes, *VAGUE_CLASSES) == {}


def test_a_file_has_a_name_that_says_what_is_inside() -> None:
    assert vague_names(path.relative_to(APP) for path in FILES) == []


def test_a_file_has_one_subject() -> None:
    sizes = {name_of(path): path.stat().st_size for path in FILES}
    assert {name: size for name, size in sizes.items() if size > LARGEST} == {}


def test_routes_hold_no_sql() -> None:
    routes = sorted(APP.rglob("routes.py"))
    assert routes
    assert found_in(routes, sql_names, "sqlalchemy") == {}


ROOMS = sorted(
    path.parent for path in APP.glob("*/__init__.py") if path.parent.name not in OWN_SHAPE
)


def test_a_room_holds_only_files_of_its_shape() -> None:
    found = {name_of(room): misplaced(room) for room in ROOMS}
    assert {room: files for room, files in found.items() if files} == {}


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
    names = [Path("core/ids.py"), Path("core/utils.py"), Path("services/door.py")]
    assert vague_names(names) == ["core/utils.py", "services/door.py"]
    (tmp_path / "rules.py").write_text("class CandidateService: ...")
    (tmp_path / "service.py").write_text("class Candidate: ...")
    assert list(found_in(sorted(tmp_path.iterdir()), vague_classes, "Service").values()) == [
        ["CandidateService"]
    ]
    assert len(FILES) > len(ROOMS) > 0
