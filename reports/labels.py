"""The labels of a time axis, in order, with those that have no rows. Pure."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from reports.periods import HOUR, MINUTE, Period, floor

CLOCKS = {"time:hour": (HOUR, "%Y-%m-%d %H:00:00"), "time:minute": (MINUTE, "%Y-%m-%d %H:%M:00")}


def time_labels(period: Period, bucket: str, zone: ZoneInfo, now: datetime) -> list[str]:
    """Return every label of the axis; those of an hour that the clock showed twice are one."""
    if bucket in CLOCKS:
        return list(dict.fromkeys(_clock(period, zone, now, *CLOCKS[bucket])))
    days = (period.first + timedelta(days=number) for number in range(period.days))
    return list(dict.fromkeys(_bucket_start(day, bucket).isoformat() for day in days))


def _clock(
    period: Period, zone: ZoneInfo, now: datetime, step: timedelta, words: str
) -> Iterator[str]:
    """Step through real time, so that a day of 23 or 25 hours has the labels it had."""
    begin = period.since or datetime.combine(period.first, time(), zone).astimezone(UTC)
    end = datetime.combine(period.last + timedelta(days=1), time(), zone).astimezone(UTC)
    if period.since:
        # The running hour counts from its first instant, hence the step beyond now.
        end = period.until or min(end, now + timedelta(microseconds=1))
    moment = floor(begin, zone, step).astimezone(UTC)
    while moment < end:
        yield moment.astimezone(zone).strftime(words)
        moment += step


def _bucket_start(day: date, bucket: str) -> date:
    if bucket == "time:week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if bucket == "time:month" else day
