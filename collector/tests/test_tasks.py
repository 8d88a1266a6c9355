"""Salts of tomorrow, made by a real worker and beat in time for every midnight."""

import os
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from analytics_saas import redis as stores
from analytics_saas.celery import app
from analytics_saas.embedded import parts
from analytics_saas.embedded.alone import running
from analytics_saas.env import env
from collector import salts, waking
from collector.salts import memory
from projects import registry
from projects.registry import ProjectRules

ZONES = ["Asia/Kathmandu", "Pacific/Chatham", "America/St_Johns", "Pacific/Kiritimati", "UTC"]
# Zone, an instant of the day before, the day, and its end in UTC.
DAYS = [
    ("Asia/Kathmandu", "2038-05-01T12:00", date(2038, 5, 2), "2038-05-02T18:15"),
    # Days of 23, 25 and 24½ hours.
    ("Europe/Berlin", "2038-03-27T12:00", date(2038, 3, 28), "2038-03-28T22:00"),
    ("America/New_York", "2038-11-06T12:00", date(2038, 11, 7), "2038-11-08T05:00"),
    ("Australia/Lord_Howe", "2038-04-03T01:00", date(2038, 4, 4), "2038-04-04T13:30"),
    ("Pacific/Chatham", "2038-04-03T01:00", date(2038, 4, 4), "2038-04-04T11:15"),
    # The midnight that would end it does not exist.
    ("America/Santiago", "2038-09-03T12:00", date(2038, 9, 4), "2038-09-05T04:00"),
    # It is the day after tomorrow in London.
    ("Pacific/Kiritimati", "2038-05-01T23:30", date(2038, 5, 3), "2038-05-03T10:00"),
]


@pytest.fixture(scope="module")
def worker(stores):
    """Worker and beat with the command of `make up`."""
    part = next(part for part in parts.roles(env) if part.name == "worker")
    environment = {"PYTHONWARNINGS": "ignore", "COLUMNS": os.environ.get("COLUMNS", "100")}
    with running(part, environment):
        yield


def within(seconds, holds):
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_real_worker_makes_the_salts_of_tomorrow(worker):
    """As the entry of the beat table says, for zones of odd offsets too."""
    registry.rebuild(ProjectRules(number, f"p_{number}", zone) for number, zone in enumerate(ZONES))
    now = datetime.now(UTC)
    days = {zone: now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1) for zone in ZONES}
    keys = {zone: salts.salt_key(zone, day) for zone, day in days.items()}
    stores.cache().delete(*keys.values())
    entry = app.conf.beat_schedule["make-salts-ahead"]
    app.send_task(entry["task"], **entry["options"])
    within(30, lambda: stores.cache().exists(*keys.values()) == len(ZONES))
    for zone, key in keys.items():
        midnight = datetime.fromtimestamp(stores.cache().pexpiretime(key) / 1000 - 300, UTC)
        local = midnight.astimezone(ZoneInfo(zone))
        assert (local.date(), local.hour, local.minute) == (days[zone] + timedelta(days=1), 0, 0)
        assert len(stores.cache().get(key)) == 256


def test_a_salt_made_again_stays_the_same(worker):
    """A lost or doubled task is harmless."""
    before = {key: stores.cache().get(key) for key in stores.cache().keys("salt:*")}
    app.send_task("collector.tasks.make_salts_ahead")
    app.send_task("collector.tasks.make_salts_ahead")
    time.sleep(1)
    assert {key: stores.cache().get(key) for key in before} == before


def test_beat_itself_sends_what_is_due(worker):
    """The drains are woken every five seconds."""

    def wakes():
        known = stores.queue().exists(waking.wake_key(0))
        return stores.queue().xinfo_stream(waking.wake_key(0))["entries-added"] if known else 0

    start = wakes()
    within(30, lambda: wakes() > start)


def test_salts_are_due_at_every_quarter_of_an_hour():
    """It is midnight somewhere then."""
    schedule = app.conf.beat_schedule["make-salts-ahead"]["schedule"]
    assert schedule.minute == {0, 15, 30, 45}
    assert schedule.hour == set(range(24))


@pytest.mark.parametrize(("zone", "now", "day", "end"), DAYS)
def test_a_salt_lives_to_five_minutes_after_its_day(zone, now, day, end):
    """Whatever the clocks do that night; and the worker keeps no copy."""
    key = salts.salt_key(zone, day)
    stores.cache().delete(key)
    memory.wipe_all()
    assert salts.make_ahead([zone, zone], datetime.fromisoformat(f"{now}:00+00:00")) == 1
    until = datetime.fromisoformat(f"{end}:00+00:00") + timedelta(minutes=5)
    assert stores.cache().pexpiretime(key) == until.timestamp() * 1000
    assert memory.held() == {}


def test_a_day_ends_with_its_last_instant_in_every_zone():
    """The first instant of the next date, on every day of a year."""
    tick = timedelta(milliseconds=1)
    for zone in sorted(available_timezones() - {"localtime"}):
        clock = ZoneInfo(zone)
        for number in range(365):
            day = date(2038, 1, 1) + timedelta(days=number)
            end = salts.day_end(zone, day)
            following = day + timedelta(days=1)
            assert end.astimezone(clock).date() == following, (zone, day)
            assert (end - tick).astimezone(clock).date() == day, (zone, day)
