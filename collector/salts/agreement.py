"""How all hosts come to have one salt for a zone's day: whoever is asked finds it or makes it."""

import time
from collections.abc import Iterable
from datetime import UTC, date, datetime
from threading import Lock

from collector.salts import memory, mirror, shelf
from collector.salts.alone import LOOK_SECONDS, PATIENCE_SECONDS, agree_or_go_alone
from collector.salts.days import ahead, life_end, local_day
from collector.salts.memory import Place
from collector.salts.salt import Salt, new_salt
from collector.salts.wire import Wire, wire

_lock = Lock()


def salt_for(zone: str, day: date, now: datetime) -> bytearray:
    """Return the salt that all hosts share or, while the cache is away, this machine's own.

    It takes up to three seconds when the cache is away, or was emptied a moment ago. Raises
    redis.RedisError when a day that is not running has none that could be agreed on.
    """
    with _lock:
        salt = memory.known_salt(zone, day, now)
        if salt is None:
            place = (zone, day)
            found = agree_or_go_alone(lambda: _agree_by_wire(place), place)
            memory.keep(place, found)
            salt = found.key
        return salt


def _agree_by_wire(place: Place) -> Salt:
    with wire() as line:
        return agree(line, place)


def agree(line: Wire, place: Place) -> Salt:
    """Return the salt of a zone's day, made now if nobody has one. Raises redis.RedisError."""
    now = datetime.now(UTC)
    found = look(line, place, now)
    if found is None and place[1] >= local_day(place[0], now):
        found = _wait_for_others(line, place, now)
    if found is None:
        made = new_salt(shelf.clock(), life_end(*place, now))
        found = shelf.propose(line, place, made, now)
    return found


def look(line: Wire, place: Place, now: datetime) -> Salt | None:
    """Return the older one of what cache and mirror have, which the cache has then."""
    where = mirror.folder()
    mirrored = mirror.find(where, place) if where else None
    if mirrored is None:
        return shelf.find(line, place, now)
    kept = shelf.offer(line, place, mirrored, now)
    if kept is not mirrored:
        mirrored.wipe()
    return kept


def make_ahead(zones: Iterable[str], now: datetime) -> int:
    """Agree on tomorrow's salt of each zone, without keeping it; return how many zones.

    The running day's salt is left to those who use it: after a loss they may still know it.
    """
    places = [(zone, ahead(zone, now)) for zone in sorted(set(zones))]
    # Those that are there stay where they are: what does not travel leaves no traces.
    headers = shelf.headers(places)
    missing = [place for place, header in zip(places, headers, strict=True) if not header]
    if missing:
        with wire() as line:
            for place in missing:
                agree(line, place).wipe()
    return len(places)


def others_have_spoken() -> bool:
    """Tell whether everybody who holds salts had the time to put them into the cache."""
    return shelf.age(shelf.clock()) >= PATIENCE_SECONDS


def _wait_for_others(line: Wire, place: Place, now: datetime) -> Salt | None:
    """Give everybody who may know a salt the time to say so."""
    while (left := PATIENCE_SECONDS - shelf.age(shelf.clock())) > 0:
        time.sleep(min(left, LOOK_SECONDS))
        if found := look(line, place, now):
            return found
    return None
