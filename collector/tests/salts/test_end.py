"""Five minutes after its day a salt is nowhere."""

from datetime import UTC, datetime, timedelta

from analytics_saas import redis as stores
from collector import salts
from collector.salts import memory
from collector.salts.days import GRACE, day_end, local_day
from collector.salts.keeper import Keeper
from collector.tests.salts.host import own_id

ZONE = "Pacific/Chatham"


def test_a_salt_ends_five_minutes_after_its_day():
    """Neither used, nor kept, nor in the cache; what is used until then stays."""
    now = datetime.now(UTC)
    today = local_day(ZONE, now)
    own_id(ZONE, today)
    keeper, key = Keeper(), memory.known_salt(ZONE, today, now)
    end = day_end(ZONE, today) + GRACE
    keeper.tick(end - timedelta(seconds=4))
    assert any(key) and stores.cache().exists(salts.salt_key(ZONE, today))
    assert memory.known_salt(ZONE, today, end) is None
    keeper.tick(end - timedelta(seconds=3))
    assert (ZONE, today) not in memory.held()
    assert not stores.cache().exists(salts.salt_key(ZONE, today))
    memory.wipe_condemned(0)
    assert key == bytes(32)


def test_a_salt_asked_for_late_in_its_day_lives_no_longer():
    """The cache forgets it at the same time."""
    now = datetime.now(UTC)
    today = local_day(ZONE, now)
    own_id(ZONE, today)
    until = (day_end(ZONE, today) + GRACE).timestamp() * 1000
    assert stores.cache().pexpiretime(salts.salt_key(ZONE, today)) == until


def test_a_process_that_ends_holds_no_salt():
    """The keeper's own thread, started and stopped."""
    now = datetime.now(UTC)
    today = local_day(ZONE, now)
    salts.start()
    own_id(ZONE, today)
    key = memory.known_salt(ZONE, today, now)
    salts.stop()
    assert key == bytes(32)
    assert memory.held() == {}
