"""A day is the project's own, wherever on earth and whatever its clocks do."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from collector.door import rulebook
from collector.salts.days import GRACE, ahead, day_end, life_end, local_day
from collector.tests.door import PAGE, entries, post, publish
from projects import registry

# A zone, a day, and the instant at which it ends.
DAYS = [
    ("Asia/Kathmandu", date(2026, 5, 2), "2026-05-02T18:15"),
    ("America/St_Johns", date(2026, 7, 1), "2026-07-02T02:30"),
    # A whole day was left out: 30 December in Samoa, 21 August in the Marshall Islands.
    ("Pacific/Apia", date(2011, 12, 29), "2011-12-30T10:00"),
    ("Pacific/Apia", date(2011, 12, 31), "2011-12-31T10:00"),
    ("Pacific/Kwajalein", date(1993, 8, 20), "1993-08-21T12:00"),
    # The date line runs between these two: one clock, two dates.
    ("Pacific/Kiritimati", date(2026, 5, 3), "2026-05-03T10:00"),
    ("Pacific/Honolulu", date(2026, 5, 2), "2026-05-03T10:00"),
    # The clocks go back at midnight: its last hour comes twice and belongs to the day.
    ("America/Asuncion", date(2023, 3, 25), "2023-03-26T04:00"),
    ("Asia/Beirut", date(2022, 10, 29), "2022-10-29T22:00"),
]


@pytest.mark.parametrize(("zone", "day", "end"), DAYS)
def test_a_day_ends_when_its_clock_says_so(zone, day, end):
    """The instant before is the day's, the instant itself is not."""
    instant = datetime.fromisoformat(f"{end}+00:00")
    assert day_end(zone, day) == instant
    assert local_day(zone, instant - timedelta(microseconds=1)) == day
    assert local_day(zone, instant) > day


def test_what_is_made_ahead_is_tomorrows_in_every_zone():
    """It is the 2nd in Honolulu and the 3rd on Kiritimati."""
    now = datetime(2026, 5, 2, 12, tzinfo=UTC)
    assert ahead("Pacific/Honolulu", now) == date(2026, 5, 3)
    assert ahead("Pacific/Kiritimati", now) == date(2026, 5, 4)


def test_a_life_lasts_five_minutes_more_than_its_day():
    """However late the salt is asked for."""
    end = day_end("UTC", date(2026, 5, 2))
    assert life_end("UTC", date(2026, 5, 2), end - timedelta(hours=20)) == end + GRACE
    assert life_end("UTC", date(2026, 5, 2), end + timedelta(minutes=4)) == end + GRACE


# 00:30 UTC on 4 July 2026: still the 3rd in New York, and 09:30 of the 4th in Tokyo.
AT = {"x-daysalt-now": "1783125000000"}


def test_a_project_that_changes_its_zone_has_the_new_days_from_then_on():
    """The same visitor is another one, since nothing links two days."""
    rules = publish()
    for zone in ("America/New_York", "Asia/Tokyo", "America/New_York"):
        rulebook.rules.forget()
        registry.rebuild([msgspec.structs.replace(rules, zone=zone)])
        assert post(PAGE, headers=AT)[0] == 202
    first, second, third = (event for entry in entries() for event in entry.events)
    assert first.local_date + 1 == second.local_date
    assert (first.visitor_id, first.local_date) == (third.visitor_id, third.local_date)
    assert first.visitor_id != second.visitor_id


def test_zones_of_one_date_have_salts_of_their_own():
    """A zone is a name, not an offset: they may part tomorrow."""
    rules = publish()
    for zone in ("Europe/Berlin", "Europe/Paris"):
        rulebook.rules.forget()
        registry.rebuild([msgspec.structs.replace(rules, zone=zone)])
        post(PAGE, headers=AT)
    first, second = (event for entry in entries() for event in entry.events)
    assert first.local_date == second.local_date
    assert first.visitor_id != second.visitor_id


@pytest.mark.parametrize(
    ("zone", "hours", "begins"),
    [("Europe/Berlin", 23, "2026-03-28T23:00"), ("Europe/Berlin", 25, "2026-10-24T22:00")],
)
def test_a_visitor_is_one_all_through_a_day_of_changed_clocks(zone, hours, begins):
    """From its first second to its last; a second later they are another."""
    rules = publish()
    registry.rebuild([msgspec.structs.replace(rules, zone=zone)])
    start = datetime.fromisoformat(f"{begins}+00:00")
    for moment in (
        start,
        start + timedelta(hours=hours, seconds=-1),
        start + timedelta(hours=hours),
    ):
        post(PAGE, headers={"x-daysalt-now": str(int(moment.timestamp() * 1000))})
    first, last, other = (event for entry in entries() for event in entry.events)
    assert first.visitor_id == last.visitor_id != other.visitor_id
    assert first.local_date == last.local_date == other.local_date - 1
