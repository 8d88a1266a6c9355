"""Which runs a choice of tests means."""

from argparse import Namespace
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from pathlib import Path

from analytics_saas.chaos import disk, faults, histories, kills, outage, points, zombie
from analytics_saas.chaos.lag import wait_for_rest
from analytics_saas.chaos.line import Line
from analytics_saas.chaos.outcomes import Outcomes
from analytics_saas.chaos.rig import Rig, running
from analytics_saas.chaos.steady import SHARE, measure_maximum

Run = Callable[[], Line]
Make = Callable[[Path], Line]


def measured_rate(folder: Path, say: Callable[[object], None]) -> float:
    """Return the share of this machine's maximum at which the tests send."""
    with running(Rig(folder)) as rig:
        most = measure_maximum(rig, Outcomes())
        rest = wait_for_rest(rig)
    say({"measured": "maximum", "per_s": round(most), "rate": round(most * SHARE), "rest_s": rest})
    return most * SHARE


def plan(asked: list[str], base: Path, rate: float, options: Namespace) -> Iterator[Run]:
    """Yield the runs of `kill9` or `kill9:drain` and so on, each with a folder."""
    for number, name in enumerate(asked):
        test, _, which = name.partition(":")
        for run, (kind, make) in enumerate(_runs(test, rate, options)):
            if which in ("", kind):
                yield partial(make, base / f"{number}.{run}")


def _runs(test: str, rate: float, options: Namespace) -> Iterator[tuple[str, Make]]:
    if test == "kill9":
        for process in kills.PROCESSES:
            yield process, partial(kills.kill9, process=process, rate=rate, kills=options.kills)
    if test == "failpoints":
        yield "", points.failpoints
    if test == "zombie":
        yield "", partial(zombie.zombie, rate=rate)
    if test == "outage":
        yield "paused", partial(outage.pauses, rate=rate)
        for part, kind in product(faults.PARTS, faults.KINDS):
            one = partial(outage.outage, part=part, kind=kind, rate=rate, minutes=options.minutes)
            yield f"{part}-{kind}", one
    if test == "disk_full":
        for part in disk.PARTS:
            yield part, partial(disk.disk_full, part=part, rate=rate)
    if test == "state_machine":
        yield "", partial(histories.state_machine, examples=options.examples)
