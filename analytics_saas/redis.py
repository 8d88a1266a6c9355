"""The only place a Redis connection is made: the durable queue and the forgetful cache."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache as once
from socket import socket
from typing import cast

import redis
import redis.asyncio
from redis.backoff import NoBackoff
from redis.retry import Retry

from analytics_saas.env import env

log = logging.getLogger(__name__)

# A timed-out append may have been applied: only the idempotent script may repeat it.
NO_RETRY = 0
# Longer than any blocking read and than a slow disk: whoever waits has other duties, too.
QUEUE_SECONDS = 10.0
# The cache answers at once or is away: whoever asks has something better to do than to wait.
CACHE_SECONDS = 2.0
# Who probes a role waits for a few seconds in all, and a store that takes longer is not ready.
PROBE_SECONDS = 1.0


@once
def queue() -> redis.Redis:
    """Return this process's connection pool to the queue (AOF, fsync always, noeviction).

    A read may block for less than QUEUE_SECONDS; then a server that says nothing is an error.
    """
    return _connect(env.redis_queue_url, QUEUE_SECONDS)


@once
def queue_probe() -> redis.Redis:
    """Return another pool to the queue, for those who only ask how it is and cannot wait."""
    return _connect(env.redis_queue_url, PROBE_SECONDS)


@once
def cache() -> redis.Redis:
    """Return this process's connection pool to the cache (no persistence)."""
    return _connect(env.redis_cache_url, CACHE_SECONDS)


def _connect(url: str, seconds: float) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        retry=Retry(NoBackoff(), NO_RETRY),
        socket_timeout=seconds,
        socket_connect_timeout=seconds,
    )


def queue_async(
    url: str = env.redis_queue_url, stall_seconds: float = env.queue_stall_ms / 1000
) -> redis.asyncio.Redis:
    """Make an asyncio client of the queue; it belongs to the event loop that uses it.

    An answer that does not come in time is an error: the server stalls.
    """
    return redis.asyncio.Redis.from_url(
        url,
        retry=redis.asyncio.retry.Retry(NoBackoff(), NO_RETRY),
        socket_timeout=stall_seconds,
        socket_connect_timeout=stall_seconds,
    )


def cache_async() -> redis.asyncio.Redis:
    """Make an asyncio client of the cache; it belongs to the event loop that uses it."""
    retry = redis.asyncio.retry.Retry(NoBackoff(), NO_RETRY)
    return redis.asyncio.Redis.from_url(
        env.redis_cache_url,
        retry=retry,
        socket_timeout=CACHE_SECONDS,
        socket_connect_timeout=CACHE_SECONDS,
    )


@contextmanager
def cache_socket() -> Iterator[socket]:
    """Open a bare connection to the cache, for secrets that no client library may copy.

    It is logged in and speaks RESP2. Raises RedisError.
    """
    pool = cache().connection_pool
    connection = pool.connection_class(**pool.connection_kwargs | {"protocol": 2})
    connection.connect()
    try:
        yield cast(socket, connection._get_socket())
    finally:
        connection.disconnect()


# -- What each role promises -------------------------------------------------------------------
QUEUE_NEEDS = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}
# Salts must reach no disk, and a salt that is evicted counts everybody twice.
CACHE_NEEDS = {"appendonly": "no", "save": "", "maxmemory-policy": "noeviction"}


class UnsafeStore(Exception):
    """A store would lose what it must keep, or keep what it must forget; one sentence."""


def wrong_settings(needed: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """Return what to change; a setting that could not be read is not held against the store."""
    return [
        f"{name} must be {value or 'empty'}, not {found[name] or 'empty'}"
        for name, value in needed.items()
        if found.get(name, value) != value
    ]


def require_safe_stores() -> None:
    """Check both roles once, at the start of who relies on them. Raises UnsafeStore."""
    for name, client, needed in (
        ("REDIS_QUEUE_URL", queue(), QUEUE_NEEDS),
        ("REDIS_CACHE_URL", cache(), CACHE_NEEDS),
    ):
        found = read_settings(client, needed)
        if wrong := wrong_settings(needed, found):
            raise UnsafeStore(f"the server of {name} is not safe to use: {'; '.join(wrong)}")
        if unknown := sorted(needed.keys() - found.keys()):
            log.warning("%s could not be checked for: %s", name, ", ".join(unknown))


def read_settings(client: redis.Redis, names: Iterable[str]) -> dict[str, str]:
    """Return what can be learned of a server: by CONFIG, or by INFO where that is forbidden."""
    try:
        found = client.config_get(*names)
        return {str(name): str(value) for name, value in cast(dict[str, str], found).items()}
    except redis.ResponseError:
        return _read_info(client)
    except redis.RedisError:
        # Who starts while the store is away waits for it; that is no reason to stop.
        return {}


def _read_info(client: redis.Redis) -> dict[str, str]:
    try:
        persistence = client.info("persistence")
        memory = client.info("memory")
    except redis.RedisError:
        return {}
    found = {"appendonly": "yes" if persistence.get("aof_enabled") else "no"}
    if "maxmemory_policy" in memory:
        found["maxmemory-policy"] = str(memory["maxmemory_policy"])
    return found
