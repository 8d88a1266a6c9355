"""Retention with real stores: what goes, what stays, and a ledger that adds up after any death."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from analytics_saas import clickhouse, dbt
from analytics_saas import redis as stores
from collector import retention
from collector.shard import Shard
from collector.tests.dying import Dying
from collector.tests.test_drain import append, drain_all, event, rows
from projects import registry
from projects.registry import ProjectRules, erasures
from projects.registry.erasures import Erasure

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
TODAY = NOW.date()
KEPT = 31
TABLES = ("events", "visits", "touched", "dead_letters", "rollup_days")


class Site:
    """A project that keeps 31 days, in a shard of its own."""

    def __init__(self, zone="UTC", days=KEPT):
        self.project = random.randrange(1_000, 1_000_000_000)
        self.rules = ProjectRules(self.project, f"p_{self.project}", zone, retention_days=days)
        self.shard = Shard(stores.queue(), self.project)
        assert self.shard.acquire()
        self.writer = clickhouse.writer()

    def send(self, day, number=1, **more):
        """Page views of one local day, each of another visitor."""
        at = int(datetime.combine(day, datetime.min.time(), UTC).timestamp() * 1000) + 50_000_000
        days = (day - date(1970, 1, 1)).days
        made = [event(self.project, n, at, local_date=days, **more) for n in range(number)]
        append(self.shard.number, made)
        drain_all(self.shard)

    def days(self):
        """Events by local day."""
        found = rows("events", self.project, "arraySort(groupArray(local_date))")
        return [day.day for day in found[0][0]]

    def ledger(self):
        """Counts by outcome, reason and day."""
        sql = "SELECT outcome, reason, toDate(minute), sum(count) FROM ledger FINAL"
        sql += f" WHERE project_id = {self.project} GROUP BY ALL"
        return {tuple(row[:3]): row[3] for row in self.writer.query(sql).result_rows}

    def total(self, outcome):
        """One side of the equation."""
        return sum(count for key, count in self.ledger().items() if key[0] == outcome)

    def adds_up(self):
        """What is there is what was stored and not erased."""
        there = self.total("stored") - self.total("erased")
        return rows("events", self.project) == [(there,)]


@pytest.fixture
def site(clickhouse_tables):
    """The only project that the registry knows."""
    site = Site()
    registry.rebuild([site.rules])
    return site


def expire(now=NOW):
    """One run."""
    return retention.expire(clickhouse.writer(), now)


def test_whole_days_go_from_every_table_and_the_ledger_says_so(site):
    """The first day that is kept is as many days back as the setting says."""
    first = TODAY - timedelta(days=KEPT)
    for back in (0, 1, 2):
        site.send(first - timedelta(days=back), number=back + 1)
        site.send(first - timedelta(days=back), revenue="x")
        line = [site.project, first - timedelta(days=back)]
        site.writer.insert("rollup_days", [line], column_names=["project_id", "local_date"])
    # The dead letters are of now.
    site.writer.insert(
        "dead_letters",
        [[site.project, datetime.combine(first - timedelta(days=1), datetime.min.time()), "x"]],
        column_names=["project_id", "at", "raw"],
    )
    assert expire() == 5
    for table in TABLES:
        column = "at" if table == "dead_letters" else "local_date"
        assert rows(table, site.project, f"min(toDate({column}))") >= [(first,)], table
    assert site.days() == [first.day]
    assert {key: count for key, count in site.ledger().items() if key[0] == "erased"} == {
        ("erased", "retention", first - timedelta(days=1)): 2,
        ("erased", "retention", first - timedelta(days=2)): 3,
    }
    assert site.adds_up()
    assert expire() == 0
    assert site.adds_up()


def test_late_events_of_an_expired_day_go_with_the_next_run(site):
    """They get a ledger line of their own."""
    old = TODAY - timedelta(days=KEPT + 1)
    site.send(old, number=2)
    assert expire() == 2
    site.send(old, number=3)
    assert site.days() != []
    assert expire() == 3
    assert site.days() == []
    assert site.total("erased") == 5
    assert site.adds_up()


def test_each_project_has_its_own_days_and_its_own_midnight(site):
    """Another keeps more, one keeps all, and in Kiritimati it is tomorrow already."""
    longer, forever, early = Site(days=60), Site(days=0), Site("Pacific/Kiritimati")
    registry.rebuild([one.rules for one in (site, longer, forever, early)])
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    first = TODAY - timedelta(days=KEPT)
    for one in (site, longer, forever, early):
        one.send(first)
        one.send(TODAY - timedelta(days=61))
    expire(now)
    found = [len(one.days()) for one in (site, longer, forever, early)]
    assert found == [1, 1, 2, 0]
    assert all(one.adds_up() for one in (site, longer, forever, early))


def test_a_death_after_any_change_ends_the_same(site):
    """Exhaustive, with late events between the death and the next run."""
    whole = Dying(site.writer)
    old = TODAY - timedelta(days=KEPT + 1)
    site.send(old, number=2)
    retention.expire(whole, NOW)
    assert len(whole.changes()) > 3
    for deadly in whole.changes():
        fresh = Site()
        registry.rebuild([fresh.rules])
        fresh.send(old, number=2)
        with pytest.raises(ConnectionError):
            retention.expire(Dying(site.writer, deadly), NOW)
        fresh.send(old)
        expire()
        assert fresh.days() == [], deadly
        assert fresh.total("erased") == fresh.total("stored") == 3, deadly
        for table in ("visits", "touched"):
            assert rows(table, fresh.project) == [(0,)], (deadly, table)


def test_every_table_that_knows_projects_has_a_day(site):
    """A new table must say how it grows old, or retention would fail on it."""
    for table in retention._tables(site.writer):
        column = retention.DAY.get(table, "local_date")
        sql = f"SELECT count() FROM `{table}` WHERE {column} < today()"
        assert site.writer.query(sql).result_rows


def test_it_waits_for_a_build_and_leaves_erasures_alone(site):
    """Else the same events would be told twice."""
    site.send(TODAY - timedelta(days=KEPT + 1))
    with dbt.alone(), pytest.raises(dbt.CannotBuild):
        expire()
    asked = Erasure(f"k{site.project}", 1, site.project, "reset", 1)
    erasures.ask_to_erase(asked)
    assert expire() == 0
    erasures.tell_erased(asked, 0)
    assert expire() == 1
    assert site.adds_up()
