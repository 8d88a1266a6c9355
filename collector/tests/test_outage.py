"""The queue dies, stalls, fills up and comes back: nothing is lost, doubled or reordered."""

import asyncio
import os
import threading

import pytest
import redis

from analytics_saas.redis import queue_async
from collector import appender as appenders
from collector.delivery import Delivery, NotDurable
from collector.pressure import Pressure
from collector.replay import take_over
from collector.segment import read_segment
from collector.spool import Spool, left_behind
from collector.stream import Once, Sealed, stream_key
from collector.tests.queue_server import MINUTE, put, queue_server, until


@pytest.fixture
def server(tmp_path):
    """A queue of the test's own."""
    with queue_server(tmp_path) as server:
        yield server


def names(prefix, count):
    """Return as many names for events."""
    return [f"{prefix}{number}" for number in range(count)]


async def take_over_from(spool, server):
    """Replay what a process left in a spool."""
    client = queue_async(server.url)
    return await take_over(client, spool.root, Pressure(client, 0))


async def is_back(server, appender):
    """Wait until all of the spool is in the queue."""
    await until(lambda: not server.waiting_files())
    await put(appender, "direct")
    assert not server.waiting_files()


def test_a_killed_queue_costs_nothing_and_keeps_the_order(server):
    """What comes before, during and after is in the stream once, in its order."""
    before, during, after = (names(part, 30) for part in ("a", "b", "c"))

    async def steps():
        appender = server.appender(server.spool())
        await put(appender, *before)
        server.kill()
        await put(appender, *during)
        server.start()
        await put(appender, *after)
        await is_back(server, appender)
        await appender.finish()

    asyncio.run(steps())
    assert server.reasons() == [*before, *during, *after, "direct"]
    assert list((server.folder / "spool").iterdir()) == []


def test_a_stalled_queue_is_known_and_what_it_may_have_taken_comes_once(server):
    """It reads the doubtful append from its socket when it goes on; the replay repeats it."""
    sent = names("s", 20)

    async def steps():
        appender = server.appender(server.spool(), stall_seconds=0.2)
        await put(appender, "first")
        server.stall()
        await put(appender, *sent)
        assert server.waiting_files()
        server.go_on()
        await is_back(server, appender)
        await appender.finish()

    asyncio.run(steps())
    assert server.reasons() == ["first", *sent, "direct"]


class Wire(threading.Thread):
    """Stands between client and queue, and kills the queue once it has answered an append.

    The answer is never handed on: the client cannot know that the append was applied.
    """

    def __init__(self, server):
        super().__init__(daemon=True)
        self.path = str(server.folder / "wire.sock")
        self.killed = threading.Event()
        self._server = server
        self.start()

    def run(self):
        """Serve until the queue is dead, and then hand everything on to the next one."""
        asyncio.run(self._serve())

    async def _serve(self):
        listening = await asyncio.start_unix_server(self._carry, self.path)
        async with listening:
            await listening.serve_forever()

    async def _carry(self, reader, writer):
        try:
            from_queue, to_queue = await asyncio.open_unix_connection(self._server.path)
        except OSError:
            writer.close()
            return
        await asyncio.gather(
            self._hand_on(reader, to_queue), self._hand_on(from_queue, writer, answers=True)
        )

    async def _hand_on(self, source, target, answers=False):
        try:
            while data := await source.read(65_536):
                if answers and not self.killed.is_set() and self._has_taken():
                    self._server.kill()
                    self.killed.set()
                    break
                target.write(data)
                await target.drain()
        except (OSError, redis.RedisError):
            pass
        target.close()

    def _has_taken(self):
        return self._server.client.exists(stream_key(0))


async def append_through_a_dying_queue(server, append):
    """Run an append whose answer is lost with the queue; start the queue again after it."""
    wire = Wire(server)
    while not (server.folder / "wire.sock").exists():
        await asyncio.sleep(0.005)

    async def restart():
        await asyncio.to_thread(wire.killed.wait, 10)
        await asyncio.to_thread(server.start)

    await asyncio.gather(append(queue_async(f"unix://{wire.path}")), restart())


