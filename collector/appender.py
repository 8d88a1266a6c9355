"""Group commit: whatever arrives while an append is under way is the next entry."""

import asyncio
import logging
import secrets
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from msgspec import structs
from redis.asyncio import Redis as AsyncRedis

from collector import tally
from collector.delivery import Delivery, NotDurable
from collector.event import Event
from collector.spool import Spool
from collector.stream import (
    Cell,
    Once,
    Sealed,
    encode_entry,
    encode_event,
    once_name,
    shard_of,
)

log = logging.getLogger(__name__)

# What a waiting event takes beside its own bytes: its future, its request, a ledger cell.
OVERHEAD_BYTES = 512
MOST_WAITING_BYTES = 32 << 20
# A batch beyond this is followed by another one, so that no entry grows with a stall.
MOST_ENTRY_BYTES = 1 << 20
TELL_SECONDS = 10.0

# A minute of the ledger, "accepted" or why it was dropped, and what is to be stored.
Outcome = tuple[int, str, Event | None]
Done = asyncio.Future[Once | None]


@dataclass(slots=True)
class Batch:
    """What waits to be one entry of a shard."""

    shard: int
    at: int
    name: str = ""
    once: Once | None = None
    events: list[bytes] = field(default_factory=list)
    drops: dict[Cell, int] = field(default_factory=dict)
    waiting: list[Done] = field(default_factory=list)
    size: int = 0

    def add(self, project_id: int, minute: int, reason: str, event: bytes | None) -> None:
        """Count one outcome, and take its event along."""
        cell = (project_id, minute, reason)
        self.drops[cell] = self.drops.get(cell, 0) + 1
        if event is not None:
            self.events.append(event)

    def resolve(self, kept: Once | None) -> None:
        """Tell all who wait that the batch is on disk."""
        outcomes = tally.outcomes
        for (_, _, reason), count in self.drops.items():
            outcomes[reason] = outcomes.get(reason, 0) + count
        for done in self.waiting:
            if not done.done():
                done.set_result(kept)

    def refuse(self, error: NotDurable) -> None:
        """Tell all who wait that it is not."""
        for done in self.waiting:
            if not done.done():
                done.set_exception(error)


