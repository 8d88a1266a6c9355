"""The drain's own small server: who may read its numbers, and who cannot hold it up."""

import socket
import urllib.error
import urllib.request
from importlib import import_module

import pytest

from analytics_saas.metrics import TRACES
from analytics_saas.redis import queue
from collector import drain_probes
from collector.drain_probes import Probes
from collector.drain_role import DrainRole
from collector.shares import Shares


@pytest.fixture
def probes(monkeypatch):
    """The server of a role that holds no shard."""
    monkeypatch.setattr(drain_probes, "ARRIVAL_SECONDS", 0.2)
    own = Probes(DrainRole([], Shares(queue()), lambda: None), "127.0.0.1", 0)
    yield own
    own.close()


def status(probes, path, headers=()):
    """The status of an answer."""
    asked = urllib.request.Request(f"http://127.0.0.1:{probes.port}{path}", headers=dict(headers))
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_the_drains_numbers_are_not_for_whoever_comes_through_a_proxy(probes):
    """METRICS_NETWORKS holds for it as it does for web and collector; probes are for all."""
    assert status(probes, "/metrics") == 200
    for header in (("x-forwarded-for", "127.0.0.1"), *((name, "1") for name in TRACES)):
        assert status(probes, "/metrics", [header]) == 404
        assert status(probes, "/healthz", [header]) in (200, 503)


def test_a_connection_on_which_nothing_comes_is_ended(probes):
    """Else each would keep a thread for as long as it likes."""
    with socket.create_connection(("127.0.0.1", probes.port), timeout=10) as silent:
        assert silent.recv(1) == b""


def test_the_drain_tells_of_itself_alone(probes):
    """What the web role counts is in the same process, and is none of the drain's."""
    import_module("analytics_saas.request_metrics")
    with urllib.request.urlopen(f"http://127.0.0.1:{probes.port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    assert "daysalt_web" not in text
    for name in ("daysalt_drain_events_total", "daysalt_queue_lag_seconds", "process_cpu"):
        assert f"# HELP {name}" in text
