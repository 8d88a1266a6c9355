"""A full stream to the tables by one drain as in production, beside the least it could do.

`make bench-drain` gives it a DATA_DIR and ports of its own. It recounts what is stored, and
fails when a row is missing or there twice.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass

from analytics_saas import clickhouse
from analytics_saas import redis as stores
from analytics_saas.bench import stream
from analytics_saas.bench.memory import cpu_seconds, peak_mb
from analytics_saas.bench.metrics import percentile
from analytics_saas.bench.probe import FIRST_PROJECT, Appends, Probe
from analytics_saas.bench.stream import Summary
from analytics_saas.embedded import parts
from analytics_saas.embedded.alone import Process, running, running_stores, spawn
from analytics_saas.embedded.parts import Part
from analytics_saas.env import BASE_DIR, env
from collector import ddl
from collector.shard import Shard, parse_id
from collector.stream import stream_key

MOST_SECONDS = 900
LOOK_SECONDS = 0.05
ALONE_SECONDS = 5
STOP_SECONDS = 60
MOST_NOTED = 200_000
DRAIN_PORT = int(os.environ.get("DRAIN_PORT", "0"))


@dataclass(slots=True)
class Run:
    """Seconds from the first lease to the last cursor, work, memory at its highest, the probe."""

    seconds: float
    cpu_seconds: float
    engine_cpu_seconds: float
    rss_mb: float
    commit_ms: float
    seen_commit_s: float | None
    alone: Appends
    beside: Appends


def main() -> None:
    """Print one JSON line."""
    path, summary = stream.prepare()
    with running_stores(), running(parts.engine_part(env)) as engine:
        ddl.migrate()
        stream.fill(stores.queue(), path)
        floor = run_floor()
        clickhouse.writer().command("TRUNCATE TABLE events")
        run = asyncio.run(run_drain(engine))
        wrong = recount(summary, run)
    speed, least = summary.events / run.seconds, floor["events"] / floor["seconds"]
    line = {
        "bench": "drain",
        "events_per_s": round(speed),
        "commit_ms_p99": run.commit_ms,
        "commit_seen_ms_p99": run.seen_commit_s and round(run.seen_commit_s * 1_000, 2),
        "append_ms_p99": run.beside.p99_ms,
        "append_alone_ms_p99": run.alone.p99_ms,
        "floor_events_per_s": round(least),
        "ratio_floor": round(speed / least, 2),
        "rss_mb": run.rss_mb,
        "cpu_us": {
            "drain": per_event(run.cpu_seconds, summary.events),
            "its_engine": per_event(run.engine_cpu_seconds, summary.events),
            "floor": per_event(floor["cpu_seconds"], floor["events"]),
        },
        "events": summary.events,
        "seconds": round(run.seconds, 2),
        "wrong": wrong,
    }
    print(json.dumps(line))
    sys.exit("daysalt: the tables do not hold what was sent" if wrong else 0)


def per_event(seconds: float, events: float) -> float:
    """Return microseconds."""
    return round(seconds * 1e6 / events, 1)


def run_floor() -> dict[str, float]:
    """Run the floor in a process of its own."""
    command = [sys.executable, "-m", "analytics_saas.bench.floor"]
    told = subprocess.run(command, cwd=BASE_DIR, stdout=subprocess.PIPE, check=True)
    return dict(json.loads(told.stdout))


async def run_drain(engine: Process) -> Run:
    """Append a while alone, then beside one drain until it has caught up."""
    probe, targets = Probe(), last_ids()
    # Everything is noted, commits among it.
    stores.queue().config_set("slowlog-log-slower-than", 0)
    stores.queue().config_set("slowlog-max-len", MOST_NOTED)
    alone = asyncio.Event()
    asyncio.get_running_loop().call_later(ALONE_SECONDS, alone.set)
    felt_alone = await probe.append(alone)
    caught_up = asyncio.Event()
    appends = asyncio.create_task(probe.append(caught_up))
    before = cpu_seconds(engine.pid)
    drain = spawn(drain_part())
    try:
        seconds, rss_mb = await follow(drain, targets)
        cpu, engine_cpu = cpu_seconds(drain.pid), cpu_seconds(engine.pid) - before
        caught_up.set()
        beside = await appends
        await follow(drain, last_ids())
        seen_commit_s = percentile(DRAIN_PORT, "daysalt_drain_commit_seconds", 0.99)
        commit_ms = commit_time()
    finally:
        drain.terminate()
        drain.wait(STOP_SECONDS)
    return Run(seconds, cpu, engine_cpu, rss_mb, commit_ms, seen_commit_s, felt_alone, beside)


def commit_time() -> float:
    """Return the 99th percentile of the milliseconds that a commit holds up the queue.

    The drain sees more: it waits for its own interpreter and for the disk, as all others do.
    """
    noted = stores.queue().slowlog_get(MOST_NOTED)
    times: list[float] = sorted(
        one["duration"] / 1000 for one in noted if b"XTRIM" in one["command"]
    )
    return round(times[int(0.99 * len(times))], 2)


def drain_part() -> Part:
    """Return the drain role as `make up` starts it."""
    return next(part for part in parts.roles(env) if part.name == "drain")


def last_ids() -> dict[int, str]:
    """Return the last id of each shard's stream so far."""
    facts = {n: stores.queue().xinfo_stream(stream_key(n)) for n in range(env.queue_shards)}
    return {shard: told["last-generated-id"].decode() for shard, told in facts.items()}


async def follow(drain: Process, targets: dict[int, str]) -> tuple[float, float]:
    """Wait until every cursor is at its target; return seconds since the first lease, and MiB."""
    begin, start = 0.0, time.perf_counter()
    shards = [Shard(stores.queue(), number) for number in targets]
    while any(parse_id(one.cursor()) < parse_id(targets[one.number]) for one in shards):
        if drain.poll() is not None or time.perf_counter() - start > MOST_SECONDS:
            sys.exit("daysalt: the drain ended, or did not catch up in time")
        if not begin and stores.queue().exists(*(f"{{q:{shard}}}:lease" for shard in targets)):
            begin = time.perf_counter()
        await asyncio.sleep(LOOK_SECONDS)
    return time.perf_counter() - (begin or start), peak_mb(drain.pid)


def recount(summary: Summary, run: Run) -> dict[str, tuple[int, int]]:
    """Return what was expected and what was found, wherever the two differ."""
    probed = run.alone.events + run.beside.events
    sql = f"""
        SELECT countIf(project_id < {FIRST_PROJECT}), countIf(project_id >= {FIRST_PROJECT}),
            uniqExact(project_id, visit_id, pos),
            uniqExactIf((project_id, visit_id), project_id < {FIRST_PROJECT})
        FROM events
    """  # noqa: S608
    events, beside, rows, grouped = clickhouse.reader().query(sql).result_rows[0]
    visits = f"SELECT count() FROM visits FINAL WHERE project_id < {FIRST_PROJECT}"  # noqa: S608
    (logical,) = clickhouse.reader().query(visits).result_rows[0]
    pairs = {
        "events": (summary.events, events),
        "probed": (probed, beside),
        "rows": (summary.events + probed, rows),
        "grouped": (summary.visits, grouped),
        "visits": (summary.visits, logical),
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


if __name__ == "__main__":
    main()
