"""From the stream to the tables, exactly once: intent, pure transform, insert, fenced commit."""

from typing import Any

from clickhouse_connect.driver.client import Client

from collector.closures import Closures
from collector.shard import Intent, Shard, parse_id
from collector.stream import read_range
from collector.transform import TRANSFORM_VERSION, TRANSFORMS, Insert, Rows
from collector.visits import Visits

MOST_ENTRIES = 2_000
# Defaults move between versions of the server, so each is said. A wrong clock may spread a batch
# over many months, and a refused batch would stop its shard for ever.
INSERT_SETTINGS = {"async_insert": 0, "insert_deduplicate": 1, "max_partitions_per_insert_block": 0}


def drain_once(queue: Any, clickhouse: Client, shard: Shard) -> int:
    """Carry one batch of a held shard to the tables; return its number of entries.

    Raises LostLease, or an error of Redis or ClickHouse; then nothing is committed, and the
    same range is carried again with the same rows and the same tokens.
    """
    cursor = shard.cursor()
    intent = shard.intent()
    replayed = intent is not None
    if intent is None:
        waiting = read_range(queue, shard.number, cursor, "+", MOST_ENTRIES)
        if not waiting:
            return 0
        intent = Intent(cursor, waiting[-1][0], TRANSFORM_VERSION)
        shard.intend(intent)
    found = read_range(queue, shard.number, intent.start, intent.end, MOST_ENTRIES)
    entries = [(parse_id(identity), entry) for identity, entry in found]
    visits, closures = Visits(shard.state()), Closures(shard.closures())
    batch = batch_number(intent.end, shard.number)
    rows = TRANSFORMS[intent.version](entries, visits, closures, batch)
    insert(clickhouse, rows, f"v1:{shard.number}:{intent.start}-{intent.end}", batch, replayed)
    shard.commit(intent, visits.changes(), closures.snapshot())
    return len(entries)


def batch_number(end: str, shard: int) -> int:
    """Return a number that grows with a shard's ranges and differs between shards."""
    ms, seq = parse_id(end)
    return (ms << 20) | (min(seq, 0xFFF) << 8) | (shard & 0xFF)


def insert(clickhouse: Client, rows: Rows, token: str, batch: int, replayed: bool) -> None:
    """Insert a batch; `events` last, and read back first when an earlier try may have stored it.

    The other tables replace repeated rows, so that only `events` needs the proof.
    """
    for one in rows.inserts:
        if one.table == "events" and replayed and stored(clickhouse, batch) == rows.event_count:
            return
        _insert(clickhouse, one, token)


def stored(clickhouse: Client, batch: int) -> int:
    """Count the rows of a batch in `events`."""
    sql = "SELECT count() FROM events WHERE ingest_batch = {batch:UInt64}"
    return int(clickhouse.query(sql, parameters={"batch": batch}).result_rows[0][0])


def _insert(clickhouse: Client, one: Insert, token: str) -> None:
    settings = INSERT_SETTINGS | {"insert_deduplication_token": f"{token}:{one.table}"}
    clickhouse.raw_insert(one.table, one.columns, one.block, settings, fmt="Native")
