"""Bytes on disk for each event, in all tables, once everything is merged.

`make bench-storage` gives it a DATA_DIR and a port of its own. With `COLUMNS=1` it also prints
what each column takes.
"""

import json
import os
import time

from analytics_saas import clickhouse
from analytics_saas import redis as stores
from analytics_saas.bench import stream
from analytics_saas.bench.drain import drain_part, last_ids
from analytics_saas.embedded import parts
from analytics_saas.embedded.alone import running, running_stores
from analytics_saas.env import env
from collector import ddl
from collector.shard import Shard

TABLES = ("events", "visits", "ledger", "touched")
LOOK_SECONDS = 0.2
SIZES = """
    SELECT table, sum(bytes_on_disk) FROM system.parts
    WHERE active AND database = currentDatabase() GROUP BY table
"""
COLUMNS = """
    SELECT table, column, sum(column_data_compressed_bytes + column_marks_bytes) AS size
    FROM system.parts_columns WHERE active AND database = currentDatabase()
    GROUP BY table, column HAVING size > {least:UInt64} ORDER BY table, size DESC
"""


def main() -> None:
    """Print one JSON line."""
    path, summary = stream.prepare()
    with running_stores(), running(parts.engine_part(env)):
        ddl.migrate()
        stream.fill(stores.queue(), path)
        with running(drain_part()):
            wait_until_drained()
        sizes = merged_sizes()
        columns = column_sizes(summary.events) if os.environ.get("COLUMNS") else {}
    each = {table: round(sizes[table] / summary.events, 2) for table in TABLES}
    whole = round(sum(sizes[table] for table in TABLES) / summary.events, 2)
    line = {"bench": "storage", "bytes_per_event": whole, **each}
    print(json.dumps(line | {"visits_per_event": round(summary.visits / summary.events, 3)}))
    for table, found in columns.items():
        print(json.dumps({"table": table} | found))


def wait_until_drained() -> None:
    """Return when every cursor stands at the end of its stream."""
    for number, last in last_ids().items():
        while Shard(stores.queue(), number).cursor() != last:
            time.sleep(LOOK_SECONDS)


def merged_sizes() -> dict[str, int]:
    """Merge each table into one part a partition; return the bytes of each on disk."""
    for table in TABLES:
        clickhouse.writer().command(f"OPTIMIZE TABLE {table} FINAL")
    return dict(clickhouse.writer().query(SIZES).result_rows)


def column_sizes(events: int) -> dict[str, dict[str, float]]:
    """Return bytes per event of every column that takes more than a hundredth."""
    found: dict[str, dict[str, float]] = {}
    rows = clickhouse.writer().query(COLUMNS, parameters={"least": events // 100}).result_rows
    for table, column, size in rows:
        found.setdefault(table, {})[column] = round(size / events, 2)
    return found


if __name__ == "__main__":
    main()
