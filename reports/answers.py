"""Answers a query: its rows, what they are compared with, and what else was asked for."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from reports import builder, money, runner
from reports.catalog import Kind, Level
from reports.comparisons import change
from reports.filters import MOST_BYTES, MOST_VALUES
from reports.labels import time_labels
from reports.query import Query, is_money
from reports.tables import plan

Row = Sequence[Any]
# Rows of the other period are read once for all of a page; ClickHouse caps what comes back.
MOST_COMPARED = 1_000_000


def answer(query: Query, *, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    """Return results, meta and echo of one query. Raises ApiError 422 and 503 as the runner."""
    rows = _fetch(query)
    split = len(query.dimensions)
    results = [{"dimensions": list(row[:split]), "metrics": _metrics(query, row)} for row in rows]
    if query.comparison:
        _compare(query, results, zone, now)
    meta = _meta(query, zone, now) | ({} if query.knows_currency else _warnings(query))
    return {"results": results, "meta": meta, "query": query.echo()}


def _fetch(query: Query, only: builder.Only | None = None) -> Sequence[Row]:
    return runner.fetch(query.project_id, "query", *builder.build(query, only))


def _metrics(query: Query, row: Row) -> list[Any]:
    split = len(query.dimensions)
    currency = query.currency
    for value, dimension in zip(row, query.dimensions, strict=False):
        if dimension.kind is Kind.GOAL:
            currency = next(goal.currency for goal in query.goals if goal.name == value)
    return [
        money.told(value, currency) if is_money(metric) else value
        for metric, value in zip(query.metrics, row[split:], strict=True)
    ]


def _compare(query: Query, results: list[dict[str, Any]], zone: ZoneInfo, now: datetime) -> None:
    """Put beside each row the same of the other period; along time, the bucket of equal place."""
    assert query.comparison
    other = replace(query.of_period(query.comparison.period), limit=MOST_COMPARED)
    split, only = len(query.dimensions), _only(query, results)
    found = {tuple(row[:split]): _metrics(other, row) for row in _fetch(other, only)}
    moves = _moves(query, other, zone, now)
    if split == 1 and moves:
        _add_buckets(query, results, [one for one in moves if (moves[one],) in found])
    for result in results:
        pairs = zip(query.dimensions, result["dimensions"], strict=True)
        labels = [moves[value] if row.level is Level.TIME else value for row, value in pairs]
        before = found.get(tuple(labels), _nothing(query))
        triples = zip(query.metrics, before, result["metrics"], strict=True)
        result["comparison"] = {
            "dimensions": labels,
            "metrics": before,
            "change": [
                change(one, money.amount(old), money.amount(new)) for one, old, new in triples
            ],
        }


def _add_buckets(query: Query, results: list[dict[str, Any]], labels: list[str]) -> None:
    """Add rows of the time axis that only the other period has, on a page that has all of it."""
    known = {result["dimensions"][0] for result in results}
    new = [label for label in labels if label not in known]
    if query.offset or len(results) + len(new) > query.limit:
        return
    results += [{"dimensions": [label], "metrics": _nothing(query)} for label in new]
    (key, way), *_ = query.order_by
    if key == query.dimensions[0].key:
        results.sort(key=lambda result: result["dimensions"][0], reverse=way == "desc")


def _nothing(query: Query) -> list[Any]:
    """Return the metrics of a row that is not there."""
    blank = {"scroll_depth", "time_on_page", "exit_rate", "average_revenue", "total_revenue"}
    return [None if metric.key in blank else 0 for metric in query.metrics]


def _moves(query: Query, other: Query, zone: ZoneInfo, now: datetime) -> dict[str, str]:
    """Return the label of the other axis at the place of each label; none beyond its end."""
    if query.time_dimension is None:
        return {}
    labels, others = (_labels(one, zone, now) for one in (query, other))
    beyond = [""] * len(labels)
    moves = dict(zip(labels, others + beyond, strict=False))
    # Rows whose clock was of another zone may lie beside the axis.
    return defaultdict(str, moves)


def _labels(query: Query, zone: ZoneInfo, now: datetime) -> list[str]:
    assert query.time_dimension
    return time_labels(query.period, query.time_dimension.key, zone, now)


def _only(query: Query, results: list[dict[str, Any]]) -> builder.Only:
    """Return the values on the page, where they fit into a query."""
    only = {}
    for place, row in enumerate(query.dimensions):
        values = sorted({result["dimensions"][place] for result in results})
        fits = sum(len(value.encode()) + 3 for value in values) <= MOST_BYTES
        if row.level is not Level.TIME and fits and len(values) <= 10 * MOST_VALUES:
            only[place] = values
    return only


def _meta(query: Query, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    meta: dict[str, Any] = {}
    if query.time_labels:
        meta["time_labels"] = _labels(query, zone, now)
        if query.comparison:
            other = query.of_period(query.comparison.period)
            meta["comparison_time_labels"] = _labels(other, zone, now)
    if query.total_rows:
        ((meta["total_rows"],),) = runner.fetch(
            query.project_id, "total", *builder.build_total(query)
        )
    if query.explain:
        chosen = plan(query)
        tables = [source.value for source, _ in chosen.sources]
        meta["explain"] = {"read": tables, "why": chosen.why, "sql": builder.build(query)[0]}
    return meta


def _warnings(query: Query) -> dict[str, Any]:
    """Say why money is null, by metric."""
    warning = {
        "code": "no_single_revenue_currency",
        "warning": "Revenue needs event:goal, as dimension or filter, of goals of one currency.",
    }
    found = {metric.key: warning for metric in query.metrics if is_money(metric)}
    return {"metric_warnings": found} if found else {}
