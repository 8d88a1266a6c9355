"""Salts while the cache is away: the mirror's, or after a while a new one of this machine's own.

Whoever made one alone compares it with the others' once the cache is back: the older one wins, and
the loss is marked in the ledger.
"""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

import redis

from collector.salts import mirror
from collector.salts.days import life_end, local_day
from collector.salts.memory import Place
from collector.salts.salt import Salt, new_salt

log = logging.getLogger(__name__)

# So long the cache is asked again before anything is made without it.
PATIENCE_SECONDS = 3.0
LOOK_SECONDS = 0.2
# Who was alone a moment ago need not wait again for each of many zones.
STILL_SECONDS = 5.0

_alone: list[float] = []


def agree_or_go_alone(agree: Callable[[], Salt], place: Place) -> Salt:
    """Return what all agree on or, while the cache is away, the running day's salt without it.

    Raises redis.RedisError for any other day.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        now = datetime.now(UTC)
        is_running = place[1] == local_day(place[0], now)
        if is_running and _was_alone():
            return _mirrored(place) or _make(place, now)
        try:
            return agree()
        except (redis.RedisError, OSError) as error:
            if not is_running:
                raise
            if found := _mirrored(place):
                return found
            if time.monotonic() >= end:
                log.warning("salts are made alone: %s", error)
                _alone[:] = [time.monotonic()]
            else:
                time.sleep(LOOK_SECONDS)


def _was_alone() -> bool:
    return bool(_alone) and time.monotonic() < _alone[0] + STILL_SECONDS


def _mirrored(place: Place) -> Salt | None:
    where = mirror.folder()
    return mirror.find(where, place) if where else None


def _make(place: Place, now: datetime) -> Salt:
    """Make a salt that the other processes of this machine find, if there is a mirror."""
    made = new_salt(int(now.timestamp() * 1000), life_end(*place, now))
    where = mirror.folder()
    return mirror.propose(where, place, made) if where else made
