"""How long the smallest query takes through the embedded front."""

import contextlib
import http.client
import json
import socket
import statistics
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import clickhouse_connect

from analytics_saas.embedded import parts
from analytics_saas.embedded.alone import free_port, running
from analytics_saas.env import env

AIM_MS = 3
ROUNDS = 500
WARM_UP = 50
PASSWORD = "bench"  # noqa: S105 - of an engine that lives for seconds


def main() -> None:
    """Print one JSON line per way to ask."""
    with engine() as port, contextlib.closing(connection(port)) as kept:
        client = clickhouse_connect.get_client(
            host="127.0.0.1", port=port, username="reader", password=PASSWORD, database="daysalt"
        )
        report("select_1_http", lambda: ask(kept))
        report("select_1_clickhouse_connect", lambda: client.query("SELECT 1"))


def report(bench: str, call: Callable[[], object]) -> None:
    """Measure one way and print its line."""
    for _ in range(WARM_UP):
        call()
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        call()
        times.append((time.perf_counter() - started) * 1000)
    p99 = statistics.quantiles(times, n=100)[98]
    figures = {"median_ms": round(statistics.median(times), 2), "p99_ms": round(p99, 2)}
    print(json.dumps({"bench": bench} | figures | {"aim_ms": AIM_MS}), flush=True)


def connection(port: int) -> http.client.HTTPConnection:
    """Open a connection that is kept between requests."""
    kept = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    kept.connect()
    kept.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return kept


def ask(kept: http.client.HTTPConnection) -> None:
    """Send the query as the reader; stop when the answer is not 1."""
    asked = {"user": "reader", "password": PASSWORD, "query": "SELECT 1"}
    kept.request("GET", "/?" + urllib.parse.urlencode(asked))
    body = kept.getresponse().read()
    if body != b"1\n":
        sys.exit(f"bench: the engine answered {body[:200]!r}")


@contextlib.contextmanager
def engine() -> Iterator[int]:
    """Run a fresh engine on a free port and give the port."""
    with tempfile.TemporaryDirectory(prefix="daysalt-bench-") as folder:
        port = free_port()
        own = replace(
            env,
            data_dir=Path(folder),
            clickhouse_port=port,
            clickhouse_writer_password=PASSWORD,
            clickhouse_reader_password=PASSWORD,
        )
        with running(parts.engine_part(own)):
            yield port


if __name__ == "__main__":
    main()
