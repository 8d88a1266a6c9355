"""The period that another one is compared with, and how a change is told. Pure."""

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from reports.catalog import Metric, Unit
from reports.periods import HOUR, MINUTE, NOW, Period

WEEK = timedelta(days=7)


class Mode(StrEnum):
    """What a period is compared with."""

    PREVIOUS = "previous_period"
    YEAR = "year_over_year"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was asked, and the period that it means."""

    mode: Mode
    match_day_of_week: bool
    period: Period


def compared(
    period: Period, mode: Mode, zone: ZoneInfo, now: datetime, *, match_day_of_week: bool
) -> Period:
    """Return the period before, or a year before; with weekdays matched it may move by days."""
    if period.since is not None:
        return _earlier_instants(period, mode, zone, now)
    if mode is Mode.YEAR:
        first, last = _year_before(period.first), _year_before(period.last)
    else:
        first = period.first - timedelta(days=period.days)
        last = period.first - timedelta(days=1)
    if match_day_of_week:
        moved = _nearest(first, last, period)
        first, last = first + moved, last + moved
    return Period(first, last)


def change(metric: Metric, before: float | None, after: float | None) -> float | None:
    """Return the change: in points of a percentage, else in percent of what was before."""
    if before is None or after is None:
        return None
    if metric.unit is Unit.PERCENT:
        return round(after - before, 2)
    if not before:
        return 100 if after else 0
    return round((after - before) / before * 100)


def _nearest(first: date, last: date, period: Period) -> timedelta:
    """Return the fewest days to the weekday on which the period begins, without touching it."""
    forward = timedelta(days=(period.first.weekday() - first.weekday()) % 7)
    moves = sorted((forward, forward - WEEK), key=abs)
    return next((move for move in moves if last + move < period.first), forward - WEEK)


def _earlier_instants(period: Period, mode: Mode, zone: ZoneInfo, now: datetime) -> Period:
    since, until = period.since or now, period.until or _end(period, now)
    if mode is Mode.YEAR:
        since, until = (_year_back(moment, zone) for moment in (since, until))
    else:
        since, until = since - (until - since), since
    last = until - timedelta(milliseconds=1)
    days = [moment.astimezone(zone).date() for moment in (since, last)]
    return replace(period, first=days[0], last=days[1], since=since, until=until)


def _end(period: Period, now: datetime) -> datetime:
    """Return the end of what rolls: of the running hour or minute, or now."""
    since = period.since or now
    whole = {False: 24 * HOUR, True: 30 * MINUTE}[period.is_short]
    return now if period.is_short and now - since <= NOW else since + whole


def _year_before(day: date) -> date:
    """Return the same day a year before; the 28th for a 29th of February."""
    year = day.year - 1
    return day.replace(year=year, day=min(day.day, monthrange(year, day.month)[1]))


def _year_back(moment: datetime, zone: ZoneInfo) -> datetime:
    local = moment.astimezone(zone)
    clock = local.time().replace(tzinfo=None)
    return datetime.combine(_year_before(local.date()), clock, zone).astimezone(UTC)