def test_an_append_whose_answer_is_lost_is_one_entry(server):
    """The queue is killed between the XADD and its reply, and the number allows the repeat."""

    async def append(client):
        appender = appenders.Appender(client, 1, spool=server.spool())
        await put(appender, "once")
        await until(lambda: not server.waiting_files())
        await appender.finish()

    asyncio.run(append_through_a_dying_queue(server, append))
    assert server.reasons() == ["once"]


def test_a_naive_retry_in_the_same_place_makes_two(server):
    """The counter-proof: the wire does lose an answer to something that was applied."""

    async def append(client):
        while True:
            try:
                return await client.xadd(stream_key(0), {"b": "x"})
            except redis.RedisError:
                await asyncio.sleep(0.02)

    asyncio.run(append_through_a_dying_queue(server, append))
    assert server.client.xlen(stream_key(0)) == 2


def test_a_queue_that_takes_no_writes_is_away_too(server):
    """Out of memory, with noeviction; reads and pings are answered as ever."""

    async def steps():
        appender = server.appender(server.spool())
        server.client.config_set("maxmemory", 1)
        await put(appender, *names("o", 5))
        assert server.waiting_files()
        server.client.config_set("maxmemory", 0)
        await is_back(server, appender)
        await appender.finish()

    asyncio.run(steps())
    assert server.reasons() == [*names("o", 5), "direct"]


def test_without_queue_and_spool_nothing_is_promised(server):
    """A full spool, one that cannot be made, and none; each says what is wrong with both."""
    (server.folder / "file").write_text("")
    spools = [server.spool(most=50), Spool(server.folder / "file" / "spool", 1 << 20), None]
    server.kill()

    async def refused(spool):
        appender = server.appender(spool)
        with pytest.raises(NotDurable) as error:
            await put(appender, "x")
        server.start()
        # Nothing has to be replayed, so the way to the queue is free again.
        await put(appender, "taken")
        await appender.finish()
        server.kill()
        return str(error.value)

    full, unusable, none = (asyncio.run(refused(spool)) for spool in spools)
    assert "SPOOL_BYTES (50)" in full and "the queue:" in full
    assert "Not a directory" in unusable
    assert none.startswith("the queue:")
    server.start()
    assert server.reasons() == ["taken"] * 3


def test_a_full_spool_refuses_until_some_of_it_is_replayed(server):
    """What it took before is kept, and comes first."""

    async def steps():
        appender = server.appender(server.spool(most=3_000))
        server.kill()
        taken = []
        with pytest.raises(NotDurable, match="SPOOL_BYTES"):
            for name in names("f", 100):
                await put(appender, name)
                taken.append(name)
        server.start()
        await is_back(server, appender)
        await appender.finish()
        return taken

    taken = asyncio.run(steps())
    assert 5 < len(taken) < 100
    assert server.reasons() == [*taken, "direct"]


def test_many_projects_at_once_keep_their_own_order(server, monkeypatch):
    """Hundreds of requests over three shards, through two outages and many files."""
    monkeypatch.setattr("collector.spool.SEGMENT_BYTES", 2_000)
    monkeypatch.setattr("collector.delivery.SMALL_BYTES", 1_000)
    count = 60

    async def send(appender, project):
        for name in names(f"p{project}-", count):
            await put(appender, name, project=project)
            await asyncio.sleep(0.002)

    async def breaks():
        for _ in range(2):
            await asyncio.sleep(0.05)
            server.kill()
            await asyncio.sleep(0.1)
            await asyncio.to_thread(server.start)

    async def steps():
        appender = server.appender(server.spool(), shards=3)
        await asyncio.gather(breaks(), *(send(appender, project) for project in range(7)))
        await until(lambda: not server.waiting_files())
        await appender.finish()

    asyncio.run(steps())
    for project in range(7):
        entries = server.entries(project % 3)
        own = [cell[2] for one in entries for cell in one.drops if cell[0] == project]
        assert own == names(f"p{project}-", count)


