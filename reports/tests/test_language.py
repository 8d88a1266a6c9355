"""The query API with goals, segments, comparisons, costs, and in the words of others."""

import datetime
import itertools

import pytest

from analytics_saas import clickhouse
from projects.models import Goal, Project, Segment

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("clickhouse_tables"),
]
DAY, BEFORE = datetime.date(2026, 3, 10), datetime.date(2026, 3, 3)
NUMBERS = itertools.count(800_001)
COLUMNS = ["project_id", "local_date", "timestamp", "visitor_id", "visit_id", "name", "path",
           "source", "country", "utm_source"]  # fmt: skip
# Day, visitor, name, path, country, campaign.
EVENTS = [
    (DAY, 1, "pageview", "/", "DE", "News"), (DAY, 1, "Buy", "/", "DE", "News"),
    (DAY, 2, "pageview", "/a", "DE", ""), (DAY, 3, "pageview", "/a", "FR", ""),
    (BEFORE, 4, "pageview", "/", "DE", ""),
]  # fmt: skip


def make_project(cast, domain="shop.example"):
    """A project with a number of its own."""
    return Project.objects.create(
        pk=next(NUMBERS), organization=cast.organization, name=domain, domain=domain,
        time_zone="Europe/Berlin",
    )  # fmt: skip


@pytest.fixture
def project(cast):
    """One with known rows, a goal and a segment."""
    project = make_project(cast)
    rows = []
    for day, visitor, name, path, country, campaign in EVENTS:
        noon = datetime.datetime.combine(day, datetime.time(12), datetime.UTC)
        rows.append((project.pk, day, noon, visitor, visitor, name, path, "x", country, campaign))
    clickhouse.writer().insert("events", rows, column_names=COLUMNS)
    Goal.objects.create(project=project, kind="event", name="Sale", event_name="Buy")
    return project


def post(client, path, body):
    """Status and answer."""
    answer = client.post(path, body, content_type="application/json")
    return answer.status_code, answer.json()


def ask(cast, project, **query):
    """The answer to one query over the known day."""
    body = {"project_id": project.public_id, "date_range": [str(DAY), str(DAY)]} | query
    status, answer = post(cast.client("viewer"), "/api/v1/query", {"metrics": ["visitors"]} | body)
    assert status == 200, answer
    return answer


def rows_of(answer):
    """Dimensions and metrics in one."""
    return [(*row["dimensions"], *row["metrics"]) for row in answer["results"]]


def test_goals_of_the_project_are_counted(cast, project):
    """By name, with rates of everybody and of the row."""
    answer = ask(cast, project, metrics=["visitors", "events", "conversion_rate"],
                 dimensions=["event:goal"])  # fmt: skip
    assert rows_of(answer) == [("Sale", 1, 1, 33.33)]
    sale = [["is", "event:goal", ["Sale"]]]
    answer = ask(cast, project, metrics=["visitors", "group_conversion_rate"],
                 dimensions=["visit:country"], filters=sale)  # fmt: skip
    assert rows_of(answer) == [("DE", 1, 50)]


def test_a_segment_stands_for_its_filters_for_those_who_see_it(cast, project):
    """Somebody else's own one looks absent; so does another project's."""
    ours = Segment.objects.create(
        project=project, name="Germany", filters=[["is", "visit:country", ["DE"]]]
    )
    answer = ask(cast, project, filters=[["is", "segment", [ours.public_id]]])
    assert rows_of(answer) == [(2,)]
    assert answer["query"]["filters"] == [["is", "segment", [ours.public_id]]]
    hidden = [
        Segment.objects.create(project=project, name="Own", filters=[], owner=cast.owner),
        Segment.objects.create(project=make_project(cast, "b.example"), name="Far", filters=[]),
    ]
    for segment in hidden:
        body = {"project_id": project.public_id, "metrics": ["visitors"], "date_range": "day",
                "filters": [["is", "segment", [segment.public_id]]]}  # fmt: skip
        status, answer = post(cast.client("viewer"), "/api/v1/query", body)
        assert (status, answer["error"]["field"]) == (400, "filters[0][2][0]")


def test_a_comparison_stands_beside_each_row(cast, project):
    """Of the same value; along time, of the same place, also where only the other one has rows."""
    compared = {"comparisons": {"mode": "custom", "date_range": [str(BEFORE), str(BEFORE)]}}
    answer = ask(cast, project, dimensions=["event:page"], include=compared)
    found = {row["dimensions"][0]: row["comparison"] for row in answer["results"]}
    assert found["/"] == {"dimensions": ["/"], "metrics": [1], "change": [0]}
    assert found["/a"] == {"dimensions": ["/a"], "metrics": [0], "change": [100]}
    answer = ask(cast, project, include={"comparisons": {"mode": "previous_period"}})
    assert answer["results"][0]["comparison"]["metrics"] == [0]
    assert answer["query"]["include"]["comparisons"]["date_range"] == ["2026-03-09", "2026-03-09"]
    answer = ask(cast, project, dimensions=["time:day"], date_range=["2026-03-04", "2026-03-11"],
                 include=compared | {"time_labels": True, "comparisons": {
                     "mode": "custom", "date_range": ["2026-02-25", "2026-03-04"]}})  # fmt: skip
    assert answer["meta"]["comparison_time_labels"][-2:] == ["2026-03-03", "2026-03-04"]
    (row,) = answer["results"]
    assert (row["dimensions"], row["metrics"]) == (["2026-03-10"], [3])
    assert row["comparison"] == {"dimensions": ["2026-03-03"], "metrics": [1], "change": [200]}
    answer = ask(cast, project, dimensions=["time:day"], date_range=["2026-03-11", "2026-03-12"],
                 include={"comparisons": {
                     "mode": "custom", "date_range": ["2026-03-10", "2026-03-11"]}})  # fmt: skip
    (row,) = answer["results"]
    assert (row["dimensions"], row["metrics"]) == (["2026-03-11"], [0])
    assert row["comparison"]["metrics"] == [3]


