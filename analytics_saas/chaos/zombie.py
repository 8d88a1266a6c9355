"""Drains that are stopped for longer than their lease, while others carry on, and go on later."""

import random
import signal
import time
from pathlib import Path

from analytics_saas.chaos.lag import SMALL_SECONDS, end_leases, lag, leases
from analytics_saas.chaos.line import Line, told
from analytics_saas.chaos.outcomes import Outcomes
from analytics_saas.chaos.rig import Rig, running
from analytics_saas.chaos.steady import under_load, wait_until
from collector.shard import LEASE_MS

LEAST_PAUSES = 20
DRAINS = 4
MOST_MOMENT_SECONDS = 2.0
PAST_LEASE_SECONDS = LEASE_MS / 1_000 + 1.5


def zombie(folder: Path, rate: float, pauses: int = LEAST_PAUSES) -> Line:
    """Stop half of the drains at a time until enough of them lost a shard meanwhile."""
    outcomes, lost_leases, rounds = Outcomes(), 0, 0
    with running(Rig(folder, DRAINS)) as rig:
        with under_load(rig, outcomes, rate):
            wait_until(lambda: lag(rig) < SMALL_SECONDS, "a first small lag")
            while lost_leases < pauses and rounds < 3 * pauses:
                rounds += 1
                stopped = random.sample(rig.drains, DRAINS // 2)
                # A drain that held nothing has slept for nothing.
                lost_leases += min(pause(rig, stopped), len(stopped))
                time.sleep(random.uniform(0, MOST_MOMENT_SECONDS))
        facts = {"test": "zombie", "pauses": lost_leases, "rounds": rounds}
        line = told(rig, outcomes, **facts)
    line["passed"] &= lost_leases >= pauses
    return line


def pause(rig: Rig, names: list[str], in_truth: bool = True) -> int:
    """Stop some drains past the lease; return how many shards went to others meanwhile.

    Where there is no time for that, the leases are deleted, as the queue would do by itself.
    """
    before = leases(rig)
    for name in names:
        time.sleep(random.uniform(0, 0.2))
        rig.send(name, signal.SIGSTOP)
    if not in_truth:
        end_leases(rig)
    time.sleep(PAST_LEASE_SECONDS if in_truth else LEASE_MS / 5_000)
    # The fencing number grows when a shard changes hands, and only then.
    moved = sum(now[1] != before[shard][1] for shard, now in leases(rig).items())
    for name in names:
        rig.send(name, signal.SIGCONT)
    return moved
