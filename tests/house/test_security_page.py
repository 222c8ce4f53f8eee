"""docs/security.md names all ten risks, and for each the tests that hold it, all of which exist."""

import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
RISKS = {f"API{number}:2023" for number in range(1, 11)}


def sections() -> dict[str, str]:
    """Return the text below each heading, by the heading's first word."""
    parts = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
    return {part.split(maxsplit=1)[0]: part for part in parts}


@cache
def names_in(file: str) -> frozenset[str]:
    path = ROOT / "tests" / file
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return frozenset(re.findall(r"^\s*(?:async )?def (test_\w+)\(", text, flags=re.MULTILINE))


def test_each_of_the_ten_risks_is_held_by_tests() -> None:
    held = {risk: NAMED.findall(text) for risk, text in sections().items() if risk in RISKS}
    assert held.keys() == RISKS
    assert [risk for risk, tests in held.items() if len(tests) < 2] == []


def test_every_test_that_is_named_exists() -> None:
    # None is written in another way, in which it would not be looked for.
    assert len(NAMED.findall(PAGE)) == PAGE.count("::")
    assert [
        f"{file}::{name}" for file, name in NAMED.findall(PAGE) if name not in names_in(file)
    ] == []
    assert names_in("house/no_such_file.py") == frozenset()