class Appender:
    """Takes outcomes of many requests at once; each returns when its own is on disk.

    Projects are spread over `shards` streams, numbered from `first_shard`. Without a spool, what
    the queue does not take is refused. It belongs to the event loop in which it is first used.
    """

    def __init__(
        self,
        client: AsyncRedis,
        shards: int,
        *,
        first_shard: int = 0,
        spool: Spool | None = None,
        queue_bytes: int = 0,
        most_waiting_bytes: int = MOST_WAITING_BYTES,
    ) -> None:
        self._shards, self._first_shard = shards, first_shard
        self._delivery = Delivery(client, spool, queue_bytes)
        # Numbers start anew with each appender, so each is a producer of its own.
        self._producer = spool.producer if spool else secrets.token_hex(8)
        self._numbers: Counter[int] = Counter()
        self._batches: list[Batch] = []
        self._open: dict[tuple[int, int], Batch] = {}
        self._most_bytes, self._bytes = most_waiting_bytes, 0
        self._writer: asyncio.Task[None] | None = None
        self._told = -TELL_SECONDS

    @property
    def waiting_bytes(self) -> int:
        """Bytes of what waits for its append."""
        return self._bytes

    @property
    def spooled_bytes(self) -> int:
        """Bytes that wait in this producer's spool."""
        return self._delivery.spooled_bytes

    @property
    def shedding(self) -> bool:
        """Tell whether the queue is too full to be used."""
        return self._delivery.pressure.shedding

    def start(self) -> None:
        """Watch how full the queue is, and append what an earlier process left in the spool."""
        self._delivery.start()

    async def append(
        self, project_id: int, minute: int, reason: str, event: Event | None, at: int = 0
    ) -> None:
        """Return once the event or its drop is on disk. Raises NotDurable.

        `minute` is in seconds since 1970, `at` the time of a development clock in milliseconds,
        0 = the server's own.
        """
        encoded = None if event is None else encode_event(event)
        size = OVERHEAD_BYTES + len(encoded or b"")
        self._require_room(size)
        batch = self._batch(project_id, at, None)
        batch.add(project_id, minute, reason, encoded)
        await self._join(batch, size)

    async def append_many(
        self,
        project_id: int,
        outcomes: Sequence[Outcome],
        at: int = 0,
        once: Once | None = None,
    ) -> Once | None:
        """Return once all outcomes of one request are on disk: all of them or none.

        With `once` they are an entry of their own, appended unless a request of this project with
        the same key was in the last 24 hours. Returns what is kept under that key: `once` itself,
        or that of the earlier request, whose digest may be another; both without the key. Raises
        NotDurable; then the same may be sent again, and is not stored twice if it has a key.
        """
        encoded = [None if event is None else encode_event(event) for _, _, event in outcomes]
        size = sum(OVERHEAD_BYTES + len(event or b"") for event in encoded)
        self._require_room(size)
        batch = self._batch(project_id, at, once)
        for (minute, reason, _), event in zip(outcomes, encoded, strict=True):
            batch.add(project_id, minute, reason, event)
        return await self._join(batch, size)

    async def finish(self) -> None:
        """Wait for what is under way; what is in the spool stays there for the next process."""
        if self._writer is not None:
            await self._writer
        await self._delivery.finish()

    def _require_room(self, size: int) -> None:
        if self._bytes + size > self._most_bytes:
            raise self._tell(NotDurable(f"{self._bytes} bytes wait already"))

    def _join(self, batch: Batch, size: int) -> Done:
        """Return what is resolved once the batch is on disk."""
        batch.size += size
        self._bytes += size
        done: Done = asyncio.get_running_loop().create_future()
        batch.waiting.append(done)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_all())
        return done

    def _batch(self, project_id: int, at: int, once: Once | None) -> Batch:
        # Visits are forgotten by the time of entries, so each asked time is an entry of its own.
        shard = self._first_shard + shard_of(project_id, self._shards)
        if once is not None:
            nameless = structs.replace(once, key="")
            batch = Batch(shard, at, once_name(project_id, once.key), nameless)
            self._batches.append(batch)
            return batch
        open_batch = self._open.get((shard, at))
        if open_batch is None or open_batch.size >= MOST_ENTRY_BYTES:
            open_batch = self._open[(shard, at)] = Batch(shard, at)
            self._batches.append(open_batch)
        return open_batch

    async def _write_all(self) -> None:
        while self._batches:
            batches, self._batches, self._open = self._batches, [], {}
            batches.sort(key=lambda batch: (batch.shard, batch.at))
            begin = time.perf_counter()
            try:
                kept = await self._delivery.deliver([self._seal(batch) for batch in batches])
            except NotDurable as error:
                _refuse(batches, self._tell(error))
            except BaseException:
                # Whoever waits must hear of it, also when this task is cancelled or has a bug;
                # and what was refused must not be appended later.
                batches += self._batches
                self._batches, self._open = [], {}
                _refuse(batches, NotDurable("the appender was interrupted"))
                raise
            else:
                tally.appends.append(time.perf_counter() - begin)
                for batch, once in zip(batches, kept, strict=True):
                    batch.resolve(once)
            finally:
                self._bytes -= sum(batch.size for batch in batches)

    def _tell(self, error: NotDurable) -> NotDurable:
        """Log a refusal, though not each of thousands."""
        if time.monotonic() > self._told + TELL_SECONDS:
            log.error("events are refused: %s", error)
            self._told = time.monotonic()
        return error

    def _seal(self, batch: Batch) -> Sealed:
        self._numbers[batch.shard] += 1
        number = self._numbers[batch.shard]
        entry = encode_entry(self._producer, number, batch.drops, batch.events)
        return Sealed(batch.shard, batch.at, self._producer, number, entry, batch.name, batch.once)


def _refuse(batches: Iterable[Batch], error: NotDurable) -> None:
    for batch in batches:
        batch.refuse(error)
