"""What a project feels of another one that sends ten times its limit: answers, and lag.

`make bench-fairness` gives it a DATA_DIR and ports of its own, a limit and a trusted loopback.
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

from analytics_saas.bench.drain import drain_part
from analytics_saas.bench.lag import Lag
from analytics_saas.embedded import parts
from analytics_saas.embedded.alone import running, running_collector, running_stores
from analytics_saas.env import env
from analytics_saas.fuzz.wire import exchange
from collector import ddl
from projects import registry
from projects.registry import ProjectRules

QUIET, LOUD = "p_quiet0000001", "p_loud00000001"
# Both in the same shard, so that the loud one's events stand before the quiet one's.
QUIET_ID, LOUD_ID = 1, 1 + env.queue_shards
ROUNDS, SECONDS = 4, 5
QUIET_PER_SECOND = 20
TIMES_OVER = 10


@dataclass(slots=True)
class Felt:
    """Milliseconds of each answer, how often each status came, and the pages that were sent."""

    milliseconds: list[float] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    statuses: Counter[bytes] = field(default_factory=Counter)

    def at(self, percent: int) -> float:
        """Return a percentile in milliseconds."""
        return round(statistics.quantiles(self.milliseconds, n=100)[percent - 1], 2)


def main() -> None:
    """Print one JSON line: the quiet project alone and beside the loud one, in turns."""
    if not env.project_events_per_second:
        sys.exit("daysalt: run this by `make bench-fairness`, which sets a limit")
    with running_stores(), running(parts.engine_part(env)):
        ddl.migrate()
        registry.rebuild([ProjectRules(QUIET_ID, QUIET, "UTC"), ProjectRules(LOUD_ID, LOUD, "UTC")])
        # The loud one is a process of its own: the quiet one's clock must not wait for it.
        with (
            running(drain_part()),
            running_collector() as (port, _),
            ProcessPoolExecutor(1) as loud_one,
        ):
            loud_one.submit(abs, 1).result()
            lag = Lag(QUIET_ID)
            alone, beside, loud = asyncio.run(watched(port, loud_one, lag))
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
        "alone_lag_p99_s": lag_p99(lag, alone),
        "beside_lag_p99_s": lag_p99(lag, beside),
        "never_found": len(lag.sent) - len(lag.found),
    }
    print(json.dumps(line))


def told(felt: Felt) -> dict[str, int]:
    """Return how often each status came."""
    return {status.decode(): count for status, count in sorted(felt.statuses.items())}


def lag_p99(lag: Lag, felt: Felt) -> float:
    """Return the 99th percentile of seconds from the click to the table."""
    return round(statistics.quantiles(lag.seconds(felt.paths), n=100)[98], 2)


async def watched(port: int, loud_one: Executor, lag: Lag) -> tuple[Felt, Felt, Felt]:
    """Measure while somebody looks into the tables."""
    over = asyncio.Event()
    watch = asyncio.create_task(lag.watch(over))
    felt = await measure(port, loud_one, lag)
    over.set()
    await watch
    return felt


async def measure(port: int, loud_one: Executor, lag: Lag) -> tuple[Felt, Felt, Felt]:
    """Return what the quiet one felt alone, what it felt beside the loud one, and the loud one."""
    alone, beside, loud = Felt(), Felt(), Felt()
    loop = asyncio.get_running_loop()
    await send(port, QUIET, QUIET_PER_SECOND, Felt(), lag)
    for _ in range(ROUNDS):
        await send(port, QUIET, QUIET_PER_SECOND, alone, lag)
        noise = loop.run_in_executor(loud_one, be_loud, port)
        await send(port, QUIET, QUIET_PER_SECOND, beside, lag)
        loud.statuses += (await noise).statuses
    return alone, beside, loud


def be_loud(port: int) -> Felt:
    """Send ten times the limit, in a process of its own."""
    felt = Felt()
    asyncio.run(send(port, LOUD, env.project_events_per_second * TIMES_OVER, felt, Lag(LOUD_ID)))
    return felt


async def send(port: int, project: str, per_second: int, felt: Felt, lag: Lag) -> None:
    """Send page views at a steady pace, whatever the answers take."""
    begin, tasks = time.monotonic(), []
    for number in range(per_second * SECONDS):
        await asyncio.sleep(begin + number / per_second - time.monotonic())
        tasks.append(asyncio.create_task(send_one(port, project, felt, lag)))
    await asyncio.gather(*tasks)


async def send_one(port: int, project: str, felt: Felt, lag: Lag) -> None:
    """Send one page view of a page of its own, and time its answer."""
    path = f"/{len(lag.sent)}"
    felt.paths.append(path)
    lag.sent[path] = time.perf_counter()
    body = json.dumps({"p": project, "u": f"https://shop.example{path}"}).encode()
    address = ".".join(str(random.randrange(1, 255)) for _ in range(4))
    head = "POST /pageview HTTP/1.1\r\nhost: x\r\nuser-agent: Mozilla/5.0 Firefox/140.0\r\n"
    head += f"x-forwarded-for: {address}\r\ncontent-length: {len(body)}\r\n\r\n"
    begin = time.perf_counter()
    answer = await exchange(port, head.encode() + body, patience=10)
    felt.milliseconds.append((time.perf_counter() - begin) * 1_000)
    felt.statuses[answer[9:12]] += 1


if __name__ == "__main__":
    main()
