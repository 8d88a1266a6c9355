"""What waits in the queue and how full it is, in one round trip; for probes and metrics."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import redis

from collector.shard import START, parse_id
from collector.stream import shard_key, stream_key


@dataclass(frozen=True, slots=True)
class ShardState:
    """Entries beyond the cursor, the age of the oldest in seconds (0.0 = none waits)."""

    number: int
    entries: int
    age_seconds: float
    cursor: str


@dataclass(frozen=True, slots=True)
class QueueState:
    """Every shard, and the server's memory in bytes; `most_bytes` is 0 when it has no limit."""

    shards: tuple[ShardState, ...]
    used_bytes: int
    most_bytes: int

    @property
    def entries(self) -> int:
        """Entries that no drain has committed."""
        return sum(shard.entries for shard in self.shards)

    @property
    def age_seconds(self) -> float:
        """The age of the oldest of them."""
        return max((shard.age_seconds for shard in self.shards), default=0.0)


def queue_state(client: redis.Redis, shards: Iterable[int]) -> QueueState:
    """Ask for the state of some shards. Raises RedisError.

    Ages are by the queue's own clock, which made the ids. A commit trims up to its cursor, so
    that a stream's length is what waits.
    """
    numbers = list(shards)
    pipe = client.pipeline(transaction=False)
    pipe.time()
    pipe.info("memory")
    for number in numbers:
        pipe.xlen(stream_key(number))
        pipe.xrange(stream_key(number), count=1)
        pipe.get(shard_key(number, "cursor"))
    (seconds, micros), memory, *facts = pipe.execute()
    now = seconds * 1000 + micros // 1000
    triples = zip(numbers, facts[::3], facts[1::3], facts[2::3], strict=True)
    return QueueState(
        shards=tuple(_shard_state(now, *triple) for triple in triples),
        used_bytes=int(memory["used_memory"]),
        most_bytes=int(memory.get("maxmemory", 0)),
    )


def _shard_state(
    now: int, number: int, entries: int, oldest: list[Any], cursor: bytes | None
) -> ShardState:
    born = parse_id(oldest[0][0].decode())[0] if oldest else now
    age = max(now - born, 0) / 1000
    return ShardState(number, entries, age, cursor.decode() if cursor else START)
