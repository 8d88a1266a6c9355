"""Which period another one is compared with, and how a change is told."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from reports.catalog import METRICS
from reports.comparisons import Mode, change, compared
from reports.periods import Period, resolve

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 30, 10, 20, 5, tzinfo=UTC)


def other(first, last, mode="previous_period", matched=False):
    """The other period as two texts."""
    period = Period(date.fromisoformat(first), date.fromisoformat(last))
    found = compared(period, Mode(mode), BERLIN, NOW, match_day_of_week=matched)
    return str(found.first), str(found.last)


def test_the_previous_period_is_as_long_and_ends_the_day_before():
    """Also for a month to date."""
    assert other("2026-03-10", "2026-03-10") == ("2026-03-09", "2026-03-09")
    assert other("2026-03-01", "2026-03-30") == ("2026-01-30", "2026-02-28")


def test_a_year_before_knows_leap_years():
    """The 29th of February has the 28th."""
    assert other("2024-02-01", "2024-02-29", "year_over_year") == ("2023-02-01", "2023-02-28")


@pytest.mark.parametrize(
    ("first", "last", "mode", "expected"),
    [
        ("2026-03-10", "2026-03-10", "previous_period", ("2026-03-03", "2026-03-03")),
        ("2026-03-01", "2026-03-30", "previous_period", ("2026-01-25", "2026-02-23")),
        ("2026-03-02", "2026-03-08", "previous_period", ("2026-02-23", "2026-03-01")),
        ("2026-03-10", "2026-03-12", "year_over_year", ("2025-03-11", "2025-03-13")),
    ],
)
def test_weekdays_are_matched_by_the_fewest_days(first, last, mode, expected):
    """Without touching the period itself."""
    found = other(first, last, mode, matched=True)
    assert found == expected
    weekdays = {date.fromisoformat(day).weekday() for day in (first, found[0])}
    assert len(weekdays) == 1


@pytest.mark.parametrize(("name", "hours"), [("24h", 24), ("30m", 0.5), ("realtime", 5 / 60)])
def test_what_rolls_is_compared_with_as_long_before(name, hours):
    """To the instant, and a year before on the same clock."""
    period = resolve(name, BERLIN, NOW, lambda: None)
    before = compared(period, Mode.PREVIOUS, BERLIN, NOW, match_day_of_week=False)
    assert before.until == period.since
    assert before.until - before.since == timedelta(hours=hours)
    year = compared(period, Mode.YEAR, BERLIN, NOW, match_day_of_week=False)
    local = [moment.astimezone(BERLIN) for moment in (year.since, period.since)]
    assert local[0].time() == local[1].time()
    assert (local[1].year - local[0].year, local[1].month) == (1, local[0].month)


@pytest.mark.parametrize(
    ("metric", "before", "after", "expected"),
    [
        ("visitors", 100, 150, 50), ("visitors", 3, 2, -33), ("visitors", 0, 5, 100),
        ("visitors", 0, 0, 0), ("bounce_rate", 40.0, 45.5, 5.5), ("scroll_depth", None, 4, None),
        ("conversion_rate", 2.25, 2.0, -0.25), ("time_on_page", 10, None, None),
    ],
)  # fmt: skip
def test_a_change_is_in_percent_and_of_percentages_in_points(metric, before, after, expected):
    """Nothing is a change of what was not told."""
    assert change(METRICS[metric], before, after) == expected
