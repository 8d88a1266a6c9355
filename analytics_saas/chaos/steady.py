"""Holds the process of the load: starts it, reads its progress, collects what it knows."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from analytics_saas.chaos.load import PROGRESS
from analytics_saas.chaos.outcomes import Outcome, Outcomes
from analytics_saas.chaos.rig import Rig
from analytics_saas.env import BASE_DIR

PATIENCE_SECONDS = 120.0
# The part of the measured maximum at which everything is tested.
SHARE = 0.7


class Load:
    """One load under way; `outcomes` holds all of this rig once it has stopped."""

    def __init__(self, rig: Rig, outcomes: Outcomes, rate: float, connections: int = 64) -> None:
        self.outcomes, self.rate = outcomes, rate
        self._first = outcomes.first + len(outcomes)
        self._folder = rig.folder / "load"
        self._folder.mkdir(exist_ok=True)
        self._progress = self._folder / "progress"
        self._progress.write_bytes(bytes(PROGRESS.size))
        command = [sys.executable, "-m", "analytics_saas.chaos.load", str(rig.collector_port)]
        command += [str(self._folder), "--rate", str(rate), "--first", str(self._first)]
        command += ["--connections", str(connections)]
        self._process = subprocess.Popen(command, cwd=BASE_DIR, stdin=subprocess.PIPE)
        try:
            self.wait_for_accepted(1)
        except TimeoutError:
            self._process.kill()
            raise

    def count(self, outcome: Outcome) -> int:
        """Return how many events have this outcome by now."""
        return int(PROGRESS.unpack(self._progress.read_bytes())[outcome])

    def wait_for_accepted(self, more: int) -> None:
        """Return once so many more were accepted."""
        goal = self.count(Outcome.ACCEPTED) + more
        wait_until(lambda: self.count(Outcome.ACCEPTED) >= goal, f"{more} accepted events")

    def stop(self) -> None:
        """End it, and take over what it knows."""
        self._process.terminate()
        if self._process.wait(PATIENCE_SECONDS) != 0:
            raise RuntimeError("the load failed; its lines above say why")
        self.outcomes.extend(self._folder / f"{self._first}.outcomes")


@contextmanager
def under_load(rig: Rig, outcomes: Outcomes, rate: float, connections: int = 64) -> Iterator[Load]:
    """Send until the block ends."""
    load = Load(rig, outcomes, rate, connections)
    try:
        yield load
    finally:
        load.stop()


def measure_maximum(rig: Rig, outcomes: Outcomes, seconds: float = 6) -> float:
    """Return how many requests a second are answered at most, with everything else running."""
    with under_load(rig, outcomes, 0) as load:
        load.wait_for_accepted(2_000)
        begin, before = time.monotonic(), load.count(Outcome.ACCEPTED)
        time.sleep(seconds)
        return (load.count(Outcome.ACCEPTED) - before) / (time.monotonic() - begin)


def wait_until(holds: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> float:
    """Return after how many seconds something holds. Raises TimeoutError."""
    begin = time.monotonic()
    while not holds():
        if time.monotonic() > begin + seconds:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.02)
    return time.monotonic() - begin
