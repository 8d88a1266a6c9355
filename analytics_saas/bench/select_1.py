"""How long the smallest query takes through the embedded front."""

import contextlib
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Iterator

import clickhouse_connect

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
    """Start a fresh engine on a free port and give the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    secrets = {"CLICKHOUSE_WRITER_PASSWORD": PASSWORD, "CLICKHOUSE_READER_PASSWORD": PASSWORD}
    with tempfile.TemporaryDirectory(prefix="daysalt-bench-") as folder:
        command = [sys.executable, "-m", "analytics_saas.embedded.front"]
        command += ["--path", f"{folder}/clickhouse", "--port", str(port)]
        process = subprocess.Popen(
            command, env=os.environ | secrets, stdout=subprocess.PIPE, text=True
        )
        try:
            # The front prints one line once it listens; an empty one means that it ended.
            if process.stdout is None or not process.stdout.readline():
                sys.exit("bench: the engine did not start")
            yield port
        finally:
            process.terminate()
            process.wait(10)


if __name__ == "__main__":
    main()
