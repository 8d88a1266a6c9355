"""Composed SQL on the real engine against a recount in plain Python over random visits."""

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from analytics_saas import clickhouse
from reports import answers, runner
from reports.parse import Site, parse_query

ZONE, OFFSET = ZoneInfo("Asia/Kolkata"), 330
FIRST, DAYS = date(2026, 2, 26), 6
NOW = datetime(2026, 3, 3, 12, 10, tzinfo=UTC)
PROJECT = random.SystemRandom().randrange(1_000_000, 2**32 - 1)
METRICS = [
    "visitors", "visits", "pageviews", "events", "views_per_visit", "bounce_rate", "visit_duration",
]  # fmt: skip
FIELDS = {
    "event:page": "path", "event:name": "name", "event:hostname": "hostname",
    "visit:source": "source", "visit:country": "country", "visit:entry_page": "entry_page",
    "visit:exit_page": "exit_page", "time:hour": "hour", "time:day": "day", "time:week": "week",
    "time:month": "month",
}  # fmt: skip


def clock(moment):
    """The labels of a UTC moment on the project's clock."""
    local = moment + timedelta(minutes=OFFSET)
    day = local.date()
    return {
        "hour": local.strftime("%Y-%m-%d %H:00:00"),
        "day": str(day),
        "week": str(day - timedelta(days=day.weekday())),
        "month": str(day.replace(day=1)),
    }


def make_visit(dice, number):
    """One visit of one local day with its events."""
    day = FIRST + timedelta(days=dice.randrange(DAYS))
    begin = datetime.combine(day, datetime.min.time(), UTC) - timedelta(minutes=OFFSET)
    moment = begin + timedelta(minutes=dice.randrange(23 * 60))
    shared = {
        "project_id": PROJECT, "local_date": day, "utc_offset": OFFSET, "visit_id": number,
        "visitor_id": day.toordinal() * 100 + dice.randrange(12),
        "source": dice.choice(["", "Google", "Bing"]), "country": dice.choice(["DE", "FR"]),
    }  # fmt: skip
    events = []
    for _ in range(dice.randrange(1, 6)):
        name = "pageview" if not events else dice.choice(["pageview", "engagement", "Sign up"])
        path, host = dice.choice(["/", "/a", "/it's", "/ä\\b"]), dice.choice(["x.io", "y.io"])
        events.append(shared | {"timestamp": moment, "name": name, "path": path, "hostname": host})
        moment += timedelta(minutes=dice.randrange(8))
    visit = shared | {
        "start": events[0]["timestamp"], "entry_page": events[0]["path"],
        "exit_page": events[-1]["path"], "pageviews": sum(e["name"] == "pageview" for e in events),
        "is_bounce": int(len(events) == 1),
        "duration": int((events[-1]["timestamp"] - events[0]["timestamp"]).total_seconds()),
    }  # fmt: skip
    return visit, events


@pytest.fixture(scope="module")
def rows(clickhouse_tables):
    """Visits (each stored twice, an outdated version first) and events, as inserted."""
    dice = random.Random(7)
    made = [make_visit(dice, number) for number in range(1, 301)]
    visits, events = [visit for visit, _ in made], [one for _, own in made for one in own]
    outdated = [visit | {"is_bounce": 1, "duration": 9_999, "version": 1} for visit in visits]
    insert("visits", outdated)
    insert("visits", [visit | {"version": 2} for visit in visits])
    insert("events", events)
    insert("events", [one | {"project_id": PROJECT - 1} for one in events])
    insert("visits", [one | {"project_id": PROJECT - 1, "version": 1} for one in visits])
    return visits, events


def insert(table, records):
    """Insert dictionaries as rows."""
    columns = list(records[0])
    data = [[record[column] for column in columns] for record in records]
    clickhouse.writer().insert(table, data, column_names=columns)


def matches(record, filters):
    """Whether a record fulfils the filters on fields it has."""
    tests = {
        "is": lambda value, values: value in values,
        "is_not": lambda value, values: value not in values,
        "contains": lambda value, values: any(one in value for one in values),
        "contains_not": lambda value, values: not any(one in value for one in values),
    }
    return all(tests[op](record[FIELDS[key]], values) for op, key, values in filters)


