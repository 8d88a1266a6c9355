"""How a drain learns that something waits, and how the others make it look around."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

import redis

from collector.stream import shard_key, stream_key


def wake_key(shard: int) -> str:
    """Return the key of the stream whose every entry makes the shard's drain look around."""
    return shard_key(shard, "wake")


def wake_drains(client: redis.Redis, shards: Iterable[int]) -> None:
    """Make the drains of some shards look around; a lost or repeated call is harmless."""
    for shard in shards:
        client.xadd(wake_key(shard), {"w": ""}, maxlen=1, approximate=False)


def wait_for_entry(client: redis.Redis, shard: int, after: str, most_ms: int) -> None:
    """Return once a shard has an entry beyond an id, on a wake, or after a while."""
    streams = {stream_key(shard): after, wake_key(shard): "$"}
    client.xread(cast(Any, streams), count=1, block=most_ms)


def waiting(client: redis.Redis, shards: Sequence[int]) -> int:
    """Return how many entries wait in some shards; commits trim what they carried."""
    pipe = client.pipeline(transaction=False)
    for shard in shards:
        pipe.xlen(stream_key(shard))
    return sum(pipe.execute())
