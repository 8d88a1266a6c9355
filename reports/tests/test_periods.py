"""Date ranges become local dates of the project's zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from reports.labels import time_labels
from reports.periods import Period, PeriodError, resolve

BERLIN = ZoneInfo("Europe/Berlin")
# Half past midnight of 10 March in Berlin, still 9 March in UTC.
NOW = datetime(2026, 3, 9, 23, 30, tzinfo=UTC)
TODAY = date(2026, 3, 10)


def read(date_range, zone=BERLIN, first_day=None):
    """Resolve with a fixed clock."""
    return resolve(date_range, zone, NOW, lambda: first_day)


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("day", TODAY),
        ("7d", date(2026, 3, 4)),
        ("28d", date(2026, 2, 11)),
        ("30d", date(2026, 2, 9)),
        ("91d", date(2025, 12, 10)),
        ("month", date(2026, 3, 1)),
        ("6mo", date(2025, 10, 1)),
        ("12mo", date(2025, 4, 1)),
        ("year", date(2026, 1, 1)),
    ],
)
def test_a_name_ends_today_and_includes_it(name, first):
    """Today is the project's today."""
    assert read(name) == Period(first, TODAY)


def test_24_hours_are_the_running_hour_and_23_before_it():
    """Also in a zone whose hours begin at :30 or :45 of UTC."""
    period = read("24h")
    assert period == Period(date(2026, 3, 9), TODAY, datetime(2026, 3, 9, 0, 0, tzinfo=UTC))
    labels = time_labels(period, "time:hour", BERLIN, NOW)
    assert (labels[0], labels[-1]) == ("2026-03-09 01:00:00", "2026-03-10 00:00:00")
    for name in ("Asia/Kathmandu", "Asia/Kolkata", "UTC"):
        zone = ZoneInfo(name)
        assert len(time_labels(read("24h", zone=zone), "time:hour", zone, NOW)) == 24


def test_all_begins_with_the_first_day_of_data():
    """Without data it is today."""
    assert read("all", first_day=date(2024, 5, 6)) == Period(date(2024, 5, 6), TODAY)
    assert read("all") == Period(TODAY, TODAY)


@pytest.mark.parametrize(
    "wrong",
    [
        None, 7, "8d", "", [], ["2026-01-01"], ["2026-01-02", "2026-01-01"],
        ["2026-02-30", "2026-03-01"], ["1999-12-31", "2000-01-01"], ["2001-01-01", "2026-01-01"],
        [1, 2], ["2026-01-01", "9999-12-31"], ["2026-W01-1", "2026-01-05"],
        ["20260101", "20260102"], ["2026-01-01", "2026-01-02\n"],
    ],
)  # fmt: skip
def test_what_is_no_period_is_refused(wrong):
    """The text is for the person who asked."""
    with pytest.raises(PeriodError):
        read(wrong)


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 24), ("2026-07-01", 24)]
)
def test_hours_are_those_the_clock_showed(day, hours):
    """Spring skips one; autumn shows 02:00 twice, and both share a label."""
    labels = time_labels(read([day, day]), "time:hour", BERLIN, NOW)
    assert len(labels) == hours
    assert "2026-03-29 02:00:00" not in labels


def test_weeks_begin_on_monday_and_months_on_the_first():
    """Also when the period begins in the middle of one."""
    period = read(["2026-02-26", "2026-03-10"])
    weeks = ["2026-02-23", "2026-03-02", "2026-03-09"]
    assert time_labels(period, "time:week", BERLIN, NOW) == weeks
    assert time_labels(period, "time:month", BERLIN, NOW) == ["2026-02-01", "2026-03-01"]
    assert len(time_labels(period, "time:day", BERLIN, NOW)) == 13


@pytest.mark.parametrize(
    ("last", "bucket"),
    [
        ("2026-01-02", "time:hour"),
        ("2026-01-03", "time:day"),
        ("2026-04-02", "time:day"),
        ("2026-04-03", "time:month"),
    ],
)
def test_time_picks_the_bucket_by_length(last, bucket):
    """Hours to 2 days, days to 92, else months."""
    assert read(["2026-01-01", last]).automatic_bucket() == bucket


def test_minutes_roll_like_hours():
    """Half an hour is the running minute and 29 before it; realtime is exactly five minutes."""
    now = datetime(2026, 3, 9, 23, 30, 40, 5, tzinfo=UTC)
    half = resolve("30m", BERLIN, now, lambda: None)
    assert half.since == datetime(2026, 3, 9, 23, 1, tzinfo=UTC)
    labels = time_labels(half, half.automatic_bucket(), BERLIN, now)
    assert (len(labels), labels[0], labels[-1]) == (
        30, "2026-03-10 00:01:00", "2026-03-10 00:30:00",
    )  # fmt: skip
    live = resolve("realtime", BERLIN, now, lambda: None)
    assert now - live.since == timedelta(minutes=5)
    assert live.automatic_bucket() == "time:minute"


@pytest.mark.parametrize(
    ("given", "since", "until"),
    [
        (["2026-03-10T12:00:00+01:00", "2026-03-10T12:59:59+01:00"], (11, 0), (12, 0)),
        (["2026-03-10T11:00:00Z", "2026-03-10T12:59:59+01:00"], (11, 0), (12, 0)),
        # Without an offset, of the project's clock.
        (["2026-03-10 12:00:00", "2026-03-10T12:59:59"], (11, 0), (12, 0)),
    ],
)
def test_instants_include_their_last_second(given, since, until):
    """Whatever offset they are written with."""
    period = read(given)
    assert period.since == datetime(2026, 3, 10, *since, tzinfo=UTC)
    assert period.until == datetime(2026, 3, 10, *until, tzinfo=UTC)
    assert (period.first, period.last) == (TODAY, TODAY)
    fine = read(["2026-03-10T11:00:00.250Z", "2026-03-10T11:00:00.750Z"])
    assert fine.until - fine.since == timedelta(milliseconds=501)


@pytest.mark.parametrize(
    "wrong",
    [
        ["2026-03-10T12:00:00Z", "2026-03-10"], ["2026-03-10T12:00:00Z", "2026-03-10T11:00:00Z"],
        ["2026-03-10T25:00:00Z", "2026-03-11T00:00:00Z"], ["2026-03-10T12:00Z"] * 2,
        ["1999-03-10T12:00:00Z", "2026-03-11T00:00:00Z"], ["2026-03-10T12:00:00Z", 5],
        ["0001-01-01T00:00:00+14:00", "2026-03-11T00:00:00Z"],
        ["2001-01-01T00:00:00Z", "2026-03-11T00:00:00Z"],
    ],
)  # fmt: skip
def test_what_is_no_pair_of_instants_is_refused(wrong):
    """The text is for the person who asked."""
    with pytest.raises(PeriodError):
        read(wrong)


def test_a_clock_that_moves_by_half_an_hour_keeps_its_labels():
    """Lord Howe goes back to 01:30 at 02:00, and from 02:00 to 02:30 half a year later."""
    zone = ZoneInfo("Australia/Lord_Howe")
    for day in ("2026-04-05", "2026-10-04"):
        labels = time_labels(read([day, day]), "time:hour", zone, NOW)
        assert labels == [f"{day} {hour:02}:00:00" for hour in range(24)]
    minutes = time_labels(read(["2026-10-04", "2026-10-04"]), "time:minute", zone, NOW)
    assert len(minutes) == 24 * 60 - 30
    assert "2026-10-04 02:15:00" not in minutes
