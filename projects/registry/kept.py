"""A copy of the rules in the durable queue, for collectors that start while cache and SQL are away.

It may miss a change that was made while the queue was away, for an hour at most: so it tells what
a project is like, and never that there is none.
"""

import logging
from collections.abc import Collection, Mapping
from typing import Any, cast

import redis

from analytics_saas.redis import queue

log = logging.getLogger(__name__)

KEPT_KEY = "registry:kept"


def put(records: Mapping[str, bytes]) -> None:
    """Keep some projects' rules; while the queue is away that waits for the hourly comparison."""
    try:
        queue().hset(KEPT_KEY, mapping=cast(Any, records))
    except redis.RedisError as error:
        log.warning("the durable copy of %d projects waits: %s", len(records), error)


def fill(records: Mapping[str, bytes]) -> None:
    """Keep those that are missing; what was put since they were read is newer and stays."""
    try:
        pipe = queue().pipeline()
        for name, record in records.items():
            pipe.hsetnx(KEPT_KEY, name, cast(str, record))
        pipe.execute()
    except redis.RedisError as error:
        log.warning("the durable copy of %d projects waits: %s", len(records), error)


def drop(public_id: str) -> None:
    """Forget a project that no longer exists."""
    try:
        queue().hdel(KEPT_KEY, public_id)
    except redis.RedisError as error:
        log.warning("%s is still in the durable copy: %s", public_id, error)


def replace(records: Mapping[str, bytes]) -> None:
    """Keep these and no others."""
    try:
        pipe = queue().pipeline()
        pipe.delete(KEPT_KEY)
        if records:
            pipe.hset(KEPT_KEY, mapping=cast(Any, records))
        pipe.execute()
    except redis.RedisError as error:
        log.warning("the durable copy of all projects waits: %s", error)


def read(public_ids: Collection[str]) -> dict[str, bytes]:
    """Return the records of those that are known. Raises RedisError."""
    names = list(public_ids)
    raw = cast("list[bytes | None]", queue().hmget(KEPT_KEY, names))
    return {name: one for name, one in zip(names, raw, strict=True) if one}


def read_all() -> dict[str, bytes]:
    """Return all records. Raises RedisError."""
    raw = cast("dict[bytes, bytes]", queue().hgetall(KEPT_KEY))
    return {name.decode(): one for name, one in raw.items()}
