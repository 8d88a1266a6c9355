"""Group commit over a healthy queue: batches, keys of requests, bounds, and repeated numbers."""

import asyncio
import random

import msgspec
import pytest
import redis

from analytics_saas import redis as stores
from collector import appender as module
from collector import ranges, stream
from collector.appender import Appender
from collector.delivery import NotDurable
from collector.stream import Once, Sealed
from collector.tests.queue_server import MINUTE
from collector.tests.test_drain import event


@pytest.fixture
def shard():
    """A stream of its own; its number is also the project's id."""
    return random.randrange(10_000, 1_000_000)


def rows_of(shard):
    """Return the ids and the raw entries of a stream."""
    return ranges.read_range(stores.queue(), shard, "0", "+", 10_000)


def entries_of(shard):
    """Return the decoded entries of a stream."""
    return [msgspec.msgpack.decode(raw, type=stream.Entry) for _, raw in rows_of(shard)]


def run(shard, steps, **more):
    """Run steps with an appender in a loop of their own; return what they return."""

    async def inside():
        appender = Appender(stores.queue_async(), 1, first_shard=shard, **more)
        try:
            return await steps(appender)
        finally:
            await appender.finish()

    return asyncio.run(inside())


def outcomes(*names):
    """One drop for each name."""
    return [(MINUTE, name, None) for name in names]


def test_all_of_one_request_is_one_entry(shard):
    """Events in order, and every outcome counted in its cell."""
    sent = [event(shard, n, MINUTE * 1000) for n in range(3)]
    given = [(MINUTE, "accepted", one) for one in sent] + outcomes("bot", "bot")
    run(shard, lambda appender: appender.append_many(shard, given))
    (entry,) = entries_of(shard)
    assert entry.events == sent
    assert entry.drops == [(shard, MINUTE, "accepted", 3), (shard, MINUTE, "bot", 2)]


def test_a_repeated_number_adds_nothing(shard):
    """Also after a later one; numbers are kept for each producer."""

    async def steps():
        client = stores.queue_async()
        for producer, number in (("a", 1), ("a", 1), ("b", 1), ("a", 2), ("a", 1)):
            await stream.send(client, [Sealed(shard, 0, producer, number, b"entry")])

    asyncio.run(steps())
    assert len(rows_of(shard)) == 3


def test_an_entry_that_is_refused_holds_up_those_behind_it(shard):
    """Were one of them appended ahead of it, its number would hide the first for ever."""

    async def steps():
        client = stores.queue_async()
        # No id can be made of this time, as when there is no memory for a moment.
        bad, good = Sealed(shard, -5, "a", 1, b"first"), Sealed(shard, 0, "a", 2, b"second")
        with pytest.raises(redis.ResponseError):
            await stream.send(client, [bad, good])
        assert rows_of(shard) == []
        await stream.send(client, [Sealed(shard, 0, "a", 1, b"first"), good])

    asyncio.run(steps())
    assert [entry for _, entry in rows_of(shard)] == [b"first", b"second"]


def test_a_producer_is_forgotten_when_nothing_of_it_can_be_repeated(shard):
    """Ninety days after its last append, far longer than any spool is replayed by itself."""
    run(shard, lambda appender: appender.append_many(shard, outcomes("bot")))
    (key,) = stores.queue().scan_iter(f"{{q:{shard}}}:producer:*")
    assert stores.queue().pttl(key) > stream.PRODUCER_MS - 60_000


def test_a_request_with_a_key_is_stored_once_and_always_told_the_same(shard):
    """At once or later, with the digest that tells whether it was the same request."""

    async def steps(appender):
        first, again = Once("k", b"d", b"first"), Once("k", b"other", b"again")
        calls = [appender.append_many(shard, outcomes("bot"), 0, once) for once in (first, again)]
        return [*await asyncio.gather(*calls), await calls_again(appender)]

    async def calls_again(appender):
        return await appender.append_many(shard, outcomes("bot"), 0, Once("k", b"d", b"late"))

    assert run(shard, steps) == [Once("", b"d", b"first")] * 3
    assert len(rows_of(shard)) == 1


def test_a_key_is_a_projects_own_and_may_be_any_text(shard):
    """Two projects of one stream may use the same; none stands in the store as it was sent."""

    async def steps(appender):
        for project in (shard, shard + 1):
            once = Once("k\0}é 198.51.100.7", b"", b"")
            await appender.append_many(project, outcomes("bot"), 0, once)

    run(shard, steps)
    assert len(rows_of(shard)) == 2
    keys = list(stores.queue().scan_iter(f"{{q:{shard}}}:once:*"))
    assert len(keys) == 2
    assert all(0 < stores.queue().pttl(key) <= stream.ONCE_MS for key in keys)
    assert not any(b"198.51" in key + stores.queue().get(key) for key in keys)


def test_what_waits_is_bounded(shard):
    """Beyond the bound a request is refused at once, and the others are stored."""

    async def steps(appender):
        calls = [appender.append(shard, MINUTE, "bot", None) for _ in range(100)]
        answers = await asyncio.gather(*calls, return_exceptions=True)
        await appender.append(shard, MINUTE, "later", None)
        return answers

    room = 40 * module.OVERHEAD_BYTES
    answers = run(shard, steps, most_waiting_bytes=room)
    assert answers.count(None) == 40
    assert {type(answer) for answer in answers[40:]} == {NotDurable}
    counted = [cell[2:] for entry in entries_of(shard) for cell in entry.drops]
    assert counted == [("bot", 40), ("later", 1)]


def test_a_large_batch_becomes_several_entries_in_order(shard, monkeypatch):
    """So that a stall does not end in one that nothing can carry."""
    monkeypatch.setattr(module, "MOST_ENTRY_BYTES", 10 * module.OVERHEAD_BYTES)
    names = [f"n{number}" for number in range(100)]

    async def steps(appender):
        await asyncio.gather(*(appender.append(shard, MINUTE, name, None) for name in names))

    run(shard, steps)
    entries = entries_of(shard)
    assert len(entries) == 10
    assert [cell[2] for entry in entries for cell in entry.drops] == names


def test_a_request_that_gives_up_stops_nobody(shard):
    """A client that hangs up cancels its own wait only."""

    async def steps(appender):
        calls = [asyncio.ensure_future(appender.append(shard, MINUTE, "bot", None)) for _ in "ab"]
        await asyncio.sleep(0)
        calls[0].cancel()
        await calls[1]

    run(shard, steps)
    assert entries_of(shard)[0].drops == [(shard, MINUTE, "bot", 2)]


def test_what_an_interrupted_appender_refused_is_not_appended_later(shard, monkeypatch):
    """Its sender was told 503 and sends it again."""

    async def steps(appender):
        under_way = asyncio.Event()

        async def hang(_):
            under_way.set()
            await asyncio.Event().wait()

        with monkeypatch.context() as patch:
            patch.setattr(appender._delivery, "deliver", hang)
            first = asyncio.create_task(appender.append(shard, MINUTE, "first", None))
            await under_way.wait()
            second = asyncio.create_task(appender.append(shard, MINUTE, "second", None))
            await asyncio.sleep(0)
            appender._writer.cancel()
            ends = await asyncio.gather(first, second, return_exceptions=True)
        await appender.append(shard, MINUTE, "third", None)
        return [type(end) for end in ends], appender._bytes

    assert run(shard, steps) == ([NotDurable, NotDurable], 0)
    (entry,) = entries_of(shard)
    assert entry.drops == [(shard, MINUTE, "third", 1)]
