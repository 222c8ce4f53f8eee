"""What is committed works anywhere: it names no place on one machine and no package registry."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Spelled in pieces, or this file would be the first to break its own rule.
MACHINE_PATH = re.compile(r"(?<![\w.~)}$>/-])/(?:work|home|root|tmp|Users|private|opt)" + r"/\w")
WINDOWS_PATH = re.compile(r"\b[A-Z]:\\Users" + r"\\")
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("detsohnohtyp"[::-1], "org"),
        ("registry", "npmjs", "org"),
        ("yarnpkg", "com"),
        ("deb", "debian", "org"),
        ("docker", "io"),
        ("ghcr", "io"),
        ("quay", "io"),
        ("crates", "io"),
        ("golang", "org"),
        ("maven", "org"),
        ("anaconda", "org"),
    )
]
MARKS = ("<" * 7, ">" * 7)


def faults(text: str) -> list[str]:
    """What a file may not hold, with the number of its line."""
    found = []
    for number, line in enumerate(text.splitlines() if is_suspicious(text) else (), 1):
        if MACHINE_PATH.search(line) or WINDOWS_PATH.search(line):
            found.append(f"{number}: a path of one machine")
        if any(host in line.lower() for host in REGISTRIES):
            found.append(f"{number}: a registry's host")
        if line.startswith(MARKS):
            found.append(f"{number}: an unfinished merge")
    return found


def is_suspicious(text: str) -> bool:
    """Say whether it is worth looking line by line: a whole file is looked through in one go."""
    lowered = text.lower()
    return (
        any(mark in text for mark in MARKS)
        or any(host in lowered for host in REGISTRIES)
        or MACHINE_PATH.search(text) is not None
        or WINDOWS_PATH.search(text) is not None
    )


def tracked() -> list[Path]:
    """Files under version control; in an unpacked archive, all there are."""
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, text=True
    )
    if listing.returncode == 0 and listing.stdout:
        paths = [ROOT / name for name in listing.stdout.split("\0") if name]
    else:
        paths = [path for path in ROOT.rglob("*") if ".venv" not in path.parts]
    return sorted(path for path in paths if path.is_file())


def test_every_file_works_on_any_machine() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): faults(path.read_bytes().decode("utf-8", "ignore"))
        for path in tracked()
    }
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_this_test_would_notice() -> None:
    for line in (
        'open("/' + 'home/ada/x")',
        "see /" + "tmp/x",
        "C:\\Users" + "\\ada",
        "--index-url https://" + REGISTRIES[0],
        "<" * 7 + " HEAD",
    ):
        assert len(faults(line)) == 1, line
    for line in ("/v1/candidates", "/usr/bin/env", "a /b/c/d", "https://example.com/home/x"):
        assert faults(line) == [], line
    assert len(tracked()) > 10
