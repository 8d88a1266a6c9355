"""The drain as a process: quick, quiet when idle, and gone when asked."""

import random
import threading
import time

import pytest

from analytics_saas import redis as stores
from collector import drain_role, shard, stream, tasks
from collector.drain_role import DrainRole
from collector.shard import Shard
from collector.tests.test_drain import append, event, rows


@pytest.fixture
def number(clickhouse_tables):
    """A shard of its own; also the project's id."""
    return random.randrange(1_000, 1_000_000)


@pytest.fixture
def role(number):
    """A drain of that shard, running in a thread; a second start is the test's own matter."""
    role = DrainRole([Shard(stores.queue(), number)])
    thread = threading.Thread(target=role.run)
    thread.start()
    yield role
    role.stop()
    thread.join(5)
    assert not thread.is_alive()


def within(seconds, holds):
    """Wait until something holds; return how long it took."""
    start = time.monotonic()
    while not holds():
        assert time.monotonic() - start < seconds
        time.sleep(0.01)
    return time.monotonic() - start


def lease(number):
    """Who holds the shard, or None."""
    return stores.queue().get(f"{{q:{number}}}:lease")


def test_a_click_is_in_the_tables_within_a_second(role, number):
    """Also after an idle while, and with nobody to wake the drain."""
    within(2, lambda: lease(number))
    for clicks in (1, 2, 3):
        time.sleep(0.3)
        append(number, [event(number, clicks, int(time.time() * 1000))])
        assert within(2, lambda: rows("events", number) == [(clicks,)]) < 1  # noqa: B023


def test_an_idle_drain_asks_once_a_second(role, number):
    """It sleeps inside the queue instead of polling it."""
    within(2, lambda: lease(number))

    def commands():
        return sum(row["calls"] for row in stores.queue().info("commandstats").values())

    start = commands()
    time.sleep(1.2)
    assert commands() - start < 12


def test_it_stops_at_once_and_gives_its_shards_back(number):
    """While it waits for entries."""
    role = DrainRole([Shard(stores.queue(), number)])
    thread = threading.Thread(target=role.run)
    thread.start()
    within(2, lambda: lease(number))
    role.stop()
    thread.join(2)
    assert not thread.is_alive()
    assert lease(number) is None


def test_a_long_round_keeps_its_lease(monkeypatch, number):
    """Longer than the lease itself."""
    monkeypatch.setattr(shard, "LEASE_MS", 300)
    monkeypatch.setattr(drain_role, "RENEW_SECONDS", 0.1)
    slow = threading.Event()

    def drain_slowly(*_):
        slow.set()
        time.sleep(1)
        return 0

    monkeypatch.setattr(drain_role, "drain_once", drain_slowly)
    role = DrainRole([Shard(stores.queue(), number)])
    thread = threading.Thread(target=role.run)
    thread.start()
    slow.wait(2)
    other = Shard(stores.queue(), number)
    for _ in range(8):
        time.sleep(0.1)
        assert not other.acquire()
    role.stop()
    thread.join(3)


def test_a_lost_lease_is_not_renewed(number):
    """Or a stale round could commit behind the back of the new holder."""
    first, second = Shard(stores.queue(), number), Shard(stores.queue(), number)
    assert first.acquire()
    stores.queue().delete(f"{{q:{number}}}:lease")
    assert not first.renew()
    assert second.acquire()
    assert not first.renew()
    assert second.renew()


def test_a_shard_is_taken_over_when_it_becomes_free(role, number):
    """A second drain serves it soon after the first one has gone."""
    within(2, lambda: lease(number))
    held_by = lease(number)
    second = DrainRole([Shard(stores.queue(), number)])
    thread = threading.Thread(target=second.run)
    thread.start()
    role.stop()
    within(4, lambda: lease(number) not in (None, held_by))
    second.stop()
    thread.join(3)


def test_the_task_wakes_every_waiting_drain(number):
    """Twice is as good as once, and the signal takes no room."""
    woken = []

    def wait():
        stream.wait_for_entries(stores.queue(), {number: "0"}, 10_000)
        woken.append(1)

    threads = [threading.Thread(target=wait) for _ in range(2)]
    for thread in threads:
        thread.start()
    within(5, lambda: stores.queue().info("clients")["blocked_clients"] >= 2)
    tasks.wake_drains()
    tasks.wake_drains()
    for thread in threads:
        thread.join(2)
    assert woken == [1, 1]
    assert stores.queue().xlen(stream.wake_key()) == 1
