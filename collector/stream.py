"""The only file that knows the stream's keys and entries, and how they are appended."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, cast

import msgspec
import redis
from redis.asyncio import Redis as AsyncRedis

from collector.event import VERSION, Event, UInt32, UInt64

Rows = list[tuple[bytes, dict[bytes, bytes]]]

# Keeps each producer's last number, so that a repeated append adds nothing. An entry's id is the
# server's time. With a development clock it is the asked time, if past; or the last id's where
# that has gone further already, since ids only grow. KEYS: stream, producers. ARGV: producer,
# number, entry, asked milliseconds or 0.
APPEND = """
local last = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or '0')
if tonumber(ARGV[2]) <= last then return 0 end
local id = '*'
local ms = ARGV[4]
if ms ~= '0' and tonumber(ms) < redis.call('TIME')[1] * 1000 then
  if redis.call('EXISTS', KEYS[1]) == 1 then
    local facts = redis.call('XINFO', 'STREAM', KEYS[1])
    for place = 1, #facts, 2 do
      if facts[place] == 'last-generated-id' then
        local gone = string.match(facts[place + 1], '^%d+')
        if tonumber(gone) > tonumber(ms) then ms = gone end
      end
    end
  end
  id = ms .. '-*'
end
redis.call('XADD', KEYS[1], id, 'b', ARGV[3])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
return 1
"""


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One append: drops are [project, minute, reason, count], controls [project, verb, at]."""

    version: int
    producer_id: str
    seq: int
    drops: list[tuple[UInt32, UInt32, str, UInt64]]
    controls: list[tuple[int, str, int]]
    events: list[Event]


class NotDurable(Exception):
    """The queue did not take the batch; the sender may try again."""


_encode = msgspec.msgpack.Encoder().encode


def stream_key(shard: int) -> str:
    """Return the key of a shard's stream."""
    return f"{{q:{shard}}}:events"


def producers_key(shard: int) -> str:
    """Return the key of the last number of each producer."""
    return f"{{q:{shard}}}:producers"


def wake_key() -> str:
    """Return the key of the stream whose every entry makes all drains look around."""
    return "q:wake"


def shard_of(project_id: int, shards: int) -> int:
    """Return the shard that holds all of a project's events."""
    return project_id % shards


def read_range(
    client: redis.Redis, shard: int, after: str, until: str, count: int
) -> list[tuple[str, bytes]]:
    """Return ids and encoded entries with after < id ≤ until, oldest first."""
    rows = cast(Rows, client.xrange(stream_key(shard), f"({after}", until, count=count))
    return [(identity.decode(), fields.get(b"b", b"")) for identity, fields in rows]


def append_control(
    client: redis.Redis, shard: int, control: tuple[int, str, int], key: str
) -> None:
    """Put [project, verb, at] into a shard's stream; a repeat with the same key adds nothing."""
    producer = f"control:{key}:{control[1]}"
    entry = _encode(Entry(VERSION, producer, 1, [], [control], []))
    keys = (stream_key(shard), producers_key(shard))
    client.eval(APPEND, 2, *keys, producer, "1", cast(str, entry), "0")


def wake_drains(client: redis.Redis) -> None:
    """Make every waiting drain look around; a lost or repeated call is harmless."""
    client.xadd(wake_key(), {"w": ""}, maxlen=1, approximate=False)


def wait_for_entries(client: redis.Redis, cursors: dict[int, str], most_ms: int) -> None:
    """Return once a shard has an entry beyond its cursor, on a wake, or after a while."""
    streams = {stream_key(shard): cursor for shard, cursor in cursors.items()}
    client.xread(cast(Any, streams | {wake_key(): "$"}), count=1, block=most_ms)


@dataclass(slots=True)
class Batch:
    """What waits for one shard's next append."""

    events: list[Event] = field(default_factory=list)
    drops: dict[tuple[int, int, str], int] = field(default_factory=dict)
    waiting: list["asyncio.Future[None]"] = field(default_factory=list)

    def count(self, project_id: int, minute: int, reason: str) -> None:
        """Add one to a ledger cell."""
        key = (project_id, minute, reason)
        self.drops[key] = self.drops.get(key, 0) + 1


class Appender:
    """Group commit: whatever arrives while an append is under way is the next entry.

    Projects are spread over `shards` streams, numbered from `first_shard`.
    """

    def __init__(self, client: AsyncRedis, shards: int, *, first_shard: int = 0) -> None:
        self._client, self._shards, self._first_shard = client, shards, first_shard
        # Numbers start anew with each appender, so each is a producer of its own.
        self._producer = secrets.token_hex(8)
        self._batches: dict[tuple[int, int], Batch] = {}
        self._numbers: Counter[int] = Counter()
        self._writer: asyncio.Task[None] | None = None

    async def append(
        self, project_id: int, minute: int, reason: str, event: Event | None, at: int = 0
    ) -> None:
        """Return once the event or its drop is on disk. Raises NotDurable.

        `at` is the time of a development clock in milliseconds, 0 = the server's own time.
        """
        # Visits are forgotten by the time of entries, so each asked time is an entry of its own.
        shard = self._first_shard + shard_of(project_id, self._shards)
        batch = self._batches.setdefault((shard, at), Batch())
        batch.count(project_id, minute, reason)
        if event is not None:
            batch.events.append(event)
        done = asyncio.get_running_loop().create_future()
        batch.waiting.append(done)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_all())
        await done

    async def finish(self) -> None:
        """Wait for what is under way."""
        if self._writer is not None:
            await self._writer

    async def _write_all(self) -> None:
        while self._batches:
            batches, self._batches = self._batches, {}
            try:
                await self._write(batches)
            except (redis.RedisError, OSError) as error:
                _resolve(batches.values(), NotDurable(str(error)))
            else:
                _resolve(batches.values(), None)

    async def _write(self, batches: dict[tuple[int, int], Batch]) -> None:
        pipe = self._client.pipeline(transaction=False)
        for (shard, at), batch in sorted(batches.items(), key=itemgetter(0)):
            self._numbers[shard] += 1
            number = self._numbers[shard]
            drops = [(*cell, count) for cell, count in batch.drops.items()]
            entry = Entry(VERSION, self._producer, number, drops, [], batch.events)
            keys = (stream_key(shard), producers_key(shard))
            pipe.eval(APPEND, 2, *keys, self._producer, str(number), _encode(entry), str(at))
        await pipe.execute()


def _resolve(batches: Iterable[Batch], error: NotDurable | None) -> None:
    for batch in batches:
        for done in batch.waiting:
            if done.done():
                continue
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)
