"""Runs SQL as the reader and shapes the answer; every read is tagged with who asked."""

import logging
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from clickhouse_connect.driver.exceptions import Error as ClickHouseError

from analytics_saas import clickhouse
from analytics_saas.errors import ApiError
from reports import builder, periods
from reports.query import Query

log = logging.getLogger(__name__)

FIXED = Path(__file__).parent / "sql"


def answer(query: Query, *, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    """Return results, meta and echo of one query. Raises ApiError 503 without ClickHouse."""
    split = len(query.dimensions)
    rows = fetch(query.project_id, "query", *builder.build(query))
    results = [{"dimensions": list(row[:split]), "metrics": list(row[split:])} for row in rows]
    return {"results": results, "meta": _meta(query, zone, now), "query": query.echo()}


def first_day(project_id: int) -> date | None:
    """Return the first local date with an event; None before the first one."""
    ((day, events),) = fetch_fixed(project_id, "first_day", {})
    return day if events else None


def fetch_fixed(
    project_id: int, report: str, parameters: dict[str, Any]
) -> Sequence[Sequence[Any]]:
    """Run reports/sql/<report>.sql for one project."""
    sql = (FIXED / f"{report}.sql").read_text()
    return fetch(project_id, report, sql, {"project_id": project_id} | parameters)


def fetch_glances(project_ids: list[int], parameters: dict[str, Any]) -> Sequence[Sequence[Any]]:
    """Run the one report about several projects, all of which the asker was found to see."""
    sql = (FIXED / "glance.sql").read_text()
    return fetch(0, "glance", sql, {"project_ids": project_ids} | parameters)


def fetch(
    project_id: int, report: str, sql: str, parameters: dict[str, Any]
) -> Sequence[Sequence[Any]]:
    """Return the rows of one read. Raises ApiError 503 when ClickHouse does not answer."""
    tag = {"log_comment": f"project={project_id} report={report}"}
    try:
        rows: Sequence[Sequence[Any]] = (
            clickhouse.reader().query(sql, parameters=parameters, settings=tag).result_rows
        )
    except (ClickHouseError, OSError) as error:
        log.error("report %s of project %s failed: %s", report, project_id, error)
        message = "The numbers cannot be read just now. Nothing is lost; try again in a minute."
        raise ApiError(503, "numbers_unavailable", message) from error
    return rows


def _meta(query: Query, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    meta: dict[str, Any] = {}
    if query.time_labels and query.time_dimension:
        bucket = query.time_dimension.key
        meta["time_labels"] = periods.time_labels(query.period, bucket, zone, now)
    if query.total_rows:
        ((meta["total_rows"],),) = fetch(query.project_id, "total", *builder.build_total(query))
    return meta
