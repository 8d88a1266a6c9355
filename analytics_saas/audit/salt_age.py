"""Five minutes after a day's end its salt is nowhere, where it was found before.

A time zone whose day ended a few minutes ago is made, and a page view of that day sent with the
development clock. What ends the salt's life then are the product's own timers.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from analytics_saas import redis as stores
from analytics_saas.audit.files import count_in_files, files_below
from analytics_saas.audit.processes import count_in_memory, descendants
from analytics_saas.audit.product import running_product, tell, wait_until
from analytics_saas.audit.sites import CHROME, Door, make_projects
from analytics_saas.audit.values import values
from analytics_saas.audit.zones import make_zone, whole
from analytics_saas.env import BASE_DIR, env
from collector.salts import shelf
from collector.salts.days import GRACE, local_day
from collector.salts.memory import Place
from collector.salts.wire import wire

# How long the salt has to live when the audit begins to look for it.
LOOK_SECONDS = 40
LATE_SECONDS = 2
QUARTER = 8
# Files on the disk may hold no salt at any time; those of the mirror lie in memory.
DISK = "disk"


class Witness:
    """The process of witness.py."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, line: str) -> int:
        """Send a line, return the number that answers it."""
        assert self._process.stdin and self._process.stdout
        print(line, file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())


def main() -> None:
    """Print one JSON line; end with 1 when a salt survived, or was not found before."""
    with running_product() as product, witness() as witnessing:
        midnight = whole(datetime.now(UTC), LOOK_SECONDS) - GRACE
        zone = make_zone("Audit/Over", midnight)
        at = midnight - timedelta(minutes=1)
        place = (zone, local_day(zone, at))
        (project,) = make_projects([zone])
        assert Door().view(project, ("81.20.30.40", CHROME), "a", at) == 202
        assert witnessing.ask(f"view {project} {int(at.timestamp() * 1000)}") == 202
        needles = forms_of(place)
        before, freed = look(needles, witnessing), in_memory(needles, product.pid)
        tell(f"before the end the salt is in {before}; in memory: {freed}")
        end = midnight + GRACE
        wait_until(lambda: datetime.now(UTC) > end, "the end of the day")
        time.sleep(LATE_SECONDS)
        after, left = look(needles, witnessing), in_memory(needles, product.pid)
        tell(f"after the end it is in {after}; in memory: {left}")
    survivors, remains = sum(after.values()), sum(left.values())
    line = {"test": "salt_age", "found_before": sum(before.values()), "survivors": survivors}
    print(json.dumps(line | {"in_memory": remains}))
    # Where it may be the salt has to be found before, or the search is worth nothing.
    searched = freed and all(count for place, count in before.items() if place != DISK)
    sys.exit(1 if survivors or remains or before[DISK] or not searched else 0)


def forms_of(place: Place) -> list[bytes]:
    """Return the salt of a zone's day as it may lie anywhere: as it is, and as text."""
    with wire() as line:
        salt = shelf.find(line, place, datetime.now(UTC))
    assert salt is not None
    return [bytes(salt.key), salt.key.hex().encode(), salt.key.hex().upper().encode()]


def look(needles: list[bytes], witness: Witness) -> Mapping[str, int]:
    """Count the salt in files, in Redis, and among the live objects of the witness."""
    texts = [text for client in (stores.queue(), stores.cache()) for text in values(client)]
    found = {
        DISK: count_in_files(files_below(env.data_dir.parent), needles),
        "redis": sum(text.count(needle) for text in texts for needle in needles),
        "objects": witness.ask("look"),
    }
    if env.salt_mirror_dir:
        found["mirror"] = count_in_files(files_below(env.salt_mirror_dir), needles)
    return found


def in_memory(needles: list[bytes], parent: int) -> Mapping[str, int]:
    """Count the salt in the memory of each part's processes, freed memory included.

    Its quarters, that is: whoever frees memory writes over the first bytes, and leaves the rest.
    """
    raw = needles[0]
    quarters = [raw[place : place + QUARTER] for place in range(0, len(raw), QUARTER)]
    found: dict[str, int] = {}
    for process, command in descendants(parent).items():
        if count := count_in_memory(process, [*quarters, *needles[1:]]):
            found[f"{process} {command.strip()[-40:]}"] = count
    return found


@contextmanager
def witness() -> Iterator[Witness]:
    """Run a witness until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "analytics_saas.audit.witness"],
        cwd=BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Witness(process)
    finally:
        process.communicate()


if __name__ == "__main__":
    main()
