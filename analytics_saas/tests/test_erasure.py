"""From the delete button to the last row: all parts together, by their own tasks."""

import pytest

from analytics_saas import clickhouse
from analytics_saas import redis as stores
from analytics_saas.env import env
from collector.door import rulebook
from collector.shard import Shard
from collector.stream import shard_of
from collector.tasks import erase_projects
from collector.tests.door import PAGE, post
from collector.tests.test_drain import drain_all
from projects.models import Erasure, Project
from projects.services import publish
from projects.tasks import hand_over_erasures

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("clickhouse_tables"),
]
TABLES = ("events", "visits", "touched", "dead_letters")


@pytest.fixture
def project(cast):
    """A project with a number of its own, as other tests left rows of small ones."""
    rulebook.rules.forget()
    project = Project.objects.create(
        pk=777_000_001, organization=cast.organization, name="Shop", time_zone="UTC"
    )
    publish(project)
    return project


@pytest.fixture
def shard(project):
    """The shard in which the collector puts it."""
    shard = Shard(stores.queue(), shard_of(project.pk, env.queue_shards))
    shard.forget()
    assert shard.acquire()
    yield shard
    shard.forget()


def visit(project):
    """One page view through the front door; return its status and the reason of a drop."""
    status, headers, _ = post(PAGE | {"p": project.public_id})
    return status, headers.get(b"x-daysalt-dropped")


def counts(number):
    """Rows of a project in every table."""
    reader = clickhouse.reader()
    sql = "SELECT count() FROM {} WHERE project_id = {}"
    return [reader.query(sql.format(table, number)).result_rows[0][0] for table in TABLES]


def run_tasks(shard):
    """What beat does within some seconds, and the drain meanwhile."""
    for _ in range(4):
        hand_over_erasures()
        erase_projects()
        drain_all(shard)


def test_a_deleted_project_is_nowhere(cast, project, shard):
    """And its beacons are told that it is unknown."""
    assert visit(project) == (202, None)
    drain_all(shard)
    assert counts(project.pk)[:3] == [1, 1, 1]
    assert visit(project) == (202, None)
    address = f"/api/v1/projects/{project.public_id}?confirm=Shop"
    assert cast.client("owner").delete(address).status_code == 204
    # For ten seconds the collector still knows it.
    assert visit(project) == (202, None)
    run_tasks(shard)
    assert counts(777_000_001) == [0, 0, 0, 0]
    assert visit(project) == (202, None)
    drain_all(shard)
    assert counts(777_000_001) == [0, 0, 0, 0]
    rulebook.rules.forget()
    assert visit(project)[0] == 404
    erasure = Erasure.objects.get()
    # The beacon of the ten seconds stood in the stream before the request was handed over.
    assert erasure.rows in (2, 3)
    assert erasure.finished_at


def test_a_reset_project_counts_anew(cast, project, shard):
    """From 0, and the dashboard says so."""
    visit(project)
    address = f"/api/v1/projects/{project.public_id}"
    body = '{"confirm": "Shop"}'
    asked = cast.client("owner").post(f"{address}/reset", body, content_type="application/json")
    assert asked.status_code == 202
    run_tasks(shard)
    live = cast.client("owner").get(f"{address}/realtime").json()
    assert (live["current_visitors"], live["has_data"]) == (0, False)
    visit(project)
    drain_all(shard)
    assert counts(project.pk)[:3] == [1, 1, 1]
    assert Erasure.objects.get().rows == 1
