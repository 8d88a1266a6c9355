"""The salts in the cache Redis: found, offered, compared and overwritten.

A record is a salt's header, its key, and padding: the server keeps short texts inside other
objects, where they are copied about; a long one stays in one place and can be overwritten there.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import cast

from analytics_saas.redis import cache
from collector.salts.days import life_end
from collector.salts.memory import Place
from collector.salts.salt import HEADER_BYTES, KEY_BYTES, NOTHING, Salt
from collector.salts.wire import Wire

RECORD_BYTES = 256
SINCE_KEY = "salts:since"


def salt_key(zone: str, day: date) -> str:
    """Return the key of a salt in the cache Redis."""
    return f"salt:{zone}:{day.isoformat()}"


def find(wire: Wire, place: Place, now: datetime) -> Salt | None:
    """Return the salt that the cache has. Raises redis.RedisError."""
    record = wire.ask(b"GET", salt_key(*place).encode())
    if record is None or len(record) < HEADER_BYTES + KEY_BYTES:
        return None
    key = bytearray(record[HEADER_BYTES : HEADER_BYTES + KEY_BYTES])
    return Salt(bytes(record[:HEADER_BYTES]), life_end(*place, now), key)


def propose(wire: Wire, place: Place, made: Salt, now: datetime) -> Salt:
    """Put a salt that nobody uses yet into the cache; return it, or the one that was faster.

    Made before it or not: whoever was faster may have hashed already. Raises redis.RedisError.
    """
    if _put(wire, place, made, b"NX"):
        return made
    theirs = find(wire, place, now)
    if theirs is None:
        return propose(wire, place, made, now)
    made.wipe()
    return theirs


def offer(wire: Wire, place: Place, ours: Salt, now: datetime) -> Salt:
    """Put a salt into the cache unless an older one is there; return the one that is there then.

    Ours is left to the caller, who may still use it. Raises redis.RedisError.
    """
    theirs = find(wire, place, now)
    if theirs and theirs.header < ours.header:
        return theirs
    if theirs:
        theirs.wipe()
        if theirs.header == ours.header:
            return ours
        erase(wire, place)
    _put(wire, place, ours)
    return ours


def headers(places: Sequence[Place]) -> list[bytes]:
    """Return the header of each salt in the cache, empty for none. Raises redis.RedisError."""
    pipe = cache().pipeline(transaction=False)
    for place in places:
        pipe.getrange(salt_key(*place), 0, HEADER_BYTES - 1)
    return cast(list[bytes], pipe.execute())


def erase(wire: Wire, place: Place) -> None:
    """Overwrite a salt in the server's memory, then delete it. Raises redis.RedisError."""
    key = salt_key(*place).encode()
    # As one step, or somebody could find the zeros and take them for a salt.
    wire.ask(b"MULTI")
    wire.ask(b"SETRANGE", key, b"0", bytes(HEADER_BYTES) + NOTHING)
    wire.ask(b"DEL", key)
    wire.ask(b"EXEC")


def age(now_ms: int) -> float:
    """Return for how many seconds the cache has kept what it was told, as far as anybody saw."""
    pipe = cache().pipeline()
    pipe.set(SINCE_KEY, now_ms, nx=True)
    pipe.get(SINCE_KEY)
    return (now_ms - int(pipe.execute()[1])) / 1000


def clock() -> int:
    """Return the cache's own time in milliseconds: one clock for all hosts."""
    seconds, microseconds = cache().time()
    return seconds * 1000 + microseconds // 1000


def _put(wire: Wire, place: Place, salt: Salt, *condition: bytes) -> bool:
    record = bytearray(RECORD_BYTES)
    record[:HEADER_BYTES] = salt.header
    record[HEADER_BYTES : HEADER_BYTES + KEY_BYTES] = salt.key
    until = b"%d" % int(salt.until.timestamp() * 1000)
    key = salt_key(*place).encode()
    try:
        return wire.ask(b"SET", key, record, b"PXAT", until, *condition) is not None
    finally:
        record[:] = bytes(RECORD_BYTES)
