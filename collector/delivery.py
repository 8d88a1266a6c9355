"""One place for each entry: the queue, or the spool while the queue is away. Never both for good.

What may have reached the queue already keeps its number, so that replaying it adds nothing.
"""

import asyncio
import logging
import random
import time
from collections.abc import Iterator
from pathlib import Path

import redis
from redis.asyncio import Redis as AsyncRedis

from analytics_saas.failpoints import reach
from collector.pressure import Pressure
from collector.replay import replay, take_over
from collector.spool import Spool
from collector.stream import Once, Sealed, encode_sealed, send

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
# So much is replayed while requests wait, as the last step out of the spool.
SMALL_BYTES = 256 << 10
TAKEOVER_SECONDS = 15.0
END_SECONDS = 0.2
# Keys of requests that are in the spool; the queue cannot be asked about them.
MOST_KEPT = 10_000


class NotDurable(Exception):
    """Neither the queue nor the spool took it; the sender may try again."""


class Delivery:
    """Delivers the entries of one producer in order. Without a spool the queue is all there is.

    Beyond `queue_bytes` the queue is as good as away; 0 = the server's own limit.
    """

    def __init__(self, client: AsyncRedis, spool: Spool | None, queue_bytes: int = 0) -> None:
        self._client, self._spool = client, spool
        self.pressure = Pressure(client, queue_bytes)
        self._lock = asyncio.Lock()
        self._kept: dict[str, Once] = {}
        self._recovery: asyncio.Task[None] | None = None
        self._takeover: asyncio.Task[None] | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def spooled_bytes(self) -> int:
        """Bytes that wait in this producer's spool."""
        return self._spool.size if self._spool is not None else 0

    def start(self) -> None:
        """Look now and then how full the queue is, and what processes left that are gone."""
        if self._watch is None:
            self._watch = asyncio.create_task(self.pressure.watch())
        if self._spool is not None and self._takeover is None:
            self._takeover = asyncio.create_task(self._take_over(self._spool.root))

    async def deliver(self, batch: list[Sealed]) -> list[Once | None]:
        """Return once all of it is on disk, with what is kept under each own key.

        Once something is in the spool, everything goes there until it is replayed, so that
        nothing overtakes. Raises NotDurable.
        """
        async with self._lock:
            if self._spool is not None and self._spool.in_use:
                return await self._put_aside(self._spool, batch, None)
            try:
                return await self._send(batch)
            except (redis.RedisError, OSError) as error:
                if self._spool is None:
                    raise NotDurable(f"the queue: {error}") from error
                self.pressure.note(error)
                return await self._put_aside(self._spool, batch, error)

    async def finish(self) -> None:
        """Stop replaying and leave the spool to the next process."""
        for task in (self._recovery, self._takeover, self._watch):
            # A client that is interrupted while it connects may keep the interruption to itself.
            while task is not None and not task.done():
                task.cancel()
                await asyncio.wait([task], timeout=END_SECONDS)
        if self._spool is not None:
            self._spool.leave()

    async def _send(self, batch: list[Sealed]) -> list[Once | None]:
        if self.pressure.is_old_news:
            await self.pressure.look()
        if self.pressure.shedding:
            raise self.pressure.full()
        reach("appending")
        try:
            kept = await send(self._client, batch)
        except redis.ConnectionError:
            # A connection may have been closed while it was idle; the numbers allow a repeat.
            kept = await send(self._client, batch)
        reach("appended")
        self.pressure.count(sum(len(one.entry) for one in batch))
        return kept

    async def _put_aside(
        self, spool: Spool, batch: list[Sealed], why: Exception | None
    ) -> list[Once | None]:
        """Write a batch to the spool, less the repeats of requests that are there already."""
        kept, fresh, new = list[Once | None](), list[Sealed](), dict[str, Once]()
        for one in batch:
            known = self._kept.get(one.name) or new.get(one.name)
            kept.append(known or one.once)
            if known is None:
                fresh.append(one)
                if one.once is not None:
                    new[one.name] = one.once
        try:
            if len(self._kept) + len(new) > MOST_KEPT:
                raise OSError(f"{MOST_KEPT} requests with a key of their own are in the spool")
            await asyncio.to_thread(spool.append, [encode_sealed(one) for one in fresh])
        except OSError as error:
            text = f"the queue: {why}; the spool: {error}" if why else f"the spool: {error}"
            raise NotDurable(text) from error
        reach("spooled")
        self._kept |= new
        if self._recovery is None or self._recovery.done():
            log.warning("events go to the spool %s; the queue: %s", spool.folder, why)
            self._recovery = asyncio.create_task(self._recover(spool))
        return kept

    async def _recover(self, spool: Spool) -> None:
        began, told = time.monotonic(), 0.0
        for pause in _pauses():
            await asyncio.sleep(pause)
            try:
                count = await self._empty(spool)
            except (redis.RedisError, OSError) as error:
                self.pressure.note(error)
                if time.monotonic() > told + 60:
                    log.warning("the spool %s waits for the queue: %s", spool.folder, error)
                    told = time.monotonic()
            else:
                seconds = time.monotonic() - began
                log.info("the queue is back: %d entries replayed after %.1f s", count, seconds)
                return

    async def _empty(self, spool: Spool) -> int:
        """Replay until little is left, then the rest while nobody can add to it."""
        # A stalled queue is waited for here, not where requests wait too.
        await self.pressure.require_room()
        count = 0
        while spool.size > SMALL_BYTES:
            async with self._lock:
                oldest = spool.seal()[0]
            count += await replay(self._client, oldest, self.pressure)
            async with self._lock:
                spool.discard(oldest)
        async with self._lock:
            for segment in spool.seal():
                count += await replay(self._client, segment, self.pressure)
                spool.discard(segment)
            spool.leave()
            self._kept.clear()
        return count

    async def _take_over(self, root: Path) -> None:
        while True:
            try:
                await take_over(self._client, root, self.pressure)
            except redis.RedisError as error:
                log.info("what may be left in %s waits for the queue: %s", root, error)
            await asyncio.sleep(TAKEOVER_SECONDS)


def _pauses() -> Iterator[float]:
    """Yield seconds to wait, longer and longer, and not the same for every process."""
    pause = FIRST_PAUSE
    while True:
        yield pause * random.uniform(0.5, 1)
        pause = min(2 * pause, LONGEST_PAUSE)
