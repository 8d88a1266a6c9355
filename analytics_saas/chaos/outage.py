"""One store fails in one way for minutes under load; then everything is caught up and recounted."""

import random
import signal
import time
from pathlib import Path

from analytics_saas.chaos.faults import Proxies, fault
from analytics_saas.chaos.lag import SMALL_SECONDS, lag, spooled
from analytics_saas.chaos.line import Line, told
from analytics_saas.chaos.outcomes import Outcomes
from analytics_saas.chaos.rig import Rig, running
from analytics_saas.chaos.steady import under_load, wait_until
from analytics_saas.chaos.tables import stored_events

BEFORE_SECONDS = 10.0
PAUSES, LEAST_PAUSE_SECONDS, MOST_PAUSE_SECONDS = 50, 0.06, 0.5
# A backlog of two minutes at the drain's own pace, beside the load.
CATCH_UP_SECONDS = 900.0


def outage(folder: Path, part: str, kind: str, rate: float, minutes: float = 2) -> Line:
    """Return the line of one kind of outage."""
    outcomes, proxies, rig = Outcomes(), Proxies(folder), Rig(folder)
    proxies.lead(rig)
    with proxies.running(rig), running(rig):
        with under_load(rig, outcomes, rate):
            wait_until(lambda: lag(rig) < SMALL_SECONDS, "a first small lag")
            begin = time.monotonic()
            time.sleep(BEFORE_SECONDS)
            middle = time.monotonic()
            with fault(rig, proxies, part, kind):
                time.sleep(minutes * 60)
                end = time.monotonic()
            before = stored_events(rig)
            wait_until(
                lambda: not spooled(rig) and lag(rig) < SMALL_SECONDS, "caught up", CATCH_UP_SECONDS
            )
            seconds, carried = time.monotonic() - end, stored_events(rig) - before
        facts = {"test": "outage", "part": part, "kind": kind, "minutes": minutes}
        line = told(rig, outcomes, **facts)
    usual, during = outcomes.latencies(begin, middle), outcomes.latencies(middle, end)
    line["collector_p99_ms"] = [p99(usual), p99(during)]
    line["collector_p99_ratio"] = round(p99(during) / p99(usual), 2)
    line["accepted_during"] = len(during)
    line["catch_up_s"] = round(seconds, 1)
    line["drain_speed_ratio"] = round(carried / seconds / rate, 2)
    return line


def pauses(folder: Path, rate: float, times: int = PAUSES) -> Line:
    """Stop the queue's process for a moment, many times."""
    outcomes = Outcomes()
    with running(Rig(folder)) as rig:
        with under_load(rig, outcomes, rate):
            for _ in range(times):
                time.sleep(random.uniform(0.1, 0.6))
                rig.send("queue", signal.SIGSTOP)
                time.sleep(random.uniform(LEAST_PAUSE_SECONDS, MOST_PAUSE_SECONDS))
                rig.send("queue", signal.SIGCONT)
        facts = {"test": "outage", "part": "queue", "kind": "paused", "pauses": times}
        return told(rig, outcomes, **facts)


def p99(sorted_ms: list[float]) -> float:
    """Return the 99th percentile in milliseconds; without any, what nobody waits for."""
    return round(sorted_ms[len(sorted_ms) * 99 // 100], 2) if sorted_ms else float("inf")
