"""The drain as a real process: what it tells of itself, and that it goes when it is asked to."""

import contextlib
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import replace

import pytest

from analytics_saas import redis as stores
from analytics_saas.embedded.alone import free_port
from analytics_saas.env import BASE_DIR, env
from collector.drain_role import DrainRole
from collector.management.commands import drain as drain_command
from collector.shares import count_live
from collector.stream import shard_key
from collector.tests.queue_server import queue_server
from collector.tests.test_drain import append, event, rows
from collector.tests.test_drain_role import within


@contextlib.contextmanager
def drain(**settings):
    """Run `manage.py drain` until the block ends; give the process and its probes' address."""
    port = str(free_port())
    command = [sys.executable, "manage.py", "drain"]
    more = {"DRAIN_PORT": port} | settings
    process = subprocess.Popen(
        command, cwd=BASE_DIR, env=os.environ | more, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def ask(url):
    """Return status and body, (0, '') while nobody listens."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


@pytest.fixture
def hung():
    """The port of a ClickHouse that takes every connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        yield server.getsockname()[1]


@pytest.fixture
def server(tmp_path):
    """A queue of the test's own."""
    with queue_server(tmp_path) as server:
        yield server


def test_it_carries_tells_and_goes(clickhouse_tables):
    """Ready once its shards are held; its numbers have the names that are promised."""
    project = random.randrange(1, 1_000) * env.queue_shards
    with drain() as (process, origin):
        within(30, lambda: ask(f"{origin}/readyz")[0] == 200)
        assert ask(f"{origin}/healthz") == (200, "ok\n")
        assert ask(f"{origin}/elsewhere")[0] == 404
        append(0, [event(project, 1, int(time.time() * 1000))])
        within(10, lambda: rows("events", project) == [(1,)])
        carried = re.compile(r"^daysalt_drain_events_total [1-9]", re.MULTILINE)
        within(5, lambda: carried.search(ask(f"{origin}/metrics")[1]))
        _, numbers = ask(f"{origin}/metrics")
        for name in (
            'queue_lag_seconds{shard="0"} 0.0', 'queue_entries{shard="3"}', "queue_bytes",
            "drain_commit_seconds_bucket", "dead_letters_total",
        ):  # fmt: skip
            assert f"daysalt_{name}" in numbers
        process.terminate()
        assert process.wait(10) == 0
    assert count_live(stores.queue()) == 0
    assert stores.queue().get(shard_key(0, "lease")) is None


def test_it_goes_while_its_stores_hang(server, hung):
    """An insert without an answer is left to the next drain; so is a queue that says nothing."""
    append(0, [event(4, 1, 0)], server.client)
    settings = {
        "REDIS_QUEUE_URL": server.url,
        "CLICKHOUSE_URL": f"http://writer:x@127.0.0.1:{hung}/daysalt",
    }
    with drain(**settings) as (first, origin), drain(**settings) as (second, _):
        within(30, lambda: count_live(server.client) == 2)
        within(10, lambda: server.client.exists(shard_key(0, "intent")))
        status, body = ask(f"{origin}/readyz")
        assert status == 503
        assert json.loads(body)["clickhouse"] is False
        first.send_signal(signal.SIGTERM)
        server.stall()
        second.send_signal(signal.SIGTERM)
        assert first.wait(10) == second.wait(10) == 0
    server.go_on()
    assert server.client.exists(shard_key(0, "intent"))


def test_it_refuses_another_number_of_shards(server):
    """With one sentence, while entries wait."""
    server.client.set("q:shards", 7)
    append(6, [event(6, 1, 0)], server.client)
    with drain(REDIS_QUEUE_URL=server.url) as (process, _):
        assert process.wait(30) == 1
        said = process.stderr.read()
    assert "daysalt: QUEUE_SHARDS is 4, but the queue was filled with 7" in said
    assert "Traceback" not in said
    assert server.client.xlen("{q:6}:events") == 1


def test_a_port_that_is_taken_is_named(hung, monkeypatch):
    """So that nobody takes another drain's health for this one's."""
    taken = replace(env, drain_port=hung)
    monkeypatch.setattr(drain_command, "env", taken)
    with pytest.raises(SystemExit, match=f"port {hung} cannot be opened.*DRAIN_PORT of its own"):
        drain_command._open_probes(DrainRole([], None), "127.0.0.1")
