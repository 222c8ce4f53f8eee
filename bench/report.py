"""The report: Markdown, the same on the screen and in bench/report."""

from collections.abc import Iterable, Iterator, Sequence
from statistics import median
from typing import Final

from bench.crowds import CROWDS
from bench.measuring import Measured, MeasuredCrowds
from bench.plan import STORES, Plan
from bench.ranking import RankerCase

_EXACT: Final = {True: "yes", False: "**NO**", None: "not tried"}

_HOW = """\
How it was measured. The data is made by `bench/people.py` with a fixed seed: each candidate's
history of two years is told to the ledger, and what follows from it (states of advice, credits,
momentum, the ranking's row) is computed by the product's own rules; rows lie in the order of
candidates, as after an import. The caches are warm. *The crowds* are `bench/crowds.py`'s: the same
rules make the ranking's rows of them, and they have nothing else. *Exact* says that sections and
order are those of a walk that looks at everyone, up to 10,000 candidates. *From cold*: the system
has been told to forget the files (how much of them it kept is told), PostgreSQL was restarted, and
a new process ranks once, its connection, statements and first transaction counted; Python's own
files and whatever lies below the system stay warm. *The ranker* is `rank_now`, called in a process
of its own, 50 a section; *the request* is `POST /v1/positions/{id}/shortlists` over loopback, one
after the other: gated, ranked, explained, frozen, committed, read back. *Endpoints* are loaded by
another process, every client sending its next request when the answer to the last has come; load
generator, service and PostgreSQL share the cores. The service is `firstinline serve
--no-with-worker` with its defaults: one process, 16 places. *The floor* is the same uvicorn with a
minimal ASGI application and 16 threads, each with a connection of its own: it says to the bare
driver (sqlite3, psycopg) the very statements that the service was heard to say for that request
(authentication's too; new ids are made where a write needs them), fetches every row, and encodes an
answer of the same content with the standard library. It authenticates, validates, maps and counts
nothing. *Bytes of log* are what 100 follow-ups, posted one after the other by one client, add to
the write-ahead log: on SQLite while a reader keeps it from being begun anew, on PostgreSQL from a
checkpoint on, so with the whole pages that are written for the first time after it. Latencies
include the requests under way when the counting ends. Each pair is measured one right after the
other on the same copy of the data."""


_PEERS = """\
A peer knows credits, months and decay; of gates, fit, progress, pauses, objections and the cap by
the latest follow-up it knows nothing, so it does less than the ranker does. *Agrees on*: how many
of its first stand first by the product's momentum too. Bringing the script up to date is the
export; asking it includes its start. Between two refreshes a view does not know the follow-up that
came a moment ago."""


def markdown(
    plan: Plan,
    machine: Sequence[str],
    measured: Sequence[Measured],
    crowds: Sequence[MeasuredCrowds],
    took: float,
) -> str:
    """Return the whole report."""
    choices = "" if set(plan.stores) == set(STORES) else f" BENCH_STORES={','.join(plan.stores)}"
    choices += "" if plan.crowds else " BENCH_CROWDS=no"
    lines = [
        f"# Benchmark: {plan.candidates:,} candidates",
        "",
        *(f"- {each}" for each in machine),
        f"- the whole run took {took / 60:.1f} minutes, making the data not counted",
        f"- again: `BENCH_SCALE={plan.scale}{choices} make bench`",
        "",
        *(line for each in measured for line in _store(each)),
        "## Shortlist latency, ms",
        "",
        *_ranker([(each.store.name, each.ranker) for each in measured]),
        "",
        *_cold(measured),
        "",
        *_crowds(crowds),
        "",
        *_requests(measured),
        "",
        "## Search",
        "",
        *_searches(measured),
        "",
        "## Peers: the first by persistence without the product",
        "",
        *_peers(measured),
        "",
        "## Hot endpoints beside the bare-driver floor",
        "",
        *_endpoints(measured),
        "",
        "## The serving process",
        "",
        *_processes(measured),
        "",
        "## Bytes, and a change of policy",
        "",
        *_bytes(measured),
        "",
        *_rescored(measured),
        "",
        _HOW,
    ]
    return "\n".join(lines) + "\n"


