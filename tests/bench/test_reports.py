"""What is made of a benchmark's numbers: the guard's ratios, the table of growth, the plot."""

import copy
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from bench.growth import plot, table
from bench.guard import BASE, worse
from bench.numbers import keep, kept

MUST = "one must-have"


def numbers(candidates: int, times: float = 1.0) -> dict[str, Any]:
    """Give a run in which everything takes so many times as long as in another."""

    def took(milliseconds: float) -> dict[str, Any]:
        return {
            "p50": milliseconds * times,
            "p95": 2 * milliseconds * times,
            "looked_at": 900,
            "exact": True,
        }

    store = {
        "ranker": {BASE: {**took(10), "exact": None}, MUST: took(5)},
        "requests": {MUST: took(50)},
        "peers": {"the aggregate in SQL": took(1000)},
        "endpoints": {"GET candidate, 8 clients": 0.5, "GET candidate, 200 clients": 0.5},
    }
    return {
        "scale": f"{candidates // 1000}k",
        "candidates": candidates,
        "stores": {"sqlite": store, "postgresql": copy.deepcopy(store)},
    }


def test_a_scale_is_put_together_from_runs_of_one_store_each(tmp_path: Path) -> None:
    whole = numbers(10_000)
    keep(whole, tmp_path / "10k.json")
    for store, told in numbers(100_000)["stores"].items():
        one = {**numbers(100_000), "stores": {store: told}}
        keep(one, tmp_path / f"100k-{store}.json")
    small, large = kept(tmp_path)
    assert small["stores"] == whole["stores"]
    assert large["stores"] == numbers(100_000)["stores"]
    assert "[10k](10k.md), [100k-postgresql](100k-postgresql.md), [100k-sqlite]" in table(
        [small, large]
    )


def test_a_slower_machine_is_not_worse() -> None:
    assert worse(numbers(10_000), numbers(10_000, times=7.0)) == []


@pytest.mark.parametrize(
    ("part", "case", "name", "value"),
    [
        ("ranker", MUST, "p50", 20),
        # The ranker is twice as fast, and the request around it is not.
        ("ranker", MUST, "p50", 2.5),
        ("ranker", BASE, "looked_at", 2_000),
        ("ranker", MUST, "looked_at", 2_000),
        ("ranker", MUST, "exact", False),
        ("requests", MUST, "p50", 500),
        ("peers", "the aggregate in SQL", "p50", 100),
    ],
)
def test_what_is_worse_beside_the_rest_of_its_run_is_told(
    part: str, case: str, name: str, value: float
) -> None:
    run = numbers(10_000)
    run["stores"]["sqlite"][part][case][name] = value
    (fault,) = worse(numbers(10_000), run)
    assert fault.startswith("sqlite: ")


def test_an_endpoint_that_falls_behind_its_floor_over_all_clients_is_told() -> None:
    run = numbers(10_000)
    run["stores"]["postgresql"]["endpoints"]["GET candidate, 8 clients"] = 0.2
    (fault,) = worse(numbers(10_000), run)
    assert fault.startswith("postgresql: floor / service, GET candidate: 3.16,")


def test_what_only_one_of_them_has_is_not_compared() -> None:
    run = numbers(10_000)
    run["stores"]["sqlite"]["ranker"]["a new case"] = run["stores"]["sqlite"]["ranker"][BASE]
    del run["stores"]["postgresql"]
    assert worse(numbers(10_000), run) == []


def test_growth_tells_how_many_times_the_scale_before() -> None:
    reports = [numbers(10_000), numbers(100_000, times=3.0), numbers(1_000_000, times=6.0)]
    row = f"| {MUST} | 5.0 / 10.0 | 15.0 / 30.0 (3.0) | 30.0 / 60.0 (2.0) |"
    assert row in table(reports).splitlines()


def test_the_plot_has_a_line_for_each_case_and_store() -> None:
    drawn = ET.fromstring(plot([numbers(10_000), numbers(100_000, times=3.0)]))  # noqa: S314
    # Two cases and the request, on two stores.
    assert len(drawn.findall(".//{http://www.w3.org/2000/svg}polyline")) == 6
    assert ET.fromstring(plot([numbers(10_000)])) is not None  # noqa: S314
