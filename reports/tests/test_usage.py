"""What organizations used, from the ledger of the real engine to the rows of SQL."""

import threading
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Membership, Usage
from accounts.principal import Principal
from analytics_saas import clickhouse
from analytics_saas.env import env
from projects.danger.services import delete_project, transfer_project
from projects.models import Project, ProjectUsage
from reports import tasks, usage

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("clickhouse_tables"),
]
# The ledger is every test's, and each looks at a year of its own.
YEARS = iter(range(2031, 2100))
NUMBERS = iter(range(2_900_001, 2_999_999))


@pytest.fixture(autouse=True)
def year():
    """The middle of November in a year to come."""
    year = next(YEARS)
    with time_machine.travel(datetime(year, 11, 15, 12, tzinfo=UTC), tick=False):
        yield year


@pytest.fixture
def project(cast):
    """A project of the cast's organization, with a number of its own."""
    return make_project(cast.organization)


@pytest.fixture
def other(cast):
    """Another organization."""
    return cast.stranger.organizations.get()


def make_project(organization):
    """Make a project with a number that no other test has."""
    return Project.objects.create(
        pk=next(NUMBERS), organization=organization, name="S", domain="x.example", time_zone="UTC"
    )


def send(project, stored, at=None, reason="", outcome="stored"):
    """Let the ledger know of so many events, an hour ago unless told when."""
    at = at or timezone.now() - timedelta(hours=1)
    rows = [[project.pk, at, outcome, reason, time.monotonic_ns(), stored]]
    columns = ["project_id", "minute", "outcome", "reason", "batch", "count"]
    clickhouse.writer().insert("ledger", rows, column_names=columns)


def used(organization):
    """Return events by month."""
    return dict(Usage.objects.filter(organization=organization).values_list("month", "events"))


def test_stored_events_of_all_projects_are_summed_once_however_often(project, cast, other, year):
    """Not what was dropped, nor time on a page; a later call knows of what came since."""
    send(project, 10)
    send(make_project(cast.organization), 5)
    send(make_project(other), 70)
    send(project, 100, reason="engagement")
    send(project, 100, outcome="dropped", reason="bot")
    for _ in range(3):
        assert tasks.record_usage() == 3
    assert used(cast.organization) == {date(year, 11, 1): 15}
    assert used(other) == {date(year, 11, 1): 70}
    send(project, 1)
    tasks.record_usage()
    assert used(cast.organization) == {date(year, 11, 1): 16}


def test_months_end_in_utc_and_late_events_are_told_for_three_days(project, cast, year):
    """After that the month is closed."""
    october, first = date(year, 10, 1), datetime(year, 11, 1, tzinfo=UTC)
    send(project, 4, at=datetime(year, 10, 31, 23, 59, tzinfo=UTC))
    send(project, 2, at=first)
    usage.record_usage(datetime(year, 11, 2, tzinfo=UTC))
    assert used(cast.organization) == {october: 4, date(year, 11, 1): 2}
    send(project, 4, at=datetime(year, 10, 31, tzinfo=UTC))
    usage.record_usage(datetime(year, 11, 3, 23, 59, tzinfo=UTC))
    assert used(cast.organization)[october] == 8
    send(project, 4, at=datetime(year, 10, 31, tzinfo=UTC))
    usage.record_usage(datetime(year, 11, 4, 0, 0, tzinfo=UTC))
    assert used(cast.organization)[october] == 8


def test_a_clock_that_runs_ahead_uses_nothing_of_next_month(project, cast, year):
    """Only what is over by now counts."""
    send(project, 4, at=datetime(year, 12, 1, tzinfo=UTC))
    assert tasks.record_usage() == 0
    assert used(cast.organization) == {}


def test_deleting_a_project_gives_nothing_back(project, cast, year):
    """What it sent was sent, and what others send is added to it."""
    send(project, 10)
    tasks.record_usage()
    delete_project(project=project, principal=None)
    send(make_project(cast.organization), 7)
    tasks.record_usage()
    assert used(cast.organization) == {date(year, 11, 1): 17}


def test_a_project_that_moves_leaves_behind_what_it_sent(project, cast, other, year):
    """Each event is one organization's, also when the project comes back."""
    Membership.objects.create(organization=other, user=cast.owner, role="owner")
    send(project, 10)
    tasks.record_usage()
    for organization in (other, cast.organization):
        transfer_project(
            project=project, organization=organization, principal=Principal(user=cast.owner)
        )
        project.refresh_from_db()
        send(project, 3)
        tasks.record_usage()
    assert used(cast.organization) == {date(year, 11, 1): 13}
    assert used(other) == {date(year, 11, 1): 3}


def test_what_is_old_is_forgotten(project, cast, year):
    """By project only: the organization's months stay."""
    share = {"organization": cast.organization, "project_number": 1, "events": 1}
    ProjectUsage.objects.create(month=date(year - 1, 9, 1), **share)
    ProjectUsage.objects.create(month=date(year - 1, 11, 1), **share)
    send(project, 1)
    tasks.record_usage()
    kept = ProjectUsage.objects.values_list("month", flat=True)
    assert sorted(kept) == [date(year - 1, 11, 1), date(year, 11, 1)]


def test_without_clickhouse_nothing_changes(project, cast, year, monkeypatch):
    """The next call counts all of it."""
    send(project, 5)
    tasks.record_usage()
    with monkeypatch.context() as patch:
        nobody = replace(env, clickhouse_reader_url="http://reader:x@127.0.0.1:1/daysalt")
        patch.setattr(clickhouse, "env", nobody)
        patch.setattr(clickhouse, "_local", threading.local())
        assert tasks.record_usage() == 0
    assert used(cast.organization) == {date(year, 11, 1): 5}
