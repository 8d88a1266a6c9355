"""The text of composed SQL: golden, since a changed character is a changed question."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from reports import builder
from reports.parse import Site, parse_query

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAYS = "project_id = {project_id:UInt32} AND local_date BETWEEN {first:Date} AND {last:Date}"


def build(metrics, **body):
    """The SQL and parameters of a body."""
    body = {"metrics": metrics, "date_range": "7d"} | body
    return builder.build(parse_query(Site(7, ZoneInfo("UTC"), NOW), body))


def test_a_number_of_events_reads_only_events():
    """One source, no grouping."""
    sql, parameters = build(["visitors"])
    assert (
        sql
        == f"""SELECT sum(visitor_count) AS visitors
FROM (
SELECT uniqExact(visitor_id) AS visitor_count
FROM events
WHERE {DAYS} AND name != 'engagement'
) AS stacked
LIMIT {{limit:UInt32}} OFFSET {{offset:UInt32}}"""
    )
    assert parameters == {
        "project_id": 7, "first": date(2026, 3, 4), "last": date(2026, 3, 10),
        "limit": 10_000, "offset": 0,
    }  # fmt: skip


def test_pages_with_bounces_join_the_visits_that_contain_them():
    """Visits are counted in events, bounces in visits, both by page."""
    sql, parameters = build(
        ["visits", "bounce_rate"],
        dimensions=["event:page"],
        filters=[["is", "visit:country", ["DE"]], ["contains", "event:page", ["a"]]],
    )
    country = "country IN {p0:Array(String)}"
    own = f"{DAYS} AND name != 'engagement' AND {country}"
    own += " AND multiSearchAny(path, {p1:Array(String)})"
    rate = "if(sum(visit_rows) = 0, 0, round(100 * sum(bounce_count) / sum(visit_rows), 1))"
    inside = f"(SELECT DISTINCT visit_id, path AS e0 FROM events WHERE {own}) AS e"
    visits = f"(SELECT * FROM visits FINAL WHERE {DAYS} AND {country}) AS v"
    assert (
        sql
        == f"""SELECT d0, sum(visit_count) AS visits, {rate} AS bounce_rate
FROM (
SELECT path AS d0, uniqExact(visit_id) AS visit_count, 0 AS visit_rows, 0 AS bounce_count
FROM events
WHERE {own}
GROUP BY d0
UNION ALL
SELECT e0 AS d0, 0 AS visit_count, count() AS visit_rows, sum(is_bounce) AS bounce_count
FROM {inside}
INNER JOIN {visits} USING (visit_id)
GROUP BY d0
) AS stacked
GROUP BY d0
ORDER BY visits DESC, d0
LIMIT {{limit:UInt32}} OFFSET {{offset:UInt32}}"""
    )
    assert (parameters["p0"], parameters["p1"]) == (["DE"], ["a"])


def test_an_event_filter_on_visits_asks_for_visits_that_contain_one():
    """A semi-join, so that no visit counts twice."""
    sql, _ = build(["visits"], filters=[["is_not", "event:name", ["pageview"]]])
    inside = f"{DAYS} AND name != 'engagement' AND name NOT IN {{p0:Array(String)}}"
    assert f"{DAYS} AND visit_id IN (SELECT visit_id FROM events WHERE {inside})" in sql
    assert "INNER JOIN" not in sql


def test_values_are_bound_and_never_text():
    """A hostile value appears in the parameters only."""
    hostile = "'; DROP TABLE events --"
    for op in ("is", "is_not", "contains", "contains_not"):
        sql, parameters = build(["visitors"], filters=[[op, "event:page", [hostile]]])
        assert hostile not in sql
        assert [hostile] in parameters.values()
    sql, parameters = build(
        ["visitors"],
        dimensions=[f"event:props:{hostile}"],
        filters=[["matches", f"event:props:{hostile}", [hostile]]],
    )
    assert hostile not in sql
    assert list(parameters.values()).count(hostile) == 1


def test_every_read_of_a_table_names_the_project():
    """Joined and nested reads too."""
    sql, _ = build(
        ["visitors", "visits", "bounce_rate"],
        dimensions=["event:page", "visit:entry_page"],
        filters=[["is", "visit:exit_page", ["/"]], ["is", "event:name", ["pageview"]]],
    )
    reads = sql.count("FROM events") + sql.count("FROM visits")
    assert reads == 6
    assert sql.count("project_id = {project_id:UInt32}") == reads
    assert sql.count("FROM visits FINAL") == sql.count("FROM visits")


def test_a_rolling_day_cuts_both_tables():
    """Events by their time, visits by their start."""
    sql, parameters = build(["visitors", "bounce_rate"], date_range="24h")
    assert "timestamp >= {since:DateTime64(3, 'UTC')}" in sql
    assert "start >= {since:DateTime64(3, 'UTC')}" in sql
    assert parameters["since"] == datetime(2026, 3, 9, 13, tzinfo=UTC)
