"""A shortlist as a person reads it in a terminal."""

from collections.abc import Sequence
from datetime import UTC

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from app.models.ranking import Shortlist, ShortlistEntry
from app.shortlists.queries.asking import Match

_TITLES = {
    "entries": "First in line",
    "to_check": "To check: stopped only by what nobody has told us",
    "quiet": "Quiet: nobody counted, by fit",
}


def show_shortlist(
    out: Console, title: str, shortlist: Shortlist, entries: Sequence[ShortlistEntry]
) -> None:
    """Print the three sections, and why the first of the ranking is the first."""
    out.print()
    out.print(f"[bold]{escape(title)}[/bold]  ({shortlist.trigger.replace('_', ' ')})")
    as_of = shortlist.as_of.astimezone(UTC)
    out.print(
        f"as of {as_of:%Y-%m-%d %H:%M} UTC, by policy version {shortlist.policy_version}",
        style="dim",
    )
    for section, heading in _TITLES.items():
        rows = [entry for entry in entries if entry.section == section]
        if rows:
            out.print(_section(heading, rows))
        if len(rows) == shortlist.row_limit:
            out.print(
                f"the first {shortlist.row_limit}; --limit shows more", style="dim", highlight=False
            )
    first = next((entry for entry in entries if entry.section == "entries"), None)
    if first is None:
        out.print("Nobody stands in the ranking.")
    else:
        out.print(_why(first))


def show_match(out: Console, match: Match) -> None:
    """Print where a candidate stands, the numbers, each gate, and what sets another above."""
    out.print(match.why.sentence, highlight=False, markup=False)
    if match.difference is not None:
        out.print(match.difference.sentence, highlight=False, markup=False)
    gates = Table("gate", "answer", "because", "to settle")
    for each in match.examination.gates:
        because = each.code.replace("_", " ") + ("" if each.detail is None else f" {each.detail}")
        settle = "" if each.settle is None else each.settle.why
        gates.add_row(*map(escape, (each.gate, each.answer, because, settle)))
    out.print(gates)
    measure = match.examination.measure
    numbers = {
        "match": measure.match,
        "persistence": measure.persistence,
        "fit": measure.fit,
        "progress": measure.progress,
    }
    told = ", ".join(f"{name} {_hundred(value)}" for name, value in numbers.items())
    out.print(f"{told} of 100", highlight=False)


def _section(heading: str, rows: Sequence[ShortlistEntry]) -> Table:
    table = Table(title=heading, title_justify="left", title_style="bold cyan", expand=False)
    for column in ("#", "match", "persistence", "fit", "progress"):
        table.add_column(column, justify="right")
    table.add_column("candidate", overflow="fold")
    last = "to settle" if any(row.shown.get("unknown") for row in rows) else "note"
    table.add_column(last, overflow="fold")
    for row in rows:
        candidate = row.shown.get("candidate") or {}
        table.add_row(
            str(row.rank),
            _hundred(row.match),
            _hundred(row.persistence),
            _hundred(row.fit),
            _hundred(row.progress),
            escape(candidate.get("full_name") or "(erased)"),
            escape(_note(row)),
        )
    return table


def _hundred(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}"


def _note(row: ShortlistEntry) -> str:
    unknown = [gate["gate"] for gate in row.shown.get("unknown", [])]
    notes = [", ".join(unknown)] if unknown else []
    if row.shown.get("runner_up"):
        notes.append("runner-up")
    if row.decision:
        notes.append(row.decision.replace("_", " "))
    return "; ".join(notes)


def _why(entry: ShortlistEntry) -> Panel:
    shown = entry.shown
    factors = Table("factor", "value", "weight", "points", box=None, padding=(0, 2, 0, 0))
    for factor in shown["factors"]:
        factors.add_row(
            factor["name"],
            f"{factor['value']:.3f}",
            f"{factor['weight']:.2f}",
            f"{factor['contribution']:.2f}",
        )
    parts: list[RenderableType] = [Text(shown["explanation"]), Text(), factors]
    step = shown.get("would_move_up")
    if step:
        parts += [Text(), Text(f"Would move them up: {step['sentence']}", style="green")]
    return Panel(Group(*parts), title="Why", title_align="left", width=100)
