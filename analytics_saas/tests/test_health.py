"""Probes are answered whatever name or scheme they come by."""

import pytest

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
