"""The load: requests at a steady pace over kept connections, in a process of its own.

It never repeats a request; until SIGTERM, then it writes down what it knows of each.
"""

import argparse
import asyncio
import mmap
import re
import signal
import struct
import time
from collections import deque
from pathlib import Path
from typing import cast

import uvloop

from analytics_saas.chaos.outcomes import Outcome, Outcomes
from analytics_saas.chaos.requests import Requests

PATIENCE_SECONDS = 30.0
FAREWELL_SECONDS = 5.0
TICK_SECONDS = 0.004
RECONNECT_SECONDS = 0.03
# What could not be sent in time is not made up for beyond this: a stall is no burst afterwards.
MOST_BEHIND_SECONDS = 0.1
PROGRESS = struct.Struct(f"<{len(Outcome)}Q")
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Connection(asyncio.Protocol):
    """One kept connection with at most one request under way."""

    def __init__(self, load: "Load") -> None:
        self._load, self._received = load, b""
        self.identity = 0
        self.sent_at = 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be free for a request."""
        self.transport = cast(asyncio.Transport, transport)
        self._load.free.append(self)

    def send(self, now: float) -> None:
        """Send the next event's request."""
        assert self.transport is not None
        self.sent_at = now
        self.identity = self._load.outcomes.begin(now)
        self.transport.write(self._load.requests.make(self.identity))

    def data_received(self, data: bytes) -> None:
        """Read on until the answer is whole."""
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        found = LENGTH.search(self._received, 0, end + 2) if end >= 0 else None
        if found is None or len(self._received) < end + 4 + int(found[1]):
            return
        outcome = outcome_of(self._received[9:12], self._received[:end])
        self._received = b""
        self._load.note(self.identity, outcome)
        self.identity = 0
        self._load.free.append(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave what was under way unknown, and connect anew."""
        if self.identity:
            self._load.note(self.identity, Outcome.UNKNOWN)
        self.transport, self.identity = None, 0
        self._load.connect_later()


def outcome_of(status: bytes, head: bytes) -> Outcome:
    """Return what an answer says of its event."""
    if status == b"202":
        return Outcome.DROPPED if b"x-daysalt-dropped" in head else Outcome.ACCEPTED
    return Outcome.REJECTED if status.startswith(b"4") else Outcome.REFUSED


class Load:
    """Sends `rate` requests a second, 0 = as many as are answered."""

    def __init__(self, port: int, rate: float, first: int, progress: Path) -> None:
        self.outcomes, self.requests = Outcomes(first), Requests(first)
        self.free: deque[Connection] = deque()
        self._all: set[Connection] = set()
        self._port, self._rate, self._next = port, rate, 0.0
        self._counts = [0] * len(Outcome)
        self._stopping = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        with progress.open("r+b") as file:
            self._progress = mmap.mmap(file.fileno(), PROGRESS.size)

    async def run(self, connections: int) -> None:
        """Send until SIGTERM, then wait a little for what is under way."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._stopping.set)
        # A load whose test is gone ends, too.
        loop.add_reader(0, self._stopping.set)
        for _ in range(connections):
            self._connect_now()
        self._next = loop.time()
        while not self._stopping.is_set():
            self._send_due()
            self._give_up(PATIENCE_SECONDS)
            self._progress[:] = PROGRESS.pack(*self._counts)
            await asyncio.sleep(TICK_SECONDS)
        loop.remove_reader(0)
        deadline = time.monotonic() + FAREWELL_SECONDS
        while any(one.identity for one in self._all) and time.monotonic() < deadline:
            await asyncio.sleep(TICK_SECONDS)
        self._give_up(0)
        self._progress[:] = PROGRESS.pack(*self._counts)

    def note(self, identity: int, outcome: Outcome) -> None:
        """Keep the word on an event."""
        self.outcomes.end(identity, outcome, time.monotonic())
        self._counts[outcome] += 1

    def connect_later(self) -> None:
        """Connect anew after a moment."""
        if not self._stopping.is_set():
            asyncio.get_running_loop().call_later(RECONNECT_SECONDS, self._connect_now)

    def _connect_now(self) -> None:
        task = asyncio.create_task(self._connect())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self) -> None:
        connection = Connection(self)
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: connection, "127.0.0.1", self._port)
        except OSError:
            self.connect_later()
        else:
            self._all = {one for one in self._all if one.transport} | {connection}

    def _send_due(self) -> None:
        now = time.monotonic()
        self._next = max(self._next, now - MOST_BEHIND_SECONDS)
        while self.free and (not self._rate or self._next <= now):
            connection = self.free.popleft()
            if connection.transport and not connection.transport.is_closing():
                connection.send(time.monotonic())
                self._next += 1 / self._rate if self._rate else 0

    def _give_up(self, seconds: float) -> None:
        oldest = time.monotonic() - seconds
        for one in self._all:
            if one.identity and one.sent_at <= oldest and one.transport:
                one.transport.abort()


def main() -> None:
    """Run from the command line of `steady.py`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--connections", type=int, default=64)
    options = parser.parse_args()
    folder = options.folder

    async def run() -> Outcomes:
        load = Load(options.port, options.rate, options.first, folder / "progress")
        await load.run(options.connections)
        await asyncio.sleep(0)
        return load.outcomes

    uvloop.run(run()).write(folder / f"{options.first}.outcomes")


if __name__ == "__main__":
    main()
