"""What a project feels of another one that sends ten times its limit.

`make bench-fairness` gives it a DATA_DIR of its own, a limit and a trusted loopback.
"""

import asyncio
import json
import random
import statistics
import sys
import time
from collections import Counter
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, field

from analytics_saas.embedded.alone import running_collector, running_stores
from analytics_saas.env import env
from analytics_saas.fuzz.wire import exchange
from projects import registry
from projects.registry import ProjectRules

QUIET, LOUD = "p_quiet0000001", "p_loud00000001"
ROUNDS, SECONDS = 4, 5
QUIET_PER_SECOND = 20
TIMES_OVER = 10


@dataclass(slots=True)
class Felt:
    """Milliseconds of each answer, and how often each status came."""

    milliseconds: list[float] = field(default_factory=list)
    statuses: Counter[bytes] = field(default_factory=Counter)

    def at(self, percent: int) -> float:
        """Return a percentile in milliseconds."""
        return round(statistics.quantiles(self.milliseconds, n=100)[percent - 1], 2)


def main() -> None:
    """Print one JSON line: the quiet project alone and beside the loud one, in turns."""
    if not env.project_events_per_second:
        sys.exit("daysalt: run this by `make bench-fairness`, which sets a limit")
    with running_stores():
        registry.rebuild([ProjectRules(1, QUIET, "UTC"), ProjectRules(2, LOUD, "UTC")])
        # The loud one is a process of its own: the quiet one's clock must not wait for it.
        with running_collector() as (port, _), ProcessPoolExecutor(1) as loud_one:
            loud_one.submit(abs, 1).result()
            alone, beside, loud = asyncio.run(measure(port, loud_one))
    line = {
        "bench": "fairness",
        "limit": env.project_events_per_second,
        "loud_per_second": round(sum(loud.statuses.values()) / (ROUNDS * SECONDS)),
        "loud_statuses": told(loud),
        "quiet_statuses": told(alone) | told(beside),
        "alone_p50_ms": alone.at(50),
        "beside_p50_ms": beside.at(50),
        "alone_p99_ms": alone.at(99),
        "beside_p99_ms": beside.at(99),
    }
    print(json.dumps(line))


def told(felt: Felt) -> dict[str, int]:
    """Return how often each status came."""
    return {status.decode(): count for status, count in sorted(felt.statuses.items())}


async def measure(port: int, loud_one: Executor) -> tuple[Felt, Felt, Felt]:
    """Return what the quiet one felt alone, what it felt beside the loud one, and the loud one."""
    alone, beside, loud = Felt(), Felt(), Felt()
    loop = asyncio.get_running_loop()
    await send(port, QUIET, QUIET_PER_SECOND, Felt())
    for _ in range(ROUNDS):
        await send(port, QUIET, QUIET_PER_SECOND, alone)
        noise = loop.run_in_executor(loud_one, be_loud, port)
        await send(port, QUIET, QUIET_PER_SECOND, beside)
        loud.statuses += (await noise).statuses
    return alone, beside, loud


def be_loud(port: int) -> Felt:
    """Send ten times the limit, in a process of its own."""
    felt = Felt()
    asyncio.run(send(port, LOUD, env.project_events_per_second * TIMES_OVER, felt))
    return felt


async def send(port: int, project: str, per_second: int, felt: Felt) -> None:
    """Send page views at a steady pace, whatever the answers take."""
    begin, tasks = time.monotonic(), []
    for number in range(per_second * SECONDS):
        await asyncio.sleep(begin + number / per_second - time.monotonic())
        tasks.append(asyncio.create_task(send_one(port, project, felt)))
    await asyncio.gather(*tasks)


async def send_one(port: int, project: str, felt: Felt) -> None:
    """Send one page view and time its answer."""
    body = json.dumps({"p": project, "u": "https://shop.example/a"}).encode()
    address = ".".join(str(random.randrange(1, 255)) for _ in range(4))
    head = "POST /pageview HTTP/1.1\r\nhost: x\r\nuser-agent: Mozilla/5.0 Firefox/140.0\r\n"
    head += f"x-forwarded-for: {address}\r\ncontent-length: {len(body)}\r\n\r\n"
    begin = time.perf_counter()
    answer = await exchange(port, head.encode() + body, patience=10)
    felt.milliseconds.append((time.perf_counter() - begin) * 1_000)
    felt.statuses[answer[9:12]] += 1


if __name__ == "__main__":
    main()
