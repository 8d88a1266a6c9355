"""How many shards there are is written in the queue: projects lie in them by that number."""

from typing import cast

import msgspec
import redis

from collector.closures import Closure
from collector.shard import Shard
from collector.shares import count_live
from collector.stream import shard_key, shard_of, stream_key

KEY = "q:shards"


class ShardsChanged(Exception):
    """QUEUE_SHARDS may not be changed now; one sentence that says what to do."""


def require_shards(client: redis.Redis, shards: int, key: str = KEY, first: int = 0) -> None:
    """Agree with all others on the number of shards, or change it while the queue is empty.

    Raises ShardsChanged or RedisError.
    """
    if client.set(key, shards, nx=True):
        return
    known = int(cast(bytes, client.get(key)))
    if known == shards:
        return
    for number in range(first, first + known):
        if client.xlen(stream_key(number)) or client.exists(shard_key(number, "intent")):
            raise ShardsChanged(
                f"QUEUE_SHARDS is {shards}, but the queue was filled with {known} and entries "
                f"wait in it: set it back to {known}, stop every collector, let the drain store "
                f"what waits, stop the drain, and change it then"
            )
    if live := count_live(client):
        raise ShardsChanged(
            f"QUEUE_SHARDS is {shards}, but {live} drains run with {known}: stop every collector "
            f"and drain first, and wait ten seconds"
        )
    _move_closures(client, known, shards, first)
    client.set(key, shards)


def _move_closures(client: redis.Redis, known: int, shards: int, first: int) -> None:
    """Closed projects stay closed in the shards where they lie now; repeating this is harmless.

    Visits that are open are cut here: what follows of them is a visit of its own.
    """
    closed: dict[int, Closure] = {}
    for number in range(first, first + max(known, shards)):
        closed |= Shard(client, number).closures()
    for number in range(first, first + max(known, shards)):
        client.delete(shard_key(number, "visits"))
        ours = {key: one for key, one in closed.items() if first + shard_of(key, shards) == number}
        # Those of a shard that is given up go last, when others have them.
        if number < first + shards:
            client.set(shard_key(number, "closures"), msgspec.msgpack.encode(ours))
    for number in range(first + shards, first + known):
        client.delete(shard_key(number, "closures"))
