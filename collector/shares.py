"""How the live drains divide the shards among them: each says that it lives, and counts."""

import secrets
from typing import cast

import redis

KEY = "q:drains"
# As long as a lease: a drain that is gone no longer counts when its shards are free.
LIVE_MS = 10_000

# One clock for all, the server's own. KEYS: drains. ARGV: own name, ms. Gives all names.
BEAT = """#!lua flags=allow-oom
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. now)
return redis.call('ZRANGE', KEYS[1], 0, -1)
"""


class Shares:
    """This drain among all that live."""

    def __init__(self, client: redis.Redis, key: str = KEY) -> None:
        self._client, self._key = client, key
        self._name = secrets.token_hex(8)

    def share(self, shards: int) -> int:
        """Say that this drain lives; return how many shards it should hold. Raises RedisError."""
        names = self._client.eval(BEAT, 1, self._key, self._name, str(LIVE_MS))
        return share_of(self._name.encode(), cast(list[bytes], names), shards)

    def leave(self) -> None:
        """Say that this drain goes."""
        self._client.zrem(self._key, self._name)


def share_of(name: bytes, names: list[bytes], shards: int) -> int:
    """Return the share of one; all shares together are all shards, and none differs by two."""
    rank = sorted(names).index(name)
    return shards // len(names) + (rank < shards % len(names))


def count_live(client: redis.Redis, key: str = KEY) -> int:
    """Return how many drains live."""
    return client.zcount(key, client.time()[0] * 1000, "+inf")
