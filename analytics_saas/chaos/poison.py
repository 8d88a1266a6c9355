"""An entry whose event no table can hold, as a fault of an older collector might leave it."""

import secrets
import time
from typing import Any

import msgspec
import redis

from collector.event import VERSION, Event
from collector.stream import Entry, stream_key

PROJECT = 4
# Beyond what a Date holds.
FAR_DAY = 70_000
ZEROS = ("utc_offset", "visitor_id", "city", "interactive", "engaged_ms")


def append_poison(queue: redis.Redis, shards: int = 4) -> None:
    """Put one accepted event that becomes a dead letter into the project's stream."""
    now = int(time.time())
    fields: dict[str, Any] = dict.fromkeys(Event.__struct_fields__, "")
    fields |= dict.fromkeys(ZEROS, 0) | {"project_id": PROJECT, "name": "pageview"}
    fields |= {"local_date": FAR_DAY, "timestamp": now * 1_000, "revenue": "0"}
    fields |= {"scroll_depth": 255, "props": dict[str, str]()}
    drops = [(PROJECT, now // 60 * 60, "accepted", 1)]
    entry = Entry(VERSION, secrets.token_hex(8), 1, drops, [], [Event(**fields)])
    raw = msgspec.msgpack.encode(entry)
    try:
        queue.xadd(stream_key(PROJECT % shards), {"b": raw})
    except redis.RedisError:
        # It is away on purpose.
        pass
