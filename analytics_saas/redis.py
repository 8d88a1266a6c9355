"""The only place a Redis connection is made: the durable queue and the forgetful cache."""

from functools import cache as once

import redis
import redis.asyncio
from redis.backoff import NoBackoff
from redis.retry import Retry

from analytics_saas.env import env

# A timed-out append may have been applied: only the idempotent script may repeat it.
NO_RETRY = 0


@once
def queue() -> redis.Redis:
    """Return this process's connection pool to the queue (AOF, fsync always, noeviction)."""
    return redis.Redis.from_url(env.redis_queue_url, retry=Retry(NoBackoff(), NO_RETRY))


@once
def cache() -> redis.Redis:
    """Return this process's connection pool to the cache (no persistence)."""
    return redis.Redis.from_url(env.redis_cache_url, retry=Retry(NoBackoff(), NO_RETRY))


def queue_async() -> redis.asyncio.Redis:
    """Make an asyncio client of the queue; it belongs to the event loop that uses it."""
    retry = redis.asyncio.retry.Retry(NoBackoff(), NO_RETRY)
    return redis.asyncio.Redis.from_url(env.redis_queue_url, retry=retry)


def cache_async() -> redis.asyncio.Redis:
    """Make an asyncio client of the cache; it belongs to the event loop that uses it."""
    retry = redis.asyncio.retry.Retry(NoBackoff(), NO_RETRY)
    return redis.asyncio.Redis.from_url(env.redis_cache_url, retry=retry)
