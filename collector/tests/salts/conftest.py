"""Every test of the salts begins without any, on a cache that has been up for long."""

import pytest

from analytics_saas import redis as stores
from collector.salts import memory, shelf
from projects import registry


@pytest.fixture(autouse=True)
def no_salts():
    """Nobody holds a salt, before and after."""
    empty_cache(seconds_ago=60)
    registry.rebuild([])
    for key in stores.queue().keys("salt-used:*"):
        stores.queue().delete(key)
    yield
    memory.wipe_all()
    empty_cache(seconds_ago=60)


def empty_cache(seconds_ago=0):
    """Lose what the cache knows of salts, as a restart of it that many seconds ago would."""
    for key in stores.cache().keys("salt:*"):
        stores.cache().delete(key)
    stores.cache().set(shelf.SINCE_KEY, shelf.clock() - seconds_ago * 1000)


@pytest.fixture
def emptied():
    """The way to lose the cache's salts in the middle of a test."""
    return empty_cache