def _store(found: Measured) -> Iterator[str]:
    store, made = found.store, found.store.made
    yield (
        f"**{store.version}** ({store.settings}): {made.candidates:,} candidates, "
        f"{made.inbound_follow_ups:,} inbound follow-ups, {made.rows:,} rows, "
        f"{store.size_bytes / 2**30:.1f} GB, made in {made.seconds:.0f} s "
        f"({made.rows_per_second:,.0f} rows/s); {found.ranked:,} candidates are ranked by "
        f"momentum, {found.unranked:,} have none. {found.checked} candidates drawn at random were "
        f"recomputed from their facts and equal their stored rows to the last bit. Measured on "
        f"{'a copy' if store.copied else 'the data itself'}."
    )
    yield ""


def _ranker(found: Iterable[tuple[str, Sequence[RankerCase]]]) -> Iterator[str]:
    yield (
        "| the ranker | store | runs | p50 | p95 | p99 | looked at | stopped because "
        "| entries / to check / quiet | exact |"
    )
    yield "|---|---|--:|--:|--:|--:|--:|---|---|---|"
    for store, cases in found:
        for each in cases:
            took = each.latency
            yield (
                f"| {each.case} | {store} | {took.count} | {took.p50:.1f} "
                f"| {took.p95:.1f} | {took.p99:.1f} | {each.looked_at:,} | {each.stopped_because} "
                f"| {each.entries} / {each.to_check} / {each.quiet} | {_EXACT[each.exact]} |"
            )


def _crowds(measured: Sequence[MeasuredCrowds]) -> Iterator[str]:
    if not measured:
        return
    yield "The crowds, organizations beside each other and beside the small ones in one store:"
    yield ""
    for each in CROWDS:
        yield f"- *{each.name}*: {each.told}"
    for found in measured:
        made = found.store.made
        yield (
            f"- on {found.store.name} {found.store.size_bytes / 2**30:.1f} GB, made in "
            f"{made.seconds:.0f} s; {made.erased:,} were erased"
        )
    yield ""
    yield from _ranker([(each.store.name, each.ranker) for each in measured])


def _cold(measured: Sequence[Measured]) -> Iterator[str]:
    yield "| the ranker from cold | store | runs | p50 | most | still in memory |"
    yield "|---|---|--:|--:|--:|--:|"
    for found in measured:
        for each in found.cold:
            took = each.latency
            yield (
                f"| {each.case} | {found.store.name} | {took.count} | {took.p50:.1f} "
                f"| {took.p99:.1f} | {each.cached:.1%} |"
            )


def _peers(measured: Sequence[Measured]) -> Iterator[str]:
    yield "| peer | store | to bring it up to date, p50 ms | to ask, p50 ms | p95 | agrees on |"
    yield "|---|---|--:|--:|--:|--:|"
    missing = []
    for found in measured:
        for each in found.peers:
            if each.asked is None:
                missing.append(f"Left out: {each.name} on {found.store.name}: {each.missing}.")
                continue
            ready = "always is" if each.ready is None else f"{each.ready.p50:,.0f}"
            yield (
                f"| {each.name} | {found.store.name} | {ready} | {each.asked.p50:,.2f} "
                f"| {each.asked.p95:,.2f} | {each.agrees} of {each.limit} |"
            )
    yield ""
    yield _PEERS
    for sentence in missing:
        yield ""
        yield sentence


def _requests(measured: Sequence[Measured]) -> Iterator[str]:
    yield "| the whole request | store | runs | p50 | p95 | p99 |"
    yield "|---|---|--:|--:|--:|--:|"
    for found in measured:
        for each in found.served.requests:
            took = each.latency
            yield (
                f"| {each.case} | {found.store.name} | {took.count} | {took.p50:.1f} "
                f"| {took.p95:.1f} | {took.p99:.1f} |"
            )


