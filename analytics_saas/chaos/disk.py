"""A disk that fills up under load and is freed again: one small file system per store."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from analytics_saas.chaos.lag import SMALL_SECONDS, lag, spooled
from analytics_saas.chaos.line import Line, told
from analytics_saas.chaos.outcomes import Outcome, Outcomes
from analytics_saas.chaos.rig import Rig, running
from analytics_saas.chaos.steady import Load, under_load, wait_until

# What the product keeps where, within DATA_DIR.
PARTS = {"queue": "queue", "spool": "spool", "clickhouse": "clickhouse"}
DISK_BYTES = 512 << 20
# Less than this is left when the disk begins to fill up for good.
LEFT_BYTES = 1 << 20
FULL_SECONDS = 20.0
RECOVERY_SECONDS = 120.0
BALLAST = "ballast"


def disk_full(folder: Path, part: str, rate: float) -> Line:
    """Fill the disk of one store, wait, free it; nothing but the store may have ended."""
    if os.geteuid() != 0 or sys.platform != "linux":
        return {"test": "disk_full", "part": part, "skipped": "only root may mount a small tmpfs"}
    outcomes, rig, place = Outcomes(), Rig(folder), folder / PARTS[part]
    with small_disk(place), running(rig):
        ours = {name: rig.processes[name].pid for name in ("collector", *rig.drains)}
        with under_load(rig, outcomes, rate) as load:
            wait_until(lambda: lag(rig) < SMALL_SECONDS, "a first small lag")
            with queue_away(rig) if part == "spool" else nullcontext():
                fill(place)
                seen = wait_for_effect(rig, load, part)
                time.sleep(FULL_SECONDS)
                before = load.count(Outcome.ACCEPTED)
                (place / BALLAST).unlink()
                begin = time.monotonic()
                wait_until(lambda: load.count(Outcome.ACCEPTED) > before + rate, "accepted again")
            wait_until(
                lambda: not spooled(rig) and lag(rig) < SMALL_SECONDS, "caught up", RECOVERY_SECONDS
            )
            seconds = time.monotonic() - begin
        line = told(rig, outcomes, test="disk_full", part=part, on="tmpfs")
        same = all(rig.processes[name].pid == pid for name, pid in ours.items())
    line |= {"effect": seen, "recovered_s": round(seconds, 1), "recovered_without_restart": same}
    line["restarts"] = {name: count for name, count in rig.deaths.items() if count}
    line["passed"] &= same
    return line


@contextmanager
def small_disk(place: Path) -> Iterator[None]:
    """Mount a small tmpfs until the block ends."""
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    options = f"size={DISK_BYTES},mode=700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@contextmanager
def queue_away(rig: Rig) -> Iterator[None]:
    """Hold the queue down, so that the spool is used."""
    rig.hold_down("queue")
    try:
        yield
    finally:
        rig.start("queue")
        rig.wait_until_ready("queue")


def fill(place: Path) -> None:
    """Take all room but a little, though others take some at the same time."""
    with (place / BALLAST).open("wb") as file:
        size, step = 0, DISK_BYTES
        while step >= LEFT_BYTES:
            try:
                os.posix_fallocate(file.fileno(), size, step)
                size += step
            except OSError:
                step //= 2


def wait_for_effect(rig: Rig, load: Load, part: str) -> str:
    """Return how the full disk showed itself."""
    if part == "spool":
        wait_until(lambda: load.count(Outcome.REFUSED) > 0, "a refusal")
        return "refused"
    if part == "queue":
        wait_until(lambda: spooled(rig), "a spool in use")
        return "spooled"
    wait_until(lambda: lag(rig) > 2 * SMALL_SECONDS, "a lag")
    return "lag"
