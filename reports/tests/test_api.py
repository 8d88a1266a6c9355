"""Numbers of the API against a plain recount, and what a bad question is told."""

import datetime
import time
from collections import defaultdict

import pytest

from accounts.models import User
from accounts.services import create_person_organization
from analytics_saas import clickhouse
from projects.models import Project
from reports import catalog

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("clickhouse_tables"),
]
DAY = datetime.date(2026, 3, 10)
PROJECT_NUMBERS = iter(range(900_001, 999_999))

# Visitor, visit, minute of the day, name, path, source, country.
EVENTS = [
    (1, 11, 600, "pageview", "/", "Google", "DE"),
    (1, 11, 602, "pageview", "/a", "Google", "DE"),
    (1, 11, 603, "engagement", "/a", "Google", "DE"),
    (1, 12, 900, "pageview", "/", "Direct / None", "DE"),
    (2, 21, 601, "pageview", "/it's", "Google", "FR"),
    (3, 31, 660, "pageview", "/a", "Bing", "FR"),
    (3, 31, 661, "Signup", "/a", "Bing", "FR"),
]
VISITS = [(11, 1, 0, 120, 2), (12, 1, 1, 0, 1), (21, 2, 1, 0, 1), (31, 3, 0, 60, 1)]


@pytest.fixture
def project(client):
    """A project with known rows and a number of its own; its owner is logged in."""
    person = User.objects.create_user("owner@example.com", "a long enough passphrase")
    project = Project.objects.create(
        pk=next(PROJECT_NUMBERS),
        organization=create_person_organization(person=person),
        name="Shop",
        domain="x.example",
        time_zone="UTC",
    )
    client.force_login(person)
    midnight = datetime.datetime.combine(DAY, datetime.time(), datetime.UTC)
    columns = ["visitor_id", "visit_id", "timestamp", "name", "path", "source", "country"]
    rows = [
        (project.pk, DAY, e[0], e[1], midnight + datetime.timedelta(minutes=e[2]), *e[3:])
        for e in EVENTS
    ]
    writer = clickhouse.writer()
    writer.insert("events", rows, column_names=["project_id", "local_date", *columns])
    origin = {event[1]: event[5:] for event in EVENTS}
    rows = [(project.pk, DAY, *visit, *origin[visit[0]]) for visit in VISITS]
    columns = [
        "visit_id", "visitor_id", "is_bounce", "duration", "pageviews", "source", "country",
    ]  # fmt: skip
    writer.insert("visits", rows, column_names=["project_id", "local_date", *columns])
    return project


def ask(client, project, **query):
    """One query over the known day."""
    body = {"project_id": project.public_id, "date_range": [str(DAY), str(DAY)]} | query
    return client.post("/api/v1/query", body, content_type="application/json")


def results(client, project, **query):
    """Rows as (dimensions …, metrics …)."""
    answer = ask(client, project, **query)
    assert answer.status_code == 200, answer.content
    return [(*row["dimensions"], *row["metrics"]) for row in answer.json()["results"]]


def test_the_seven_numbers_are_exact(client, project):
    """Every metric at once, without a dimension."""
    metrics = [key for key, row in catalog.METRICS.items() if row.need is catalog.Need.NOTHING]
    (row,) = results(client, project, metrics=metrics)
    assert dict(zip(metrics, row, strict=True)) == {
        "visitors": 3,
        "visits": 4,
        "pageviews": 5,
        "events": 6,
        "views_per_visit": 1.25,
        "bounce_rate": 50.0,
        "visit_duration": 45.0,
    }


@pytest.mark.parametrize(
    ("dimension", "field"), [("event:page", 4), ("visit:source", 5), ("visit:country", 6)]
)
def test_breakdowns_agree_with_a_recount(client, project, dimension, field):
    """Visitors, page views and bounce rate of every value."""
    seen, views = defaultdict(set), defaultdict(int)
    for event in EVENTS:
        if event[3] != "engagement":
            seen[event[field]].add(event[:2])
            views[event[field]] += event[3] == "pageview"
    bounces = {visit: bounce for visit, _, bounce, *_ in VISITS}
    expected = {
        (
            value,
            len({visitor for visitor, _ in pairs}),
            views[value],
            round(100 * sum(bounces[visit] for _, visit in pairs) / len(pairs), 1),
        )
        for value, pairs in seen.items()
    }
    metrics = ["visitors", "pageviews", "bounce_rate"]
    found = results(client, project, metrics=metrics, dimensions=[dimension])
    assert set(found) == expected
    assert [row[1] for row in found] == sorted((row[1] for row in found), reverse=True)


