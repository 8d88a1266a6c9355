"""The least that a drain could do: decode the stream, insert ready-made Python columns.

`python -m analytics_saas.bench.floor` leaves the stream as it is, and rows in `events`.
"""

import gc
import json
import time
from decimal import Decimal
from typing import Any

import msgspec

from analytics_saas import clickhouse
from analytics_saas import redis as stores
from analytics_saas.env import env
from collector.event import Event
from collector.ranges import read_range
from collector.stream import Entry

# About the 8 MB of a drain's batch.
AT_ONCE = 400
SETTINGS = {"async_insert": 0, "insert_deduplicate": 1, "max_partitions_per_insert_block": 0}
COLUMNS = (*Event.__struct_fields__, "visit_id", "is_entry", "ingest_batch", "pos")

_decode = msgspec.msgpack.Decoder(Entry).decode


def main() -> None:
    """Print one JSON line: events, seconds from the first read to the last answer, and of work."""
    ready = _columns(_read(0, "0")[1])
    gc.freeze()
    count, begin, worked = 0, time.perf_counter(), time.process_time()
    for shard in range(env.queue_shards):
        last, events = _read(shard, "0")
        while events:
            _insert([column[: len(events)] for column in ready], f"floor:{shard}:{last}")
            count += min(len(events), len(ready[0]))
            last, events = _read(shard, last)
    seconds, cpu = time.perf_counter() - begin, time.process_time() - worked
    print(json.dumps({"events": count, "seconds": seconds, "cpu_seconds": cpu}))


def _read(shard: int, after: str) -> tuple[str, list[Event]]:
    """Return the last id and the events of what comes next."""
    found = read_range(stores.queue(), shard, after, "+", AT_ONCE)
    events = [event for _, raw in found for event in _decode(raw).events]
    return (found[-1][0] if found else after), events


def _columns(events: list[Event]) -> list[list[Any]]:
    """Return columns with twice the events of one read, so that any read finds enough."""
    rows = [msgspec.structs.astuple(event) for event in events] * 4
    columns = [list(column) for column in zip(*rows, strict=True)]
    place = COLUMNS.index("revenue")
    columns[place] = [Decimal(text) for text in columns[place]]
    numbers = list(range(len(rows)))
    return [*columns, numbers, [0] * len(rows), [1] * len(rows), numbers]


def _insert(columns: list[list[Any]], token: str) -> None:
    settings = SETTINGS | {"insert_deduplication_token": token}
    clickhouse.writer().insert(
        "events", columns, column_names=COLUMNS, column_oriented=True, settings=settings
    )


if __name__ == "__main__":
    main()
