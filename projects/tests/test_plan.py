"""What a plan and the end of an organization mean for its projects."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.errors import LimitReached
from accounts.principal import Principal
from accounts.services import change_plan, record_usage
from accounts.services.organizations import delete_organization
from accounts.usage import this_month
from analytics_saas.redis import cache
from projects import registry
from projects.models import Project
from projects.rules import retention_days
from projects.services import create_project, publish
from projects.tasks import publish_rules

pytestmark = pytest.mark.django_db(transaction=True)


def make(cast, name="Shop"):
    """A project of the organization."""
    return create_project(
        organization=cast.organization, name=name, domain="example.com", time_zone="UTC"
    )


def test_a_plan_holds_so_many_projects(cast):
    """The page says which limit and what to do, and keeps what was typed."""
    cast.organization.plan = "free"
    cast.organization.save()
    for number in range(5):
        make(cast, str(number))
    with pytest.raises(LimitReached, match="allows 5 projects"):
        make(cast)
    form = {
        "name": "Sixth",
        "domain": "example.com",
        "time_zone": "UTC",
        "organization": cast.organization.public_id,
    }
    page = cast.client("admin").post("/projects/new/", form).content.decode()
    assert "allows 5 projects" in page
    assert 'value="Sixth"' in page
    assert Project.objects.filter(organization=cast.organization).count() == 5


def test_projects_go_with_their_organization(cast):
    """The registry no longer knows them, so that the collector counts nothing more."""
    project = make(cast)
    assert registry.find(project.public_id)
    principal = Principal(user=cast.owner)
    delete_organization(organization=cast.organization, principal=principal)
    assert not Project.objects.filter(pk=project.pk).exists()
    assert registry.find(project.public_id) is None


def test_the_collector_hears_at_once_when_counting_ends_and_goes_on(cast):
    """Every project of the organization, and no other; also after the registry was emptied."""
    cast.organization.plan = "free"
    cast.organization.save()
    own, other = (
        make(cast),
        Project.objects.create(
            organization=cast.stranger.organizations.get(), name="O", time_zone="UTC"
        ),
    )
    publish(other)
    month = this_month()
    last = (month - timedelta(days=1)).replace(day=1)
    for before in (last - timedelta(days=1), last):
        record_usage(organization_id=cast.organization.pk, month=before, events=20_000)
    record_usage(organization_id=cast.organization.pk, month=month, events=100_000)
    assert registry.find(own.public_id).over_quota
    assert not registry.find(other.public_id).over_quota
    cache().delete(registry.RULES_KEY, registry.COMPLETE_KEY)
    assert registry.find(own.public_id).over_quota
    change_plan(organization=cast.organization, plan="business", principal=None)
    assert not registry.find(own.public_id).over_quota


def test_numbers_of_a_larger_plan_stay_for_a_week_after_it(cast):
    """The registry says so to whoever deletes, and learns of the end of the week by itself."""
    project = make(cast)
    Project.objects.update(retention_months=48)
    change_plan(organization=cast.organization, plan="free", principal=None)
    publish_rules()
    assert registry.find(project.public_id).retention_days == retention_days(48)
    with time_machine.travel(timezone.now() + timedelta(days=7)):
        publish_rules()
    assert registry.find(project.public_id).retention_days == retention_days(24)
