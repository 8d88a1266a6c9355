"""What is to be erased of projects: requests wait in the durable queue until it is done."""

from typing import cast

import msgspec

from analytics_saas.redis import queue

ERASURES_KEY = "registry:erasures"
ERASED_KEY = "registry:erased"
COUNT_SECONDS = 30 * 24 * 3600

# KEYS: erasures, erased. ARGV: key, request.
ASK = """
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then return 0 end
return redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2])
"""


class Erasure(msgspec.Struct, frozen=True, array_like=True):
    """One request to erase a project's rows; `verb` is reset or delete, `at` milliseconds."""

    key: str
    number: int
    project_id: int
    verb: str
    at: int


_decode = msgspec.msgpack.Decoder(Erasure).decode


def ask_to_erase(erasure: Erasure) -> None:
    """Leave a request for the collector; once it is carried out, asking again does nothing."""
    keys = (ERASURES_KEY, ERASED_KEY)
    queue().eval(ASK, 2, *keys, erasure.key, cast(str, msgspec.msgpack.encode(erasure)))


def asked_erasures() -> list[Erasure]:
    """Return the requests that are not carried out yet, in the order in which they were made."""
    raw = cast(list[bytes], queue().hvals(ERASURES_KEY))
    return sorted(map(_decode, raw), key=lambda one: one.number)


def counted(erasure: Erasure) -> int | None:
    """Return how many rows were counted before they were erased, None before that."""
    raw = cast(bytes | None, queue().get(f"{ERASED_KEY}:{erasure.key}"))
    return None if raw is None else int(raw)


def remember_count(erasure: Erasure, rows: int) -> None:
    """Keep the first count, so that a repeat does not say that nothing was there."""
    queue().set(f"{ERASED_KEY}:{erasure.key}", rows, nx=True, ex=COUNT_SECONDS)


def tell_erased(erasure: Erasure, rows: int) -> None:
    """Take a request back that is carried out, and leave word of it."""
    pipe = queue().pipeline()
    pipe.hset(ERASED_KEY, erasure.key, str(rows))
    pipe.hdel(ERASURES_KEY, erasure.key)
    pipe.execute()


def erased() -> dict[str, int]:
    """Return the keys of requests that were carried out, with the number of erased events."""
    raw = cast(dict[bytes, bytes], queue().hgetall(ERASED_KEY))
    return {key.decode(): int(rows) for key, rows in raw.items()}


def forget_erased(key: str) -> None:
    """Drop the word of a request once it stands in SQL."""
    queue().hdel(ERASED_KEY, key)
