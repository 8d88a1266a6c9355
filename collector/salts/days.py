"""When a salt's day begins and ends, and how long the salt lives on (pure)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

GRACE = timedelta(minutes=5)
# Whoever holds a salt overwrites it just before the cache would drop it without overwriting.
AHEAD_OF_EXPIRY = timedelta(seconds=3)
ASKED_TOO_LATE = timedelta(hours=1)


def day_end(zone: str, day: date) -> datetime:
    """Return the instant (UTC) at which a local day ends, whatever the clocks do that night."""
    tomorrow = day + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=ZoneInfo(zone)).astimezone(
        UTC
    )


def life_end(zone: str, day: date, now: datetime) -> datetime:
    """Return when a salt is gone from everywhere: five minutes after its day.

    A salt asked for after that (by a development clock) lives an hour.
    """
    until = day_end(zone, day) + GRACE
    return until if until > now else now + ASKED_TOO_LATE


def local_day(zone: str, now: datetime) -> date:
    """Return the date in a zone."""
    return now.astimezone(ZoneInfo(zone)).date()


def ahead(zone: str, now: datetime) -> date:
    """Return the day whose salt is made ahead."""
    return local_day(zone, now) + timedelta(days=1)
