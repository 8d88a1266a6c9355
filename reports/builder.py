"""Query → SQL and its bound parameters. Pure; names of columns come from the catalogue only.

Each source is summed into additive parts; these are stacked and summed again by dimension.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from reports import places
from reports.bound import Bound
from reports.catalog import Kind
from reports.divisors import Divisors
from reports.filters import leaves
from reports.query import Query, is_money
from reports.raw import Raw
from reports.tables import plan

DAY = timedelta(days=1)
Only = Mapping[int, Sequence[str]]


def build(query: Query, only: Only | None = None) -> tuple[str, dict[str, Any]]:
    """Return the SQL of one page of rows: dimensions first, then metrics.

    `only` narrows the dimensions at some places to these values.
    """
    bound = _bound(query)
    divisors = Divisors(query, bound)
    names = _names(query)
    metrics = [f"{_expression(query, metric.key)} AS {metric.key}" for metric in query.metrics]
    stacked = _stacked(query, bound)
    narrowed = [f"d{place} IN {bound.all(tuple(values))}" for place, values in (only or {}).items()]
    lines = [
        _with(query, divisors.scalars()),
        f"SELECT {', '.join(names + metrics)}",
        stacked,
        *divisors.joins(),
        f"WHERE {' AND '.join(narrowed)}" if narrowed else "",
        f"GROUP BY {', '.join(names)}" if names else "",
        f"ORDER BY {_order(query, names)}" if names else "",
        "LIMIT {limit:UInt32} OFFSET {offset:UInt32}",
    ]
    bound.parameters |= {"limit": query.limit, "offset": query.offset}
    return "\n".join(line for line in lines if line), bound.parameters


def build_total(query: Query) -> tuple[str, dict[str, Any]]:
    """Return the SQL that counts the rows of all pages."""
    bound, names = _bound(query), ", ".join(_names(query))
    groups = f"\nGROUP BY {names}" if names else ""
    # Without a dimension everything is one row, whatever tables it comes from.
    inside = f"SELECT {'1' if names else 'count()'}\n{_stacked(query, bound)}{groups}"
    constants = _with(query, [])
    sql = f"SELECT count()\nFROM (\n{inside}\n)"
    return f"{constants}\n{sql}" if constants else sql, bound.parameters


def _names(query: Query) -> list[str]:
    return [f"d{place}" for place in range(len(query.dimensions))]


def _stacked(query: Query, bound: Bound) -> str:
    raw = Raw(query, bound)
    selects = [raw.select(source, gives) for source, gives in plan(query).sources]
    return "FROM (\n" + "\nUNION ALL\n".join(selects) + "\n) AS stacked"


def _expression(query: Query, key: str) -> str:
    metric = next(one for one in query.metrics if one.key == key)
    return "NULL" if is_money(metric) and not query.knows_currency else metric.expression


def _with(query: Query, scalars: list[str]) -> str:
    """Return the constants of the statement: divisors, and names of places where they are used."""
    rows = [*query.dimensions]
    rows += [leaf.dimension for node in query.filters for leaf in leaves(node)]
    columns = {row.on_events for row in rows if row.kind is Kind.NAME} & {*places.COLUMNS}
    found = [places.constants(column) for column in sorted(columns)] + scalars
    return f"WITH {', '.join(found)}" if found else ""


def _order(query: Query, names: list[str]) -> str:
    """Return the asked order, then every dimension, so that pages never overlap."""
    known = {row.key: name for row, name in zip(query.dimensions, names, strict=True)}
    asked = [f"{known.get(key, key)} {way.upper()}" for key, way in query.order_by]
    used = {known.get(key) for key, _ in query.order_by}
    return ", ".join(asked + [name for name in names if name not in used])


def _bound(query: Query) -> Bound:
    period = query.period
    named: dict[str, Any] = {"first": period.first, "last": period.last}
    if period.since:
        # The clock of the rows decides; their dates may be of a zone that the project had before.
        named = {"first": period.first - DAY, "last": period.last + DAY, "since": period.since}
    if period.until:
        named["until"] = period.until
    return Bound(project_id=query.project_id, **named)
