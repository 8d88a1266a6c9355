"""The collector to a durable 202, beside an empty answer, a Django view and an Express app.

`make bench-collector` gives it a DATA_DIR of its own.
"""

import json
import os
import statistics
import subprocess
import sys
from contextlib import ExitStack

import msgspec

from analytics_saas import redis as stores
from analytics_saas.bench.beacons import write_requests
from analytics_saas.bench.load import Load, Server, pinned, run_wrk
from analytics_saas.bench.memory import memory_mb
from analytics_saas.embedded.alone import free_port, running_stores
from analytics_saas.embedded.frontend import node_tools
from analytics_saas.embedded.parts import GUNICORN
from analytics_saas.env import BASE_DIR, env
from collector import ranges, stream
from projects import registry
from projects.registry import ProjectRules

EXPRESS = BASE_DIR / "analytics_saas" / "bench" / "baselines" / "express"
REQUESTS = env.data_dir / "requests"
ROUNDS, SECONDS, CONNECTIONS = 5, 5, 128
SOAK_EVENTS, SOAK_SECONDS = 1_000_000, 15
# The first salt of a fresh cache takes three of them.
WARM_UP_SECONDS = 5
LEAST_HELLO = 15_000
PROJECTS = [f"p_{number:012d}" for number in range(100)]
UVICORN = ["-k", "analytics_saas.worker.CollectorWorker", "--forwarded-allow-ips", ""]
GTHREAD = ["-k", "gthread", "--threads", "8"]

Rounds = dict[str, list[Load]]


def main() -> None:
    """Print one JSON line: medians of interleaved rounds, then the memory after a soak."""
    env.data_dir.mkdir(parents=True, exist_ok=True)
    write_requests(REQUESTS, PROJECTS)
    with running_stores(), ExitStack() as stack:
        registry.rebuild(
            ProjectRules(number, public_id, "Europe/Berlin")
            for number, public_id in enumerate(PROJECTS, start=1)
        )
        ports = {name: free_port() for name in ("hello", "durable", "django", "express")}
        commands = servers(ports)
        pids = {
            name: stack.enter_context(pinned(commands[name], port)) for name, port in ports.items()
        }
        for port in ports.values():
            run_wrk(port, CONNECTIONS, WARM_UP_SECONDS, REQUESTS)
        rounds = measure(ports)
        line = {"bench": "collector"} | figures(rounds) | soak(ports["durable"], pids["durable"])
    print(json.dumps(line))
    sys.exit(0 if line["lost"] == 0 else "daysalt: an answered event is not in the queue")


def servers(ports: dict[str, int]) -> dict[str, Server]:
    """Return what is compared, by name, each on its port."""
    bench = "analytics_saas.bench.baselines"
    applications = {
        "hello": (f"{bench}.hello:application", UVICORN),
        "durable": ("analytics_saas.asgi:application", UVICORN),
        "django": (f"{bench}.django_xadd:application", GTHREAD),
    }
    commands = {
        name: Server([*GUNICORN, application, "-b", f"127.0.0.1:{ports[name]}", *worker], BASE_DIR)
        for name, (application, worker) in applications.items()
    }
    npm, path = node_tools()
    subprocess.run(
        [*npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=EXPRESS,
        env=os.environ | {"PATH": path},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    node = {"PATH": path, "NODE_ENV": "production"}
    commands["express"] = Server(["node", "server.js", str(ports["express"])], EXPRESS, node)
    return commands


def measure(ports: dict[str, int]) -> Rounds:
    """Let the servers take turns, so that a slow minute of the machine meets them all."""
    rounds: Rounds = {name: [] for name in ports}
    for _ in range(ROUNDS):
        for name, port in ports.items():
            rounds[name].append(run_wrk(port, CONNECTIONS, SECONDS, REQUESTS))
    return rounds


def figures(rounds: Rounds) -> dict[str, object]:
    """Return medians and what follows from them; `added_us` is microseconds per request."""
    rps = {name: statistics.median(one.rps for one in loads) for name, loads in rounds.items()}
    durable = rounds["durable"]
    return {
        "durable_rps": round(rps["durable"]),
        "hello_rps": round(rps["hello"]),
        "django_rps": round(rps["django"]),
        "express_rps": round(rps["express"]),
        "added_us": round(1e6 / rps["durable"] - 1e6 / rps["hello"], 1),
        "ratio_django": round(rps["durable"] / rps["django"], 2),
        "ratio_express": round(rps["durable"] / rps["express"], 2),
        "p50_ms": round(statistics.median(one.p50_ms for one in durable), 2),
        "p99_ms": round(statistics.median(one.p99_ms for one in durable), 2),
        "failed": sum(one.failed for loads in rounds.values() for one in loads),
        "valid": rps["hello"] >= LEAST_HELLO,
    }


def soak(port: int, pid: int) -> dict[str, object]:
    """Return the memory (MiB) before and after a million events, and how many were not stored."""
    count_and_delete()
    before, answered, stored = memory_mb(pid), 0, 0
    while answered < SOAK_EVENTS:
        load = run_wrk(port, CONNECTIONS, SOAK_SECONDS, REQUESTS)
        answered += load.requests - load.failed
        stored += count_and_delete()
    return {
        "rss_start_mb": before,
        "rss_mb": memory_mb(pid),
        "soaked": answered,
        "lost": max(0, answered - stored),
    }


def count_and_delete() -> int:
    """Return how many events and drops are in the queue, and empty it."""
    count = 0
    for shard in range(env.queue_shards):
        last = "0"
        while rows := ranges.read_range(stores.queue(), shard, last, "+", 1_000):
            last = rows[-1][0]
            for _, raw in rows:
                entry = msgspec.msgpack.decode(raw, type=stream.Entry)
                count += sum(cell[3] for cell in entry.drops)
        stores.queue().delete(stream.stream_key(shard))
    return count


if __name__ == "__main__":
    main()
