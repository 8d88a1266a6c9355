"""Removes whole local days that are older than their project keeps them, and says so in the ledger.

Each run counts first, writes the count down, then deletes: it may die anywhere and run again.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from clickhouse_connect.driver.client import Client

from analytics_saas import dbt
from collector import transform
from collector.erasure import FIRST, OURS, WAIT
from collector.inserting import INSERT_SETTINGS
from projects import registry
from projects.registry import ProjectRules, erasures

log = logging.getLogger(__name__)

OUTCOME, REASON = "erased", "retention"
# As many projects go into one statement; ClickHouse takes about 20 kB in one parameter.
MOST_AT_ONCE = 1_000
# A table without days has its time in another column.
DAY = {"dead_letters": "toDate(at)"}
# At this hour in UTC it is the same date from Honolulu to Auckland.
HOUR = time(10, tzinfo=UTC)
WHOSE = "project_id IN {projects:Array(UInt32)}"
EXPIRED = "%s < {before:Date}"
# Rows that were counted; what came in since then is the next run's.
COUNTED = "ingest_batch <= transform(project_id, {counted:Array(UInt32)}, {upto:Array(UInt64)}, 0)"
COUNT = """
SELECT project_id, local_date, countIf(ingest_batch > told), count(), max(ingest_batch)
FROM events LEFT JOIN (
    SELECT project_id, toDate(minute) AS local_date, max(batch) AS told
    FROM ledger WHERE project_id IN {projects:Array(UInt32)}
        AND outcome = {outcome:String} AND reason = {reason:String}
    GROUP BY project_id, local_date
) AS before USING (project_id, local_date)
WHERE project_id IN {projects:Array(UInt32)} AND local_date < {before:Date}
GROUP BY project_id, local_date
ORDER BY project_id, local_date
"""


class Day(NamedTuple):
    """One expired day: its events that no ledger line tells of yet, and the newest batch."""

    project_id: int
    local_date: date
    untold: int
    rows: int
    batch: int


def expire(clickhouse: Client, now: datetime) -> int:
    """Remove what is too old at `now`; return how many events went.

    Raises an error of Redis or ClickHouse, RegistryUnavailable, or CannotBuild while rollups are
    built; then the next run does it.
    """
    return sum(
        _expire(clickhouse, everyone[start : start + MOST_AT_ONCE], before)
        for before, everyone in _by_day(registry.everyone(), now).items()
        for start in range(0, len(everyone), MOST_AT_ONCE)
    )


def _by_day(everyone: Iterable[ProjectRules], now: datetime) -> dict[date, list[int]]:
    """Return projects by the first local day that they keep: today and the days before it."""
    found: dict[date, list[int]] = defaultdict(list)
    for rules in everyone:
        if rules.retention_days:
            today = now.astimezone(ZoneInfo(rules.zone)).date()
            found[today - timedelta(days=rules.retention_days)].append(rules.id)
    return found


def _expire(clickhouse: Client, projects: list[int], before: date) -> int:
    # A build would write down what it read before; an erasure counts under the same lock.
    with dbt.alone():
        busy = {asked.project_id for asked in erasures.asked_erasures()}
        ours = [project for project in projects if project not in busy]
        days = _count(clickhouse, ours, before)
        _write_ledger(clickhouse, days)
        for table in _tables(clickhouse):
            _delete(clickhouse, table, ours, before, days)
    rows = sum(day.rows for day in days)
    if rows:
        log.info("retention: %d events of %d days before %s are gone", rows, len(days), before)
    return rows


def _count(clickhouse: Client, projects: list[int], before: date) -> list[Day]:
    given = {"projects": projects, "before": before, "outcome": OUTCOME, "reason": REASON}
    return [Day(*row) for row in clickhouse.query(COUNT, parameters=given).result_rows]


def _write_ledger(clickhouse: Client, days: list[Day]) -> None:
    """Say for each day how many stored events go; a day with late ones gets another line."""
    lines = [
        [day.project_id, datetime.combine(day.local_date, HOUR), OUTCOME, REASON, day.batch, count]
        for day in days
        if (count := day.untold)
    ]
    if lines:
        settings = INSERT_SETTINGS | {"insert_deduplicate": 0}
        clickhouse.insert("ledger", lines, transform.LEDGER_COLUMNS, settings=settings)


def _tables(clickhouse: Client) -> list[str]:
    """Return every table that knows projects but the ledger, what publishes rollups first."""
    found = [str(row[0]) for row in clickhouse.query(OURS).result_rows]
    return sorted(found, key=lambda name: (name != FIRST, name))


def _delete(
    clickhouse: Client, table: str, projects: list[int], before: date, days: list[Day]
) -> None:
    conditions = [WHOSE, EXPIRED % DAY.get(table, "local_date")]
    given: dict[str, Any] = {"projects": projects, "before": before}
    if table == "events":
        upto = {day.project_id: day.batch for day in sorted(days, key=lambda day: day.batch)}
        conditions.append(COUNTED)
        given |= {"counted": list(upto), "upto": list(upto.values())}
    which = " AND ".join(conditions)
    # A deletion rewrites whole parts: none is begun for nothing.
    sql = f"SELECT count() FROM `{table}` WHERE {which}"  # noqa: S608 - bound values
    if clickhouse.query(sql, parameters=given).result_rows[0][0]:
        clickhouse.command(f"ALTER TABLE `{table}` DELETE WHERE {which}", given, settings=WAIT)
