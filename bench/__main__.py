"""`make bench`: make the data where it is missing, measure, print the report and keep it."""

import signal
import sys
import time

from bench import machine
from bench.endpoints import FOLLOW_UP
from bench.measuring import Measured, MeasuredCrowds, measure, measure_crowds
from bench.plan import REPORTS, UnknownChoiceError, plan_from_environment
from bench.postgresql import MissingError
from bench.report import markdown
from bench.stores import opened, opened_with_crowds


def main() -> int:
    """Run the benchmark; 1 where a request failed, 2 where nothing could be run."""
    # Told to end, end what was started too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    try:
        plan = plan_from_environment()
    except UnknownChoiceError as error:
        print(error, file=sys.stderr)
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
            with opened_with_crowds(name, plan) as crowded:
                started = time.perf_counter()
                crowds.append(measure_crowds(crowded, plan))
                took += time.perf_counter() - started
        except MissingError as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
    text = markdown(plan, about, measured, crowds, took)
    REPORTS.mkdir(exist_ok=True)
    report = REPORTS / f"{plan.scale}.md"
    report.write_text(text)
    print(f"\n{text}\nKept as bench/report/{report.name}.")
    return 1 if _failures(measured) else 0


def _failures(measured: list[Measured]) -> int:
    """Say what the service should have answered and did not; return how often."""
    failures = 0
    for found in measured:
        for each in found.endpoints.loaded:
            sides = (each.service, each.floor)
            wrong = sum(side.server_errors + side.refusals for side in sides)
            failures += wrong
            if wrong:
                print(
                    f"{found.store.name}, {each.endpoint}, {each.clients} clients: "
                    f"{each.service.statuses}, floor {each.floor.statuses}",
                    file=sys.stderr,
                )
        if found.endpoints.with_worker is not None and found.endpoints.with_worker.server_errors:
            print(f"{FOLLOW_UP} with the worker: 5xx", file=sys.stderr)
            failures += found.endpoints.with_worker.server_errors
    return failures


if __name__ == "__main__":
    sys.exit(main())
