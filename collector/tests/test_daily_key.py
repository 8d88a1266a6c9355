"""The key of a day: one for all processes, and gone with its day."""

import asyncio

import pytest
import redis
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from analytics_saas import redis as stores
from collector.daily_key import DAY_SECONDS, DailyKey

DAY = 50_000
NOWHERE = AsyncRedis(unix_socket_path="/nowhere/redis.sock", retry=Retry(NoBackoff(), 0))


@pytest.fixture(autouse=True)
def no_keys():
    """A cache that knows no key of these days."""
    for day in (DAY, DAY + 1):
        stores.cache().delete(f"limits:key:{day}")


def agree(*keys, day=DAY, client=None):
    """Let processes agree; return what each said."""

    async def run():
        cache = client or stores.cache_async()
        try:
            return [await key.agree(cache, day * DAY_SECONDS + 5.0) for key in keys]
        finally:
            await cache.aclose()

    return asyncio.run(run())


def test_all_processes_have_one_key_for_a_day():
    """It is asked for once, and the cache forgets it after a day."""
    one, two = DailyKey(), DailyKey()
    assert agree(one, two, one) == [True, True, False]
    assert one.value == two.value
    assert one.digest(b"x") == two.digest(b"x")
    assert 0 < stores.cache().ttl(f"limits:key:{DAY}") <= DAY_SECONDS
    agree(one, two, day=DAY + 1)
    assert one.value == two.value != stores.cache().get(f"limits:key:{DAY}")


def test_a_key_ends_with_its_day_also_while_the_cache_is_away():
    """And nothing is told of it but a name."""
    key = DailyKey()
    agree(key)
    before, digest = key.value, key.digest(b"x")
    for _ in range(2):
        with pytest.raises(redis.RedisError):
            agree(key, day=DAY + 1, client=NOWHERE)
    assert key.value != before
    own = key.value
    agree(key, day=DAY + 1)
    assert key.value == own
    assert not key.contradicts(digest, key.digest(b"x"))
    assert not key.contradicts(digest, key.digest(b"y"))
    assert key.contradicts(key.digest(b"x"), key.digest(b"y"))
