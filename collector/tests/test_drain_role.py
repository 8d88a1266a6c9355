"""The drain as a role: quick, quiet when idle, fair among its like, and gone when asked."""

import random
import secrets
import threading
import time

import pytest

from analytics_saas import redis as stores
from collector import drain_role, inserting, lane, shard, stream, waking
from collector.drain_role import DrainRole
from collector.shard import Shard
from collector.shares import Shares, count_live, share_of
from collector.tests.test_drain import append, event, rows


@pytest.fixture
def number(clickhouse_tables):
    """A shard of its own; also the project's id."""
    return random.randrange(1_000, 1_000_000)


@pytest.fixture
def start(monkeypatch):
    """Start roles that share some shards, each in a thread; they are stopped in the end."""
    monkeypatch.setattr(drain_role, "TEND_SECONDS", 0.1)
    key, running = f"q:drains:{secrets.token_hex(4)}", []

    def begin(*numbers):
        client = stores.queue()
        role = DrainRole([Shard(client, number) for number in numbers], Shares(client, key))
        role.thread = threading.Thread(target=role.run)
        role.thread.start()
        running.append(role)
        return role

    begin.key = key
    yield begin
    for role in running:
        role.stop()
    for role in running:
        role.thread.join(10)
        assert not role.thread.is_alive()


def within(seconds, holds):
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came to pass"
        time.sleep(0.01)


def lease(number):
    """Who holds the shard, or None."""
    return stores.queue().get(stream.shard_key(number, "lease"))


def click(number, visitor=1):
    """Append one page view."""
    append(number, [event(number, visitor, int(time.time() * 1000))])


def test_a_click_is_in_the_tables_soon(start, number):
    """With nobody to wake the drain, and after an idle while."""
    start(number)
    within(5, lambda: lease(number))
    for clicks in (1, 2):
        click(number, clicks)
        within(5, lambda: rows("events", number) == [(clicks,)])  # noqa: B023


def test_small_batches_are_carried_at_a_pace(start, number, monkeypatch):
    """Or a site with a click now and then would give ClickHouse a part to merge for each."""
    monkeypatch.setattr(lane, "PACE_SECONDS", 0.4)
    start(number)
    within(5, lambda: lease(number))
    for visitor in range(40):
        click(number, visitor)
        time.sleep(0.02)
    within(5, lambda: rows("events", number) == [(40,)])
    ((batches,),) = rows("events", number, "uniqExact(ingest_batch)")
    assert batches < 10


def test_an_idle_drain_asks_seldom(start, number, monkeypatch):
    """It sleeps inside the queue instead of polling it."""
    monkeypatch.setattr(drain_role, "TEND_SECONDS", 2.0)
    start(number)
    within(5, lambda: lease(number))
    time.sleep(0.3)

    def commands():
        return sum(row["calls"] for row in stores.queue().info("commandstats").values())

    begun = commands()
    time.sleep(1.2)
    assert commands() - begun < 25


def test_it_stops_and_gives_its_shards_back(start, number):
    """While it waits for entries."""
    role = start(number)
    within(5, lambda: lease(number))
    role.stop()
    role.thread.join(5)
    assert not role.thread.is_alive()
    assert lease(number) is None
    assert count_live(stores.queue(), start.key) == 0


def test_a_long_batch_keeps_its_lease(start, number, monkeypatch):
    """Longer than the lease itself."""
    monkeypatch.setattr(shard, "LEASE_MS", 400)
    inserting_now, go_on = threading.Event(), threading.Event()

    def insert_slowly(*_):
        inserting_now.set()
        go_on.wait(10)

    monkeypatch.setattr(inserting.Inserts, "go_on", insert_slowly)
    start(number)
    click(number)
    assert inserting_now.wait(5)
    other = Shard(stores.queue(), number)
    end = time.monotonic() + 1
    while time.monotonic() < end:
        assert not other.acquire()
        time.sleep(0.05)
    go_on.set()


def test_a_lost_lease_is_not_renewed(number):
    """Or a stale batch could be committed behind the back of the new holder."""
    first, second = Shard(stores.queue(), number), Shard(stores.queue(), number)
    assert first.acquire()
    stores.queue().delete(stream.shard_key(number, "lease"))
    assert not first.renew()
    assert second.acquire()
    assert not first.renew()
    first.release()
    assert second.renew()


def test_a_shard_is_taken_over_when_it_becomes_free(start, number):
    """By a drain that had nothing to do, and that goes on where the first one ended."""
    first = start(number)
    within(5, lambda: lease(number))
    held_by = lease(number)
    start(number)
    click(number)
    first.stop()
    within(5, lambda: lease(number) not in (None, held_by))
    click(number, 2)
    within(5, lambda: rows("events", number) == [(2,)])