def test_a_request_with_a_key_is_stored_once_through_an_outage(server):
    """Before, during and after it, by the same process and by others."""
    once, kept = Once("k", b"d", b"told"), Once("", b"d", b"told")

    async def steps():
        appender, other = server.appender(server.spool()), server.appender(server.spool())
        server.kill()
        for one in (appender, appender, other):
            assert await one.append_many(0, [(MINUTE, "x", None)], 0, once) == kept
        server.start()
        await until(lambda: not server.waiting_files())
        late = await other.append_many(0, [(MINUTE, "x", None)], 0, Once("k", b"d", b"late"))
        assert late == kept
        for one in (appender, other):
            await one.finish()

    asyncio.run(steps())
    assert server.reasons() == ["x"]


def test_a_stop_in_an_outage_leaves_everything_for_the_next_process(server):
    """It begins with that at its start, and its own comes after."""
    sent = names("l", 10)

    async def stopped():
        appender = server.appender(server.spool())
        server.kill()
        calls = [put(appender, name) for name in sent]
        await asyncio.gather(*calls)
        await appender.finish()

    async def next_one():
        appender = server.appender(server.spool())
        appender.start()
        await until(lambda: not server.waiting_files())
        await put(appender, "own")
        await appender.finish()

    asyncio.run(stopped())
    assert server.waiting_files()
    server.start()
    asyncio.run(next_one())
    assert sorted(server.reasons()[:-1]) == sent
    assert server.reasons()[-1] == "own"


def test_a_replay_that_dies_midway_is_repeated_without_harm(server):
    """Half of a file is in the queue already when somebody begins with it again."""
    spool = server.spool()

    async def left():
        delivery = Delivery(queue_async(server.url), spool)
        server.kill()
        await delivery.deliver([Sealed(0, 0, spool.producer, n, b"%d" % n) for n in range(1, 9)])
        await delivery.finish()
        server.start()
        half = [Sealed(0, 0, spool.producer, n, b"%d" % n) for n in range(1, 5)]
        await Delivery(queue_async(server.url), None).deliver(half)

    async def heirs():
        both = [take_over_from(spool, server) for _ in range(2)]
        return sum(await asyncio.gather(*both))

    asyncio.run(left())
    assert asyncio.run(heirs()) == 8
    rows = server.client.xrange(stream_key(0))
    assert [fields[b"b"] for _, fields in rows] == [b"%d" % n for n in range(1, 9)]
    assert left_behind(spool.root) == []


def test_a_torn_end_costs_only_what_nobody_was_promised(server, caplog):
    """A process died while it wrote; the log says how much is cut."""
    spool = server.spool()

    async def left():
        appender = server.appender(spool)
        server.kill()
        await put(appender, "whole")
        await appender.finish()

    asyncio.run(left())
    (path,) = server.waiting_files()
    assert len(read_segment(path)) == 1
    with path.open("ab") as file:
        file.write(path.read_bytes()[8:40])
    server.start()
    asyncio.run(take_over_from(spool, server))
    assert server.reasons() == ["whole"]
    assert "the last 32 bytes are cut" in caplog.text


def test_what_is_older_than_the_memory_of_numbers_is_not_replayed(server, caplog):
    """It might be appended twice: an operator decides, and the files stay."""
    spool = server.spool()
    server.kill()

    async def left():
        appender = server.appender(spool)
        await put(appender, "old")
        await appender.finish()

    asyncio.run(left())
    (path,) = server.waiting_files()
    os.utime(path, (1, 1))
    server.start()
    for _ in range(2):
        assert asyncio.run(take_over_from(spool, server)) == 0
    assert caplog.text.count("set aside") == 1
    assert server.reasons() == []
    assert len(server.waiting_files()) == 1
