"""SIGKILL under load, again and again, at moments left to chance."""

import random
import time
from pathlib import Path

from analytics_saas.chaos.lag import SMALL_SECONDS, lag
from analytics_saas.chaos.line import Line, told
from analytics_saas.chaos.outcomes import Outcome, Outcomes
from analytics_saas.chaos.rig import Rig, running
from analytics_saas.chaos.steady import Load, under_load, wait_until

PROCESSES = ("collector", "drain", "queue", "clickhouse", "all")
LEAST_KILLS, LEAST_ACCEPTED, MOST_RECOVERY_SECONDS = 50, 500, 30
# A killed drain's lease runs on for ten seconds. So that most kills meet a path that works again,
# several drains share the shards; and some kills come before the last one is got over.
DRAINS = {"drain": 3, "all": 2}
CHANCE_OF_HASTE = {"drain": 0.6, "all": 0.6}
MOST_MOMENT_SECONDS = 0.5


def kill9(folder: Path, process: str, rate: float, kills: int = LEAST_KILLS) -> Line:
    """Kill one kind of process and recount."""
    outcomes, rig = Outcomes(), Rig(folder, DRAINS.get(process, 1))
    haste = CHANCE_OF_HASTE.get(process, 0)
    with running(rig):
        with under_load(rig, outcomes, rate) as load:
            wait_until(lambda: lag(rig) < SMALL_SECONDS, "a first small lag")
            hurries = [random.random() < haste for _ in range(kills - 1)]
            slowest = max(kill(rig, load, process, hurry) for hurry in [*hurries, False])
        line = told(rig, outcomes, test="kill9", process=process, kills=kills)
    line["max_recovery_s"] = round(slowest, 1)
    line["deaths"] = sum(rig.deaths.values())
    enough = line["accepted"] >= kills * LEAST_ACCEPTED
    line["passed"] &= enough and slowest <= MOST_RECOVERY_SECONDS
    return line


def kill(rig: Rig, load: Load, process: str, hurry: bool, least: int = LEAST_ACCEPTED) -> float:
    """Kill once, and return after how many seconds events are accepted and, unless in a hurry,
    stored without delay; then wait until enough were accepted, and for a moment."""
    begin, before = time.monotonic(), load.count(Outcome.ACCEPTED)
    rig.kill(*victims(rig, process))
    wait_until(lambda: load.count(Outcome.ACCEPTED) > before, "an accepted event")
    if not hurry:
        wait_until(lambda: lag(rig) < SMALL_SECONDS, "a small lag")
    seconds = time.monotonic() - begin
    wait_until(lambda: load.count(Outcome.ACCEPTED) >= before + least, f"{least} more")
    time.sleep(random.uniform(0, MOST_MOMENT_SECONDS))
    return seconds


def victims(rig: Rig, process: str) -> list[str]:
    """Return which parts are killed at once."""
    if process == "all":
        return ["collector", *rig.drains, "queue", "clickhouse"]
    return [random.choice(rig.drains)] if process == "drain" else [process]
