"""Metrics and the numbers of probes: what they say, and to whom."""

from dataclasses import replace
from ipaddress import ip_network

import pytest

from analytics_saas import health, metrics, queue_numbers
from analytics_saas import redis as stores
from analytics_saas.env import env
from collector.stream import shard_of, stream_key

pytestmark = pytest.mark.django_db(transaction=True)
PROXY, MONITOR, STRANGER = "10.0.0.1", "192.0.2.7", "203.0.113.9"


@pytest.fixture
def networks(monkeypatch):
    """A trusted proxy and a monitor's network."""
    own = replace(
        env,
        trusted_proxies=(ip_network(PROXY),),
        metrics_networks=(ip_network("192.0.2.0/24"), ip_network("127.0.0.0/8")),
    )
    monkeypatch.setattr(metrics, "env", own)


@pytest.fixture
def entry():
    """The only entry that waits in this run's shards."""
    shard = shard_of(7, env.queue_shards)
    # Other tests may have left some.
    keys = [stream_key(number) for number in range(env.queue_shards)]
    stores.queue().delete(*keys)
    stores.queue().xadd(stream_key(shard), {"b": b"entry"}, id="1000-1")
    yield shard
    stores.queue().delete(*keys)


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "other", "may"),
    [
        (MONITOR, "", False, True),
        ("127.0.0.1", "", False, True),
        (STRANGER, "", False, False),
        ("", "", False, False),
        # Behind a trusted proxy the client counts, not the proxy, nor what the client claims.
        (PROXY, MONITOR, False, True),
        (PROXY, STRANGER, False, False),
        (PROXY, f"{MONITOR}, {STRANGER}", False, False),
        (PROXY, "", False, False),
        # An unknown proxy on this machine may speak for anybody.
        ("127.0.0.1", STRANGER, False, False),
        ("127.0.0.1", "127.0.0.1", False, False),
        ("127.0.0.1", "", True, False),
    ],
)
def test_only_the_given_networks_may_read(networks, peer, forwarded_for, other, may):
    """Whatever way the request took."""
    assert metrics.may_read(peer, forwarded_for, "", other) == may


def test_the_web_role_counts_its_answers_and_tells_of_the_queue(client, clickhouse_tables, entry):
    """Also while no drain lives to tell of it."""
    client.get("/api/nowhere")
    text = client.get("/metrics").content.decode()
    assert 'daysalt_web_requests_total{method="GET",status="404"}' in text
    assert f'daysalt_queue_entries{{shard="{entry}"}} 1.0' in text
    lag = next(
        line
        for line in text.splitlines()
        if line.startswith("daysalt_queue_lag") and (f'"{entry}"' in line)
    )
    assert float(lag.split()[1]) > 1e9
    assert "\ndaysalt_dead_letters_24h " in text


def test_for_others_there_are_no_metrics_and_no_numbers(client, clickhouse_tables):
    """Readiness itself is no secret."""
    for headers in ({"x-forwarded-for": STRANGER}, *({name: "1"} for name in metrics.TRACES)):
        assert client.get("/metrics", headers=headers).status_code == 404
        assert set(client.get("/readyz", headers=headers).json()) == {
            "sql", "queue", "cache", "clickhouse",
        }  # fmt: skip


def test_a_lag_is_told_and_is_no_reason_to_send_nobody(client, clickhouse_tables, entry):
    """The pages and the API work as ever."""
    answer = client.get("/readyz")
    numbers = answer.json()["numbers"]
    assert answer.status_code == 200
    assert numbers["entries"] == 1
    assert numbers["lag_seconds"] > 1e9
    assert numbers["dead_letters_24h"] >= 0


def test_a_lag_beyond_the_operators_limit_is_not_ready(
    client, clickhouse_tables, entry, monkeypatch
):
    """For strangers too, though they are told no number."""
    monkeypatch.setattr(health, "env", replace(env, ready_lag_seconds=60))
    answer = client.get("/readyz", headers={"x-forwarded-for": STRANGER})
    assert (answer.status_code, answer.json()["lag"]) == (503, False)
    assert "numbers" not in answer.json()
    stores.queue().delete(stream_key(entry))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["lag"]) == (200, True)


def test_a_queue_that_is_away_has_no_numbers(client, monkeypatch):
    """And the rest is still told."""
    monkeypatch.setattr(queue_numbers, "read", lambda: None)
    text = client.get("/metrics").content.decode()
    assert "daysalt_queue" not in text
    assert "daysalt_web_requests_total" in text
