"""Counts the rows of the last days and compares them with what the ledger says is stored."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from clickhouse_connect.driver.client import Client

from analytics_saas import dbt
from collector.inserting import INSERT_SETTINGS
from collector.shard import Shard
from collector.stream import shard_of
from projects import registry
from projects.registry import ProjectRules, erasures

log = logging.getLogger(__name__)

# Today and as many days before it, in the project's own zone.
DAYS = 3
# As many projects go into one statement; ClickHouse takes about 20 kB in one parameter.
MOST_AT_ONCE = 500
MOST_TOLD = 20
# From the line of a retention (10:00 UTC of the last day that went) to that day's end anywhere.
RETENTION_REACH = timedelta(hours=26)
COLUMNS = ("project_id", "local_date", "at", "stored", "counted")
ERASED = """
SELECT project_id, maxIf(batch, reason = 'reset'), maxIf(minute, reason = 'retention') FROM ledger
WHERE project_id IN {projects:Array(UInt32)} AND outcome = 'erased' GROUP BY project_id
"""
WHICH = """
project_id IN {projects:Array(UInt32)}
    AND %(batch)s > transform(project_id, {projects:Array(UInt32)}, {after:Array(UInt64)}, 0)
    AND %(batch)s <= transform(project_id, {projects:Array(UInt32)}, {upto:Array(UInt64)}, 0)
    AND %(time)s >= toDateTime(
        transform(project_id, {projects:Array(UInt32)}, {since:Array(UInt32)}, 0), 'UTC')
    AND %(time)s < {until:DateTime('UTC')}
"""
LEDGER = WHICH % {"batch": "batch", "time": "minute"}
EVENTS = WHICH % {"batch": "ingest_batch", "time": "timestamp"}
# The days of the second half only say where to look: a local day is at most two dates in UTC.
COUNT = f"""
SELECT project_id, day, sum(said), sum(there) FROM (
    SELECT project_id, toDate(minute, {{zone:String}}) AS day, sum(count) AS said, 0 AS there
    FROM ledger FINAL WHERE outcome = 'stored' AND {LEDGER} GROUP BY project_id, day
    UNION ALL
    SELECT project_id, toDate(timestamp, {{zone:String}}) AS day, 0, count()
    FROM events WHERE {EVENTS}
        AND local_date BETWEEN {{first:Date}} AND {{last:Date}} GROUP BY project_id, day
) GROUP BY project_id, day ORDER BY project_id, day
"""  # noqa: S608 - constants


class Day(NamedTuple):
    """One local day of a project: events that are stored by the ledger, rows that are there."""

    project_id: int
    local_date: date
    stored: int
    counted: int


class Bounds(NamedTuple):
    """What can be compared of a project: batches after < batch ≤ upto, since a moment."""

    project_id: int
    after: int
    upto: int
    since: int


def recount(clickhouse: Client, shards: Sequence[Shard], now: datetime) -> list[Day]:
    """Recount the last days of every project, write it down, return those that differ.

    Raises an error of Redis or ClickHouse, RegistryUnavailable, or CannotBuild while rollups are
    built or rows erased; then the next run does it. `now` is UTC.
    """
    days = [
        day
        for zone, projects in _by_zone(registry.everyone())
        for day in _recount(clickhouse, shards, projects, ZoneInfo(zone), now)
    ]
    wrong = [day for day in days if day.stored != day.counted]
    for day in wrong[:MOST_TOLD]:
        log.error("project %d, %s: %d events are stored, %d are there", *day)
    if wrong:
        log.error("the recount found %d of %d days that differ", len(wrong), len(days))
    return wrong


def _by_zone(everyone: Iterable[ProjectRules]) -> Iterator[tuple[str, list[int]]]:
    found: dict[str, list[int]] = defaultdict(list)
    for rules in everyone:
        found[rules.zone].append(rules.id)
    for zone, projects in found.items():
        for start in range(0, len(projects), MOST_AT_ONCE):
            yield zone, projects[start : start + MOST_AT_ONCE]


def _recount(
    clickhouse: Client, shards: Sequence[Shard], projects: list[int], zone: ZoneInfo, now: datetime
) -> list[Day]:
    today = now.astimezone(zone).date()
    first, until = today - timedelta(days=DAYS), today + timedelta(days=1)
    with dbt.alone():
        # What is not committed may be in one table and not yet in the other.
        upto = [shard.batch() for shard in shards]
        busy = {asked.project_id for asked in erasures.asked_erasures()}
        ours = [project for project in projects if project not in busy]
        bounds = _bounds(clickhouse, ours, upto, datetime.combine(first, time(), zone))
        given = {
            "projects": [one.project_id for one in bounds],
            "after": [one.after for one in bounds],
            "upto": [one.upto for one in bounds],
            "since": [one.since for one in bounds],
            "until": datetime.combine(until, time(), zone).astimezone(UTC),
            "zone": zone.key,
            "first": first - timedelta(days=2),
            "last": until + timedelta(days=2),
        }
        days = [Day(*row) for row in clickhouse.query(COUNT, parameters=given).result_rows]
        _write(clickhouse, days, now)
    return days


def _bounds(
    clickhouse: Client, projects: list[int], upto: list[int], start: datetime
) -> list[Bounds]:
    rows = clickhouse.query(ERASED, parameters={"projects": projects}).result_rows
    erased: dict[int, tuple[int, datetime]] = {project: (batch, at) for project, batch, at in rows}
    never = (0, datetime.fromtimestamp(0, UTC))
    bounds = []
    for project in projects:
        after, expired = erased.get(project, never)
        since = max(start, expired.replace(tzinfo=UTC) + RETENTION_REACH)
        shard = shard_of(project, len(upto))
        bounds.append(Bounds(project, after, upto[shard], int(since.timestamp())))
    return bounds


def _write(clickhouse: Client, days: list[Day], now: datetime) -> None:
    lines: list[list[Any]] = [[*day[:2], now, *day[2:]] for day in days]
    if lines:
        settings = INSERT_SETTINGS | {"insert_deduplicate": 0}
        clickhouse.insert("recounts", lines, column_names=COLUMNS, settings=settings)
