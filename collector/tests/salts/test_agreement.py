"""All hosts have one salt for a day, whoever came first and whatever was lost."""

from datetime import UTC, datetime, timedelta

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from analytics_saas import redis as stores
from collector import salts
from collector.salts import memory, shelf
from collector.salts.days import local_day
from collector.salts.keeper import Keeper
from collector.salts.salt import new_salt
from collector.salts.wire import wire
from collector.tests.salts.host import another_host, own_id
from projects import registry
from projects.registry import ProjectRules

ZONE = "Asia/Kathmandu"


@pytest.fixture
def today():
    """The running day of the zone."""
    return local_day(ZONE, datetime.now(UTC))


def tick(keeper=None):
    """Look after this process's salts once."""
    (keeper or Keeper()).tick(datetime.now(UTC))


def put_into_cache(place, made_ms):
    """Another host's salt, made at that time."""
    until = datetime.now(UTC) + timedelta(hours=1)
    with wire() as line:
        assert shelf._put(line, place, new_salt(made_ms, until))


def test_two_hosts_that_ask_at_once_get_one_salt(today):
    """Day by day, so that each is a race of its own."""
    with another_host() as one, another_host() as other:
        for number in range(1, 40):
            asked = f"id {ZONE} {today + timedelta(days=number)}"
            one.say(asked)
            other.say(asked)
            assert one.hear() == other.hear()


def test_a_host_puts_back_what_an_emptied_cache_lost(today, emptied):
    """Within its second."""
    ours = own_id(ZONE, today)
    emptied()
    tick()
    with another_host() as other:
        assert other.ask(f"id {ZONE} {today}") == str(ours)


def test_a_fresh_host_waits_for_those_who_may_still_know(today, emptied):
    """It asks an emptied cache before the others have put their salt back."""
    ours = own_id(ZONE, today)
    with another_host() as fresh:
        emptied()
        fresh.say(f"id {ZONE} {today}")
        while not stores.cache().exists(shelf.SINCE_KEY):
            pass
        tick()
        assert fresh.hear() == str(ours)


def test_a_fresh_host_makes_a_salt_when_nobody_knows_one(today, emptied):
    """After its wait."""
    emptied()
    with another_host() as fresh:
        assert int(fresh.ask(f"id {ZONE} {today}")) == own_id(ZONE, today)


def test_of_two_salts_the_older_one_wins(today, emptied):
    """Who has the younger one takes the other's, at once for all that follows."""
    with another_host() as other:
        old = other.ask(f"id {ZONE} {today}")
        emptied(60)
        young = own_id(ZONE, today)
        assert str(young) != old
        other.ask("tick")
        tick()
        assert str(own_id(ZONE, today)) == old


def test_an_older_salt_in_the_cache_is_taken(today):
    """And ours is overwritten, but not before whoever got it a moment ago has hashed."""
    own_id(ZONE, today)
    ours = memory.known_salt(ZONE, today, datetime.now(UTC))
    stores.cache().delete(salts.salt_key(ZONE, today))
    put_into_cache((ZONE, today), made_ms=1)
    tick()
    assert memory.held()[(ZONE, today)].header[:8] == bytes(7) + b"\1"
    assert any(ours)
    memory.wipe_condemned(0)
    assert not any(ours)


def test_a_younger_salt_in_the_cache_is_replaced(today):
    """Ours is older."""
    ours = own_id(ZONE, today)
    stores.cache().delete(salts.salt_key(ZONE, today))
    put_into_cache((ZONE, today), made_ms=2**50)
    tick()
    with another_host() as other:
        assert other.ask(f"id {ZONE} {today}") == str(ours)


def test_tomorrow_is_held_by_everybody_who_has_today(today, emptied):
    """So that an empty cache at midnight loses nothing."""
    own_id(ZONE, today)
    keeper = Keeper()
    tick(keeper)
    tomorrow = today + timedelta(days=1)
    assert memory.known_salt(ZONE, tomorrow, datetime.now(UTC))
    emptied()
    tick(keeper)
    with another_host() as other:
        assert other.ask(f"id {ZONE} {tomorrow}") == str(own_id(ZONE, tomorrow))


def test_tomorrow_is_not_made_while_others_may_still_know_it(today, emptied):
    """Or two salts would meet at a midnight that comes a second later."""
    own_id(ZONE, today)
    emptied()
    tick()
    assert (ZONE, today + timedelta(days=1)) not in memory.held()
    assert (ZONE, today) in memory.held()


def test_a_fresh_host_learns_at_once_what_the_others_know(today, emptied):
    """So that it may lose the others and go on."""
    registry.rebuild([ProjectRules(7, "p_7", ZONE), ProjectRules(8, "p_8", "UTC")])
    ours = own_id(ZONE, today)
    with another_host() as fresh:
        fresh.ask("tick")
        memory.wipe_all()
        emptied()
        fresh.ask("tick")
        assert own_id(ZONE, today) == ours
        assert ("UTC", today) not in memory.held()


def test_a_day_that_is_over_is_not_waited_for(emptied):
    """A development clock goes through the past; nobody else is there."""
    emptied()
    day = datetime(2021, 3, 1, tzinfo=UTC).date()
    assert own_id(ZONE, day) == own_id(ZONE, day)
    assert stores.cache().pttl(salts.salt_key(ZONE, day)) > 3_500_000


def test_a_cache_that_is_away_costs_known_salts_nothing(today, monkeypatch, caplog):
    """The keeper waits, and says so once."""
    ours = own_id(ZONE, today)
    away = redis.Redis(unix_socket_path="/nowhere", retry=Retry(NoBackoff(), 0))
    with monkeypatch.context() as patched:
        patched.setattr(stores, "cache", lambda: away)
        patched.setattr(shelf, "cache", lambda: away)
        tick()
        assert own_id(ZONE, today) == ours
        with pytest.raises(redis.RedisError):
            own_id(ZONE, today + timedelta(days=1))
    assert caplog.text.count("waits") == 3
