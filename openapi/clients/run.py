"""Generate a client in each language from openapi.json, compile it, and let it tell the story.

Each client talks to one live `firstinline serve` on a SQLite file of its own making, over a socket,
as an organization of its own. What is generated lies in openapi/clients/.build and is thrown away
with the next run. A language of which the tools are missing is skipped, under CI it fails.

    make clients
    make clients ARGS="python go"
"""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = HERE / ".build"
NODE = HERE.parent / "node_modules"
BIN = Path(sys.executable).parent
HOST = "127.0.0.1"
PATIENCE_SECONDS = 120
# Where Debian's package libjakarta-annotation-api-java puts it; where it is elsewhere, say so.
ANNOTATIONS = Path(
    os.environ.get("JAKARTA_ANNOTATION_JAR", "/usr/share/java/jakarta-annotation-api.jar")
)


def generator_jar() -> Path:
    """Return the generator, which also carries the Jackson that a Java client wants."""
    found = find_spec("openapi_generator_cli")
    if found is None or found.origin is None:
        raise RuntimeError("openapi-generator-cli is not installed: run `make clients`")
    return Path(found.origin).with_name("openapi-generator.jar")


@dataclass(frozen=True)
class Language:
    """How a client is generated, checked and run."""

    name: str
    # Programs and files without which it cannot be tried.
    needs: Sequence[str | Path]
    # Where the generator writes, below the build folder; the story stands beside it.
    into: str
    check: Sequence[Sequence[str]]
    run: Sequence[str]

    @property
    def folder(self) -> Path:
        """Return where it is built."""
        return BUILD / self.name

    def missing(self) -> list[str]:
        """Return what this machine has not."""
        return [
            str(need)
            for need in self.needs
            if not (need.exists() if isinstance(need, Path) else shutil.which(need, path=_path()))
        ]

    def generate(self) -> None:
        """Write the client anew, and put the story beside it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(HERE / self.name, self.folder)
        document = HERE.parent / "openapi.json"
        where = ["--input-spec", str(document), "--config", "generator.yaml", "--output", self.into]
        _call(self.folder, ["java", "-jar", str(generator_jar()), "generate", *where])

    def compile(self) -> None:
        """Check and build client and story."""
        for command in self.check:
            _call(self.folder, command)

    def tell(self, address: str, key: str) -> dict[str, float]:
        """Run the story; return what it read."""
        told = _call(self.folder, self.run, FIRSTINLINE_URL=address, FIRSTINLINE_KEY=key)
        found: dict[str, float] = json.loads(told.splitlines()[-1])
        return found


def languages() -> list[Language]:
    """Return the languages that are tried."""
    # Jackson comes with the generator: no other registry is asked for it.
    sources = ("-sourcepath", "client/src/main/java", "Story.java")
    jars = os.pathsep.join([str(generator_jar()), str(ANNOTATIONS)])
    return [
        Language(
            name="python",
            needs=["java"],
            into=".",
            # What is generated is checked as far as the story uses it: its own style is not ours.
            check=[[str(BIN / "mypy"), "--strict", "--follow-imports=silent", "story.py"]],
            run=[sys.executable, "story.py"],
        ),
        Language(
            name="typescript",
            needs=["java", "node", NODE / ".bin" / "tsc"],
            into="client",
            check=[[str(NODE / ".bin" / "tsc"), "--typeRoots", str(NODE / "@types")]],
            run=["node", "built/story.js"],
        ),
        Language(
            name="java",
            needs=["java", "javac", ANNOTATIONS],
            into="client",
            check=[
                ["javac", "-nowarn", "-d", "classes", "-cp", jars, *sources],
            ],
            run=["java", "-cp", os.pathsep.join(["classes", jars]), "Story"],
        ),
        Language(
            name="go",
            needs=["java", "go"],
            into="client",
            check=[["go", "vet", "./..."], ["go", "build", "-o", "built", "story.go"]],
            run=["./built"],
        ),
    ]


def _path() -> str:
    return os.pathsep.join([str(BIN), os.environ.get("PATH", "")])


def _call(folder: Path, command: Sequence[str], **extra: str) -> str:
    """Run a command in the folder; returns what it printed, or ends with all of it."""
    environment = {
        **os.environ,
        "PATH": _path(),
        # Nothing is fetched while clients are built, and no toolchain either.
        "GOTOOLCHAIN": "local",
        "GOPROXY": "off",
        "GOFLAGS": "-mod=mod",
        "MYPYPATH": str(folder),
        **extra,
    }
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout[-6000:]}\n{done.stderr[-6000:]}")
    return done.stdout


# ------------------------------------------------------------------------------------- the service


def _firstinline(environment: dict[str, str], *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


@contextmanager
def service() -> Iterator[tuple[str, dict[str, str]]]:
    """Serve an empty store; yields the address and the environment in which it is managed."""
    store = BUILD / f"store-{secrets.token_hex(4)}.db"
    log = BUILD / "service.log"
    environment = {**os.environ, "FIRSTINLINE_DATABASE_URL": f"sqlite:///{store}"}
    _firstinline(environment, "migrate")
    with closing(socket.socket()) as one:
        one.bind((HOST, 0))
        port = one.getsockname()[1]
    command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port)]
    with log.open("wb") as lines:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=lines, stderr=lines
        )
    try:
        _wait(port, process, log)
        yield f"http://{HOST}:{port}", environment
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(log.read_text())
        try:
            with closing(HTTPConnection(HOST, port, timeout=5)) as asking:
                asking.request("GET", "/readyz")
                if asking.getresponse().status == 200:
                    return
        except OSError:
            time.sleep(0.1)


def tenant(environment: dict[str, str], name: str) -> str:
    """Create an organization; returns a key to it."""
    organization = _firstinline(environment, "organizations", "create", name)
    return _firstinline(environment, "keys", "create", name, "--organization", organization)


# -------------------------------------------------------------------------------- the examples


def examples() -> dict[str, list[list[str]]]:
    """Return the commands of each example; the last one prints who is first in line."""
    there = ROOT / "examples"
    tsc = [str(NODE / ".bin" / "tsc"), "--typeRoots", str(NODE / "@types"), "--types", "node"]
    modern = ["--strict", "--target", "es2022", "--module", "nodenext", "--outDir", "built"]
    return {
        "shortlist.sh": [["bash", str(there / "shortlist.sh")]],
        "shortlist.py": [[sys.executable, str(there / "shortlist.py")]],
        "shortlist.ts": [
            # Beside its package.json it is a module, in which `await` may stand anywhere.
            ["cp", str(there / "shortlist.ts"), str(HERE.parent / "package.json"), "."],
            [*tsc, *modern, "shortlist.ts"],
            ["node", "built/shortlist.js"],
        ],
    }


def show(name: str, commands: list[list[str]], address: str, key: str) -> tuple[str, ...]:
    """Run one example; returns its row."""
    folder = BUILD / "examples"
    folder.mkdir(exist_ok=True)
    told = ""
    for command in commands:
        told = _call(folder, command, FIRSTINLINE_URL=address, FIRSTINLINE_KEY=key)
    if told.strip() != "Sam Porter":
        raise RuntimeError(f"{name} printed {told}")
    return ("printed who is first",)


# --------------------------------------------------------------------------------------- the table


def attempt(language: Language, address: str, key: str) -> tuple[str, ...]:
    """Try one language; returns its row."""
    seconds = []
    for step in (language.generate, language.compile):
        began = time.monotonic()
        step()
        seconds.append(f"{time.monotonic() - began:.1f} s")
    began = time.monotonic()
    told = language.tell(address, key)
    if told["rank"] != 1 or round(told["persistence"], 6) != 0.397194:
        raise RuntimeError(f"{language.name} read {told}")
    seconds.append(f"{time.monotonic() - began:.1f} s")
    return ("told the story", *seconds, str(told["rank"]), f"{told['persistence']:.6f}")


def main() -> int:
    """Try the languages that are named, or all; returns the exit status."""
    wanted = set(sys.argv[1:])
    tried = [one for one in languages() if not wanted or one.name in wanted]
    if not tried or wanted - {one.name for one in tried}:
        sys.exit(f"Languages: {', '.join(one.name for one in languages())}")
    table = Table("client", "outcome", "generated", "compiled", "story", "rank", "persistence")
    console = Console(width=100)
    status = 0
    BUILD.mkdir(exist_ok=True)
    with service() as (address, environment):
        for language in tried:
            missing = language.missing()
            if missing:
                status = status or (1 if os.environ.get("CI") else 0)
                table.add_row(language.name, f"skipped: no {', '.join(missing)}")
                continue
            try:
                row = attempt(language, address, tenant(environment, language.name))
            except RuntimeError as error:
                status = 1
                row = ("failed",)
                console.print(f"{language.name}:\n{error}", markup=False, highlight=False)
            table.add_row(language.name, *row)
        for name, commands in ({} if wanted else examples()).items():
            try:
                row = show(name, commands, address, tenant(environment, name))
            except RuntimeError as error:
                status = 1
                row = ("failed",)
                console.print(f"{name}:\n{error}", markup=False, highlight=False)
            table.add_row(name, *row)
    console.print(table)
    return status


if __name__ == "__main__":
    sys.exit(main())
