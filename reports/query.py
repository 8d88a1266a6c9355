"""A question about one project, checked and frozen. Pure: the builder makes SQL of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from reports import periods
from reports.catalog import AUTOMATIC_TIME, DIMENSIONS, METRICS, Dimension, Level, Metric
from reports.filters import Filter, FilterError, parse_filters
from reports.periods import Period, PeriodError

MOST_DIMENSIONS = 4
MOST_ROWS = 10_000
MOST_OFFSET = 1_000_000
FIELDS = {
    "project_id", "site_id", "metrics", "date_range", "dimensions", "filters", "order_by",
    "include", "pagination",
}  # fmt: skip
INCLUDES = ("time_labels", "total_rows")


class QueryError(ValueError):
    """A field cannot be read; the text names the limit and the fix."""

    def __init__(self, field: str, message: str, code: str = "invalid_query") -> None:
        super().__init__(message)
        self.field, self.message, self.code = field, message, code


@dataclass(frozen=True, slots=True)
class Query:
    """What to count, over which local dates, grouped and narrowed how."""

    project_id: int
    metrics: tuple[Metric, ...]
    period: Period
    dimensions: tuple[Dimension, ...] = ()
    filters: tuple[Filter, ...] = ()
    order_by: tuple[tuple[str, str], ...] = ()
    time_labels: bool = False
    total_rows: bool = False
    limit: int = MOST_ROWS
    offset: int = 0

    @property
    def time_dimension(self) -> Dimension | None:
        """The dimension of the time axis, if there is one."""
        return next((row for row in self.dimensions if row.level is Level.TIME), None)

    def echo(self) -> dict[str, Any]:
        """Return what was understood, in the words of the API."""
        included = {"time_labels": self.time_labels, "total_rows": self.total_rows}
        return {
            "metrics": [metric.key for metric in self.metrics],
            "date_range": [self.period.first.isoformat(), self.period.last.isoformat()],
            "dimensions": [dimension.key for dimension in self.dimensions],
            "filters": [one.echo() for one in self.filters],
            "order_by": [list(pair) for pair in self.order_by],
            "include": included,
            "pagination": {"limit": self.limit, "offset": self.offset},
        }


def parse_query(
    project_id: int,
    body: object,
    *,
    zone: ZoneInfo,
    now: datetime,
    first_day: Callable[[], date | None],
) -> Query:
    """Read the JSON body of one query. Raises QueryError."""
    given = _object(body, "", FIELDS)
    metrics = _metrics(given.get("metrics"))
    period = _period(given.get("date_range"), zone, now, first_day)
    dimensions = _dimensions(given.get("dimensions", []), period)
    include = _include(given.get("include", {}))
    if include["time_labels"] and not any(row.level is Level.TIME for row in dimensions):
        raise QueryError("include.time_labels", "Labels need a time dimension, such as time:day.")
    pagination = _object(given.get("pagination", {}), "pagination", {"limit", "offset"})
    return Query(
        project_id=project_id,
        metrics=metrics,
        period=period,
        dimensions=dimensions,
        filters=_filters(given.get("filters", [])),
        order_by=_order_by(given.get("order_by", []), metrics, dimensions),
        limit=_whole(pagination.get("limit", MOST_ROWS), "pagination.limit", 1, MOST_ROWS),
        offset=_whole(pagination.get("offset", 0), "pagination.offset", 0, MOST_OFFSET),
        **include,
    )


def _object(given: object, field: str, allowed: set[str]) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise QueryError(field, f"{field or 'The body'} must be a JSON object.")
    for key in given:
        if key not in allowed:
            path = f"{field}.{key[:60]}" if field else key[:60]
            raise QueryError(path, f"Unknown field; allowed are {', '.join(sorted(allowed))}.")
    return given


def _strings(given: object, field: str) -> list[str]:
    if not isinstance(given, list):
        raise QueryError(field, f"{field} must be a list of strings.")
    seen: set[str] = set()
    for place, one in enumerate(given):
        if not isinstance(one, str):
            raise QueryError(f"{field}[{place}]", f"{field} must be a list of strings.")
        if one in seen:
            raise QueryError(f"{field}[{place}]", f"{one[:60]!r} is there twice: name it once.")
        seen.add(one)
    return given


def _metrics(given: object) -> tuple[Metric, ...]:
    names = _strings(given, "metrics")
    if not names:
        raise QueryError("metrics", f"Ask for at least one metric: {', '.join(METRICS)}.")
    for place, name in enumerate(names):
        if name not in METRICS:
            problem = f"Unknown metric {name[:60]!r}; allowed are {', '.join(METRICS)}."
            raise QueryError(f"metrics[{place}]", problem)
    return tuple(METRICS[name] for name in names)


def _period(
    given: object, zone: ZoneInfo, now: datetime, first_day: Callable[[], date | None]
) -> Period:
    try:
        return periods.resolve(given, zone, now, first_day)
    except PeriodError as error:
        raise QueryError("date_range", str(error)) from None


def _dimensions(given: object, period: Period) -> tuple[Dimension, ...]:
    names = _strings(given, "dimensions")
    if len(names) > MOST_DIMENSIONS:
        raise QueryError("dimensions", f"At most {MOST_DIMENSIONS} dimensions go together.")
    rows = []
    for place, name in enumerate(names):
        row = DIMENSIONS.get(period.automatic_bucket() if name == AUTOMATIC_TIME else name)
        if row is None:
            allowed = ", ".join((*DIMENSIONS, AUTOMATIC_TIME))
            problem = f"Unknown dimension {name[:60]!r}; allowed are {allowed}."
            raise QueryError(f"dimensions[{place}]", problem)
        if row.key == "time:hour" and period.days > periods.MOST_HOURLY_DAYS:
            problem = (
                f"Hours are counted for at most {periods.MOST_HOURLY_DAYS} days: use time:day."
            )
            raise QueryError(f"dimensions[{place}]", problem)
        rows.append(row)
    if sum(row.level is Level.TIME for row in rows) > 1:
        raise QueryError("dimensions", "Only one time dimension goes into a query.")
    return tuple(rows)


def _filters(given: object) -> tuple[Filter, ...]:
    try:
        return parse_filters(given)
    except FilterError as error:
        raise QueryError(f"filters{error.path}", str(error)) from None


def _order_by(
    given: object, metrics: tuple[Metric, ...], dimensions: tuple[Dimension, ...]
) -> tuple[tuple[str, str], ...]:
    if not isinstance(given, list):
        raise QueryError("order_by", "order_by must be a list of [name, direction].")
    known = {metric.key: metric.key for metric in metrics}
    known |= {row.key: row.key for row in dimensions}
    if along := _time_key(dimensions):
        known[AUTOMATIC_TIME] = along
    pairs = []
    for place, pair in enumerate(given):
        if not isinstance(pair, list) or len(pair) != 2 or pair[1] not in ("asc", "desc"):
            raise QueryError(f"order_by[{place}]", 'Write ["name", "asc"] or ["name", "desc"].')
        if not isinstance(pair[0], str) or pair[0] not in known:
            problem = f"Order by what the query asks for: {', '.join(known)}."
            raise QueryError(f"order_by[{place}][0]", problem)
        pairs.append((known[pair[0]], pair[1]))
    return tuple(pairs) or default_order(metrics, dimensions)


def default_order(
    metrics: tuple[Metric, ...], dimensions: tuple[Dimension, ...]
) -> tuple[tuple[str, str], ...]:
    """Along the time axis if there is one, else the largest first."""
    along = _time_key(dimensions)
    return ((along, "asc"),) if along else ((metrics[0].key, "desc"),)


def _time_key(dimensions: tuple[Dimension, ...]) -> str | None:
    return next((row.key for row in dimensions if row.level is Level.TIME), None)


def _include(given: object) -> dict[str, bool]:
    include = _object(given, "include", set(INCLUDES))
    for key, value in include.items():
        if not isinstance(value, bool):
            raise QueryError(f"include.{key}", "Write true or false.")
    return {key: include.get(key, False) for key in INCLUDES}


def _whole(given: object, field: str, least: int, most: int) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or not least <= given <= most:
        raise QueryError(field, f"{field} must be a whole number from {least} to {most}.")
    return given
