"""From a date_range to local dates in the project's zone and the labels of an axis. Pure."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = {"7d": 7, "28d": 28, "30d": 30, "91d": 91}
MONTHS = {"month": 1, "6mo": 6, "12mo": 12}
NAMES = ("day", "24h", *DAYS, *MONTHS, "year", "all")
LONGEST_DAYS = 3_660
MOST_HOURLY_DAYS = 92
FIRST_YEAR, LAST_YEAR = 2000, 2100
HOUR = timedelta(hours=1)
WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class PeriodError(ValueError):
    """The date_range cannot be read; its text says what is allowed."""


@dataclass(frozen=True, slots=True)
class Period:
    """Local dates, both included; `since` cuts the first one for a rolling 24 hours."""

    first: date
    last: date
    since: datetime | None = None

    @property
    def days(self) -> int:
        """How many local dates it touches."""
        return (self.last - self.first).days + 1

    def automatic_bucket(self) -> str:
        """Return the time dimension that `time` stands for."""
        if self.days <= 2:
            return "time:hour"
        return "time:day" if self.days <= 92 else "time:month"


def resolve(
    date_range: object, zone: ZoneInfo, now: datetime, first_day: Callable[[], date | None]
) -> Period:
    """Return the local dates meant at `now`. `first_day` is asked for "all" only."""
    today = now.astimezone(zone).date()
    if isinstance(date_range, list):
        return _between(date_range)
    if not isinstance(date_range, str) or date_range not in NAMES:
        raise PeriodError(f"date_range must be one of {', '.join(NAMES)}, or [from, to] dates.")
    if date_range == "24h":
        return _rolling_day(zone, now)
    if date_range == "all":
        return Period(min(first_day() or today, today), today)
    return Period(_first_of(date_range, today), today)


def time_labels(period: Period, bucket: str, zone: ZoneInfo, now: datetime) -> list[str]:
    """Return every label of the axis in order, with those that have no rows."""
    if bucket == "time:hour":
        return list(dict.fromkeys(_hours(period, zone, now)))
    days = (period.first + timedelta(days=number) for number in range(period.days))
    return list(dict.fromkeys(_bucket_start(day, bucket).isoformat() for day in days))


def _first_of(name: str, today: date) -> date:
    if name in DAYS:
        return today - timedelta(days=DAYS[name] - 1)
    if name == "year":
        return today.replace(month=1, day=1)
    if name in MONTHS:
        months = today.year * 12 + today.month - MONTHS[name]
        return date(months // 12, months % 12 + 1, 1)
    return today


def _between(dates: list[object]) -> Period:
    if len(dates) != 2:
        raise PeriodError("date_range needs exactly two dates: [from, to].")
    first, last = _date(dates[0]), _date(dates[1])
    if first > last:
        raise PeriodError(f"date_range starts on {first}, after its end {last}: swap them.")
    period = Period(first, last)
    if period.days > LONGEST_DAYS:
        raise PeriodError(f"date_range spans {period.days} days; at most {LONGEST_DAYS} are read.")
    return period


def _date(text: object) -> date:
    # fromisoformat also takes 20261124 and 2026-W48-2.
    written = isinstance(text, str) and WRITTEN.fullmatch(text)
    try:
        day = date.fromisoformat(written[0] if written else "")
    except ValueError:
        raise PeriodError(f"{str(text)[:40]!r} is not a date: write YYYY-MM-DD.") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise PeriodError(f"{day} lies outside the years {FIRST_YEAR} to {LAST_YEAR}.")
    return day


def _rolling_day(zone: ZoneInfo, now: datetime) -> Period:
    """Return the running local hour and the 23 before it."""
    earliest = now - 23 * HOUR
    local = earliest.astimezone(zone)
    since = earliest - timedelta(
        minutes=local.minute, seconds=local.second, microseconds=local.microsecond
    )
    return Period(since.astimezone(zone).date(), now.astimezone(zone).date(), since.astimezone(UTC))


def _hours(period: Period, zone: ZoneInfo, now: datetime) -> Iterator[str]:
    """Step through real time, so that a day of 23 or 25 hours has the labels it had."""
    step = period.since or datetime.combine(period.first, time(), zone).astimezone(UTC)
    end = datetime.combine(period.last + timedelta(days=1), time(), zone).astimezone(UTC)
    # The running hour counts from its first instant, hence the step beyond now.
    end = min(end, now + timedelta(microseconds=1)) if period.since else end
    while step < end:
        yield step.astimezone(zone).strftime("%Y-%m-%d %H:00:00")
        step += HOUR


def _bucket_start(day: date, bucket: str) -> date:
    if bucket == "time:week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if bucket == "time:month" else day
