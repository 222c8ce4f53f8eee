"""Send a live service what nobody expects; anything that breaks it, or its document, is a failure.

make fuzz
make fuzz EXAMPLES=500
make fuzz ARGS="--only shortlists --only candidates"
"""

import argparse
import sys

from tests.fuzz import generated
from tests.fuzz.ground import ground


def main() -> int:
    """Attack each store; return the exit status."""
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("--examples", type=int, default=25, help="an operation and phase")
    parser.add_argument("--only", action="append", default=[], help="operations with this tag")
    chosen = parser.parse_args()
    with ground() as sqlite:
        status = generated.attack(sqlite, examples=chosen.examples, only=chosen.only)
        errors = sqlite.service.log.read_text().count("Traceback")
        print(f"fuzz: {errors} tracebacks in the service's log")
    return status or int(errors > 0)


if __name__ == "__main__":
    sys.exit(main())