def test_hours_are_the_projects_own(client, project):
    """Each event in its hour, in order."""
    found = results(client, project, metrics=["pageviews"], dimensions=["time:hour"])
    assert found == [
        (f"{DAY} 10:00:00", 3),
        (f"{DAY} 11:00:00", 1),
        (f"{DAY} 15:00:00", 1),
    ]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (["is", "event:page", ["/a"]], 2),
        (["is", "event:page", ["/it's", "/a"]], 3),
        (["is_not", "visit:source", ["Google"]], 2),
        (["contains", "visit:source", ["oog", "ing"]], 3),
        (["contains_not", "event:page", ["a"]], 2),
        (["is", "event:page", ["' OR 1 = 1 --"]], 0),
    ],
)
def test_filters_count_who_matches(client, project, condition, expected):
    """Values are bound, never part of the statement."""
    found = results(client, project, metrics=["visitors", "bounce_rate"], filters=[condition])
    assert found[0][0] == expected


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"metrics": []}, "metrics"),
        ({"metrics": ["hits"]}, "metrics[0]"),
        ({"metrics": "visitors"}, "metrics"),
        ({"dimensions": ["visit:shoe"]}, "dimensions[0]"),
        ({"date_range": "soon"}, "date_range"),
        ({"date_range": ["2026-02-30", "2026-03-01"]}, "date_range"),
        ({"date_range": ["2026-03-02", "2026-03-01"]}, "date_range"),
        ({"filters": [["like", "event:page", ["/"]]]}, "filters[0][0]"),
        ({"filters": [["is", "path", ["/"]]]}, "filters[0][1]"),
        ({"filters": [["is", "event:page", "/"]]}, "filters[0][2]"),
        ({"pagination": {"limit": 10_001}}, "pagination.limit"),
        ({"project_id": 7}, "project_id"),
    ],
)
def test_a_bad_question_names_its_field(client, project, wrong, field):
    """400 with a sentence that says what is allowed."""
    answer = ask(client, project, **({"metrics": ["visitors"]} | wrong))
    assert answer.status_code == 400
    assert answer.json()["error"]["field"] == field


def test_a_list_shares_one_request(client, project):
    """Answers come in the order of the questions."""
    days = [str(DAY), str(DAY)]
    queries = [{"metrics": [name], "date_range": days} for name in ("visitors", "events")]
    body = {"project_id": project.public_id, "queries": queries}
    answer = client.post("/api/v1/queries", body, content_type="application/json").json()
    assert [one["results"][0]["metrics"] for one in answer["results"]] == [[3], [6]]


def test_realtime_says_whether_anything_arrived(client, project):
    """Old rows are data, but nobody is there now."""
    answer = client.get(f"/api/v1/projects/{project.public_id}/realtime").json()
    assert answer == {"current_visitors": 0, "latest": "0", "has_data": True}


def test_strangers_and_nobody_see_nothing(client, project):
    """404 for a stranger, as for an absent project; 401 without log-in."""
    client.logout()
    assert ask(client, project, metrics=["visitors"]).status_code == 401
    client.force_login(User.objects.create_user("stranger@example.com", "x"))
    assert ask(client, project, metrics=["visitors"]).status_code == 404
    assert client.get(f"/api/v1/projects/{project.public_id}/realtime").status_code == 404


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("[" * 100_000, "nested too deeply"),
        ('{"project_id": "\\ud800"}', "half of a surrogate pair"),
        ('{"project_id": "p_x", "\\udfff": 1}', "half of a surrogate pair"),
        ('{"filters": [["is", "event:page", ["\\ud83d"]]]}', "half of a surrogate pair"),
    ],
)
def test_json_that_no_store_could_take_is_refused(client, project, body, says):
    """In the API's own shape."""
    answer = client.post("/api/v1/query", body, content_type="application/json")
    assert answer.status_code == 400
    assert says in answer.json()["error"]["message"]


def test_a_body_of_megabytes_is_refused_in_the_shape_of_the_api(client, project):
    """Its length alone is enough."""
    answer = client.post("/api/v1/query", "x" * 3_000_000, content_type="application/json")
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "too_large"


def test_a_project_with_nul_in_its_name_is_absent(client, project):
    """PostgreSQL would not even look for it."""
    answer = ask(client, project, project_id=f"{project.public_id}\0", metrics=["visitors"])
    assert answer.status_code == 404
    assert client.get(f"/projects/{project.public_id}%00/").status_code == 404


def test_the_longest_filters_still_reach_the_store(client, project):
    """Backslashes grow the most on their way."""
    filters = [["is_not", "event:page", ["\\" * 1_990 + str(n) for n in range(10)]]]
    assert results(client, project, metrics=["visitors"], filters=filters) == [(3,)]


def test_many_names_are_refused_at_once(client, project):
    """However many there are."""
    begin = time.monotonic()
    answer = ask(client, project, metrics=[str(n) for n in range(100_000)])
    assert answer.status_code == 400
    assert time.monotonic() - begin < 2
