"""From the JSON body of one query to a Query. Pure; what a project knows comes in as Site."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from reports import periods, rules
from reports.catalog import AUTOMATIC_TIME, METRICS, Dimension, Level, Metric, find_dimension, names
from reports.comparisons import Comparison, Mode, compared
from reports.filter_reader import parse_filters
from reports.filters import FilterError, Known, Node
from reports.goals import Goal
from reports.periods import Period, PeriodError
from reports.query import INCLUDES, MOST_ROWS, Query, QueryError

MOST_DIMENSIONS = 4
MOST_OFFSET = 1_000_000
FIELDS = {
    "project_id", "site_id", "metrics", "date_range", "dimensions", "filters", "order_by",
    "include", "pagination",
}  # fmt: skip
COMPARISON = {"mode", "date_range", "match_day_of_week"}


@dataclass(frozen=True, slots=True)
class Site:
    """The project that is asked about; what costs a read is asked for only when it is needed."""

    project_id: int
    zone: ZoneInfo
    now: datetime
    first_day: Callable[[], date | None] = lambda: None
    goals: Callable[[], Sequence[Goal]] = tuple
    segment: Callable[[str], Any] = field(default=lambda _: None)


def parse_query(site: Site, body: object) -> Query:
    """Read the JSON body of one query. Raises QueryError."""
    given = _object(body, "", FIELDS)
    metrics = _metrics(given.get("metrics"))
    period = _period(given.get("date_range"), site, "date_range")
    dimensions = _dimensions(given.get("dimensions", []), period)
    include = _object(given.get("include", {}), "include", {*INCLUDES, "comparisons"})
    pagination = _object(given.get("pagination", {}), "pagination", {"limit", "offset"})
    filters = _filters(given.get("filters", []), site)
    flags = {name: _flag(include.get(name, False), f"include.{name}") for name in INCLUDES}
    query = Query(
        project_id=site.project_id,
        metrics=metrics,
        period=period,
        dimensions=dimensions,
        filters=filters,
        asked=tuple(given.get("filters", [])),
        order_by=_order_by(given.get("order_by", []), metrics, dimensions),
        comparison=_comparison(include.get("comparisons"), period, site),
        limit=_whole(pagination.get("limit", MOST_ROWS), "pagination.limit", 1, MOST_ROWS),
        offset=_whole(pagination.get("offset", 0), "pagination.offset", 0, MOST_OFFSET),
        time_labels=flags["time_labels"],
        total_rows=flags["total_rows"],
        explain=flags["explain"],
    )
    return rules.settle(query, site.goals)


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
    found = _strings(given, "metrics")
    if not found:
        raise QueryError("metrics", f"Ask for at least one metric: {', '.join(METRICS)}.")
    for place, name in enumerate(found):
        if name not in METRICS:
            problem = f"Unknown metric {name[:60]!r}; allowed are {', '.join(METRICS)}."
            raise QueryError(f"metrics[{place}]", problem)
    return tuple(METRICS[name] for name in found)


def _period(given: object, site: Site, field: str) -> Period:
    try:
        return periods.resolve(given, site.zone, site.now, site.first_day)
    except PeriodError as error:
        raise QueryError(field, str(error)) from None


def _dimensions(given: object, period: Period) -> tuple[Dimension, ...]:
    found = _strings(given, "dimensions")
    if len(found) > MOST_DIMENSIONS:
        raise QueryError("dimensions", f"At most {MOST_DIMENSIONS} dimensions go together.")
    rows = []
    for place, name in enumerate(found):
        row = find_dimension(period.automatic_bucket() if name == AUTOMATIC_TIME else name)
        if row is None:
            problem = f"Unknown dimension {name[:60]!r}; allowed are {', '.join(names())}."
            raise QueryError(f"dimensions[{place}]", problem)
        if problem := rules.bucket_problem(row, period):
            raise QueryError(f"dimensions[{place}]", problem)
        rows.append(row)
    if sum(row.level is Level.TIME for row in rows) > 1:
        raise QueryError("dimensions", "Only one time dimension goes into a query.")
    return tuple(rows)


def _filters(given: object, site: Site) -> tuple[Node, ...]:
    try:
        return parse_filters(given, Known(site.goals, site.segment))
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


def _comparison(given: object, period: Period, site: Site) -> Comparison | None:
    """Read include.comparisons: a mode, or an object with it. Raises QueryError."""
    if given is None or given is False:
        return None
    place = "include.comparisons"
    asked = _object(given, place, COMPARISON)
    mode = asked.get("mode")
    if mode not in list(Mode):
        raise QueryError(f"{place}.mode", f"The mode must be one of {', '.join(Mode)}.")
    matched = _flag(asked.get("match_day_of_week", False), f"{place}.match_day_of_week")
    if mode == Mode.CUSTOM:
        other = _period(asked.get("date_range"), site, f"{place}.date_range")
    elif "date_range" in asked:
        raise QueryError(f"{place}.date_range", "Only the mode custom takes a date_range.")
    else:
        other = compared(period, Mode(mode), site.zone, site.now, match_day_of_week=matched)
    return Comparison(Mode(mode), matched, other)


def _flag(given: object, field: str) -> bool:
    if not isinstance(given, bool):
        raise QueryError(field, "Write true or false.")
    return given


def _whole(given: object, field: str, least: int, most: int) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or not least <= given <= most:
        raise QueryError(field, f"{field} must be a whole number from {least} to {most}.")
    return given