def _searches(measured: Sequence[Measured]) -> Iterator[str]:
    yield "| GET /v1/candidates?q= | words | store | runs | p50 | p95 | p99 | on the first page |"
    yield "|---|---|---|--:|--:|--:|--:|--:|"
    for found in measured:
        for each in found.served.search:
            took = each.latency
            yield (
                f"| {each.case} | {each.words} | {found.store.name} | {took.count} "
                f"| {took.p50:.1f} | {took.p95:.1f} | {took.p99:.1f} | {each.found} |"
            )


def _endpoints(measured: Sequence[Measured]) -> Iterator[str]:
    for found in measured:
        yield f"{found.store.version}:"
        yield ""
        yield (
            "| endpoint | clients | requests/s | p50 ms | p95 ms | floor requests/s "
            "| floor p50 ms | floor p95 ms | service / floor | 5xx |"
        )
        yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
        for each in found.served.endpoints.loaded:
            service, floor = each.service, each.floor
            yield (
                f"| {each.endpoint} | {each.clients} | {service.per_second:,.0f} "
                f"| {service.p50:.1f} | {service.p95:.1f} | {floor.per_second:,.0f} "
                f"| {floor.p50:.1f} | {floor.p95:.1f} | {each.ratio:.2f} "
                f"| {service.server_errors} |"
            )
        yield ""
        yield from _statements(found)
        if found.served.endpoints.with_worker is not None:
            worked = found.served.endpoints.with_worker
            yield (
                f"With the worker in the same process, as `serve` has it on SQLite: POST follow-up "
                f"at 8 clients {worked.per_second:,.0f} requests/s, p95 {worked.p95:.1f} ms, "
                f"{worked.server_errors} 5xx."
            )
            yield ""
        locked = found.served.locked
        if locked is not None:
            yield (
                f"The organization's shared advisory lock: {locked.writers} connections of the "
                f"floor wrote {locked.with_lock:,.0f} follow-ups a second with it, "
                f"{locked.without:,.0f} without it (medians of three turns each)."
            )
            yield ""


def _statements(found: Measured) -> Iterator[str]:
    told = ", ".join(
        f"{each.name} {each.statements:.1f} ({each.answer_bytes / 1024:.1f} kB)"
        for each in found.served.endpoints.endpoints
    )
    yield f"Statements to the driver a request, and the answer's JSON: {told}."
    yield ""


def _processes(measured: Sequence[Measured]) -> Iterator[str]:
    yield "| store | started in, s (median of 3) | memory after the start, MB | at the most, MB |"
    yield "|---|--:|--:|--:|"
    for found in measured:
        process = found.served.process
        yield (
            f"| {found.store.name} | {median(process.started_in):.1f} "
            f"| {_megabytes(process.idle_megabytes)} | {_megabytes(process.peak_megabytes)} |"
        )


def _bytes(measured: Sequence[Measured]) -> Iterator[str]:
    yield (
        "| store | bytes on disk an inbound follow-up, all tables and indexes "
        "| bytes of log a POST follow-up | largest tables with their indexes, MB |"
    )
    yield "|---|--:|--:|---|"
    for found in measured:
        store = found.store
        logged = found.served.log_bytes
        told = [f"{name} {size / 2**20:,.0f}" for name, size in found.tables]
        tables = ", ".join(told) or "not told: it would take reading all of them"
        yield (
            f"| {store.name} | {store.size_bytes / store.made.inbound_follow_ups:,.0f} "
            f"| {'not told' if logged is None else f'{logged:,.0f}'} | {tables} |"
        )


def _rescored(measured: Sequence[Measured]) -> Iterator[str]:
    for found in measured:
        each = found.rescored
        if each is None:
            yield f"On {found.store.name} there was no room for a copy, so no policy was changed."
        else:
            yield (
                f"A change of policy on {found.store.name}: the worker beside the service scored "
                f"{each.scored:,} of {each.everybody:,} candidates anew in {each.seconds:.1f} s, "
                f"{each.per_second:,.0f} a second."
            )
        yield ""


def _megabytes(told: float | None) -> str:
    return "not told" if told is None else f"{told:.0f}"