def test_two_and_three_drains_hold_fair_shares(start, clickhouse_tables):
    """Whoever comes later gets shards of the others, and what one leaves goes to the rest."""
    base = random.randrange(1_000, 1_000_000)
    numbers = range(base, base + 4)

    def shares(*roles):
        return sorted(len(role.held) for role in roles)

    first = start(*numbers)
    within(5, lambda: shares(first) == [4])
    second = start(*numbers)
    within(5, lambda: shares(first, second) == [2, 2])
    third = start(*numbers)
    within(5, lambda: shares(first, second, third) == [1, 1, 2])
    for number in numbers:
        click(number)
    second.stop()
    within(5, lambda: shares(first, third) == [2, 2])
    within(5, lambda: all(rows("events", number) == [(1,)] for number in numbers))


@pytest.mark.parametrize(("shards", "drains"), [(4, 3), (4, 1), (1, 3), (7, 2)])
def test_all_shares_are_all_shards(shards, drains):
    """And nobody has two more than another."""
    names = [secrets.token_hex(4).encode() for _ in range(drains)]
    shares = [share_of(name, names, shards) for name in names]
    assert sum(shares) == shards
    assert max(shares) - min(shares) <= 1


def test_a_drain_that_died_counts_for_as_long_as_a_lease(number, monkeypatch):
    """By the queue's own clock."""
    key = f"q:drains:{secrets.token_hex(4)}"
    dead, alive = Shares(stores.queue(), key), Shares(stores.queue(), key)
    assert alive.share(4) == 4
    monkeypatch.setattr("collector.shares.LIVE_MS", 300)
    assert dead.share(4) == 2
    monkeypatch.undo()
    within(5, lambda: alive.share(4) == 4)


def test_a_shard_that_fails_holds_up_no_other(start, number, monkeypatch):
    """One whose inserts fail, one that hangs, and one that is well."""
    sick, hung = number + 1, number + 2
    hangs, real = threading.Event(), inserting.Inserts._make

    def make(inserts, client, insert):
        if f"v1:{sick}:" in inserts._token:
            raise ConnectionError("refused")
        if f"v1:{hung}:" in inserts._token:
            hangs.wait(20)
        real(inserts, client, insert)

    with monkeypatch.context() as patch:
        patch.setattr(inserting.Inserts, "_make", make)
        start(number, sick, hung)
        for one in (sick, hung, number):
            click(one)
        within(10, lambda: rows("events", number) == [(1,)])
        assert rows("events", sick) == rows("events", hung) == [(0,)]
    hangs.set()
    within(10, lambda: rows("events", sick) == rows("events", hung) == [(1,)])


def test_a_stopped_drain_abandons_what_hangs(start, number, monkeypatch):
    """The next one carries the same range, and the late insert adds nothing."""
    monkeypatch.setattr(drain_role, "STOP_SECONDS", 0.5)
    hangs, entered, real = threading.Event(), threading.Event(), inserting.Inserts._make

    def make(inserts, client, insert):
        entered.set()
        hangs.wait(20)
        real(inserts, client, insert)

    with monkeypatch.context() as patch:
        patch.setattr(inserting.Inserts, "_make", make)
        first = start(number)
        click(number)
        assert entered.wait(5)
        first.stop()
        first.thread.join(5)
        assert not first.thread.is_alive()
    stores.queue().delete(stream.shard_key(number, "lease"))
    start(number)
    within(10, lambda: rows("events", number) == [(1,)])
    hangs.set()
    (abandoned,) = first._lanes
    assert abandoned.join(10)
    assert rows("events", number) == [(1,)]
    assert rows("visits", number, "sum(pageviews)") == [(1,)]


def test_a_fault_of_our_own_is_no_end(start, number, monkeypatch):
    """The lane begins anew with what is stored, and is heard of."""
    faults = []
    real = inserting.Inserts.go_on

    def stumble(inserts, client):
        if len(faults) < 2:
            faults.append(1)
            raise ZeroDivisionError
        real(inserts, client)

    monkeypatch.setattr(inserting.Inserts, "go_on", stumble)
    start(number)
    click(number)
    within(10, lambda: rows("events", number) == [(1,)])
    assert len(faults) == 2


def test_a_wake_ends_the_wait(number):
    """Twice is as good as once, and the signal takes no room."""
    woken = []

    def wait():
        waking.wait_for_entry(stores.queue(), number, "0", 10_000)
        woken.append(1)

    before = stores.queue().info("clients")["blocked_clients"]
    threads = [threading.Thread(target=wait) for _ in range(2)]
    for thread in threads:
        thread.start()
    within(5, lambda: stores.queue().info("clients")["blocked_clients"] >= before + 2)
    waking.wake_drains(stores.queue(), [number, number])
    for thread in threads:
        thread.join(5)
    assert woken == [1, 1]
    assert stores.queue().xlen(waking.wake_key(number)) == 1
