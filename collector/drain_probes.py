"""The drain's own small server: /healthz, /readyz and /metrics on DRAIN_PORT."""

import json
import logging
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import redis
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from analytics_saas.env import env
from analytics_saas.metrics import TRACES, may_read
from analytics_saas.redis import queue
from collector.drain_metrics import own_metrics
from collector.drain_role import DrainRole
from collector.queue_state import queue_state

log = logging.getLogger(__name__)

# The leases are tended every two seconds; a batch may take a minute where ClickHouse is slow.
TENDED_SECONDS = 15.0
CARRIED_SECONDS = 60.0
PING_SECONDS = 2.0
ARRIVAL_SECONDS = 10.0


class QueueCollector(Collector):
    """What waits in the queue, asked for at each scrape; nothing while the queue is away."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the queue's numbers."""
        try:
            state = queue_state(queue(), range(env.queue_shards))
        except redis.RedisError as error:
            log.warning("no numbers of the queue: %s", error)
            return
        lag = GaugeMetricFamily(
            "daysalt_queue_lag_seconds", "Age of the oldest entry that waits.", labels=["shard"]
        )
        entries = GaugeMetricFamily(
            "daysalt_queue_entries", "Entries that no drain has committed.", labels=["shard"]
        )
        for shard in state.shards:
            lag.add_metric([str(shard.number)], shard.age_seconds)
            entries.add_metric([str(shard.number)], shard.entries)
        yield lag
        yield entries
        yield GaugeMetricFamily(
            "daysalt_queue_bytes", "Memory the queue's server uses.", state.used_bytes
        )


class Probes:
    """Answers for one role until the process ends."""

    def __init__(self, role: DrainRole, address: str, port: int) -> None:
        """Listen at once. Raises OSError when the port is not free."""
        registry = own_metrics()
        registry.register(QueueCollector())

        class Handler(BaseHTTPRequestHandler):
            """One request; a connection on which none comes is not kept."""

            timeout = ARRIVAL_SECONDS

            def do_GET(self) -> None:
                """Answer a probe or a scrape."""
                if self.path == "/healthz":
                    self._answer(200 if role.alive else 503, "text/plain", b"ok\n")
                elif self.path == "/readyz":
                    checks = readiness(role)
                    body = json.dumps(checks).encode()
                    self._answer(200 if all(checks.values()) else 503, "application/json", body)
                elif self.path == "/metrics" and self._may_read():
                    self._answer(200, CONTENT_TYPE_LATEST, generate_latest(registry))
                else:
                    self._answer(404, "text/plain", b"/healthz, /readyz or /metrics\n")

            def _may_read(self) -> bool:
                sent = self.headers
                return may_read(
                    self.client_address[0],
                    ",".join(sent.get_all("x-forwarded-for", [])),
                    ",".join(sent.get_all("forwarded", [])),
                    any(name in sent for name in TRACES),
                )

            def _answer(self, status: int, kind: str, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing: probes come every few seconds."""

        self._server = ThreadingHTTPServer((address, port), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, name="probes", daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()


def readiness(role: DrainRole) -> dict[str, bool]:
    """Tell what answers: the queue, ClickHouse, and whether every held shard gets on."""
    now = time.monotonic()
    return {
        "queue": now - role.tended_at < TENDED_SECONDS,
        "clickhouse": _clickhouse_answers(),
        "shards": all(now - lane.good_at < CARRIED_SECONDS for lane in role.held),
    }


def _clickhouse_answers() -> bool:
    url = urlsplit(env.clickhouse_url)
    host = url.netloc.rpartition("@")[2]
    try:
        address = f"{url.scheme}://{host}/ping"
        with urllib.request.urlopen(address, timeout=PING_SECONDS) as answer:  # noqa: S310 - ours
            return bool(answer.status == 200)
    except OSError:
        return False
