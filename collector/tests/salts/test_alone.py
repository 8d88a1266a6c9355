"""The cache is away at the start of a process: salts come from the mirror, or are its own."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from analytics_saas import redis as stores
from collector import salts
from collector.salts import alone, memory, mirror, shelf
from collector.salts.keeper import Keeper

ZONES = ("Asia/Kathmandu", "Pacific/Chatham")


@pytest.fixture
def today():
    """The running day of a zone, as an instant and a date."""

    def of(zone):
        now = datetime.now(UTC)
        return now, salts.days.local_day(zone, now)

    return of


@pytest.fixture
def tmpfs(monkeypatch):
    """A folder of a tmpfs for the mirror."""
    if not Path("/dev/shm").is_dir():
        pytest.skip("there is no tmpfs")
    folder = Path(mkdtemp(prefix="daysalt-test-", dir="/dev/shm"))
    monkeypatch.setattr(mirror, "env", replace(mirror.env, salt_mirror_dir=folder))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def cache(monkeypatch):
    """A cache that is away until `return_` is called; nobody waits long for it."""
    gone = redis.Redis(unix_socket_path="/nowhere", retry=Retry(NoBackoff(), 0))
    monkeypatch.setattr(alone, "PATIENCE_SECONDS", 0.3)
    monkeypatch.setattr(alone, "LOOK_SECONDS", 0.02)
    real = stores.cache

    class Cache:
        def leave(self):
            for module in (stores, shelf):
                monkeypatch.setattr(module, "cache", lambda: gone)

        def return_(self):
            for module in (stores, shelf):
                monkeypatch.setattr(module, "cache", real)

    cache = Cache()
    cache.leave()
    alone._alone.clear()
    yield cache
    cache.return_()
    alone._alone.clear()


def ask(zone, today):
    """Return the salt of a zone's running day, as plain bytes."""
    now, day = today(zone)
    return bytes(salts.salt_for(zone, day, now))


def test_without_the_cache_a_process_makes_the_running_days_salt(cache, today):
    """After a while, which is not waited for again by another zone."""
    first, second = (ask(zone, today) for zone in ZONES)
    assert first != second
    assert ask(ZONES[0], today) == first


def test_tomorrow_is_left_to_those_who_can_agree(cache, today):
    """It is not needed yet."""
    now, day = today(ZONES[0])
    with pytest.raises(redis.RedisError):
        salts.salt_for(ZONES[0], day + timedelta(days=1), now)


def test_processes_of_one_machine_have_one_salt(cache, today, tmpfs):
    """The mirror holds one file that is whole, and no draft."""
    first = ask(ZONES[0], today)
    memory.wipe_all()
    assert ask(ZONES[0], today) == first
    (file,) = tmpfs.glob("*/*")
    assert file.stat().st_mode & 0o777 == 0o600


def test_of_two_that_make_one_at_once_the_first_is_used_by_both(tmpfs, today):
    """The other's bytes are overwritten."""
    now, day = today(ZONES[0])
    made = [salts.salt.new_salt(ms, now) for ms in (1, 2)]
    first, second = (mirror.propose(mirror.folder(), (ZONES[0], day), salt) for salt in made)
    assert first is made[0]
    assert (second.header, second.key) == (first.header, first.key)
    assert made[1].key == bytes(32)
    assert len(list(tmpfs.glob("*/*"))) == 1


def test_a_cache_that_comes_back_in_time_is_asked(cache, today, monkeypatch):
    """Nothing is made alone while it can still be agreed on."""
    monkeypatch.setattr(alone, "PATIENCE_SECONDS", 20)
    monkeypatch.setattr(alone.time, "sleep", lambda _: cache.return_())
    ours = ask(ZONES[0], today)
    _, day = today(ZONES[0])
    assert ours in stores.cache().get(salts.salt_key(ZONES[0], day))


def test_an_older_salt_wins_once_the_cache_is_back(cache, today):
    """And one that nobody else has is put into it."""
    ours = ask(ZONES[0], today)
    now, day = today(ZONES[0])
    cache.return_()
    Keeper().tick(now)
    assert ours in stores.cache().get(salts.salt_key(ZONES[0], day))
