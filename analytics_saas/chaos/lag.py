"""How far the drain is behind, read from the queue itself."""

import time
from functools import lru_cache
from pathlib import Path
from typing import cast

import redis

from analytics_saas.chaos.rig import Rig
from analytics_saas.chaos.steady import wait_until
from collector import shares
from collector.ranges import read_range

# Younger than this, what waits is on its way.
SMALL_SECONDS = 2.0
# A backlog of minutes is carried in minutes.
REST_SECONDS = 600.0
FOREVER = float("inf")


@lru_cache
def client(socket: Path) -> redis.Redis:
    """Return a client of a rig's queue, past every proxy."""
    return redis.Redis(unix_socket_path=str(socket), socket_timeout=2)


def lag(rig: Rig) -> float:
    """Return the age in seconds of the oldest entry that no drain has committed; 0 for none."""
    try:
        found = [_oldest(client(rig.queue_socket), n) for n in range(rig.env.queue_shards)]
    except (redis.RedisError, OSError):
        return FOREVER
    return max(0.0, *(time.time() - ms / 1000 for ms in found if ms)) if any(found) else 0.0


def _oldest(queue: redis.Redis, shard: int) -> int:
    raw = cast(bytes | None, queue.get(f"{{q:{shard}}}:cursor"))
    rows = read_range(queue, shard, raw.decode() if raw else "0-0", "+", 1)
    return int(rows[0][0].partition("-")[0]) if rows else 0


def spooled(rig: Rig) -> bool:
    """Tell whether a collector keeps entries on disk."""
    return any(rig.folder.glob("spool/*/*.seg"))


def wait_for_rest(rig: Rig) -> float:
    """Return after how many seconds everything that was appended is carried."""

    def at_rest() -> bool:
        return not spooled(rig) and lag(rig) == 0

    return wait_until(at_rest, "everything carried", REST_SECONDS)


def leases(rig: Rig) -> dict[int, tuple[bytes | None, bytes | None]]:
    """Return each shard's owner and fencing number."""
    queue = client(rig.queue_socket)
    return {
        n: (queue.get(f"{{q:{n}}}:lease"), queue.get(f"{{q:{n}}}:fence"))  # type: ignore[misc]
        for n in range(rig.env.queue_shards)
    }


def end_leases(rig: Rig) -> None:
    """Let the ten seconds of every lease be over; who comes next takes a new fencing number.

    A drain that is gone no longer counts either, or the next one would leave a share to it.
    """
    keys = [f"{{q:{n}}}:lease" for n in range(rig.env.queue_shards)]
    client(rig.queue_socket).delete(*keys, shares.KEY)
