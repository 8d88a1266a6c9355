"""GET /metrics of the real collector: one answer for all its processes."""

import os
import re
import signal
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from analytics_saas.embedded.alone import running_collector
from analytics_saas.env import env
from collector.tests.door import PAGE, post, publish
from collector.tests.queue_server import queue_server
from collector.tests.test_outage_process import Collector, wait


@pytest.fixture
def server(tmp_path):
    """A queue of the test's own."""
    with queue_server(tmp_path) as server:
        yield server


@pytest.fixture
def collector(server):
    """A collector of two processes."""
    publish()
    environment = {
        "REDIS_QUEUE_URL": server.url,
        "REDIS_CACHE_URL": env.redis_cache_url,
        "DATA_DIR": str(server.folder),
        "WEB_CONCURRENCY": "2",
    }
    with running_collector(environment) as (port, process):
        yield Collector(process, f"http://127.0.0.1:{port}")


def metrics(collector):
    """Return the values by name with labels."""
    with urllib.request.urlopen(f"{collector.origin}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    found = re.findall(r"^daysalt_collector_(\S+) (\S+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in found}


def workers(collector):
    """Return the ids of the processes that serve."""
    pid = collector.process.pid
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def test_a_scrape_tells_of_all_processes(collector, server):
    """Whichever of them answers it; of those that are gone too, but for what only lives."""
    assert {collector.post(page) for page in range(20)} == {202}
    assert collector.post("unknown", project="p_000000000000") == 404
    wait(lambda: metrics(collector).get("events_accepted_total") == 20)
    found = metrics(collector)
    assert found['requests_total{status="202"}'] == 20
    assert found['requests_total{status="404"}'] == 1
    assert 1 <= found["append_seconds_count"] <= 20
    assert (found["shedding"], found["spool_bytes"], found["waiting_bytes"]) == (0, 0, 0)
    server.kill()
    assert collector.post("spooled") == 202
    wait(lambda: metrics(collector)["spool_bytes"] > 0)
    for worker in workers(collector):
        os.kill(int(worker), signal.SIGKILL)
    server.start()
    wait(lambda: not server.waiting_files())
    wait(lambda: metrics(collector)["spool_bytes"] == 0)
    assert metrics(collector)["events_accepted_total"] == 21


def test_others_are_told_that_there_is_nothing():
    """In the words of any address that does not exist."""
    inside = post(b"", "/metrics", method="GET", peer="127.0.0.1")
    outside, nowhere = (post(b"", path, method="GET") for path in ("/metrics", "/nowhere"))
    assert (inside[0], outside[0]) == (200, 404)
    assert outside == nowhere
    through = post(b"", "/metrics", {"via": "1.1 x"}, peer="127.0.0.1", method="GET")
    assert through == nowhere


def test_a_drop_is_counted_by_its_reason_without_a_bots_name():
    """There are hundreds of names."""
    publish()
    post(PAGE, headers={"user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"})
    text = post(b"", "/metrics", method="GET", peer="127.0.0.1")[2].decode()
    assert 'daysalt_collector_events_dropped_total{reason="bot"}' in text
