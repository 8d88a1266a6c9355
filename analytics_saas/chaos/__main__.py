"""`python -m analytics_saas.chaos [TEST …]`: one JSON line each; exit code 1 when one fails.

Without names all of them run, which takes the better part of an hour.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

# Names of tests, each with the lines that it prints.
TESTS = ("kill9", "failpoints", "zombie", "outage", "disk_full", "state_machine")

# These have no load at a rate.
UNLOADED = ("failpoints", "state_machine")


def main() -> None:
    """Run what is asked for, each test in a folder of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tests", nargs="*", metavar="TEST", help="such as kill9 or kill9:drain")
    parser.add_argument("--rate", type=float, default=0, help="requests a second; 0 = measured")
    parser.add_argument("--minutes", type=float, default=2, help="of each outage")
    parser.add_argument("--kills", type=int, default=50, help="of each process")
    parser.add_argument("--examples", type=int, default=200, help="histories of the state machine")
    options = parser.parse_args()
    asked = options.tests or list(TESTS)
    if unknown := [name for name in asked if name.partition(":")[0] not in TESTS]:
        parser.error(f"{unknown[0]!r} is no test; choose from {', '.join(TESTS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("daysalt: stopped"))
    passed = True
    with tempfile.TemporaryDirectory(prefix="chaos") as base:
        # Settings are read on import; nothing of this process may touch another DATA_DIR.
        os.environ["DATA_DIR"] = f"{base}/own"
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "analytics_saas.settings")
        from analytics_saas.chaos.plan import measured_rate, plan

        loaded = any(name.partition(":")[0] not in UNLOADED for name in asked)
        rate = options.rate or (measured_rate(Path(base) / "rate", say) if loaded else 0)
        for run in plan(asked, Path(base), rate, options):
            begin = time.monotonic()
            line = run()
            line["took_s"] = round(time.monotonic() - begin)
            say(line)
            passed &= bool(line.get("passed", True))
    sys.exit(0 if passed else "daysalt: a bar is missed; see the lines with passed = false")


def say(line: object) -> None:
    """Print a line at once."""
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
