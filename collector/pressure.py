"""How full the queue is: above 95 % of its bytes events go to the spool, until below 90 %."""

import asyncio
import logging

import redis
from redis.asyncio import Redis as AsyncRedis

log = logging.getLogger(__name__)

SHED_PERCENT, RESUME_PERCENT = 95, 90
LOOK_SECONDS = 1.0
# Whoever has sent this part of the limit since it looked looks again: a second can be too long.
PARTS = 64


class QueueFull(redis.RedisError):
    """The queue takes nothing more until the drains have made room in it."""


class Pressure:
    """What one process knows of the queue's memory; `shedding` is all that a request asks.

    `most_bytes` is QUEUE_BYTES, 0 = the server's own maxmemory; the smaller of both counts.
    """

    def __init__(self, client: AsyncRedis, most_bytes: int) -> None:
        self._client, self._asked = client, most_bytes
        self.shedding = False
        self.used_bytes = self.most_bytes = 0
        self._sent = 0

    def count(self, sent_bytes: int) -> None:
        """Note what this process has appended."""
        self._sent += sent_bytes

    @property
    def is_old_news(self) -> bool:
        """Tell whether so much was sent since the last look that it says little."""
        return self._sent * PARTS > self.most_bytes > 0

    async def look(self) -> None:
        """Ask how full the queue is. Raises RedisError."""
        self._sent = 0
        try:
            memory = await self._client.info("memory")
        except redis.exceptions.NoPermissionError:
            # Then only its own refusals tell that it is full.
            memory = {"used_memory": 0} if await self._client.ping() else {}
        self.used_bytes = int(memory["used_memory"])
        bounds = [bytes_ for bytes_ in (self._asked, int(memory.get("maxmemory", 0))) if bytes_]
        self.most_bytes = min(bounds, default=0)
        self._judge()

    async def require_room(self) -> None:
        """Look, and raise QueueFull while events are to stay in the spool. Raises RedisError."""
        await self.look()
        if self.shedding:
            raise self.full()

    def full(self) -> QueueFull:
        """Return what to say of a queue that is too full."""
        marks = f"until it holds less than {RESUME_PERCENT} % of {self.most_bytes} (QUEUE_BYTES)"
        return QueueFull(f"it holds {self.used_bytes} bytes; events wait {marks}")

    def note(self, error: Exception) -> None:
        """Learn from what the queue refused."""
        if isinstance(error, redis.exceptions.OutOfMemoryError):
            self.shedding = True

    async def watch(self) -> None:
        """Look every second; a queue that is away is noticed by whoever appends."""
        while True:
            try:
                await self.look()
            except (redis.RedisError, OSError) as error:
                log.debug("nobody knows how full the queue is: %s", error)
            await asyncio.sleep(LOOK_SECONDS)

    def _judge(self) -> None:
        before, percent = self.shedding, 100 * self.used_bytes
        if percent >= SHED_PERCENT * self.most_bytes > 0:
            self.shedding = True
        elif percent < RESUME_PERCENT * self.most_bytes or not self.most_bytes:
            self.shedding = False
        if self.shedding and not before:
            log.warning("the queue is full: %s", self.full())
        elif before and not self.shedding:
            log.info("the queue has room again: %d of %d bytes", self.used_bytes, self.most_bytes)
