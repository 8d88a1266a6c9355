"""What a drain keeps in mind between batches, and when it must not."""

import time

import pytest

from analytics_saas import clickhouse
from analytics_saas import redis as stores
from collector.drain import Carrier
from collector.shard import LostLease, Shard
from collector.tests.test_drain import append, drain_all, event, rows, shard  # noqa: F401
from collector.tests.unreliable import Engine
from collector.transform import TRANSFORM_VERSION, TRANSFORMS


@pytest.fixture
def carrier(shard):  # noqa: F811
    """A drain of one shard."""
    return Carrier(stores.queue(), clickhouse.writer, shard)


def page_view(shard):  # noqa: F811
    """One of the only visitor, now."""
    return event(shard.number, 9, int(time.time() * 1000))


def pages(shard):  # noqa: F811
    """Page views by visit."""
    return rows("visits", shard.number, "pageviews")


def test_a_transform_that_fails_midway_begins_with_what_is_stored(
    carrier,
    shard,  # noqa: F811
    monkeypatch,
):
    """Its state has moved on already: with it, the same events would be folded twice."""
    append(shard.number, [page_view(shard), page_view(shard)])
    real = TRANSFORMS[TRANSFORM_VERSION]

    def fail_late(*given):
        real(*given)
        raise RuntimeError

    monkeypatch.setitem(TRANSFORMS, TRANSFORM_VERSION, fail_late)
    with pytest.raises(RuntimeError):
        carrier.carry_once()
    monkeypatch.setitem(TRANSFORMS, TRANSFORM_VERSION, real)
    assert carrier.carry_once()
    assert pages(shard) == [(2,)]


def test_a_drain_that_lost_its_shard_begins_with_what_is_stored_then(carrier, shard):  # noqa: F811
    """Another one went on meanwhile: what was known is of no use any more."""
    append(shard.number, [page_view(shard)])
    assert carrier.carry_once()
    shard.release()
    other = Shard(stores.queue(), shard.number)
    assert other.acquire()
    append(shard.number, [page_view(shard)])
    drain_all(other)
    append(shard.number, [page_view(shard)])
    other.release()
    with pytest.raises(LostLease):
        carrier.carry_once()
    assert shard.acquire()
    assert carrier.carry_once()
    assert pages(shard) == [(3,)]


def test_two_shards_with_the_same_range_hide_nothing_from_each_other(shard):  # noqa: F811
    """A token names its shard too."""
    engine, other = Engine(), Shard(stores.queue(), shard.number + 1)
    try:
        for one in (shard, other):
            append(one.number, [event(one.number, 9, 0)], identity="5-0")
            assert Carrier(stores.queue(), engine, one).carry_once()
    finally:
        other.forget()
    assert len(set(engine.sent)) == len(engine.sent) >= 8
