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


def salt_key(zone: str, day: date) -> str:
    """Return the key of a salt in the cache Redis."""
    return f"salt:{zone}:{day.isoformat()}"


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
    """Agree on tomorrow's salt of each zone, without keeping it; return how many zones.

    The running day's salt is left to those who use it: after a loss they may still know it.
    """
    names = sorted(set(zones))
    for zone in names:
        _agree(zone, now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1))
    return len(names)


def forget_old(now: datetime) -> None:
    """Drop every salt whose day ended more than five minutes ago."""
    # A copy, and no complaint about a missing key: threads that miss a salt add and drop too.
    for key, (until, _) in list(_known.items()):
        if until <= now:
            _known.pop(key, None)


def _agree(zone: str, day: date) -> bytes:
    key = salt_key(zone, day)
    until = day_end(zone, day) + GRACE
    # A salt asked for after its end (a development clock) still lives an hour.
    until = max(until, datetime.now(UTC) + timedelta(hours=1))
    pipe = cache().pipeline()
    pipe.set(key, secrets.token_bytes(SALT_BYTES), nx=True, pxat=int(until.timestamp() * 1000))
    pipe.get(key)
    return bytes(pipe.execute()[1])
