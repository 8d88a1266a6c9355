"""From a date_range to local dates in the project's zone. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

DAYS = {"7d": 7, "28d": 28, "30d": 30, "91d": 91}
MONTHS = {"month": 1, "6mo": 6, "12mo": 12}
NAMES = ("realtime", "30m", "day", "24h", *DAYS, *MONTHS, "year", "all")
LONGEST_DAYS = 3_660
MOST_HOURLY_DAYS = 92
MOST_MINUTE_DAYS = 2
FIRST_YEAR, LAST_YEAR = 2000, 2100
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NOW = 5 * MINUTE
WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?P<fraction>\.[0-9]{1,6})?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?"
)


class PeriodError(ValueError):
    """The date_range cannot be read; its text says what is allowed."""


@dataclass(frozen=True, slots=True)
class Period:
    """Local dates, both included; `since` (included) and `until` (not) cut them to instants."""

    first: date
    last: date
    since: datetime | None = None
    until: datetime | None = None
    is_short: bool = False  # of minutes, so that an hour is no use as a bucket

    @property
    def days(self) -> int:
        """How many local dates it touches."""
        return (self.last - self.first).days + 1

    def automatic_bucket(self) -> str:
        """Return the time dimension that `time` stands for."""
        if self.is_short:
            return "time:minute"
        if self.days <= 2:
            return "time:hour"
        return "time:day" if self.days <= 92 else "time:month"


def resolve(
    date_range: object, zone: ZoneInfo, now: datetime, first_day: Callable[[], date | None]
) -> Period:
    """Return the local dates meant at `now`. `first_day` is asked for "all" only."""
    today = now.astimezone(zone).date()
    if isinstance(date_range, list):
        return _between(date_range, zone)
    if not isinstance(date_range, str) or date_range not in NAMES:
        allowed = f"{', '.join(NAMES)}, or [from, to], both dates or both instants"
        raise PeriodError(f"date_range must be one of {allowed}.")
    if date_range in ("realtime", "30m", "24h"):
        return _rolling(date_range, zone, now)
    if date_range == "all":
        return Period(min(first_day() or today, today), today)
    return Period(_first_of(date_range, today), today)


def _first_of(name: str, today: date) -> date:
    if name in DAYS:
        return today - timedelta(days=DAYS[name] - 1)
    if name == "year":
        return today.replace(month=1, day=1)
    if name in MONTHS:
        months = today.year * 12 + today.month - MONTHS[name]
        return date(months // 12, months % 12 + 1, 1)
    return today


def _between(dates: list[object], zone: ZoneInfo) -> Period:
    if len(dates) != 2:
        raise PeriodError("date_range needs exactly two dates or instants: [from, to].")
    if any(isinstance(text, str) and len(text) > len("2026-01-01") for text in dates):
        return _instants(dates, zone)
    first, last = _date(dates[0]), _date(dates[1])
    if first > last:
        raise PeriodError(f"date_range starts on {first}, after its end {last}: swap them.")
    return _limited(Period(first, last))


def _instants(given: list[object], zone: ZoneInfo) -> Period:
    since, _ = _instant(given[0], zone)
    last, step = _instant(given[1], zone)
    if since > last:
        raise PeriodError(f"date_range starts at {since}, after its end {last}: swap them.")
    days = [moment.astimezone(zone).date() for moment in (since, last)]
    short = last - since < HOUR
    return _limited(Period(days[0], days[1], since, last + step, is_short=short))


def _limited(period: Period) -> Period:
    if period.days > LONGEST_DAYS:
        raise PeriodError(f"date_range spans {period.days} days; at most {LONGEST_DAYS} are read.")
    return period


def _instant(text: object, zone: ZoneInfo) -> tuple[datetime, timedelta]:
    """Return a moment in UTC and how long it lasts: a second when it has no fraction."""
    written = INSTANT.fullmatch(text) if isinstance(text, str) else None
    if written is None:
        problem = "is no instant: write 2026-03-10T12:00:00+01:00, for both ends or for none."
        raise PeriodError(f"{str(text)[:40]!r} {problem}")
    try:
        moment = datetime.fromisoformat(written[0])
        local = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        found = local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise PeriodError(f"{written[0]!r} is on no calendar: check day and time.") from None
    _check_year(found.date())
    return found, timedelta(milliseconds=1) if written["fraction"] else timedelta(seconds=1)


def _date(text: object) -> date:
    # fromisoformat also takes 20261124 and 2026-W48-2.
    written = isinstance(text, str) and WRITTEN.fullmatch(text)
    try:
        day = date.fromisoformat(written[0] if written else "")
    except ValueError:
        raise PeriodError(f"{str(text)[:40]!r} is not a date: write YYYY-MM-DD.") from None
    _check_year(day)
    return day


def _check_year(day: date) -> None:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise PeriodError(f"{day} lies outside the years {FIRST_YEAR} to {LAST_YEAR}.")


def _rolling(name: str, zone: ZoneInfo, now: datetime) -> Period:
    """Return the last five minutes, or the running minute or hour and those before it."""
    if name == "realtime":
        since = now - NOW
    elif name == "30m":
        since = now.replace(second=0, microsecond=0) - 29 * MINUTE
    else:
        since = floor(now - 23 * HOUR, zone, HOUR)
    first = since.astimezone(zone).date()
    return Period(first, now.astimezone(zone).date(), since.astimezone(UTC), is_short=name != "24h")


def floor(moment: datetime, zone: ZoneInfo, step: timedelta) -> datetime:
    """Return where the local hour or minute of a moment begins."""
    local = moment.astimezone(zone)
    begun = timedelta(minutes=local.minute) if step == HOUR else timedelta()
    return moment - begun - timedelta(seconds=local.second, microseconds=local.microsecond)