def test_money_that_cannot_be_told_is_null_with_a_reason(cast, project):
    """A goal without a currency earns nothing."""
    answer = ask(cast, project, metrics=["total_revenue"], filters=[["is", "event:goal", ["Sale"]]])
    assert rows_of(answer) == [(None,)]
    assert "currency" in answer["meta"]["metric_warnings"]["total_revenue"]["warning"]


def test_an_explanation_names_tables_and_the_statement(cast, project):
    """Values stay out of it."""
    answer = ask(cast, project, metrics=["visitors", "bounce_rate"], include={"explain": True},
                 filters=[["is", "event:page", ["/secret"]]])  # fmt: skip
    told = answer["meta"]["explain"]
    assert told["read"] == ["events", "visits"]
    assert "project_id = {project_id:UInt32}" in told["sql"]
    assert "/secret" not in told["sql"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"metrics": ["conversion_rate"]}, "metrics[0]"),
        ({"metrics": ["exit_rate"], "dimensions": ["event:page"]}, "metrics[0]"),
        ({"metrics": ["percentage"]}, "metrics[0]"),
        ({"metrics": ["scroll_depth"], "dimensions": ["visit:os"]}, "metrics[0]"),
        ({"dimensions": ["time:minute"], "date_range": "7d"}, "dimensions[0]"),
        ({"include": {"comparisons": {"mode": "other"}}}, "include.comparisons.mode"),
        ({"include": {"comparisons": {"mode": "custom"}}}, "include.comparisons.date_range"),
        ({"include": {"comparisons": "previous_period"}}, "include.comparisons"),
        ({"date_range": ["2026-03-10T12:00:00", "2026-03-10"]}, "date_range"),
    ],
)
def test_what_does_not_go_together_is_refused(cast, project, wrong, field):
    """With its place and what would."""
    body = {"project_id": project.public_id, "metrics": ["visitors"], "date_range": "day"} | wrong
    status, answer = post(cast.client("viewer"), "/api/v1/query", body)
    assert (status, answer["error"]["code"], answer["error"]["field"]) == (
        400, "invalid_query", field,
    )  # fmt: skip


V2 = {"metrics": ["visitors"], "date_range": [str(DAY), str(DAY)]}


def test_a_request_for_plausible_is_answered_in_its_shape(cast, project):
    """By domain, with its words for nothing."""
    body = V2 | {"site_id": "shop.example", "dimensions": ["visit:utm_source"],
                 "filters": [["is", "visit:utm_source", ["(not set)", "News"]]],
                 "include": {"imports": True, "total_rows": True}}  # fmt: skip
    status, answer = post(cast.client("viewer"), "/api/v2/query", body)
    assert status == 200, answer
    assert answer["results"] == [
        {"dimensions": ["(not set)"], "metrics": [2]}, {"dimensions": ["News"], "metrics": [1]},
    ]  # fmt: skip
    assert answer["meta"] == {"total_rows": 2, "imports_included": False}
    assert answer["query"]["site_id"] == "shop.example"
    assert answer["query"]["filters"] == body["filters"]
    assert answer["query"]["date_range"] == [
        "2026-03-10T00:00:00+01:00", "2026-03-10T23:59:59+01:00",
    ]  # fmt: skip


def test_a_domain_names_a_site_only_while_one_project_has_it(cast, project):
    """The public id always does; strangers see neither."""
    client = cast.client("viewer")
    make_project(cast)
    status, answer = post(client, "/api/v2/query", V2 | {"site_id": "shop.example"})
    assert (status, answer["error"]["code"]) == (400, "ambiguous_site")
    assert post(client, "/api/v2/query", V2 | {"site_id": project.public_id})[0] == 200
    for name in ("shop.example", project.public_id):
        stranger = cast.client("stranger")
        assert post(stranger, "/api/v2/query", V2 | {"site_id": name})[0] == 404
    for name in (None, 7, "", "\0"):
        status, answer = post(client, "/api/v2/query", V2 | {"site_id": name})
        assert (status, answer["error"]["field"]) == (400, "site_id")


def test_a_load_of_the_dashboard_is_answered_as_it_is_asked(cast, project):
    """Totals, graph and cards in one request, with what a row's click adds."""
    shared = {"date_range": "28d", "filters": [["is", "visit:country", ["DE"]]]}
    metrics = [
        "visitors",
        "visits",
        "pageviews",
        "views_per_visit",
        "bounce_rate",
        "visit_duration",
    ]
    graph = {"metrics": metrics, "dimensions": ["time"], "include": {"time_labels": True}}
    cards = [
        {"metrics": ["visitors"], "dimensions": [key], "pagination": {"limit": 9}}
        for key in ("visit:source", "visit:channel", "event:page", "visit:entry_page",
                    "visit:exit_page", "visit:country", "visit:browser", "visit:os", "visit:device")
    ]  # fmt: skip
    cards.append(cards[0] | {"metrics": ["visitors", "events"], "dimensions": ["event:name"]})
    queries = [shared | one for one in ({"metrics": metrics}, graph, *cards)]
    body = {"project_id": project.public_id, "queries": queries}
    status, answer = post(cast.client("viewer"), "/api/v1/queries", body)
    assert status == 200, answer
    assert len(answer["results"]) == len(queries)
    first, last = answer["results"][0]["query"]["date_range"]
    assert len(first) == len(last) == 10
    assert len(answer["results"][1]["meta"]["time_labels"]) == 28
