"""Where the real messages lie, and skipping where they do not."""

from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

FOLDER = Path(__file__).resolve().parents[3] / ".." / "shared" / "real" / "email"

_ABSENT = "the real messages of ../shared/real/email are absent"
needs_real_mail = pytest.mark.skipif(not FOLDER.is_dir(), reason=_ABSENT)


def files(*folders: str) -> list[Path]:
    """The messages of these folders of the real material, in order; none where it is absent."""
    return [
        path
        for folder in folders
        for path in sorted((FOLDER / folder).glob("**/*"))
        if path.is_file() and path.name != "LICENSE"
    ]


def each(*folders: str) -> list[ParameterSet]:
    """The same as parameters of a test; one that skips, saying why, where they are absent."""
    if not FOLDER.is_dir():
        return [pytest.param(FOLDER, marks=pytest.mark.skip(reason=_ABSENT), id="absent")]
    return [pytest.param(path, id=f"{path.parent.name}-{path.name}") for path in files(*folders)]
