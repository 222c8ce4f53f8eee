"""Latency against scale, from all reports that there are: a table of growth, and a plot in SVG."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from xml.sax.saxutils import escape

# The request is one more line beside the ranker's.
PLOTTED: Final = (
    "no requirements",
    "one must-have",
    "three nice-to-haves",
    "ten nice-to-haves",
    "two must-haves",
    "must-have that half have",
    "40 % paused, no requirements",
    "a tail of ties, no requirements",
)
_REQUEST: Final = "the whole request, one must-have"
# Okabe and Ito's, which colour-blind readers tell apart, and grey.
_COLOURS: Final = (
    *("#000000", "#0072b2", "#d55e00", "#009e73", "#cc79a7"),
    *("#e69f00", "#56b4e9", "#a08000", "#777777"),
)
_PANEL_WIDTH, _PANEL_HEIGHT = 380, 300
_LEFT, _TOP, _BETWEEN, _LEGEND = 60, 40, 70, 16

Series = dict[str, list[tuple[int, float]]]


def series(reports: Sequence[Mapping[str, Any]], store: str, percentile: str) -> Series:
    """Return for each case (candidates, milliseconds) at each scale, the smallest first."""
    found: Series = {}
    for report in reports:
        of_store = report["stores"].get(store, {"ranker": {}, "requests": {}})
        told = {**of_store["ranker"], **_requests(of_store)}
        for case, took in told.items():
            found.setdefault(case, []).append((report["candidates"], took[percentile]))
    return found


def _requests(of_store: Mapping[str, Any]) -> dict[str, Any]:
    return {f"the whole request, {case}": took for case, took in of_store["requests"].items()}


def stores_of(reports: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the stores of which any report tells."""
    return sorted({store for each in reports for store in each["stores"]}, reverse=True)


# ------------------------------------------------------------------------------------- the table


def table(reports: Sequence[Mapping[str, Any]]) -> str:
    """Return Markdown: what each case takes at each scale, and how it grows from one to the next.

    Ten times as many candidates in ten times the time is a growth of 10.
    """
    scales = [(each["scale"], each["candidates"]) for each in reports]
    names = [name for each in reports for name in each.get("named", [each["scale"]])]
    named = ", ".join(f"[{each}]({each}.md)" for each in names)
    lines = [
        "# Latency against scale",
        "",
        "![The p50 against the number of candidates](latency.svg)",
        "",
        "p50 / p95 in milliseconds; in brackets how many times the p50 of the scale before.",
        f"The reports were not made in one run, and each tells how busy its machine was: {named}.",
        "The p95 of a busy machine tells of its other work.",
    ]
    for store in stores_of(reports):
        lines += ["", f"| {store} | " + " | ".join(scale for scale, _ in scales) + " |"]
        lines.append("|---|" + "--:|" * len(scales))
        slower = series(reports, store, "p95")
        for case, points in series(reports, store, "p50").items():
            sizes = [size for _, size in scales]
            cells = " | ".join(_cells(dict(points), dict(slower[case]), sizes))
            lines.append(f"| {case} | {cells} |")
    return "\n".join(lines) + "\n"


def _cells(
    p50: Mapping[int, float], p95: Mapping[int, float], sizes: Sequence[int]
) -> Iterator[str]:
    before: float | None = None
    for size in sizes:
        took = p50.get(size)
        if took is None:
            yield ""
            continue
        grown = "" if before is None else f" ({took / before:.1f})"
        yield f"{took:,.1f} / {p95[size]:,.1f}{grown}"
        before = took


# -------------------------------------------------------------------------------------- the plot


def plot(reports: Sequence[Mapping[str, Any]]) -> str:
    """Return the SVG: a panel a store, both axes logarithmic, a line a case."""
    stores = stores_of(reports)
    names = [*PLOTTED, _REQUEST]
    found = {store: series(reports, store, "p50") for store in stores}
    times = [took for each in found.values() for name in names for _, took in each.get(name, [])]
    times = times or [1.0]
    sizes = sorted({each["candidates"] for each in reports})
    lowest, highest = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times)))
    decades = range(lowest, max(highest, lowest + 1) + 1)
    width = _LEFT + len(stores) * (_PANEL_WIDTH + _BETWEEN)
    height = _TOP + _PANEL_HEIGHT + 50 + _LEGEND * len(names)
    size = f'width="{width}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {size}',
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for number, store in enumerate(stores):
        left = _LEFT + number * (_PANEL_WIDTH + _BETWEEN)
        parts.append(f'<g transform="translate({left} {_TOP})">')
        drawn = {name: found[store].get(name, []) for name in names}
        parts += [*_panel(store, drawn, sizes, decades), "</g>"]
    parts += _legend(names)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(store: str, drawn: Series, sizes: Sequence[int], decades: range) -> Iterator[str]:
    def across(size: int) -> float:
        first, last = math.log10(sizes[0]), math.log10(sizes[-1])
        share = (math.log10(size) - first) / (last - first) if last > first else 0.5
        return 15 + share * (_PANEL_WIDTH - 30)

    def down(milliseconds: float) -> float:
        share = (math.log10(milliseconds) - decades[0]) / (decades[-1] - decades[0])
        return (1 - share) * _PANEL_HEIGHT

    yield f'<text y="-14" font-weight="bold">{escape(store)}, p50 in ms</text>'
    for decade in decades:
        y = down(10**decade)
        yield _line(0, y, _PANEL_WIDTH, y)
        yield f'<text x="-6" y="{y + 4:.1f}" text-anchor="end">{10.0**decade:g}</text>'
    for size in sizes:
        x, below = across(size), _PANEL_HEIGHT + 16
        yield _line(x, 0, x, _PANEL_HEIGHT)
        yield f'<text x="{x:.1f}" y="{below}" text-anchor="middle">{size:,}</text>'
    for line, colour in zip(drawn.values(), _COLOURS, strict=True):
        points = [(across(size), down(took)) for size, took in line]
        if len(points) > 1:
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        for x, y in points:
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>'


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="#dddddd"/>'


def _legend(names: Sequence[str]) -> Iterator[str]:
    for number, (name, colour) in enumerate(zip(names, _COLOURS, strict=True)):
        y = _TOP + _PANEL_HEIGHT + 46 + number * _LEGEND
        yield f'<rect x="{_LEFT}" y="{y - 9}" width="22" height="4" fill="{colour}"/>'
        yield f'<text x="{_LEFT + 30}" y="{y - 3}">{escape(name)}</text>'
