"""A Valkey of a test's own that can be killed, stalled and started again, and ways to use it."""

import asyncio
import contextlib
import os
import signal
import subprocess
import time

import msgspec
import redis

from analytics_saas.embedded import valkey
from analytics_saas.redis import queue_async
from collector.appender import Appender
from collector.ranges import read_range
from collector.spool import Spool
from collector.stream import Entry, stream_key

MINUTE = 1_800_000_000


class QueueServer:
    """The queue as `make up` starts it, in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.path = str(folder / "queue.sock")
        self.url = f"unix://{self.path}"
        self.client = redis.Redis(unix_socket_path=self.path)
        self.start()

    def start(self):
        """Start it, again or for the first time."""
        self._process = subprocess.Popen(valkey.queue_command(self.folder))
        deadline = time.monotonic() + 10
        while not self._answers():
            assert time.monotonic() < deadline, "the queue does not start"
            time.sleep(0.005)

    def _answers(self):
        try:
            return self.client.ping()
        except redis.RedisError:
            return False

    def kill(self):
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait()

    def stall(self):
        """Let it hang: connections stay open and nothing is answered."""
        self._process.send_signal(signal.SIGSTOP)
        # Only a stopped process answers nothing; the signal itself may take its time.
        os.waitpid(self._process.pid, os.WUNTRACED)

    def go_on(self):
        """End the stall."""
        self._process.send_signal(signal.SIGCONT)

    def entries(self, shard=0):
        """Return what is in a stream."""
        rows = read_range(self.client, shard, "0", "+", 100_000)
        return [msgspec.msgpack.decode(raw, type=Entry) for _, raw in rows]

    def reasons(self, shard=0):
        """Return the drops of a stream in its order: with one event each, a name for it."""
        return [cell[2] for entry in self.entries(shard) for cell in entry.drops]

    def appender(self, spool=None, shards=1, stall_seconds=1.0, **more):
        """Return an appender to it; call in a running loop."""
        return Appender(queue_async(self.url, stall_seconds), shards, spool=spool, **more)

    def drain(self, shard=0):
        """Take everything out of a stream as a drain does; return its entries."""
        entries = self.entries(shard)
        self.client.xtrim(stream_key(shard), maxlen=0, approximate=False)
        return entries

    def spool(self, most=1 << 20):
        """Return a spool beside it."""
        return Spool(self.folder / "spool", most)

    def waiting_files(self):
        """Return the spool's files."""
        return sorted((self.folder / "spool").glob("*/*.seg"))


async def put(appender, *names, project=0):
    """Append drops one after another, each known by its reason."""
    for name in names:
        await appender.append(project, MINUTE, name, None)


async def until(condition, seconds=15):
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to pass"
        await asyncio.sleep(0.01)


@contextlib.contextmanager
def queue_server(folder):
    """Run one until the block ends."""
    server = QueueServer(folder)
    try:
        yield server
    finally:
        server.go_on()
        server.kill()
