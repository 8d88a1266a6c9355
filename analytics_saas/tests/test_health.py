"""Probes are answered whatever name or scheme they come by."""

import json
import socket
from dataclasses import replace

import pytest

from analytics_saas import redis as stores

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_probe_needs_neither_a_known_host_nor_tls(client, settings):
    """A container is asked by its address."""
    settings.SECURE_SSL_REDIRECT = True
    settings.ALLOWED_HOSTS = ["analytics.example.com"]
    answer = client.get("/healthz", headers={"host": "127.0.0.1:8000"})
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_ready_means_that_every_store_answers(client, clickhouse_server):
    """Each is named."""
    answer = client.get("/readyz")
    stores = ("sql", "queue", "cache", "clickhouse")
    assert {name: answer.json()[name] for name in stores} == dict.fromkeys(stores, True)
    assert answer.status_code == 200


@pytest.fixture
def hung_queue(monkeypatch):
    """A queue that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"redis://127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setattr(stores, "env", replace(stores.env, redis_queue_url=url))
        stores.queue_probe.cache_clear()
        yield
    stores.queue_probe.cache_clear()


def test_a_queue_that_hangs_is_named_before_the_prober_gives_up(
    client, clickhouse_server, hung_queue
):
    """Long before those give up who have work for it."""
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert [name for name, well in json.loads(answer.content).items() if not well] == ["queue"]
    waits = stores.queue_probe().connection_pool.connection_kwargs["socket_timeout"]
    assert waits < stores.QUEUE_SECONDS / 5
