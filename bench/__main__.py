"""`make bench`: make the data where it is missing, measure, print the report and keep it.

With `--guard` the run is held against the report that is there, and nothing is kept.
"""

import json
import signal
import sys
import time

from bench import machine
from bench.endpoints import FOLLOW_UP
from bench.growth import plot, table
from bench.guard import compared, worse
from bench.measuring import Measured, MeasuredCrowds, measure, measure_crowds
from bench.numbers import Numbers, keep, kept, numbers
from bench.plan import REPORTS, UnknownChoiceError, plan_from_environment
from bench.postgresql import MissingError
from bench.report import markdown
from bench.stores import opened, opened_with_crowds


def main() -> int:
    """Run; 1 where a request failed or a ratio is worse, 2 where nothing could be run."""
    # Told to end, end what was started too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    try:
        plan = plan_from_environment()
    except UnknownChoiceError as error:
        print(error, file=sys.stderr)
        return 2
    report = REPORTS / f"{plan.named}.json"
    guarding = "--guard" in sys.argv[1:]
    if guarding and not report.exists():
        print(f"There is no bench/report/{report.name} to compare with.", file=sys.stderr)
        return 2
    about = machine.described()
    measured: list[Measured] = []
    crowds: list[MeasuredCrowds] = []
    took = 0.0
    for name in plan.stores:
        try:
            with opened(name, plan) as store:
                started = time.perf_counter()
                measured.append(measure(store, plan))
                took += time.perf_counter() - started
            if plan.crowds:
                with opened_with_crowds(name, plan) as crowded:
                    started = time.perf_counter()
                    crowds.append(measure_crowds(crowded, plan))
                    took += time.perf_counter() - started
        except MissingError as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
    text = markdown(plan, about, measured, crowds, took)
    found = numbers(plan, measured, crowds)
    print(f"\n{text}")
    if guarding:
        wrong = _guarded(json.loads(report.read_text()), found)
    else:
        wrong = _kept(plan.named, found, text)
    return 1 if _failures(measured) + wrong else 0


def _kept(named: str, found: Numbers, text: str) -> int:
    """Keep the report, its numbers, and what all reports tell of growth."""
    REPORTS.mkdir(exist_ok=True)
    (REPORTS / f"{named}.md").write_text(text)
    keep(found, REPORTS / f"{named}.json")
    reports = kept(REPORTS)
    (REPORTS / "growth.md").write_text(table(reports))
    (REPORTS / "latency.svg").write_text(plot(reports))
    print(f"Kept as bench/report/{named}.md, .json, growth.md and latency.svg.")
    return 0


def _guarded(committed: Numbers, found: Numbers) -> int:
    """Say what is worse than in the committed report; return how much is."""
    faults = worse(committed, found)
    for each in faults:
        print(f"worse: {each}", file=sys.stderr)
    print(f"{compared(committed, found)} ratios compared, {len(faults)} worse.")
    return len(faults)


def _failures(measured: list[Measured]) -> int:
    """Say what the service should have answered and did not; return how often."""
    failures = 0
    for found in measured:
        for each in found.served.endpoints.loaded:
            sides = (each.service, each.floor)
            wrong = sum(side.server_errors + side.refusals for side in sides)
            failures += wrong
            if wrong:
                print(
                    f"{found.store.name}, {each.endpoint}, {each.clients} clients: "
                    f"{each.service.statuses}, floor {each.floor.statuses}",
                    file=sys.stderr,
                )
        worked = found.served.endpoints.with_worker
        if worked is not None and worked.server_errors:
            print(f"{FOLLOW_UP} with the worker: 5xx", file=sys.stderr)
            failures += worked.server_errors
    return failures


if __name__ == "__main__":
    sys.exit(main())
