"""How much one project and one address may send, counted by several processes."""

import asyncio
import json
from ipaddress import ip_address

import pytest
import redis
import time_machine
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from analytics_saas import redis as stores
from collector import limits as module
from collector.door import admission
from collector.limits import Limits
from collector.problem import Problem
from collector.tests.door import PAGE, entries, post, publish

# To come, so that what is stored until then is not over for the real Redis.
START = 4_000_000_000
NO_RETRY = Retry(NoBackoff(), 0)
ADDRESS = ip_address("203.0.113.9")


@pytest.fixture(autouse=True)
def still_clock():
    """A second at which a window begins; tests move on from it."""
    for key in stores.cache().scan_iter("limits:*"):
        stores.cache().delete(key)
    with time_machine.travel(START, tick=False) as clock:
        yield clock


def sent(limits, times, events=1):
    """Send for project 7 a number of times; return how many were let in."""
    admitted = 0
    for _ in range(times):
        try:
            limits.admit_project(7, events)
            admitted += 1
        except Problem:
            pass
    return admitted


def settle(*several):
    """Let processes exchange what they counted, one after the other."""

    async def run():
        client = stores.cache_async()
        for limits in several:
            await limits.settle(client)
        await client.aclose()

    asyncio.run(run())


def test_a_project_has_ten_seconds_of_its_limit_and_then_a_new_window(still_clock):
    """Whoever is over is told how long to wait."""
    limits = Limits(5, 0)
    assert sent(limits, 60) == 50
    still_clock.shift(7)
    with pytest.raises(Problem, match="5 events a second") as refused:
        limits.admit_project(7)
    assert (refused.value.status, refused.value.retry_after) == (429, 3)
    limits.admit_project(8)
    still_clock.shift(3)
    assert sent(limits, 60) == 50


def test_a_batch_counts_with_all_its_events():
    """And what does not fit is not counted."""
    limits = Limits(5, 0)
    assert sent(limits, 3, events=20) == 2
    assert sent(limits, 3, events=5) == 2


def test_an_address_is_known_by_a_keyed_hash_of_its_network():
    """IPv6 by /64; and nothing of it stays but a number."""
    limits = Limits(0, 1)
    for last in range(10):
        limits.admit_address(ip_address(f"2001:db8::{last}"))
    with pytest.raises(Problem, match="1 requests a second"):
        limits.admit_address(ip_address("2001:db8::ffff"))
    limits.admit_address(ip_address("2001:db8:0:1::1"))
    limits.admit_address(ADDRESS)
    assert all(isinstance(name, int) for name in limits._addresses._own)


def test_several_processes_share_a_limit():
    """Once they have settled; what each counted since then is its own."""
    one, two, three = Limits(5, 1), Limits(5, 1), Limits(5, 1)
    assert sent(one, 20) == 20
    assert sent(two, 20) == 20
    settle(one, two, three, one)
    assert sent(one, 20) == 10
    settle(one, two)
    assert sent(two, 20) == 0
    settle(one, two)
    assert sent(one, 20) == 0


def test_several_processes_hash_an_address_alike():
    """By a random key that they share for a day and tell nobody else."""
    one, two = Limits(0, 1), Limits(0, 1)
    settle(one, two)
    for _ in range(5):
        one.admit_address(ADDRESS)
        two.admit_address(ADDRESS)
    settle(one, two, one)
    for limits in (one, two):
        with pytest.raises(Problem):
            limits.admit_address(ADDRESS)
    stored = b"".join(stores.cache().dump(key) for key in stores.cache().scan_iter("limits:add*"))
    assert ADDRESS.packed not in stored
    assert str(ADDRESS).encode() not in stored
    assert all(stores.cache().ttl(key) > 0 for key in stores.cache().scan_iter("limits:*"))


def test_who_stays_far_below_the_limit_is_never_told_to_redis():
    """So settling costs as much as there are heavy senders."""
    limits = Limits(0, 100)
    settle(limits)
    for _ in range(99):
        limits.admit_address(ADDRESS)
    settle(limits)
    assert list(stores.cache().scan_iter("limits:address:*")) == []


def test_without_redis_a_process_holds_the_limit_alone():
    """Nobody is refused for it, and nobody gets more than the limit."""
    limits = Limits(5, 0)

    async def run():
        await limits.settle(AsyncRedis(unix_socket_path="/nowhere/redis.sock", retry=NO_RETRY))

    assert sent(limits, 30) == 30
    with pytest.raises(redis.RedisError):
        asyncio.run(run())
    assert sent(limits, 30) == 20


def test_counting_has_a_bound(monkeypatch):
    """Beyond it strangers are let in uncounted; who is counted stays so."""
    monkeypatch.setattr(module, "MOST_COUNTED", 10)
    limits = Limits(1, 0)
    for project in range(1_000):
        limits.admit_project(project)
    assert len(limits._projects._own) == 10
    for _ in range(9):
        limits.admit_project(0)
    with pytest.raises(Problem):
        limits.admit_project(0)


@pytest.mark.parametrize("limits", [Limits(1, 0), Limits(0, 1)])
def test_the_door_answers_429_and_the_ledger_counts_nothing(monkeypatch, limits):
    """Until the window is over."""
    publish()
    monkeypatch.setattr(admission, "limits", limits)
    assert post(PAGE, times=10)[0] == 202
    status, headers, body = post(PAGE)
    assert (status, headers[b"retry-after"]) == (429, b"10")
    assert json.loads(body)["error"]["code"].endswith("_rate_limit")
    assert sum(len(entry.events) for entry in entries()) == 10
    assert post(PAGE, headers={"x-daysalt-now": "1790000000000"})[0] == 202
