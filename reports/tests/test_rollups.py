"""Rollups answer to the unit what raw rows answer, also when some days hold rows they lack."""

import random
import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from analytics_saas import clickhouse
from analytics_saas.env import BASE_DIR
from reports import answers, rollups, runner
from reports.catalog import METRICS
from reports.parse import Site, parse_query
from reports.query import QueryError
from reports.tables import NO_DAYS, ROLLUPS, plan
from reports.tests import made_up
from reports.tests.test_reference import GROUPS, TIMES, leaf, trees

ZONE, FIRST, DAYS = ZoneInfo("Australia/Lord_Howe"), date(2026, 3, 31), 8
LAST, LATE = FIRST + timedelta(days=DAYS - 1), FIRST + timedelta(days=4)
NOW = datetime(2026, 4, 7, 3, 20, tzinfo=UTC)
PROJECT = random.SystemRandom().randrange(1_000_000, 2**32 - 1)
WHOLE = [str(FIRST - timedelta(days=1)), str(LAST)]


@pytest.fixture(scope="module")
def built(clickhouse_tables):
    """Rows whose days dbt has built, and late ones of a day in their midst."""
    dice = random.Random(12)
    rows = made_up.make_rows(dice, PROJECT, ZONE, FIRST, DAYS, 260)
    # A page that nobody opened here, such as one that was open before midnight.
    told = {"name": "engagement", "engaged_ms": 5_000, "scroll_depth": 40, "path": "/unseen"}
    rows.append(rows[0] | told | {"revenue": "0", "currency": ""})
    made_up.store(rows, batch=7)
    made_up.store([row | {"project_id": PROJECT - 1} for row in rows], batch=7)
    call_command("dbt")
    late = made_up.make_rows(dice, PROJECT, ZONE, LATE, 1, 20)
    made_up.store([row | {"visit_id": row["visit_id"] + 1_000} for row in late], batch=8)


def read(body, *, whole=WHOLE):
    """The query of a body."""
    body = {"date_range": whole, "metrics": ["visitors"]} | body
    return parse_query(Site(PROJECT, ZONE, NOW, goals=lambda: made_up.GOALS), body)


def fitting(body):
    """The metrics that go with a body."""
    found = []
    for name in METRICS:
        try:
            read(body | {"metrics": [name]})
        except QueryError:
            continue
        found.append(name)
    return found


def rolled_metrics(body):
    """Those of them that rollups know."""
    days = rollups.Days(built=1)
    return [name for name in fitting(body) if plan(read(body | {"metrics": [name]}), days).rolled]


def check(body):
    """Ask with and without rollups; return which tables were read."""
    query = read(body | {"include": {"total_rows": True, "explain": True}})
    got = answers.answer(query, zone=ZONE, now=NOW)
    raw = answers.answer(query, zone=ZONE, now=NOW, days=lambda: NO_DAYS)
    assert got["results"] == raw["results"]
    assert got["meta"]["total_rows"] == raw["meta"]["total_rows"]
    assert ROLLUPS not in raw["meta"]["explain"]["read"]
    return got["meta"]["explain"]["read"]


def test_dbt_builds_every_dimension_that_rollups_answer(built):
    """And knows the same shape."""
    sql = "SELECT DISTINCT dimension FROM daily_values WHERE project_id = {p:UInt32}"
    found = clickhouse.reader().query(sql, parameters={"p": PROJECT}).result_rows
    assert {row[0] for row in found} == rollups.ROLLED | {rollups.TOTAL, rollups.HOUR}
    macro = (BASE_DIR / "dbt" / "macros" / "shape.sql").read_text()
    assert re.findall(r"return\((\d+)\)", macro) == [str(rollups.SHAPE)]


def test_a_day_with_late_rows_is_open_and_no_other(built):
    """Whatever was built before."""
    assert runner.rolled_days(PROJECT) == rollups.Days(DAYS - 1, (LATE,))
    assert runner.rolled_days(PROJECT - 1) == rollups.Days(DAYS, ())
    assert runner.rolled_days(PROJECT - 2) == NO_DAYS


