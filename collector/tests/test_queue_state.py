"""What waits in the queue, as probes and metrics see it."""

import random
import time

from analytics_saas import clickhouse
from analytics_saas import redis as stores
from collector.drain import drain_once
from collector.queue_state import queue_state
from collector.shard import Shard
from collector.stream import stream_key
from collector.tests.test_drain import append, event


def test_an_empty_shard_waits_for_nothing():
    """Also one that no drain has ever seen."""
    state = queue_state(stores.queue(), [random.randrange(1_000, 1_000_000)])
    assert (state.entries, state.age_seconds, state.shards[0].cursor) == (0, 0.0, "0-0")
    assert state.used_bytes > 0


def test_it_tells_how_many_wait_and_since_when():
    """Of several shards, by the queue's own clock."""
    quiet, busy = random.sample(range(1_000, 1_000_000), 2)
    old = int(time.time() * 1000) - 60_000
    stores.queue().xadd(stream_key(busy), {"b": "x"}, id=f"{old}-0")
    stores.queue().xadd(stream_key(busy), {"b": "x"})
    state = queue_state(stores.queue(), [quiet, busy])
    assert [shard.entries for shard in state.shards] == [0, 2]
    assert 60 <= state.age_seconds < 90
    assert state.entries == 2


def test_what_is_committed_waits_no_longer(clickhouse_tables):
    """The cursor stands at the last entry."""
    shard = Shard(stores.queue(), random.randrange(1_000, 1_000_000))
    assert shard.acquire()
    last = append(shard.number, [event(shard.number, 1, int(time.time() * 1000))])
    assert queue_state(stores.queue(), [shard.number]).entries == 1
    drain_once(stores.queue(), clickhouse.writer(), shard)
    (state,) = queue_state(stores.queue(), [shard.number]).shards
    assert (state.entries, state.age_seconds, state.cursor) == (0, 0.0, last.decode())
