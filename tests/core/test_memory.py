"""Threads share two of glibc's heaps, however many there are."""

import os
import platform
import subprocess
import sys

import pytest

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
