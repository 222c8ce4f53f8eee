"""How long a search for words takes over HTTP, by how many it finds."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import httpx

from bench.plan import Plan
from bench.timing import Latency, latency, repeat

# Who is asked for; letters are made of ten sentences, so a word of theirs finds nearly everybody.
CASES: Final = (
    ("a whole name", "Greta Kowalski"),
    ("a name misspelt", "Gretta Kowalsky"),
    ("the beginning of a name", "kowal"),
    ("a tag", "relocates"),
    ("a word of most letters", "steakhouse"),
    ("the beginning of a word of letters", "steakh"),
    ("two words of letters", "marketing club"),
    ("two words that are seldom together", "dean steakhouse"),
    ("two words that are never together", "semesters stranger"),
    ("a name and a word of letters", "Kowalski steakhouse"),
    ("nobody", "zeppelin hangar"),
)


@dataclass(frozen=True, slots=True)
class SearchCase:
    """GET /v1/candidates?q= for some words; `found` is how many the first page of 50 holds."""

    case: str
    words: str
    latency: Latency
    found: int

    def __str__(self) -> str:
        took = self.latency
        return f"search, {self.case}: {took.p50:.1f} ms, p95 {took.p95:.1f}, {self.found} found"


def measure_search(http: httpx.Client, plan: Plan) -> list[SearchCase]:
    """Search for each, one search after the other."""
    return [_search(http, case, words, plan) for case, words in CASES]


def _search(http: httpx.Client, case: str, words: str, plan: Plan) -> SearchCase:
    found: Sequence[object] = ()

    def once() -> float:
        nonlocal found
        started = time.perf_counter()
        answer = http.get("/v1/candidates", params={"q": words, "limit": 50})
        took = time.perf_counter() - started
        answer.raise_for_status()
        found = answer.json()["items"]
        return took

    seconds = repeat(once, plan.search_runs, plan.search_seconds)
    return SearchCase(case, words, latency(seconds), len(found))
