"""How a drain reads its stream: in chunks of about a megabyte, so that no read stalls appends."""

from typing import cast

import redis

from collector.stream import stream_key

CHUNK_BYTES = 1 << 20
# Nobody knows yet how long the entries are; one may have a megabyte.
FIRST_COUNT = 16
MOST_COUNT = 10_000

Entries = list[tuple[str, bytes]]
Rows = list[tuple[bytes, dict[bytes, bytes]]]


def read_all(
    client: redis.Redis, shard: int, after: str, until: str = "+", most_bytes: int | None = None
) -> Entries:
    """Return ids and entries with after < id ≤ until, oldest first; at least one if there is any.

    With `most_bytes` it ends soon after so many, at most a chunk later. Raises RedisError.
    """
    found: Entries = []
    count, size = FIRST_COUNT, 0
    while most_bytes is None or size < most_bytes:
        chunk = read_range(client, shard, after, until, count)
        found += chunk
        if len(chunk) < count:
            break
        length = sum(len(entry) for _, entry in chunk)
        size, after = size + length, chunk[-1][0]
        count = max(1, min(MOST_COUNT, CHUNK_BYTES * len(chunk) // (length or 1)))
    return found


def read_range(client: redis.Redis, shard: int, after: str, until: str, count: int) -> Entries:
    """Return ids and encoded entries with after < id ≤ until, oldest first."""
    rows = cast(Rows, client.xrange(stream_key(shard), f"({after}", until, count=count))
    return [(identity.decode(), fields.get(b"b", b"")) for identity, fields in rows]
