"""What the hot path knows of projects, also after the cache has lost everything."""

import pytest

from accounts.models import User
from accounts.services import create_person_organization
from analytics_saas.redis import cache
from projects import registry
from projects.models import Project
from projects.registry import ProjectRules
from projects.tasks import publish_rules

pytestmark = pytest.mark.django_db(transaction=True)
ZONES = {"Asia/Kathmandu", "Pacific/Chatham", "Europe/Berlin"}


@pytest.fixture
def projects():
    """Projects in SQL and an empty cache."""
    person = User.objects.create_user("owner@example.com", "a long enough passphrase")
    organization = create_person_organization(person=person)
    cache().delete(registry.RULES_KEY, registry.COMPLETE_KEY)
    return [
        Project.objects.create(organization=organization, name=zone, domain="x", time_zone=zone)
        for zone in sorted(ZONES)
    ]


def test_zones_of_an_empty_cache_come_from_sql(projects):
    """And fill it."""
    assert registry.zones() == ZONES
    Project.objects.all().delete()
    assert registry.zones() == ZONES


def test_zones_of_a_part_are_not_taken_for_all(projects):
    """A project published since the loss is not the only one."""
    registry.push(projects[0].rules())
    assert registry.zones() == ZONES


def test_a_complete_picture_needs_no_sql(django_assert_num_queries, projects):
    """Not even when it is empty."""
    registry.rebuild([ProjectRules(1, "p_only", "Asia/Tokyo")])
    with django_assert_num_queries(0):
        assert registry.zones() == {"Asia/Tokyo"}
    registry.rebuild([])
    with django_assert_num_queries(0):
        assert registry.zones() == set()


def test_the_smaller_of_setting_and_plan_says_how_long_days_are_kept(projects):
    """In days, from the setting's months; the plan may have shrunk since it was made."""
    project = projects[0]
    project.retention_months = 12
    assert project.rules().retention_days == 366
    project.retention_months = 60
    assert project.rules().retention_days == 731


def test_a_new_plan_reaches_the_registry_by_the_task(projects):
    """And so does a push that failed; what is known already is left alone."""
    registry.rebuild(project.rules() for project in projects)
    assert publish_rules() == 0
    organization = projects[0].organization
    Project.objects.update(retention_months=48)
    organization.plan = "growth"
    organization.save()
    registry.withdraw(projects[1].public_id)
    assert publish_rules() == 3
    assert {rules.retention_days for rules in registry.everyone()} == {1461}
    assert publish_rules() == 0


def test_a_project_that_was_not_withdrawn_is_withdrawn_by_the_task(projects):
    """The cache was away when it was deleted: nothing more may be counted for it."""
    registry.rebuild(project.rules() for project in projects)
    gone = projects[0].public_id
    projects[0].delete()
    assert registry.find(gone)
    assert publish_rules() == 1
    assert registry.find(gone) is None
    assert len(registry.everyone()) == 2
