"""Runs SQL as the reader; every read is tagged with who asked, and may cost only so much."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from pathlib import Path
from typing import Any

from clickhouse_connect.driver.exceptions import Error as ClickHouseError

from analytics_saas import clickhouse
from analytics_saas.errors import ApiError

log = logging.getLogger(__name__)

FIXED = Path(__file__).parent / "sql"
# ClickHouse's own numbers of errors: https://github.com/ClickHouse/ClickHouse, ErrorCodes.cpp.
COSTS = {
    158: "rows", 307: "rows", 159: "time", 160: "time", 209: "time", 241: "memory",
    396: "the size of its answer",
}  # fmt: skip
ADVICE = "Ask about fewer days, fewer dimensions or one value of a filter, or a page of fewer rows."

_asker: ContextVar[str] = ContextVar("asker", default="nobody")


@contextmanager
def asked_by(asker: str) -> Iterator[None]:
    """Tag every read inside with who asked."""
    token = _asker.set(asker)
    try:
        yield
    finally:
        _asker.reset(token)


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
    """Return the rows of one read.

    Raises ApiError: 422 when it costs more than the reader may, 503 without ClickHouse.
    """
    tag = {"log_comment": f"project={project_id} report={report} asker={_asker.get()}"}
    try:
        rows: Sequence[Sequence[Any]] = (
            clickhouse.reader().query(sql, parameters=parameters, settings=tag).result_rows
        )
    except (ClickHouseError, OSError) as error:
        raise _told(error, project_id, report) from error
    return rows


def _told(error: Exception, project_id: int, report: str) -> ApiError:
    if cost := COSTS.get(getattr(error, "code", None) or 0):
        log.warning("report %s of project %s took too much: %s", report, project_id, cost)
        return ApiError(422, "too_costly", f"This question needs too much {cost}. {ADVICE}")
    log.error("report %s of project %s failed: %s", report, project_id, error)
    message = "The numbers cannot be read just now. Nothing is lost; try again in a minute."
    return ApiError(503, "numbers_unavailable", message)
