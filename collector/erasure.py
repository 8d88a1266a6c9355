"""Carries out a reset or a deletion: close in the stream, count, delete, count 0, ledger, reopen.

Each call goes as far as it can and may die anywhere: the next one goes on. A call that was paused
for long, or two at once, delete nothing that came after the project was closed.
"""

import logging

from clickhouse_connect.driver.client import Client

from analytics_saas import dbt
from analytics_saas.env import env
from analytics_saas.redis import queue
from collector import transform
from collector.closures import DELETE, REOPEN, RESET, Closure
from collector.inserting import INSERT_SETTINGS
from collector.shard import Shard
from collector.stream import append_control, shard_of
from collector.waking import wake_drains
from projects.registry import erasures
from projects.registry.erasures import Erasure

log = logging.getLogger(__name__)

# Rows that came before the project was closed. Rollups have no bound: their days are built again.
BOUNDS = {
    "events": "ingest_batch <= {batch:UInt64}",
    "touched": "ingest_batch <= {batch:UInt64}",
    "dead_letters": "batch <= {batch:UInt64}",
    "visits": "version <= {version:UInt64}",
}
# The ledger stays: numbers a minute, and the line that says what was erased.
KEPT = "ledger"
# A day is answered from rollups only while this table lists it.
FIRST = "rollup_days"
OURS = f"""
SELECT DISTINCT columns.table FROM system.columns AS columns
INNER JOIN system.tables AS tables
    ON tables.database = columns.database AND tables.name = columns.table
WHERE columns.database = currentDatabase() AND columns.name = 'project_id'
    AND endsWith(tables.engine, 'MergeTree') AND columns.table != '{KEPT}'
"""  # noqa: S608 - a constant
WAIT = {"mutations_sync": 2}


def carry_out(erasure: Erasure, clickhouse: Client, *, first_shard: int = 0) -> bool:
    """Go on with one erasure; True when nothing is left to do.

    Raises an error of Redis or ClickHouse; then it is simply called again.
    """
    shard = Shard(queue(), first_shard + shard_of(erasure.project_id, env.queue_shards))
    control = (erasure.project_id, erasure.verb, erasure.at)
    append_control(queue(), shard.number, control, erasure.key)
    wake_drains(queue(), [shard.number])
    closure, rows = shard.closures().get(erasure.project_id), erasures.counted(erasure)
    if closure is None or not _is_ours(closure, erasure):
        # Not obeyed yet; or reopened, which comes last; or deleted meanwhile, which does it all.
        return rows is not None or (closure is not None and closure.verb == DELETE)
    try:
        # A build that is under way would write down what it read before, and retention must not
        # count the same rows.
        with dbt.alone():
            rows = _count_once(clickhouse, erasure, closure, rows)
            gone = _delete_everywhere(clickhouse, erasure, closure)
    except dbt.CannotBuild:
        log.info("the erasure of project %d waits for a build", erasure.project_id)
        return False
    if not gone:
        return False
    _write_ledger(clickhouse, erasure, closure, rows)
    log.info("%s: %d events of project %d are erased", erasure.verb, rows, erasure.project_id)
    if erasure.verb == RESET:
        reopen = (erasure.project_id, REOPEN, erasure.at)
        append_control(queue(), shard.number, reopen, erasure.key)
        wake_drains(queue(), [shard.number])
    return erasure.verb == DELETE


def _is_ours(closure: Closure, erasure: Erasure) -> bool:
    return closure.verb == erasure.verb and (closure.verb == DELETE or closure.at == erasure.at)


def _count_once(clickhouse: Client, erasure: Erasure, closure: Closure, before: int | None) -> int:
    """Return how many events there were before any was deleted."""
    if before is None:
        erasures.remember_count(erasure, _count(clickhouse, "events", erasure, closure))
        before = erasures.counted(erasure)
    return before or 0


def _delete_everywhere(clickhouse: Client, erasure: Erasure, closure: Closure) -> bool:
    """Delete from every table that knows projects; True once nothing is there."""
    found = [str(row[0]) for row in clickhouse.query(OURS).result_rows]
    tables = sorted(found, key=lambda name: (name != FIRST, name))
    for table in tables:
        if _count(clickhouse, table, erasure, closure):
            _delete(clickhouse, table, erasure, closure)
    return not any(_count(clickhouse, table, erasure, closure) for table in tables)


def _count(clickhouse: Client, table: str, erasure: Erasure, closure: Closure) -> int:
    sql = f"SELECT count() FROM `{table}` WHERE {_which(table)}"  # noqa: S608 - bound values
    rows = clickhouse.query(sql, parameters=_parameters(erasure, closure)).result_rows
    return int(rows[0][0])


def _delete(clickhouse: Client, table: str, erasure: Erasure, closure: Closure) -> None:
    sql = f"ALTER TABLE `{table}` DELETE WHERE {_which(table)}"
    clickhouse.command(sql, parameters=_parameters(erasure, closure), settings=WAIT)


def _which(table: str) -> str:
    bound = BOUNDS.get(table)
    return "project_id = {project_id:UInt32}" + (f" AND {bound}" if bound else "")


def _parameters(erasure: Erasure, closure: Closure) -> dict[str, int]:
    return {
        "project_id": erasure.project_id,
        "batch": closure.batch,
        "version": closure.version,
    }


def _write_ledger(clickhouse: Client, erasure: Erasure, closure: Closure, rows: int) -> None:
    """Say how many stored events are no longer there; a repeat replaces the same line."""
    minute = erasure.at // 60_000 * 60
    line = [erasure.project_id, minute, "erased", erasure.verb, closure.batch, rows]
    settings = INSERT_SETTINGS | {"insert_deduplicate": 0}
    clickhouse.insert("ledger", [line], column_names=transform.LEDGER_COLUMNS, settings=settings)
