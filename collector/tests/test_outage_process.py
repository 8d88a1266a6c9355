"""The real collector process: killed while it spools, and asked to stop while requests wait."""

import json
import os
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from analytics_saas.embedded.alone import running_collector
from analytics_saas.env import env
from collector.stream import shard_of
from collector.tests.door import CHROME, PAGE, publish
from collector.tests.queue_server import queue_server

SHARD = shard_of(7, env.queue_shards)


@pytest.fixture
def server(tmp_path):
    """A queue of the test's own."""
    with queue_server(tmp_path) as server:
        yield server


@pytest.fixture
def collector(server):
    """A collector over that queue, with a spool beside it."""
    publish()
    environment = {
        "REDIS_QUEUE_URL": server.url,
        "REDIS_CACHE_URL": env.redis_cache_url,
        "DATA_DIR": str(server.folder),
        "QUEUE_STALL_MS": "500",
        "QUEUE_BYTES": str(4 << 20),
        "SPOOL_BYTES": str(1 << 20),
    }
    with running_collector(environment) as (port, process):
        yield Collector(process, f"http://127.0.0.1:{port}")


class Collector:
    """A running collector and what it answers."""

    def __init__(self, process, origin):
        self.process, self.origin = process, origin

    def worker(self):
        """Return the process that serves; its parent only starts another one."""
        pid = self.process.pid
        (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return int(child)

    def reads(self):
        """Return how many connections have sent something that the process has read."""
        place = f":{int(self.origin.rpartition(':')[2]):04X}"
        lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        taken = [one for one in lines if one[1].endswith(place) and one[3] == "01"]
        return sum(one[4] == "00000000:00000000" for one in taken)

    def post(self, page, properties=None, project=PAGE["p"]):
        """Send one page view; return its status."""
        beacon = {"p": project, "u": f"https://shop.example/{page}", "m": properties or {}}
        body = json.dumps(beacon).encode()
        headers = {"user-agent": CHROME, "content-type": "text/plain"}
        sent = urllib.request.Request(f"{self.origin}/pageview", body, headers)
        try:
            return urllib.request.urlopen(sent, timeout=10).status
        except urllib.error.HTTPError as error:
            return error.code


def wait(condition):
    """Wait until something holds."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it never came to pass"
        time.sleep(0.02)


def pages(server):
    """Return the paths in the stream, in its order."""
    return [event.path for entry in server.entries(SHARD) for event in entry.events]


def test_a_collector_that_is_killed_while_it_spools_loses_nothing(collector, server):
    """kill -9 in an outage; the next worker appends what the first one was keeping."""
    assert collector.post("before") == 202
    server.kill()
    sent = [f"during{number}" for number in range(20)]
    assert {collector.post(page) for page in sent} == {202}
    killed = collector.worker()
    os.kill(killed, signal.SIGKILL)
    server.start()
    wait(lambda: pages(server)[1:] == [f"/{page}" for page in sent])
    wait(lambda: not server.waiting_files())
    assert collector.worker() != killed
    assert collector.post("after") == 202
    assert pages(server) == ["/before", *(f"/{page}" for page in sent), "/after"]


def test_a_collector_that_is_stopped_finishes_what_is_under_way(collector, server):
    """Requests wait on a stalled queue when SIGTERM comes: they are answered, and kept."""
    assert collector.post("before") == 202
    server.stall()
    answers = []
    threads = [
        threading.Thread(target=lambda page=page: answers.append(collector.post(page)))
        for page in ("a", "b", "c")
    ]
    for thread in threads:
        thread.start()
    wait(lambda: collector.reads() >= 3)
    collector.process.send_signal(signal.SIGTERM)
    for thread in threads:
        thread.join(10)
    assert answers == [202] * 3
    try:
        collector.process.wait(10)
    except subprocess.TimeoutExpired:
        pytest.fail("the collector does not stop")
    assert server.waiting_files()


def test_what_nothing_can_take_is_refused_with_a_time_to_come_back(collector, server):
    """No queue and no disk: 503 and Retry-After, and as soon as one is there 202 again."""
    assert collector.post("before") == 202
    server.kill()
    (server.folder / "spool").write_text("in the way")
    body = json.dumps(PAGE).encode()
    headers = {"user-agent": CHROME, "content-type": "text/plain"}
    sent = urllib.request.Request(f"{collector.origin}/pageview", body, headers)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(sent, timeout=10)
    assert (refused.value.code, refused.value.headers["retry-after"]) == (503, "5")
    (server.folder / "spool").unlink()
    assert collector.post("spooled") == 202
    server.start()
    wait(lambda: pages(server) == ["/before", "/spooled"])


def test_a_full_queue_and_a_full_spool_end_as_soon_as_a_drain_makes_room(collector, server):
    """Filled over HTTP: 202 from the spool, then 503; once drained, all is there, in order."""
    bulk = {f"p{number}": "x" * 1_900 for number in range(25)}
    taken = 0
    while (status := collector.post(taken, bulk)) == 202:
        taken += 1
    assert status == 503
    assert server.waiting_files()
    drained = server.drain(SHARD)
    wait(lambda: not server.waiting_files())
    wait(lambda: collector.post(taken) == 202)
    entries = [*drained, *server.entries(SHARD)]
    found = [event.path for entry in entries for event in entry.events]
    assert found == [f"/{page}" for page in range(taken + 1)]


@pytest.mark.parametrize("outage", ["down", "hangs"])
def test_nothing_that_was_answered_is_lost_by_a_stop_under_load(server, outage):
    """Each request gets 202, 503 or no answer; what got 202 is there once, after the next start."""
    publish()
    settings = {
        "REDIS_QUEUE_URL": server.url,
        "REDIS_CACHE_URL": env.redis_cache_url,
        "DATA_DIR": str(server.folder),
        "QUEUE_STALL_MS": "300",
    }
    statuses = {}

    def send(collector, first):
        for page in range(first, first + 1_000):
            try:
                statuses[page] = collector.post(page)
            except OSError:
                # It listens no more.
                return

    with running_collector(settings) as (port, process):
        collector = Collector(process, f"http://127.0.0.1:{port}")
        assert collector.post("first") == 202
        threads = [
            threading.Thread(target=send, args=(collector, first))
            for first in range(0, 4_000, 1_000)
        ]
        for thread in threads:
            thread.start()
        wait(lambda: len(statuses) > 20)
        if outage == "down":
            server.kill()
        elif outage == "hangs":
            server.stall()
        count = len(statuses)
        wait(lambda: len(statuses) > count + 20)
        process.terminate()
        assert process.wait(10) == 0
        for thread in threads:
            thread.join()
    if outage == "down":
        server.start()
    server.go_on()
    with running_collector(settings) as (port, process):
        wait(lambda: not server.waiting_files())
    found = [page.strip("/") for page in pages(server)]
    assert len(found) == len(set(found))
    assert set(statuses.values()) <= {202, 503}
    assert {str(page) for page, status in statuses.items() if status == 202} <= set(found)
