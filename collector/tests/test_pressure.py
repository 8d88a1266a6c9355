"""The queue fills up and is drained: shed, spool, refuse, resume; nothing lost or doubled."""

import asyncio

import pytest

from analytics_saas.embedded import valkey
from analytics_saas.redis import queue_async
from collector import pressure as module
from collector.delivery import NotDurable
from collector.pressure import Pressure
from collector.tests.queue_server import put, queue_server, until

MIB = 1 << 20
BULK = "x" * 20_000


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A queue of the test's own, which is looked at all the time."""
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)
    with queue_server(tmp_path) as server:
        yield server


class Sender:
    """Sends large events that are numbered; `taken` is how many had their answer."""

    def __init__(self, appender):
        self._appender = appender
        self.taken = 0

    async def send_until(self, condition):
        """Send until something holds."""
        while not condition():
            await put(self._appender, f"{self.taken}-{BULK}")
            self.taken += 1
            # As between requests, others have a turn.
            await asyncio.sleep(0.001)


def numbers(entries):
    """Return the numbers of events in their order."""
    return [int(cell[2].partition("-")[0]) for entry in entries for cell in entry.drops]


def used(server):
    """Return how many bytes the server holds."""
    return server.client.info("memory")["used_memory"]


def test_a_full_queue_is_relieved_by_the_spool_until_it_is_drained(server):
    """At 95 % of QUEUE_BYTES; the spool waits until below 90 %, and refuses when it is full."""
    most, drained, ballast = 8 * MIB, [], []
    while used(server) < most * 0.92:
        ballast.append(f"ballast{len(ballast)}")
        server.client.set(ballast[-1], "x" * 60_000)

    async def steps():
        appender = server.appender(server.spool(MIB), queue_bytes=most)
        appender.start()
        sender = Sender(appender)
        await sender.send_until(server.waiting_files)
        assert used(server) < most * 0.97
        with pytest.raises(NotDurable, match="SPOOL_BYTES"):
            await sender.send_until(lambda: False)
        drained.extend(server.drain())
        assert most * 0.9 < used(server) < most * 0.95
        await asyncio.sleep(0.3)
        assert server.entries() == []
        server.client.delete(*ballast)
        await until(lambda: not server.waiting_files())
        spooled = sender.taken
        await sender.send_until(lambda: sender.taken > spooled)
        assert not server.waiting_files()
        await appender.finish()
        return sender.taken

    taken = asyncio.run(steps())
    assert taken > 50
    assert numbers([*drained, *server.entries()]) == list(range(taken))


def test_a_spool_is_never_poured_into_the_queue_beyond_the_mark(server):
    """What waits there may be many times as large as the queue."""
    drained = []

    async def steps():
        appender = server.appender(server.spool(64 * MIB), queue_bytes=6 * MIB)
        appender.start()
        sender = Sender(appender)
        await sender.send_until(lambda: appender.spooled_bytes > 12 * MIB)
        most = 0
        while server.waiting_files():
            most = max(most, used(server))
            drained.extend(server.drain())
            await asyncio.sleep(0.02)
        await appender.finish()
        return most, sender.taken

    most, taken = asyncio.run(steps())
    # A chunk may follow the last look.
    assert most < 6.5 * MIB
    assert numbers([*drained, *server.entries()]) == list(range(taken))


def test_a_flood_is_noticed_before_the_second_is_over(server, monkeypatch):
    """Who has sent much since it looked looks again, so that the limit is passed by little."""
    monkeypatch.setattr(module, "LOOK_SECONDS", 3_600)

    async def steps():
        appender = server.appender(server.spool(8 * MIB), queue_bytes=8 * MIB)
        appender.start()
        sender = Sender(appender)
        await sender.send_until(server.waiting_files)
        await appender.finish()

    asyncio.run(steps())
    assert used(server) < 8.3 * MIB


def test_the_smaller_of_both_limits_counts(server):
    """QUEUE_BYTES, and what the server itself allows."""

    async def most(asked):
        pressure = Pressure(queue_async(server.url), asked)
        await pressure.look()
        return pressure.most_bytes

    async def steps():
        found = [await most(asked) for asked in (0, 9 * MIB)]
        server.client.config_set("maxmemory", 8 * MIB)
        return found + [await most(asked) for asked in (0, 7 * MIB, 9 * MIB)]

    assert asyncio.run(steps()) == [0, 9 * MIB, 8 * MIB, 7 * MIB, 8 * MIB]


def test_a_queue_that_must_not_be_asked_is_still_used(server):
    """Where a managed server forbids INFO, its own refusals tell."""
    server.client.execute_command("ACL", "SETUSER", "default", "-info")

    async def steps():
        appender = server.appender(server.spool())
        appender.start()
        await put(appender, "direct")
        server.client.config_set("maxmemory", 1)
        await put(appender, "spooled")
        assert server.waiting_files()
        server.client.config_set("maxmemory", 0)
        await until(lambda: not server.waiting_files())
        await appender.finish()

    asyncio.run(steps())
    assert server.reasons() == ["direct", "spooled"]


def test_the_embedded_queue_keeps_room_for_the_drains(tmp_path):
    """A quarter and 32 MiB above what collectors may fill; without that limit it has none."""
    for asked, most in ((64 * MIB, 112 * MIB), (0, 0)):
        command = valkey.queue_command(tmp_path, asked)
        assert command[command.index("--maxmemory") + 1] == str(most)
