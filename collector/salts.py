"""Random salts by (zone, local date): in the cache Redis and in memory, gone after their day."""

import secrets
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from analytics_saas.redis import cache

GRACE = timedelta(minutes=5)
SALT_BYTES = 32

_known: dict[tuple[str, date], tuple[datetime, bytes]] = {}


def day_end(zone: str, day: date) -> datetime:
    """Return the instant (UTC) at which a local day ends, whatever the clocks do that night."""
    tomorrow = day + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=ZoneInfo(zone)).astimezone(
        UTC
    )


def known_salt(zone: str, day: date, now: datetime) -> bytes | None:
    """Return the salt if this process has it already; asks nobody, so it never blocks."""
    forget_old(now)
    found = _known.get((zone, day))
    return found[1] if found else None


def salt_for(zone: str, day: date, now: datetime) -> bytes:
    """Return the salt that all hosts share. Raises redis.RedisError when it cannot be agreed."""
    salt = known_salt(zone, day, now)
    if salt is None:
        salt = _agree(zone, day)
        _known[(zone, day)] = (day_end(zone, day) + GRACE, salt)
    return salt


def make_ahead(zones: Iterable[str], now: datetime) -> int:
    """Agree on today's and tomorrow's salt of each zone; return how many were looked at."""
    count = 0
    for zone in sorted(set(zones)):
        today = now.astimezone(ZoneInfo(zone)).date()
        for day in (today, today + timedelta(days=1)):
            salt_for(zone, day, now)
            count += 1
    return count


def forget_old(now: datetime) -> None:
    """Drop every salt whose day ended more than five minutes ago."""
    # A copy, and no complaint about a missing key: threads that miss a salt add and drop too.
    for key, (until, _) in list(_known.items()):
        if until <= now:
            _known.pop(key, None)


def _agree(zone: str, day: date) -> bytes:
    key = f"salt:{zone}:{day.isoformat()}"
    until = day_end(zone, day) + GRACE
    # A salt asked for after its end (a development clock) still lives an hour.
    until = max(until, datetime.now(UTC) + timedelta(hours=1))
    pipe = cache().pipeline()
    pipe.set(key, secrets.token_bytes(SALT_BYTES), nx=True, pxat=int(until.timestamp() * 1000))
    pipe.get(key)
    return bytes(pipe.execute()[1])
