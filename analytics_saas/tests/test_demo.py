"""The demo: believable traffic, sent through the collector and stored to the last event."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from analytics_saas import clickhouse
from analytics_saas import redis as stores
from analytics_saas.demo.sender import Refused
from analytics_saas.demo.traffic import make_traffic
from analytics_saas.env import env
from analytics_saas.management.commands import create_demo
from projects.models import Project

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 30, 14, 5, tzinfo=UTC)


def traffic(**changes):
    """Three days that end at a fixed moment, across the spring change of clocks."""
    given = {"project": "p_x", "domain": "x.example", "zone": ZONE, "now": NOW, "days": 3}
    return list(make_traffic(**given | changes))


def test_traffic_is_in_order_ends_now_and_is_the_same_for_a_seed():
    """Beacons of overlapping visits are merged by time."""
    beacons = traffic()
    assert beacons == sorted(beacons)
    assert beacons == traffic()
    assert beacons != traffic(seed=2)
    assert beacons[0].at.astimezone(ZONE).date() == date(2026, 3, 28)
    assert NOW - timedelta(minutes=10) < beacons[-1].at <= NOW


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("clickhouse_tables")
def test_it_fills_a_project_once(capsys):
    """Every accepted event is stored; a second run only tells where to look."""
    call_command("create_demo", days=3)
    project = Project.objects.get(domain="demo.example.com")
    query = clickhouse.reader().query
    where = f"WHERE project_id = {project.pk}"
    sql = f"SELECT outcome, sum(count) FROM ledger FINAL {where} GROUP BY 1"
    ledger = dict(query(sql).result_rows)
    sql = f"SELECT count(), uniqExact(visit_id), uniqExact(local_date) FROM events {where}"
    ((events, visits, days),) = query(sql).result_rows
    assert ledger == {"accepted": events, "stored": events}
    assert days >= 2
    sql = f"SELECT count(), 100 * avg(is_bounce) FROM visits FINAL {where}"
    ((rows, bounces),) = query(sql).result_rows
    assert rows <= visits < events / 2
    assert 35 < bounces < 55
    assert stores.queue().keys(f"{{q:{env.queue_shards}}}:*") == []
    call_command("create_demo", days=3)
    assert Project.objects.filter(domain="demo.example.com").count() == 1
    assert query(f"SELECT count() FROM events {where}").result_rows == [(events,)]
    told = capsys.readouterr().out
    assert told.count(f"/projects/{project.public_id}/") == 2
    assert told.count("Sending 3 days") == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("clickhouse_tables")
def test_a_second_demo_loses_nothing_to_the_first():
    """Deduplication must not take its batches for repeated ones."""
    for again in (False, True):
        call_command("create_demo", days=2, again=again)
    first, second = Project.objects.order_by("pk")
    sql = "SELECT project_id, count() FROM events WHERE project_id IN ({0}, {1}) GROUP BY 1"
    counts = dict(clickhouse.reader().query(sql.format(first.pk, second.pk)).result_rows)
    assert 0.8 < counts[first.pk] / counts[second.pk] < 1.25
    sql = f"SELECT min(local_date) FROM events WHERE project_id = {second.pk}"
    yesterday = datetime.now(ZONE).date() - timedelta(days=1)
    assert clickhouse.reader().query(sql).result_rows == [(yesterday,)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("clickhouse_tables")
def test_a_demo_that_fails_is_told_in_a_sentence_and_leaves_no_project(monkeypatch):
    """The next run begins anew."""

    def refuse(beacons):
        raise Refused("the collector answered 503")

    monkeypatch.setattr(create_demo, "send_traffic", refuse)
    with pytest.raises(CommandError, match="could not be sent: the collector answered 503"):
        call_command("create_demo", days=2)
    assert not Project.objects.exists()
