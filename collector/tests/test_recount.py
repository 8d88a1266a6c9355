"""The ledger against the rows that are there: equal after everything that may happen, or told."""

import logging
import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from analytics_saas import clickhouse, dbt
from analytics_saas import redis as stores
from analytics_saas.env import env
from collector import drain, erasure, recount, retention, tasks
from collector.recount import Day
from collector.shard import Shard
from collector.stream import shard_of
from collector.tests.dying import Dying
from collector.tests.test_drain import append, drain_all, event, rows
from projects import registry
from projects.registry import ProjectRules, erasures
from projects.registry.erasures import Erasure

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)


class Site:
    """A project in Kolkata, and the only shard there is."""

    def __init__(self):
        self.project = random.randrange(1_000, 1_000_000_000)
        self.zone = ZoneInfo("Asia/Kolkata")
        self.rules = ProjectRules(self.project, f"p_{self.project}", self.zone.key)
        self.shard = Shard(stores.queue(), self.project)
        assert self.shard.acquire()
        self.writer = clickhouse.writer()

    def event(self, hours_ago, visitor=1, **more):
        """A page view as it was so many hours before now."""
        at = NOW - timedelta(hours=hours_ago)
        day = (at.astimezone(self.zone).date() - date(1970, 1, 1)).days
        return event(self.project, visitor, int(at.timestamp() * 1000), local_date=day, **more)

    def send(self, *hours_ago):
        """Page views, through the drain."""
        append(self.shard.number, [self.event(one, n) for n, one in enumerate(hours_ago)])
        drain_all(self.shard)

    def recount(self, now=NOW):
        """One run; the days that differ."""
        return recount.recount(self.writer, [self.shard], now)

    def told(self):
        """What is written down: stored and counted by local day."""
        found = rows("recounts", self.project, "toString(local_date), stored, counted")
        return {day: (stored, counted) for day, stored, counted in found}


@pytest.fixture
def site(clickhouse_tables):
    """The only project that the registry knows."""
    site = Site()
    registry.rebuild([site.rules])
    return site


def test_every_day_is_compared_by_the_projects_own_midnight(site):
    """Today and three days before it; 18:30 UTC is midnight in Kolkata."""
    site.send(0, 1, 8, 9, 9, 33, 80, 81, 200)
    assert site.recount() == []
    assert site.told() == {
        "2026-11-20": (3, 3),
        "2026-11-19": (2, 2),
        "2026-11-18": (1, 1),
        "2026-11-17": (1, 1),
    }


def test_a_row_too_many_or_too_few_is_an_alarm(site, caplog):
    """With the project, the day and both numbers."""
    site.send(1, 1, 30)
    (again,) = rows("events", site.project, "max(ingest_batch)")
    columns = ["project_id", "local_date", "timestamp", "ingest_batch"]
    there = [site.project, date(2026, 11, 18), NOW - timedelta(hours=30), *again]
    site.writer.insert("events", [there], column_names=columns)
    site.writer.command(
        f"ALTER TABLE events DELETE WHERE project_id = {site.project} AND visitor_id = 1",
        settings={"mutations_sync": 2},
    )
    with caplog.at_level(logging.ERROR):
        wrong = site.recount()
    assert wrong == [
        Day(site.project, date(2026, 11, 19), 1, 2),
        Day(site.project, date(2026, 11, 20), 2, 1),
    ]
    assert f"project {site.project}, 2026-11-20: 2 events are stored, 1 are there" in caplog.text
    assert site.told() == {"2026-11-19": (1, 2), "2026-11-20": (2, 1)}


def test_what_is_under_way_in_the_drain_is_not_taken_for_wrong(site):
    """The ledger is written before the events."""
    site.send(1)
    append(site.shard.number, [site.event(1, 5)])
    dying = Dying(site.writer, 3)
    with pytest.raises(ConnectionError):
        drain.drain_once(stores.queue(), dying, site.shard)
    assert site.recount() == []
    assert site.told() == {"2026-11-20": (1, 1)}
    drain_all(site.shard)
    assert site.recount(NOW + timedelta(minutes=1)) == []
    assert site.told() == {"2026-11-20": (2, 2)}


def test_dead_and_dropped_events_need_no_row(site):
    """Only what is stored does."""
    append(site.shard.number, [site.event(1), site.event(1, revenue="x")])
    drain_all(site.shard)
    assert site.recount() == []
    assert site.told() == {"2026-11-20": (1, 1)}


def test_a_reset_takes_the_recount_with_it_and_begins_anew(site):
    """While it is under way nothing is compared."""
    site.send(1, 1)
    site.recount()
    at = int(NOW.timestamp() * 1000)
    asked = Erasure(f"k{site.project}", 1, site.project, "reset", at)
    erasures.ask_to_erase(asked)
    first_shard = site.shard.number - shard_of(site.project, env.queue_shards)
    for _ in range(10):
        done = erasure.carry_out(asked, site.writer, first_shard=first_shard)
        drain_all(site.shard)
        assert site.recount() == []
        if done:
            break
    assert site.told() == {}
    erasures.tell_erased(asked, 2)
    erasures.forget_erased(asked.key)
    site.send(1)
    assert site.recount() == []
    assert site.told() == {"2026-11-20": (1, 1)}


def test_days_that_retention_removed_are_not_missed(site):
    """A day that is cut off by them is left out as a whole."""
    site.send(1, 30, 54)
    registry.rebuild([ProjectRules(site.project, "p_x", site.zone.key, retention_days=1)])
    retention.expire(site.writer, NOW)
    assert rows("events", site.project) == [(2,)]
    assert site.recount() == []
    assert site.told()["2026-11-20"] == (1, 1)


def test_it_waits_for_a_build(site):
    """And compares nothing meanwhile."""
    with dbt.alone(), pytest.raises(dbt.CannotBuild):
        site.recount()


def test_the_task_waits_for_its_turn(site):
    """It is called every hour, so a build costs one recount."""
    with dbt.alone():
        assert tasks.recount_days() == 0
    assert tasks.recount_days() == 0
