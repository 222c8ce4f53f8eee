"""Send a live service what nobody expects; anything that breaks it, or its document, is a failure.

make fuzz
make fuzz EXAMPLES=500
make fuzz ARGS="--only shortlists --only consent"
make fuzz ARGS="--strings-alone --postgresql"
"""

import argparse
import sys

from tests.fuzz import generated, naughty
from tests.fuzz.ground import ground


def main() -> int:
    """Attack a store; return the exit status."""
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("--examples", type=int, default=25, help="random ones, an operation")
    parser.add_argument("--only", action="append", default=[], help="operations with this tag")
    parser.add_argument("--strings-alone", action="store_true", help="the naughty strings alone")
    parser.add_argument("--every", type=int, default=1, help="only each n-th naughty string")
    parser.add_argument("--postgresql", action="store_true", help="not on SQLite")
    chosen = parser.parse_args()
    with ground(on_postgresql=chosen.postgresql) as attacked:
        status = 0
        if not chosen.strings_alone:
            status |= generated.attack(attacked, examples=chosen.examples, only=chosen.only)
        status |= naughty.attack(attacked, every=chosen.every)
        errors = attacked.service.log.read_text().count("Traceback")
        print(f"fuzz: {errors} tracebacks in the service's log")
    return status or int(errors > 0)


if __name__ == "__main__":
    sys.exit(main())