@pytest.mark.parametrize("key", ["", *sorted(rollups.ROLLED), *sorted({*TIMES} - {"time:minute"})])
def test_every_dimension_is_the_same_from_rollups(built, key):
    """All metrics, over days with and without late rows."""
    body = {"dimensions": [key] if key else []}
    body["metrics"] = rolled_metrics(body)
    assert "visitors" in body["metrics"]
    assert check(body)[0] == ROLLUPS
    # Each of these has the rows of one table only.
    check(body | {"metrics": ["visitors"]})
    check(body | {"metrics": ["bounce_rate"]})
    assert check(body | {"date_range": [str(FIRST), str(LATE - timedelta(days=1))]}) == [ROLLUPS]
    assert ROLLUPS not in check(body | {"date_range": [str(LATE), str(LATE)]})


@st.composite
def bodies(draw):
    """A query of one dimension, grouped or filtered by it, maybe along time."""
    key = draw(st.sampled_from(sorted(rollups.ROLLED)))
    times = draw(st.lists(st.sampled_from(["time:day", "time:week", "time:month"]), max_size=1))
    value = st.sampled_from(
        ["/a", "/blog/1", "Google", "DE", "Mobile", "x.io", "pageview", "1", "", "Mac"]
    )
    one = st.builds(lambda value: [["is", key, [value]]], value)
    several = st.lists(trees(leaf([key])), max_size=3)
    grouped = draw(st.booleans())
    body = {
        "dimensions": draw(st.permutations([key, *times])) if grouped else times,
        "filters": draw(st.one_of(one, several) if grouped else one),
        "date_range": sorted(
            str(FIRST + timedelta(days=draw(st.integers(-1, DAYS)))) for _ in range(2)
        ),
    }
    known = rolled_metrics(body)
    return body | {"metrics": draw(st.lists(st.sampled_from(known), min_size=1, unique=True))}


@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(body=bodies())
def test_every_answer_from_rollups_is_that_of_raw_rows(built, body):
    """To the unit, whatever is asked."""
    assert (ROLLUPS in check(body)) == (body["date_range"] != [str(LATE), str(LATE)])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"date_range": "24h"}, "the range is cut to instants"),
        ({"dimensions": ["time:minute"], "date_range": [WHOLE[0]] * 2}, "hours and minutes"),
        ({"dimensions": ["time:hour", "visit:os"]}, "hours and minutes"),
        ({"dimensions": ["visit:os", "event:page"]}, "one dimension at a time"),
        ({"dimensions": ["visit:os"], "filters": [["is", "event:page", ["/"]]]}, "one dimension"),
        ({"dimensions": ["event:goal"]}, "event:goal is in no rollup"),
        ({"dimensions": ["visit:city_name"]}, "visit:city_name is in no rollup"),
        ({"filters": [["is", "event:page", ["/", "/a"]]]}, "several values are not their sum"),
        ({"filters": [["is_not", "event:page", ["/"]]]}, "several values are not their sum"),
        ({"filters": [["has_done", ["is", "event:page", ["/"]]]]}, "has_done"),
        (
            {"dimensions": ["visit:os"], "metrics": ["percentage"],
             "filters": [["is_not", "visit:os", ["Mac"]]]},
            "a share of several values",
        ),
    ],
)  # fmt: skip
def test_what_rollups_cannot_answer_is_read_raw(body, reason):
    """And the plan says why."""
    chosen = plan(read(body), rollups.Days(built=1))
    assert not chosen.rolled
    assert chosen.raw == read(body)
    assert reason in chosen.why


def test_raw_rows_are_read_from_the_first_open_day_to_the_last():
    """Rollups answer before and after."""
    days = rollups.Days(5, (LATE, LATE + timedelta(days=1), date(2026, 5, 1)))
    chosen = plan(read({}), days)
    assert (chosen.raw.period.first, chosen.raw.period.last) == (LATE, LATE + timedelta(days=1))
    assert chosen.tables == [ROLLUPS, "events"]
    assert f"from {LATE} to" in chosen.why
    assert plan(read({}), NO_DAYS).why == "Raw rows: no day of the project is built."


def test_groups_that_are_not_rolled_are_known():
    """A new dimension is put into the rollups, or stands here."""
    others = {key for key in GROUPS if key not in rollups.ROLLED and "props" not in key}
    assert others == {
        "event:goal", "visit:country_name", "visit:region_name", "visit:city_name",
    }  # fmt: skip
