"""Requests that schemathesis makes up from openapi.json: right and wrong, one by one and linked.

All of its checks are on, and all of its phases: the document's examples, every bound and every
missing field, random data, and chains of requests in which one's answer is the next one's id.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.fuzz.ground import KEPT, Ground

ROOT = Path(__file__).resolve().parents[2]
_HOOKS = Path(__file__).with_name("hooks.py")
# How often an id in a path is one that exists; the others are made up, or read from answers.
_KNOWN = 0.6
# Data that the document allows may be refused for what is in the store: it is not there (404), its
# state forbids it (409), it has been removed (410), If-Match names another version (412). 401 and
# 403 are about who asks. 422 is not here: see semantics.py.
_MAY_BE_ANSWERED = ["2xx", "401", "403", "404", "409", "410", "412", "429"]


def attack(ground: Ground, *, examples: int, only: Sequence[str] = ()) -> int:
    """Run schemathesis on the operations with these tags, or on all; return its exit status."""
    with tempfile.TemporaryDirectory(prefix="firstinline-fuzz-") as name:
        folder = Path(name)
        settings = folder / "schemathesis.toml"
        settings.write_text("\n".join(_settings(ground)))
        command = [str(Path(sys.executable).with_name("schemathesis"))]
        command += ["--config-file", str(settings), "run", str(ROOT / "openapi" / "openapi.json")]
        command += ["--url", ground.service.address, "--checks", "all", "--workers", "1"]
        command += ["--phases", "examples,coverage,fuzzing,stateful", "--continue-on-failure"]
        command += ["--max-examples", str(examples), "--no-color", "--generation-database", "none"]
        for tag in only:
            command += ["--include-tag", tag]
        kept = f"{ground.own['api_key_id']},{ground.own['user_id']}"
        environment = {**os.environ, "PYTHONPATH": str(ROOT), KEPT: kept}
        return subprocess.run(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, check=False
        ).returncode


def _settings(ground: Ground) -> Iterator[str]:
    """Yield the lines of a configuration file; JSON's strings and lists are TOML's too."""
    known = {"source": "ats", **ground.ids}
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
