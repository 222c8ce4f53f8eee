"""What the documents list is what the code has: problems, commands, metrics, rooms."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from app.cli.commands import app
from app.core.problems import Problem
from app.core.replicas import Replicas
from app.core.settings import Settings
from app.entry.metrics import Metrics

DOCS = Path(__file__).resolve().parents[2] / "docs"
OF_A_PROBLEM = 5
_METRICS = ("`firstinline_", "`process_")


def rows(text: str) -> list[tuple[str, ...]]:
    """Return the cells of the rows that begin with something in backticks, of all tables."""
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [tuple(cell.strip() for cell in line.split("|")[1:-1]) for line in lines]


def read(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def kinds_of(problem: type[Problem]) -> list[type[Problem]]:
    return [problem, *(kind for below in problem.__subclasses__() for kind in kinds_of(below))]


def test_every_problem_is_documented() -> None:
    """Each with a type of its own; the status that is no problem of ours is `about:blank`."""
    told = {
        (kind.type, kind.status, kind.title)
        for kind in kinds_of(Problem)
        # Tests make some of their own.
        if kind.type != Problem.type and kind.__module__.startswith("app.")
    }
    listed = [
        (row[0].strip("`"), row[1], row[2])
        for row in rows(read("problems.md"))
        if len(row) == OF_A_PROBLEM
    ]
    assert {(type_, int(status), title) for type_, status, title in listed} == told
    assert len(listed) == len(told)


def commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield each command that does something, with all the words that call it."""
    below = getattr(command, "commands", None)
    if below is None:
        yield name, command
        return
    for word, one in below.items():
        yield from commands(one, f"{name} {word}")


def parameter(one: Any) -> tuple[str, str, str]:
    """Return an argument or option as the page has it: its names, its default, its meaning."""
    is_option = one.param_type_name == "option"
    names = [*one.opts, *one.secondary_opts] if is_option else [one.name.upper()]
    plain = str(one.default).lower() if isinstance(one.default, bool) else one.default
    default = "required" if one.required else "none" if plain is None else f"`{plain}`"
    return ", ".join(f"`{name}`" for name in names), default, one.help


def test_every_command_is_documented_with_what_it_takes() -> None:
    told = {
        name: [parameter(one) for one in command.params]
        for name, command in commands(get_command(app), "firstinline")
    }
    sections = re.split(r"^## `(.+)`$", read("commands.md"), flags=re.MULTILINE)[1:]
    listed = dict(zip(sections[::2], map(rows, sections[1::2]), strict=True))
    assert listed == told


def test_every_metric_is_documented_with_its_labels() -> None:
    """Those of the process too, where the machine tells them."""
    page = read("operators.md")
    listed = {
        name.strip("`"): labels for name, labels, *_ in rows(page) if name.startswith(_METRICS)
    }
    metrics = Metrics()
    ours = {
        f"{metrics.requests._name}_total": metrics.requests._labelnames,
        metrics.seconds._name: metrics.seconds._labelnames,
        "firstinline_replica_reads_total": ("replica", "outcome"),
        "firstinline_replica_in_use": ("replica",),
        "firstinline_replica_behind_bytes": ("replica",),
    }
    replicas = Replicas("postgresql+psycopg://", ["postgresql+psycopg://"], Settings())
    replicas.all[0].behind_bytes = 0
    metrics.tell_of(replicas)
    assert {
        sample.name: tuple(sample.labels)
        for family in metrics.registry.collect()
        for sample in family.samples
        if family.name.startswith("firstinline_replica")
    } == {name: labels for name, labels in ours.items() if "replica" in name}
    assert {name: labels for name, labels in listed.items() if name.startswith("firstinline")} == {
        name: ", ".join(f"`{label}`" for label in labels) for name, labels in ours.items()
    }
    named = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in metrics.registry.collect()
    }
    assert named <= set(listed)


def test_every_room_has_its_place_in_the_pictures() -> None:
    rooms = {path.parent.name for path in (DOCS.parent / "app").glob("*/__init__.py")}
    contributing = (DOCS.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    house = contributing.partition("## The house")[2].partition("## The shape")[0]
    named = {
        "CONTRIBUTING.md": set(re.findall(r"(\w+)/", house)),
        "architecture.md": set(re.findall(r"\w+", read("architecture.md"))),
    }
    missing = {page: rooms - words for page, words in named.items() if rooms - words}
    assert missing == {}
