"""Events in flight at every stage when their project is reset or deleted: none comes back."""

import asyncio
import os
import time

import msgspec
import pytest

from analytics_saas import redis as stores
from analytics_saas.redis import queue_async
from collector import drain
from collector.closures import FORGET_MS
from collector.pressure import Pressure
from collector.replay import OLDEST_SECONDS, take_over
from collector.spool import Spool, segments_of
from collector.stream import Entry, Sealed, encode_sealed, stream_key
from collector.tests.dying import Dying
from collector.tests.test_drain import append, drain_all, event, rows
from collector.tests.test_erasure import Site

DAY_MS = 24 * 3_600_000


@pytest.fixture
def site(clickhouse_tables):
    """Two projects that share a shard of their own."""
    return Site()


def left_in_spool(site, root, age_seconds=0):
    """What a collector that is gone left on disk: a page view of both projects."""
    events = [event(one, 1, site.at) for one in (site.project, site.neighbour)]
    drops = [(one.project_id, one.timestamp // 60_000 * 60, "accepted", 1) for one in events]
    spool = Spool(root, 1 << 20)
    entry = msgspec.msgpack.encode(Entry(1, spool.producer, 1, drops, [], events))
    spool.append([encode_sealed(Sealed(site.shard.number, 0, spool.producer, 1, entry))])
    then = time.time() - age_seconds
    for path in segments_of(spool.folder):
        os.utime(path, (then, then))
    spool.leave()


def replay(root):
    """Put into the queue what is left; return how many entries it was."""

    async def steps():
        client = queue_async()
        try:
            return await take_over(client, root, Pressure(client, 0))
        finally:
            await client.aclose()

    return asyncio.run(steps())


def delete_long_ago(site, days):
    """A deletion that was obeyed by the clock of the stream so long ago."""
    then = int(time.time() * 1000) - days * DAY_MS
    entry = Entry(1, "control", 1, [], [(site.project, "delete", then)], [])
    key = stream_key(site.shard.number)
    stores.queue().xadd(key, {"b": msgspec.msgpack.encode(entry)}, id=f"{then}-1")
    drain_all(site.shard)


def test_a_spool_that_is_replayed_after_two_months_brings_no_deleted_project_back(site, tmp_path):
    """Nor does it after the erasure is over; the neighbour's events are stored."""
    days = int(OLDEST_SECONDS) // 86_400 - 1
    delete_long_ago(site, days)
    # Each batch may forget what is too old for the next one.
    append(site.shard.number, [event(site.neighbour, 1, site.at)])
    drain_all(site.shard)
    left_in_spool(site, tmp_path, days * 86_400)
    assert replay(tmp_path) == 1
    drain_all(site.shard)
    assert rows("events", site.project) == [(0,)]
    assert rows("events", site.neighbour) == [(2,)]
    assert site.ledger(site.project) == {"accepted": 1, "dropped deleted": 1}


def test_a_deletion_is_known_for_longer_than_anything_may_be_replayed():
    """With days to spare for what then waits in the stream."""
    assert OLDEST_SECONDS * 1000 + 30 * DAY_MS < FORGET_MS


@pytest.mark.parametrize("verb", ["reset", "delete"])
def test_what_was_in_the_spool_comes_back_to_nothing(site, tmp_path, verb):
    """Replayed in the middle of the erasure, and after a reset it counts as new."""
    left_in_spool(site, tmp_path)
    asked = site.erase(verb)
    site.carry_out(asked)
    replay(tmp_path)
    drain_all(site.shard)
    site.finish(asked)
    assert rows("events", site.project) == [(0,)]
    assert site.ledger(site.project) == {
        "accepted": 1,
        f"dropped {verb.replace('delete', 'deleted')}": 1,
        f"erased {verb}": 0,
    }
    assert rows("events", site.neighbour) == [(1,)]


def carry_dying(site, deadly):
    """Send an event and a dead letter; the drain dies after this call to ClickHouse."""
    site.send(0)
    append(site.shard.number, [event(site.project, 1, site.at, revenue="x")])
    dying = Dying(site.writer, deadly)
    try:
        drain.drain_once(stores.queue(), dying, site.shard)
    except ConnectionError:
        pass
    return len(dying.calls)


def test_what_was_in_an_intent_is_erased_with_the_rest(site):
    """A drain dies after its first and its last insert; the control comes behind its range."""
    for deadly in (1, carry_dying(Site(), 0)):
        site = Site()
        assert carry_dying(site, deadly) == deadly
        site.finish(site.erase("delete"))
        for table in ("events", "visits", "touched", "dead_letters"):
            assert rows(table, site.project) == [(0,)], (deadly, table)
        assert rows("events", site.neighbour) == [(1,)], deadly
        assert site.ledger(site.project) == {
            "accepted": 2,
            "stored": 1,
            "dead bad_value": 1,
            "erased delete": 1,
        }, deadly


def test_a_drain_that_was_stopped_obeys_in_the_order_of_the_stream(site):
    """Everything waits: events, a reset, events, a deletion, events."""
    site.send(0)
    reset, delete = site.erase(), site.erase("delete")
    number = site.shard.number
    for asked in (reset, delete):
        entry = Entry(1, "control", 1, [], [(site.project, asked.verb, asked.at)], [])
        stores.queue().xadd(stream_key(number), {"b": msgspec.msgpack.encode(entry)})
        site.send(1_000)
    drain_all(site.shard)
    assert site.ledger(site.project) == {
        "accepted": 3,
        "stored": 1,
        "dropped reset": 1,
        "dropped deleted": 1,
    }
    site.finish(delete)
    assert rows("events", site.project) == [(0,)]
    assert rows("events", site.neighbour) == [(3,)]
