"""What the hot path knows of projects, also after the cache has lost everything."""

import pytest

from accounts.models import User
from accounts.services import create_person_organization
from analytics_saas.redis import cache
from projects import registry
from projects.models import Project
from projects.registry import ProjectRules

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
