"""Requests that schemathesis makes up from openapi.json: right and wrong, one by one and linked.

All of its checks are on, and all of its phases: the document's examples, every bound and every
missing field, random data, and chains of requests in which one's answer is the next one's id.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.fuzz.ground import DOCUMENT, KEPT, ROOT, Ground

_HOOKS = Path(__file__).with_name("hooks.py")
# How often an id in a path is one that exists; the others are made up, or read from answers.
_KNOWN = 0.6
# Data that the document allows may be refused for what is in the store: it is not there (404), its
# state forbids it (409), it has been removed (410), If-Match names another version (412). 401 and
# 403 are about who asks. 422 is not here: see semantics.py.
_MAY_BE_ANSWERED = ["2xx", "401", "403", "404", "409", "410", "412", "429"]
# Side by side in processes: threads of one make Python 3.11's compiler fail under them.
_PROCESSES = 2
# About so many chains schemathesis makes up, whatever it is told, before Hypothesis finds too few
# requests that fit on; begun anew, it makes up others.
_CHAINS_AT_ONCE = 25


@dataclass(frozen=True)
class Part:
    """What one process does: phases of schemathesis on the operations with some tags, or all."""

    name: str
    phases: str
    tags: Sequence[str] = ()

    def options(self) -> Iterator[str]:
        """Yield its options."""
        yield from ("--phases", self.phases)
        for tag in self.tags:
            yield from ("--include-tag", tag)


def attack(ground: Ground, *, examples: int, only: Sequence[str] = ()) -> int:
    """Run schemathesis on the operations with these tags, or on all; return 1 where it failed."""
    with tempfile.TemporaryDirectory(prefix="firstinline-fuzz-") as name:
        folder = Path(name)
        settings = folder / "schemathesis.toml"
        settings.write_text("\n".join(_settings(ground)))
        command = [str(Path(sys.executable).with_name("schemathesis"))]
        command += ["--config-file", str(settings), "run", str(DOCUMENT)]
        command += ["--url", ground.service.address, "--checks", "all", "--workers", "1"]
        command += ["--continue-on-failure", "--generation-database", "none", "--no-color"]
        command += ["--max-examples", str(examples)]
        rounds = max(1, math.ceil(examples / _CHAINS_AT_ONCE))
        lanes = [*([share] for share in _shares(only)), _chains(only, rounds)]
        attacker = partial(_run, folder, command, _environment(ground))
        with ThreadPoolExecutor(len(lanes)) as side_by_side:
            failed = [name for lane in side_by_side.map(attacker, lanes) for name in lane]
    print(f"fuzz: schemathesis failed in {', '.join(failed) or 'nothing'}")
    return int(bool(failed))


def _environment(ground: Ground) -> dict[str, str]:
    kept = f"{ground.own['api_key_id']},{ground.own['user_id']}"
    return {**os.environ, "PYTHONPATH": str(ROOT), KEPT: kept}


def _run(
    folder: Path, command: list[str], environment: dict[str, str], parts: Sequence[Part]
) -> list[str]:
    """Do parts one after the other; return which failed."""
    failed = []
    for part in parts:
        log, began = folder / f"{part.name}.txt", time.monotonic()
        with log.open("wb") as lines:
            status = subprocess.run(
                [*command, *part.options()],
                check=False,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=lines,
                stderr=lines,
            ).returncode
        took = f"fuzz: {part.name}: status {status} after {time.monotonic() - began:.0f} s"
        print(f"{log.read_text()}\n{took}", flush=True)
        failed += [part.name] if status else []
    return failed


def _shares(only: Sequence[str]) -> list[Part]:
    """Share the tags out evenly."""
    paths = json.loads(DOCUMENT.read_text(encoding="utf-8"))["paths"].values()
    weights = Counter(tag for path in paths for each in path.values() for tag in each["tags"])
    tags = [tag for tag, _ in weights.most_common() if not only or tag in only]
    shares = [tags[each::_PROCESSES] for each in range(_PROCESSES)]
    return [
        Part(f"share-{number}", "examples,coverage,fuzzing", share)
        for number, share in enumerate(shares, 1)
        if share
    ]


def _chains(only: Sequence[str], rounds: int) -> list[Part]:
    """Return chains of requests, which go through all tags, again and again."""
    return [Part(f"chains-{number}", "stateful", only) for number in range(1, rounds + 1)]


def _settings(ground: Ground) -> Iterator[str]:
    """Yield the lines of a configuration file; JSON's strings and lists are TOML's too."""
    known: dict[str, str | int] = {"source": "ats", **ground.ids}
    known["version"] = int(ground.ids["version"])
    yield f"hooks = {json.dumps(str(_HOOKS))}"
    yield "[auth.openapi.HTTPBearer]"
    yield f"bearer = {json.dumps(ground.key)}"
    yield "[checks.positive_data_acceptance]"
    yield f"expected-statuses = {json.dumps(_MAY_BE_ANSWERED)}"
    yield "[dictionaries]"
    for name, value in known.items():
        yield f"{name}.values = {json.dumps([value])}"
    yield "[parameters]"
    for name in known:
        yield f'"path.{name}" = {{ dictionary = "{name}", probability = {_KNOWN} }}'
