"""A body becomes a query, or an error that names the field."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from reports.parse import Site, parse_query
from reports.query import QueryError

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
LONG = ["2026-01-01", "2026-06-30"]


def parse(**body):
    """Read a body that is complete but for what the test gives."""
    body = {"metrics": ["visitors"], "date_range": "7d"} | body
    return parse_query(Site(7, ZoneInfo("UTC"), NOW), body)


def test_a_query_echoes_what_was_understood():
    """Names are resolved: 7d to dates, time to days, the order to what was taken."""
    given = parse(dimensions=["time"], filters=[["is", "event:page", ["/a"]]])
    assert given.project_id == 7
    assert given.echo() == {
        "metrics": ["visitors"],
        "date_range": ["2026-03-04", "2026-03-10"],
        "dimensions": ["time:day"],
        "filters": [["is", "event:page", ["/a"]]],
        "order_by": [["time:day", "asc"]],
        "include": {"time_labels": False, "total_rows": False, "explain": False},
        "pagination": {"limit": 10_000, "offset": 0},
    }


def test_without_a_time_axis_the_largest_come_first():
    """By the first metric."""
    assert parse(dimensions=["event:page"]).order_by == (("visitors", "desc"),)


def test_time_can_be_ordered_by_its_short_name():
    """`time` means whichever bucket was taken."""
    given = parse(dimensions=["time:week"], order_by=[["time", "desc"]])
    assert given.order_by == (("time:week", "desc"),)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"metrics": None}, "metrics"),
        ({"metrics": ["visitors", "visitors"]}, "metrics[1]"),
        ({"metrics": ["visitors", {}]}, "metrics[1]"),
        ({"metrics": ["conversion_rate"]}, "metrics[0]"),
        ({"date_range": None}, "date_range"),
        ({"dimensions": "time"}, "dimensions"),
        ({"dimensions": ["path"]}, "dimensions[0]"),
        ({"dimensions": ["time", "time:month"]}, "dimensions"),
        ({"dimensions": ["time:hour"], "date_range": LONG}, "dimensions[0]"),
        ({"dimensions": [f"visit:{n}" for n in range(5)]}, "dimensions"),
        ({"filters": {}}, "filters"),
        ({"filters": [["and", []]]}, "filters[0]"),
        ({"filters": [[["is"], "event:page", ["/"]]]}, "filters[0][0]"),
        ({"filters": [["is", "time:day", ["2026-01-01"]]]}, "filters[0][1]"),
        ({"filters": [["is", "event:page", []]]}, "filters[0][2]"),
        ({"filters": [["is", "event:page", ["/", 1]]]}, "filters[0][2][1]"),
        ({"filters": [["contains", "event:page", [""]]]}, "filters[0][2][0]"),
        ({"filters": [["is", "event:page", ["/"]]] * 21}, "filters"),
        ({"filters": [["is", "event:page", ["é" * 2_000]]] * 6}, "filters[5][2][0]"),
        ({"order_by": [["visits", "desc"]]}, "order_by[0][0]"),
        ({"order_by": [["visitors", "down"]]}, "order_by[0]"),
        ({"include": {"imports": True}}, "include.imports"),
        ({"include": {"total_rows": 1}}, "include.total_rows"),
        ({"include": {"time_labels": True}}, "include.time_labels"),
        ({"pagination": {"limit": 0}}, "pagination.limit"),
        ({"pagination": {"offset": True}}, "pagination.offset"),
        ({"sort": []}, "sort"),
    ],
)
def test_a_problem_names_its_field(wrong, field):
    """And says what would be right."""
    with pytest.raises(QueryError) as caught:
        parse(**wrong)
    assert caught.value.field == field
    assert caught.value.message
