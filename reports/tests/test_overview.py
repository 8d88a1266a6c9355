"""Every project at a glance: whose numbers, of which days, from how many queries."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from accounts.models import Membership
from analytics_saas import clickhouse
from projects.models import Project
from reports import overview, runner

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("clickhouse_tables"),
]
NOW = datetime(2026, 3, 10, 22, 30, tzinfo=UTC)
TODAY = date(2026, 3, 10)


def project(organization, name, zone="UTC"):
    """A project with a number of its own."""
    key = random.randrange(10_000_000, 4_000_000_000)
    return Project.objects.create(
        pk=key, organization=organization, name=name, domain="x.example", time_zone=zone
    )


def seen(project, day, visitors, at=NOW - timedelta(days=1), name="pageview"):
    """Some visitors on a local day."""
    rows = [[project.pk, day, at, name, visitor] for visitor in visitors]
    columns = ["project_id", "local_date", "timestamp", "name", "visitor_id"]
    clickhouse.writer().insert("events", rows, column_names=columns)


@pytest.fixture
def shop(cast):
    """A project in UTC with visitors on three days, two of them just now."""
    shop = project(cast.organization, "Shop")
    seen(shop, TODAY, [1, 2, 2], NOW - timedelta(minutes=2))
    seen(shop, TODAY, [3], name="engagement")
    seen(shop, TODAY - timedelta(days=6), range(5))
    seen(shop, TODAY - timedelta(days=7), range(50))
    return shop


def test_days_are_each_projects_own(cast, shop):
    """In Tokyo it is the 11th already."""
    tokyo = project(cast.organization, "Tokyo", "Asia/Tokyo")
    seen(tokyo, TODAY + timedelta(days=1), [1])
    seen(tokyo, TODAY - timedelta(days=5), [1, 2])
    found = overview.glance([shop, tokyo], NOW)
    assert found[shop.pk].days == (5, 0, 0, 0, 0, 0, 2)
    assert found[tokyo.pk].days == (2, 0, 0, 0, 0, 0, 1)
    assert (found[shop.pk].visitors, found[shop.pk].now, found[tokyo.pk].now) == (7, 2, 0)


@time_machine.travel(NOW, tick=False)
def test_one_query_answers_for_all_projects_that_may_be_seen(cast, shop, monkeypatch):
    """Projects of others are not asked about."""
    seen(project(cast.stranger.organizations.get(), "Theirs"), TODAY, range(900))
    project(cast.owner.organizations.exclude(pk=cast.organization.pk).get(), "Own")
    asked = []
    real = runner.fetch
    monkeypatch.setattr(runner, "fetch", lambda *given: asked.append(given) or real(*given))
    page = cast.client("owner").get("/projects/").content.decode()
    assert len(asked) == 1
    assert len(asked[0][3]["project_ids"]) == 2
    assert "<strong>7</strong> visitors in 7 days" in page
    assert "Theirs" not in page
    assert page.index("Acme") < page.index("owner&#x27;s organization")
    assert "style=" not in page


def test_who_may_not_see_numbers_sees_names(cast, shop, monkeypatch):
    """That is billing; without the second factor that is asked for, not even names."""
    asked = []
    monkeypatch.setattr(runner, "fetch", lambda *given: asked.append(given) or [])
    page = cast.client("billing").get("/projects/").content.decode()
    assert "Shop" in page
    assert "New project" in page  # in their own organization
    cast.organization.requires_two_factor = True
    cast.organization.save()
    page = cast.client("viewer").get("/projects/").content.decode()
    assert "Shop" not in page
    assert "1 organization of yours asks for a" in page
    assert asked == []


def test_a_removed_member_sees_nothing_of_it(cast, shop):
    """Nor does a member who comes later see it before."""
    assert "Shop" not in cast.client("removed").get("/projects/").content.decode()
    Membership.objects.create(organization=cast.organization, user=cast.stranger, role="viewer")
    assert "Shop" in cast.client("stranger").get("/projects/").content.decode()


def test_the_page_stands_without_clickhouse(cast, shop, monkeypatch):
    """It says that numbers cannot be read, and that nothing is lost."""
    monkeypatch.setattr(clickhouse, "reader", lambda: (_ for _ in ()).throw(OSError("away")))
    page = cast.client("owner").get("/projects/").content.decode()
    assert "Nothing is lost" in page
    assert "Shop" in page
