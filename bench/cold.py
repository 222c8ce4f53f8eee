"""The first shortlist of a process that finds nothing in memory.

Run as `python -m bench.cold URL ORGANIZATION POSITION LIMIT` it ranks once and prints how many
milliseconds that took; the parent has thrown the data's pages out of the system's cache before.
"""

import ctypes
import mmap
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from app.core.settings import Settings
from app.entry.tenancy import open_database
from bench.plan import ROOT, Plan
from bench.ranking import Asked, rank_once
from bench.stores import Store
from bench.timing import Latency, latency

_RUNS: Final = 5
_MAPPED_AT_ONCE: Final = 1 << 30
_CASES: Final = 2
_ENDS_WITHIN: Final = 300


@dataclass(frozen=True, slots=True)
class ColdCase:
    """A case from cold; `cached` is the share of the data that was in memory all the same."""

    case: str
    latency: Latency
    cached: float


def measure_cold(store: Store, asked: Sequence[Asked], plan: Plan) -> list[ColdCase]:
    """Rank for the first cases a few times from cold; nothing where the server is not ours."""
    if store.file is None and (store.server is None or store.server.restart is None):
        return []
    return [_cold(store, each, plan) for each in asked[:_CASES]]


def _cold(store: Store, asked: Asked, plan: Plan) -> ColdCase:
    cached: list[float] = []
    seconds = []
    for organization_id, position_id in [asked.positions[0]] * _RUNS:
        cached.append(_forget(store))
        told = subprocess.run(
            [
                *(sys.executable, "-m", "bench.cold", store.url),
                *(str(organization_id), str(position_id), str(plan.shortlist_limit)),
            ],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
            timeout=_ENDS_WITHIN,
        )
        seconds.append(float(told.stdout) / 1000)
    return ColdCase(asked.case, latency(seconds), max(cached))


def _forget(store: Store) -> float:
    """Throw the data out of memory; return the share of it that stayed."""
    if store.server is not None and store.server.restart is not None:
        return store.server.restart(evict)
    assert store.file is not None
    return evict([store.file])


def evict(files: Iterable[Path]) -> float:
    """Ask the system to forget what it has of files that nobody writes; return what share stays.

    What is below the system (a disk's own memory, a host's) keeps what it has.
    """
    stays = total = 0
    for file in files:
        if not file.stat().st_size:
            continue
        with file.open("rb") as opened:
            os.fsync(opened.fileno())
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            resident, pages = _resident(opened.fileno(), file.stat().st_size)
            stays, total = stays + resident, total + pages
    return stays / total if total else 0.0


def _resident(descriptor: int, size: int) -> tuple[int, int]:
    """Return how many of a file's pages are in memory, and how many it has."""
    found = [
        _resident_in(descriptor, offset, min(_MAPPED_AT_ONCE, size - offset))
        for offset in range(0, size, _MAPPED_AT_ONCE)
    ]
    return sum(resident for resident, _ in found), sum(pages for _, pages in found)


def _resident_in(descriptor: int, offset: int, size: int) -> tuple[int, int]:
    """Return the same of a piece, by mincore(2)."""
    pages = -(-size // mmap.PAGESIZE)
    # A private mapping that might be written: only such a one tells ctypes where it stands. The
    # system sets memory aside for it, so it may not be as large as a file is.
    reach = mmap.PROT_READ | mmap.PROT_WRITE
    with mmap.mmap(descriptor, size, flags=mmap.MAP_PRIVATE, prot=reach, offset=offset) as mapped:
        start = ctypes.c_char.from_buffer(mapped)
        found = (ctypes.c_ubyte * pages)()
        libc = ctypes.CDLL(None, use_errno=True)
        failed = libc.mincore(
            ctypes.c_void_p(ctypes.addressof(start)), ctypes.c_size_t(size), found
        )
        # The mapping cannot be closed while something points into it.
        del start
    if failed:
        raise OSError(ctypes.get_errno(), "mincore")
    return sum(each & 1 for each in found), pages


def main() -> None:
    """Rank once."""
    url, organization_id, position_id, limit = sys.argv[1:]
    database = open_database(Settings(), url=url)
    try:
        started = time.perf_counter()
        rank_once(database, UUID(organization_id), UUID(position_id), int(limit))
        print(1000 * (time.perf_counter() - started))
    finally:
        database.close()


if __name__ == "__main__":
    main()
