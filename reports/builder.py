# ruff: noqa: S608 - SQL is composed here, from catalogue rows and bound parameters only.
"""Query → SQL and its bound parameters. Pure; names of columns come from the catalogue only.

Events and visits are each summed into additive parts, stacked, and summed again by dimension.
"""

from collections.abc import Callable
from typing import Any

from reports.catalog import EVENT_PARTS, VISIT_PARTS, Dimension, Level, Part
from reports.filters import Filter, Op
from reports.query import Query

COMPARISONS = {
    Op.IS: "{column} IN {{{name}:Array(String)}}",
    Op.IS_NOT: "{column} NOT IN {{{name}:Array(String)}}",
    Op.CONTAINS: "multiSearchAny({column}, {{{name}:Array(String)}})",
    Op.CONTAINS_NOT: "NOT multiSearchAny({column}, {{{name}:Array(String)}})",
}
PROJECT_DAYS = (
    "project_id = {project_id:UInt32} AND local_date BETWEEN {first:Date} AND {last:Date}"
)
SINCE = "{column} >= {{since:DateTime64(3, 'UTC')}}"


def build(query: Query) -> tuple[str, dict[str, Any]]:
    """Return the SQL of one page of rows: dimensions first, then metrics."""
    names = [f"d{place}" for place in range(len(query.dimensions))]
    columns = names + [f"{metric.expression} AS {metric.key}" for metric in query.metrics]
    lines = [f"SELECT {', '.join(columns)}", _grouped(query)]
    lines.append(f"ORDER BY {_order(query, names)}" if names else "")
    lines.append("LIMIT {limit:UInt32} OFFSET {offset:UInt32}")
    parameters = _parameters(query) | {"limit": query.limit, "offset": query.offset}
    return "\n".join(line for line in lines if line), parameters


def build_total(query: Query) -> tuple[str, dict[str, Any]]:
    """Return the SQL that counts the rows of all pages."""
    return f"SELECT count()\nFROM (\nSELECT 1\n{_grouped(query)}\n)", _parameters(query)


def _grouped(query: Query) -> str:
    names = ", ".join(f"d{place}" for place in range(len(query.dimensions)))
    stacked = "\nUNION ALL\n".join(_sources(query))
    return f"FROM (\n{stacked}\n)" + (f"\nGROUP BY {names}" if names else "")


def _sources(query: Query) -> list[str]:
    """Return one SELECT per table that holds a needed part."""
    by_event = _has(query.dimensions, Level.EVENT)
    in_events = EVENT_PARTS | ({Part.VISITS: "uniqExact(visit_id)"} if by_event else {})
    in_visits = VISIT_PARTS | ({} if by_event else {Part.VISITS: "count()"})
    needed = [part for part in Part if any(part in metric.parts for metric in query.metrics)]
    sources = []
    if any(part in in_events for part in needed):
        columns = [row.on_events for row in query.dimensions]
        sources.append(_select(columns, needed, in_events, _from_events(query)))
    if any(part in in_visits for part in needed):
        columns = [row.on_visits for row in query.dimensions]
        sources.append(_select(columns, needed, in_visits, _from_visits(query)))
    return sources


def _select(columns: list[str], needed: list[Part], known: dict[Part, str], rest: str) -> str:
    chosen = [f"{column} AS d{place}" for place, column in enumerate(columns)]
    chosen += [f"{known.get(part, '0')} AS {part}" for part in needed]
    groups = ", ".join(f"d{place}" for place in range(len(columns)))
    return f"SELECT {', '.join(chosen)}\n{rest}" + (f"\nGROUP BY {groups}" if groups else "")


def _from_events(query: Query) -> str:
    """Return events; a dimension or filter that only visits know comes through visit_id."""
    source = "FROM events"
    if _has(query.dimensions, Level.VISIT):
        source += (
            "\nINNER JOIN (SELECT visit_id, entry_page, exit_page"
            f" FROM visits FINAL WHERE {PROJECT_DAYS}) AS v USING (visit_id)"
        )
    conditions = _event_conditions(query) + _where(query, lambda row: row.level is Level.BOTH)
    if known_to_visits := _where(query, lambda row: row.level is Level.VISIT):
        conditions.append(
            "visit_id IN (SELECT visit_id FROM visits FINAL"
            f" WHERE {PROJECT_DAYS} AND {' AND '.join(known_to_visits)})"
        )
    return f"{source}\nWHERE {' AND '.join(conditions)}"


def _from_visits(query: Query) -> str:
    """Return visits; with a dimension or filter of events, those that contain such an event."""
    conditions = [PROJECT_DAYS, *_since(query, "start")]
    conditions += _where(query, lambda row: row.level in (Level.BOTH, Level.VISIT))
    events = " AND ".join(_event_conditions(query))
    columns = [row.on_events for row in query.dimensions if row.level is Level.EVENT]
    if columns:
        return (
            f"FROM (SELECT DISTINCT visit_id, {', '.join(columns)} FROM events WHERE {events}) AS e"
            f"\nINNER JOIN (SELECT * FROM visits FINAL WHERE {' AND '.join(conditions)}) AS v"
            " USING (visit_id)"
        )
    if _has(tuple(one.dimension for one in query.filters), Level.EVENT):
        conditions.append(f"visit_id IN (SELECT visit_id FROM events WHERE {events})")
    return f"FROM visits FINAL\nWHERE {' AND '.join(conditions)}"


def _event_conditions(query: Query) -> list[str]:
    """Return what an event itself must fulfil; engagement is never counted as an event."""
    conditions = [PROJECT_DAYS, *_since(query, "timestamp"), "name != 'engagement'"]
    return conditions + _where(query, lambda row: row.level is Level.EVENT)


def _where(query: Query, wanted: Callable[[Dimension], bool]) -> list[str]:
    return [
        _compare(one, f"filter_{place}")
        for place, one in enumerate(query.filters)
        if wanted(one.dimension)
    ]


def _compare(one: Filter, name: str) -> str:
    return COMPARISONS[one.op].format(column=one.dimension.on_events, name=name)


def _since(query: Query, column: str) -> list[str]:
    return [SINCE.format(column=column)] if query.period.since else []


def _has(dimensions: tuple[Dimension, ...], level: Level) -> bool:
    return any(row.level is level for row in dimensions)


def _order(query: Query, names: list[str]) -> str:
    """Return the asked order, then every dimension, so that pages never overlap."""
    places = {row.key: name for row, name in zip(query.dimensions, names, strict=True)}
    asked = [f"{places.get(key, key)} {way.upper()}" for key, way in query.order_by]
    used = {places.get(key) for key, _ in query.order_by}
    return ", ".join(asked + [name for name in names if name not in used])


def _parameters(query: Query) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        "project_id": query.project_id,
        "first": query.period.first,
        "last": query.period.last,
    }
    if query.period.since:
        parameters["since"] = query.period.since
    return parameters | {f"filter_{n}": list(one.values) for n, one in enumerate(query.filters)}
