"""What a run ran on."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Final

from bench.plan import ROOT

_LIBRARIES: Final = ("fastapi", "uvicorn", "pydantic", "sqlalchemy", "psycopg")


def described() -> list[str]:
    """Return a sentence each about the machine, the versions, the code and how busy it was."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()} {platform.release()}"
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    busy = ", ".join(f"{each:.2f}" for each in os.getloadavg())
    return [
        f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GB of memory, {system}",
        f"Python {platform.python_version()}, {libraries}",
        f"commit {_commit()}",
        f"load averages before it began (1, 5, 15 minutes): {busy}",
    ]


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _commit() -> str:
    """Return the commit, and whether files of the product differ from it."""
    head = _git("rev-parse", "--short", "HEAD")
    changed = _git("status", "--porcelain", "--", "app", "bench", "migrations")
    return f"{head}, with uncommitted changes" if changed else head


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, check=False, capture_output=True, text=True
    )
    return done.stdout.strip() or ("unknown" if arguments[0] == "rev-parse" else "")
