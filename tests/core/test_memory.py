"""Threads share two of glibc's heaps, what is free is given back, what stays is looked at once."""

import gc
import os
import platform
import subprocess
import sys

import pytest

from app.core.memory import spare_what_stays

_PROGRAM = """
import ctypes, threading
from app.core.memory import hold_little
hold_little()
libc, together = ctypes.CDLL(None), threading.Barrier(9)
libc.malloc.restype = libc.fdopen.restype = ctypes.c_void_p
def take():
    libc.malloc(1000)
    together.wait()
for _ in range(8):
    threading.Thread(target=take).start()
together.wait()
out = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's heaps are meant")
@pytest.mark.parametrize(("environment", "heaps"), [({}, 2), ({"MALLOC_ARENA_MAX": "5"}, 5)])
def test_threads_share_two_heaps_unless_told_otherwise(
    environment: dict[str, str], heaps: int
) -> None:
    clean = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}
    told = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        check=True,
        capture_output=True,
        env={**clean, "PYTHONPATH": os.curdir, **environment},
        text=True,
    )
    assert told.stdout.count("<heap nr") == heaps


_FREED = """
import ctypes, time
from pathlib import Path
from app.core import memory
memory._EVERY_SECONDS = 0.02
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
libc.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
def held():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 // 1_000_000
pieces = [libc.malloc(10_000) for _ in range(3_000)]
for piece in pieces:
    libc.memset(piece, 1, 10_000)
for piece in pieces[:-1]:
    libc.free(piece)
before = held()
with memory.giving_back():
    time.sleep(0.2)
print(before - held())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's heaps are meant")
def test_what_lies_about_free_is_given_back() -> None:
    told = subprocess.run(
        [sys.executable, "-c", _FREED],
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": os.curdir},
        text=True,
    )
    assert int(told.stdout) >= 25


def test_what_has_been_set_up_is_looked_through_no_more() -> None:
    kept = ["as long as the process"]
    spare_what_stays()
    assert not any(each is kept for each in gc.get_objects())
