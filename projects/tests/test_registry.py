"""What the hot path knows of projects, also after the cache has lost everything."""

import msgspec
import pytest
import redis
from msgspec import structs

from accounts.models import User
from accounts.services import create_person_organization
from analytics_saas.redis import cache, queue
from projects import registry
from projects.models import Project
from projects.registry import ProjectRules, kept
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


def test_a_push_that_did_not_reach_the_durable_copy_is_repaired_by_the_task(projects):
    """In both directions: what is missing or old in it, and what should have gone."""
    registry.rebuild(project.rules() for project in projects)
    old = structs.replace(projects[0].rules(), zone="UTC")
    gone = structs.replace(old, public_id="p_gone")
    kept.put({one.public_id: msgspec.msgpack.encode(one) for one in (old, gone)})
    kept.drop(projects[1].public_id)
    assert publish_rules() == 3
    known = {rules.public_id: rules for rules in registry.everyone_kept()}
    assert known == {project.public_id: project.rules() for project in projects}
    assert publish_rules() == 0


def test_a_rebuild_from_sql_fills_the_durable_copy(projects):
    """As after an update from a version that had none."""
    queue().delete(kept.KEPT_KEY)
    assert registry.zones() == ZONES
    assert {rules.zone for rules in registry.everyone_kept()} == ZONES


def test_a_cache_that_hangs_is_not_asked_by_everybody(projects, monkeypatch):
    """Whoever comes next has the durable copy's answer at once."""
    asked = []

    def hanging():
        asked.append(1)
        monkeypatch.setattr(registry, "SLOW_SECONDS", -1)
        raise redis.TimeoutError

    registry.rebuild(project.rules() for project in projects)
    monkeypatch.setattr(registry, "_hung_until", 0.0)
    monkeypatch.setattr(registry, "cache", hanging)
    for project in projects:
        with pytest.raises(registry.PartlyKnown) as partly:
            registry.find(project.public_id)
        assert partly.value.known == {project.public_id: project.rules()}
    assert len(asked) == 1
