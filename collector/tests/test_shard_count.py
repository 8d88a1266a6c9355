"""The number of shards changes only while nothing waits in them."""

import random
import secrets

import msgspec
import pytest

from analytics_saas import redis as stores
from collector import shard_count
from collector.closures import DELETE, Closure
from collector.shard import Shard
from collector.shard_count import ShardsChanged, require_shards
from collector.shares import Shares
from collector.stream import shard_key, stream_key


@pytest.fixture
def first(monkeypatch):
    """The first of some shards that no other test has; nobody drains them."""
    monkeypatch.setattr(shard_count, "count_live", lambda _: 0)
    return random.randrange(1_000, 1_000_000)


@pytest.fixture
def agree(first):
    """Start a role with so many shards."""
    key = f"q:shards:{secrets.token_hex(4)}"
    return lambda shards: require_shards(stores.queue(), shards, key, first)


def test_everybody_agrees_with_the_first(agree):
    """As often as anybody starts."""
    for _ in range(3):
        agree(4)


@pytest.mark.parametrize("shards", [2, 8])
def test_a_change_is_refused_while_entries_wait(agree, first, shards):
    """They would be read by nobody, or out of their project's order."""
    agree(4)
    stores.queue().xadd(stream_key(first + 3), {"b": "x"})
    with pytest.raises(ShardsChanged, match=f"QUEUE_SHARDS is {shards}.*set it back to 4"):
        agree(shards)
    agree(4)
    stores.queue().delete(stream_key(first + 3))
    agree(shards)
    stores.queue().xadd(stream_key(first + 1), {"b": "x"})
    with pytest.raises(ShardsChanged, match=f"set it back to {shards}"):
        agree(4)


def test_a_change_is_refused_while_a_drain_lives(agree, monkeypatch):
    """It would go on with the old number."""
    monkeypatch.undo()
    agree(4)
    alive = Shares(stores.queue())
    alive.share(4)
    with pytest.raises(ShardsChanged, match="drains run with 4"):
        agree(5)
    alive.leave()


@pytest.mark.parametrize(("before", "after"), [(2, 3), (3, 2)])
def test_a_deleted_project_stays_deleted(agree, first, before, after):
    """Wherever it lies now."""
    agree(before)
    deleted = {project: Closure(DELETE, 1, 2, 3, 4) for project in range(6)}
    for number in range(before):
        ours = {key: one for key, one in deleted.items() if key % before == number}
        packed = msgspec.msgpack.encode(ours)
        stores.queue().set(shard_key(first + number, "closures"), packed)
    agree(after)
    found = [Shard(stores.queue(), first + number).closures() for number in range(after)]
    assert [set(one) for one in found] == [set(range(number, 6, after)) for number in range(after)]
    assert Shard(stores.queue(), first + after).closures() == {}
