"""Two organizations in the same tables: numbers never mix, and no cache keeps them."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from analytics_saas.tests.walls import world as worlds
from projects.models import Project
from reports import runner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse_tables")]


def test_nothing_of_a_tenant_is_kept_by_a_cache(world):
    """Neither pages nor answers of the API, whoever asks and however."""
    project, organization = world.own.ids["project_id"], world.own.ids["organization_id"]
    for path in (f"/projects/{project}/", f"/organizations/{organization}/audit.csv",
                 "/api/v1/projects", f"/api/v1/projects/{project}/realtime"):  # fmt: skip
        answer = world.clients["owner"].get(path)
        assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store"), path
    shared = world.headers["shared link"]
    answer = Client().get(f"/api/v1/projects/{project}/realtime", headers=shared)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")


def test_numbers_are_of_the_asked_project_alone(world):
    """Rows of another project are in the same table and never in an answer."""
    worlds.store_events(world)
    client, own = world.clients["viewer"], world.own
    body = {"project_id": own.project.public_id, "date_range": "day"}
    metrics = ["pageviews", "visitors", "visits", "bounce_rate", "visit_duration"]
    for changes in ({}, {"dimensions": ["event:page"]}, {"dimensions": ["visit:entry_page"]}):
        query = json.dumps(body | {"metrics": metrics} | changes)
        answer = client.post("/api/v1/query", query, content_type="application/json").json()
        ((found),) = answer["results"]
        assert found["metrics"][:3] == [worlds.OWN_EVENTS] * 3
    filtered = body | {"metrics": ["visits"], "filters": [["is", "event:page", ["/Foreign"]]]}
    answer = client.post("/api/v1/query", json.dumps(filtered), content_type="application/json")
    assert answer.json()["results"][0]["metrics"] == [0]
    everything = json.dumps(body | {"metrics": ["visitors"], "date_range": "all"})
    answer = client.post("/api/v1/query", everything, content_type="application/json").json()
    assert answer["results"][0]["metrics"] == [worlds.OWN_EVENTS]
    today = answer["query"]["date_range"][1]
    assert answer["query"]["date_range"] == [today, today]
    now = client.get(f"/api/v1/projects/{own.project.public_id}/realtime").json()
    assert now["current_visitors"] == worlds.OWN_EVENTS
    path = f"/api/v1/projects/{own.project.public_id}/ledger"
    ledger = client.get(path, {"date_range": "all"}).json()
    assert ledger["totals"]["accepted"] == worlds.OWN_EVENTS
    ((row),) = ledger["results"]
    assert (row["reason"], row["count"]) == ("", worlds.OWN_EVENTS)
    assert ledger["date_range"] == [row["time"]] * 2


def test_a_project_without_numbers_is_told_none_of_others(world):
    """Neither that there are some, nor beside those of several projects."""
    worlds.store_events(world)
    own, quiet = world.own.project, Project.objects.get(name="Other")
    path = f"/api/v1/projects/{quiet.public_id}/realtime"
    now = world.clients["viewer"].get(path).json()
    assert (now["current_visitors"], now["has_data"]) == (0, False)
    since = timezone.now() - timedelta(days=7)
    parameters = {"first": since.date(), "since": since}
    rows = runner.fetch_glances([own.pk, quiet.pk], parameters)
    assert {row[0] for row in rows} == {own.pk}