def recount(rows, dimensions, filters, since):
    """The definitions, spelled out: {labels: metrics}."""
    by_id = {visit["visit_id"]: visit for visit in rows[0]}
    on_event = [one for one in filters if one[1].startswith("event:")]
    on_visit = [one for one in filters if one[1].startswith("visit:")]
    events = [
        by_id[one["visit_id"]] | one | clock(one["timestamp"])
        for one in rows[1]
        if one["name"] != "engagement" and (since is None or one["timestamp"] >= since)
    ]
    events = [one for one in events if matches(one, on_event)]
    visits = {
        key: visit | clock(visit["start"])
        for key, visit in by_id.items()
        if matches(visit, on_visit) and (since is None or visit["start"] >= since)
    }
    by_event = any(key.startswith("event:") for key in dimensions)
    needs_event = by_event or on_event
    groups = {}
    for one in events:
        if matches(one, on_visit):
            label = tuple(one[FIELDS[key]] for key in dimensions)
            groups.setdefault(label, ([], set()))[0].append(one)
        if needs_event and one["visit_id"] in visits:
            record = one | visits[one["visit_id"]]
            label = tuple(record[FIELDS[key]] for key in dimensions)
            groups.setdefault(label, ([], set()))[1].add(one["visit_id"])
    if not needs_event:
        for key, visit in visits.items():
            label = tuple(visit[FIELDS[name]] for name in dimensions)
            groups.setdefault(label, ([], set()))[1].add(key)
    if not dimensions:
        groups.setdefault((), ([], set()))
    return {
        label: numbers(own, [visits[key] for key in ids], by_event)
        for label, (own, ids) in groups.items()
    }


def numbers(events, visits, by_event):
    """The seven metrics of one group; like the engine, scaled before a half goes to even."""
    views = sum(one["name"] == "pageview" for one in events)
    count = len({one["visit_id"] for one in events}) if by_event else len(visits)
    rate = 100 * sum(one["is_bounce"] for one in visits) / (len(visits) or 1)
    seconds = round(sum(one["duration"] for one in visits) / (len(visits) or 1))
    people = len({one["visitor_id"] for one in events})
    seen = sum(one["pageviews"] for one in visits)
    per_visit = round(seen / len(visits) * 100) / 100 if visits else 0
    return [people, count, views, len(events), per_visit, round(rate * 10) / 10, seconds]


DIMENSIONS = [[], *([key] for key in FIELDS), ["event:page", "visit:source"],
    ["time:day", "visit:country"], ["visit:entry_page", "visit:exit_page"],
    ["event:page", "visit:entry_page"], ["event:page", "time:day"]]  # fmt: skip
FILTERS = [
    [],
    [["is", "event:page", ["/it's", "/ä\\b"]]],
    [["is_not", "event:name", ["pageview"]]],
    [["contains", "event:page", ["a", "\\"]], ["is", "event:hostname", ["x.io"]]],
    [["contains_not", "visit:source", ["oo"]], ["is", "visit:country", ["DE"]]],
    [["is", "visit:entry_page", ["/"]], ["is", "visit:source", [""]]],
    [["is", "visit:exit_page", ["/a"]], ["is_not", "event:page", ["/"]]],
    [["is", "event:page", ["' OR 1 = 1 --", "{limit:UInt32}"]]],
]


@pytest.mark.parametrize("date_range", ["7d", "24h"])
@pytest.mark.parametrize("filters", FILTERS, ids=str)
@pytest.mark.parametrize("dimensions", DIMENSIONS, ids=str)
def test_every_number_agrees_with_a_recount(rows, dimensions, filters, date_range):
    """All metrics, to the unit, for every grouping under every filter."""
    query = read(dimensions=dimensions, filters=filters, date_range=date_range)
    answer = answers.answer(query, zone=ZONE, now=NOW)
    found = {tuple(row["dimensions"]): row["metrics"] for row in answer["results"]}
    expected = recount(rows, dimensions, filters, query.period.since)
    assert found.keys() == expected.keys()
    for label, metrics in expected.items():
        assert found[label] == pytest.approx(metrics, abs=1e-9), label


def test_pages_of_rows_cover_all_of_them_once(rows):
    """total_rows counts them all; labels contain each row of the axis."""
    include = {"total_rows": True, "time_labels": True}
    given = {"dimensions": ["time:hour", "event:page"], "include": include}
    everything = answers.answer(read(**given), zone=ZONE, now=NOW)
    pages = []
    for offset in range(0, everything["meta"]["total_rows"], 50):
        page = {"limit": 50, "offset": offset}
        pages += answers.answer(read(**given, pagination=page), zone=ZONE, now=NOW)["results"]
    assert pages == everything["results"]
    assert len(pages) == everything["meta"]["total_rows"]
    assert {row["dimensions"][0] for row in pages} <= set(everything["meta"]["time_labels"])


def test_without_a_dimension_there_is_one_row(rows):
    """Also when its metrics come from two tables."""
    query = read(metrics=["visitors", "bounce_rate"], include={"total_rows": True})
    answer = answers.answer(query, zone=ZONE, now=NOW)
    assert answer["meta"]["total_rows"] == len(answer["results"]) == 1


def test_all_begins_with_the_first_event(rows):
    """And an empty project has no first day."""
    assert runner.first_day(PROJECT) == min(one["local_date"] for one in rows[1])
    assert runner.first_day(PROJECT - 2) is None


def read(**body):
    """A query of this file's project with every metric."""
    body = {"metrics": METRICS, "date_range": "7d"} | body
    return parse_query(Site(PROJECT, ZONE, NOW), body)
